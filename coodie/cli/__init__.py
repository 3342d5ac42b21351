"""The command line ``coodie``: migrations, schemas, data, and Cassandra in memory."""
