"""The schema in Neo4j, of the follow graph and its event log."""
