CREATE CONSTRAINT event_id IF NOT EXISTS FOR (e:Event) REQUIRE e.id IS UNIQUE;
CREATE INDEX events_in_order IF NOT EXISTS FOR (e:Event) ON (e.shard, e.at);

// `at` is the place of a shard's newest event; who writes one holds the shard until the commit.
CREATE CONSTRAINT event_shard IF NOT EXISTS FOR (s:EventShard) REQUIRE s.number IS UNIQUE;
UNWIND range(0, 15) AS number MERGE (s:EventShard {number: number}) ON CREATE SET s.at = 0;
MERGE (:Lock {name: 'prune'});
