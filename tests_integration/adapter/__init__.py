"""The adapter for cassandra-driver on a real cluster: what only a server can show."""
