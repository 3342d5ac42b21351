"""Statements at random that alter a table and its type while there is data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from coodie.cql.types import Udt
from coodie.testing.memory.schema import Table
from tests_integration.memory.machine.draws import Pick

COLUMNS: Final[Mapping[str, str]] = {
    "s": "int static",
    "t": "set<int> static",
    "v": "int",
    "x": "text",
    "l": "list<int>",
    "m": "map<text, int>",
    "ud": "w",
    "fm": "frozen<map<int, text>>",
}
"""The columns that are dropped and added again, each with its type as it was."""
MOST_FIELDS: Final = 5
"""A type loses no field again, and all runs have it together."""


def an_alteration(pick: Pick, table: Table) -> str:
    """ALTER TABLE, or ALTER TYPE of the type of one of its columns."""
    there = [name for name in COLUMNS if name in table.columns]
    gone = [name for name in COLUMNS if name not in table.columns]
    which = pick(range(20))
    if which == 0:
        return f"ALTER TABLE {table.name} RENAME {table.clustering_key[0]} TO {pick(['c', 'd', 'v'])}"
    if which == 1 and "ud" in table.columns:
        kind = table.columns["ud"].type
        assert isinstance(kind, Udt)
        count = len(kind.fields)
        return f"ALTER TYPE w ADD f{count if count < MOST_FIELDS else pick(range(count))} int"
    if which < 3:
        names = list(COLUMNS)
        return f"ALTER TABLE {table.name} ADD {pick(names)} {COLUMNS[pick(names)]}"
    if gone and which < 12:
        name = pick(gone)
        return f"ALTER TABLE {table.name} ADD {name} {COLUMNS[name]}"
    name = pick(there or ["p"])
    timestamp = pick(["", " USING TIMESTAMP 3", " USING TIMESTAMP 3", " USING TIMESTAMP 2"])
    if name in table.dropped:
        timestamp = ""  # with an earlier one, what was dropped comes back or not, as it was flushed or not
    return f"ALTER TABLE {table.name} DROP {name}{timestamp}"
