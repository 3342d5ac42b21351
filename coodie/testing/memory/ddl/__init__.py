"""Statements that change the schema: each gives another schema, and what has changed."""
