"""A small service over coodie, and its tests: without a database, or with --cluster on a real one."""
