"""Findings: what in a migration is dangerous, and how to do it safely."""
