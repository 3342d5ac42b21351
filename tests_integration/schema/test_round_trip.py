"""Whatever table is made, what the cluster then has is that table: for tables that Hypothesis makes up.

A table goes out as the statements that create it and comes back from system_schema.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from schemas import in_keyspace, tables

from coodie.schema import Table, diff, statements
from coodie.sync import execute_raw, read_schema


@pytest.fixture
def names(fresh: Callable[[str], str]) -> Callable[[], str]:
    return lambda: fresh("T")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=tables())
def test_what_is_made_is_what_is_found(connection: str, names: Callable[[], str], table: Table) -> None:
    wanted = in_keyspace(table, connection, names())
    for text in statements(wanted):
        execute_raw(text)
    found = read_schema(connection)
    assert found is not None
    (has,) = (each for each in found.tables if each.name == wanted.tables[0].name)
    assert set(has.columns) == set(wanted.tables[0].columns)
    assert (has.partition_key, has.clustering_key) == (table.partition_key, table.clustering_key)
    mine = replace(found, tables=(has,), types=tuple(t for t in found.types if t in wanted.types))
    assert set(mine.types) == set(wanted.types)
    assert diff(wanted, mine) == []
    # What was found is wanted again: it is its own statement of itself, defaults of the server included.
    assert diff(mine, mine) == []
    execute_raw(f'DROP TABLE {connection}."{wanted.tables[0].name}"')
