"""Statements on data: each becomes a plan once, which is then executed with values."""
