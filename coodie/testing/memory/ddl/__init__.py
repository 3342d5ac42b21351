"""Statements that change the schema: each returns a new schema and a description of the change."""
