"""The schema in Cassandra, of all stores that are kept there."""
