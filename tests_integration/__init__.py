"""Tests that need a real Cassandra."""
