// People are found by id and by handle, and walked through by class.
CREATE CONSTRAINT person_id IF NOT EXISTS FOR (p:Person) REQUIRE p.id IS UNIQUE;
CREATE CONSTRAINT person_handle IF NOT EXISTS FOR (p:Person) REQUIRE p.handle_lower IS UNIQUE;
CREATE INDEX person_by_class IF NOT EXISTS FOR (p:Person) ON (p.activity, p.last_seen, p.id);

// Relationships bear the ids of both ends, so that all that lists return lies in an index: a dense node is never walked.
CREATE CONSTRAINT follows_pair IF NOT EXISTS FOR ()-[r:FOLLOWS]-() REQUIRE (r.follower, r.followee) IS UNIQUE;
CREATE INDEX follows_by_followee IF NOT EXISTS FOR ()-[r:FOLLOWS]-() ON (r.followee, r.id, r.follower);
CREATE INDEX follows_by_follower IF NOT EXISTS FOR ()-[r:FOLLOWS]-() ON (r.follower, r.id, r.followee);
CREATE INDEX follows_feeding IF NOT EXISTS FOR ()-[r:FOLLOWS]-() ON (r.followee, r.feeds, r.follower);

CREATE CONSTRAINT requests_pair IF NOT EXISTS FOR ()-[r:REQUESTS]-() REQUIRE (r.requester, r.requested) IS UNIQUE;
CREATE INDEX requests_by_requested IF NOT EXISTS FOR ()-[r:REQUESTS]-() ON (r.requested, r.id, r.requester);

CREATE CONSTRAINT blocks_pair IF NOT EXISTS FOR ()-[r:BLOCKS]-() REQUIRE (r.blocker, r.blocked) IS UNIQUE;
CREATE INDEX blocks_by_blocker IF NOT EXISTS FOR ()-[r:BLOCKS]-() ON (r.blocker, r.id, r.blocked);
CREATE INDEX blocks_by_blocked IF NOT EXISTS FOR ()-[r:BLOCKS]-() ON (r.blocked, r.blocker);

CREATE CONSTRAINT mutes_pair IF NOT EXISTS FOR ()-[r:MUTES]-() REQUIRE (r.muter, r.muted) IS UNIQUE;
CREATE INDEX mutes_by_muter IF NOT EXISTS FOR ()-[r:MUTES]-() ON (r.muter, r.id, r.muted);
