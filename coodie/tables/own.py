"""The tables that coodie keeps for itself in a keyspace, which belong to no schema that it compares or shows."""

from __future__ import annotations

from typing import Final

HISTORY: Final = "coodie_migrations"
LOCK: Final = "coodie_migration_lock"
OWN_TABLES: Final = frozenset({HISTORY, LOCK})
