"""The schema in Elasticsearch."""
