CREATE TABLE events (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    packed bytea NOT NULL
);

CREATE INDEX events_in_order ON events (xid, id);
