"""Tests through a door, on a real cluster. `sync` is derived from `aio` by tests/derive.py."""
