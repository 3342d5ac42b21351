"""A small service over coodie, and its tests: without a database, in memory, or on a cluster."""
