"""The native types in bytes, a file for each family; ``coodie/cql/natives.py`` lists them all."""
