"""Schemas as values: the schema that models want, the one that a cluster has, and the difference between the two."""
