"""The schema in PostgreSQL, of all stores that are kept there."""
