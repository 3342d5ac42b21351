"""Statements on data, each made into a plan once, which then runs with values."""
