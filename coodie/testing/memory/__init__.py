"""Apache Cassandra 5.0 in memory, for tests: its rules, its data model, its errors."""
