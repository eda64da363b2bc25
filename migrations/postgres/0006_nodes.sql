CREATE TABLE node_leases (
    node integer PRIMARY KEY,
    token text,
    leased_until timestamptz NOT NULL,
    issued_until_ms bigint NOT NULL
);

INSERT INTO node_leases (node, leased_until, issued_until_ms)
SELECT node, '-infinity', 0 FROM generate_series(0, 767) AS node;
