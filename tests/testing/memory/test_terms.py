"""What the engine decides by itself where the server's answer changes from start to start, or is not to be had."""

from __future__ import annotations

import pytest

from coodie.testing.clock import Clock
from coodie.testing.memory.engine import Engine
from coodie.testing.memory.errors.base import CqlError, NotSupportedByMemoryDriver


@pytest.fixture
def engine() -> Engine:
    engine = Engine(Clock())
    for text in (
        "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE k.t (p int PRIMARY KEY, i int, b bigint, v varint, s smallint, n inet, m timestamp)",
    ):
        engine.execute(engine.prepare(text))
    return engine


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("i", "1 + 300 + 3", 304),
        ("i", "3 + 300 * 1", 303),
        ("i", "3 * (300 + 1)", 903),
        ("i", "300 % (7 - 3)", 0),
        ("b", "1 + 300 + 3000000000", 3000000301),
        ("v", "1 + 70000 + 3000000000", 3000070001),
        ("s", "1 + 300 + 3", 304),
    ],
)
def test_a_sum_of_sums_is_read_as_the_column_wants_it(engine, column, text, value):
    """The server takes one of several readings, by the order of a hash table, and may find 300 too large for a byte."""
    engine.execute(engine.prepare(f"UPDATE k.t SET {column} = {text} WHERE p = 1"))
    answer = engine.execute(engine.prepare(f"SELECT {column} FROM k.t"))
    ((data,),) = answer.rows
    assert int.from_bytes(data, "big", signed=True) == value


@pytest.mark.parametrize("assignment", ["n = 'db.example'", "m = '2020-01-01 10:00:00 CET'"])
def test_what_depends_on_the_servers_machine_is_refused_by_name(engine, assignment):
    with pytest.raises(NotSupportedByMemoryDriver):
        engine.execute(engine.prepare(f"UPDATE k.t SET {assignment} WHERE p = 1"))


@pytest.mark.parametrize(
    "kind",
    ["list<counter>", "set<duration>", "map<duration, int>", "list<list<int>>", "vector<int, 0>", "frozen<int>"],
)
def test_a_type_is_refused_wherever_it_stands(engine, kind):
    texts = []
    for text in (f"CREATE TABLE k.x (p int PRIMARY KEY, a {kind})", f"SELECT ({kind})null FROM k.t"):
        with pytest.raises(CqlError) as refused:
            engine.execute(engine.prepare(text))
        texts.append(refused.value.message)
    assert texts[0] == texts[1]
