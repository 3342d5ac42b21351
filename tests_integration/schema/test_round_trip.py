"""Whatever table is made, what the cluster then has is that table: for tables that Hypothesis makes up.

A table goes out as the statements that create it and comes back from system_schema. Names are reserved words, have
capitals, spaces and quotes; types nest; columns are static, keys composite, orders mixed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coodie.cql.types import NATIVE, CqlType, List, Map, Set, Tuple, Udt, Vector, freeze
from coodie.schema import Column, ColumnKind, Index, Schema, Table, diff, statements
from coodie.sync import execute_raw, read_schema
from coodie.tables.user_types import needed_types

WORDS = [
    "select",
    "from",
    "Order",
    "KEY",
    "token",
    "a b",
    'x"y',
    "straße",
    "ünder",
    "日付",
    "1st",
    "_",
    "primary key",
    "%",
    "'",
]
column_names = st.sampled_from(WORDS) | st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,20}", fullmatch=True)
natives = st.sampled_from([cql_type for name, cql_type in NATIVE.items() if name != "counter"])
key_natives = natives.filter(lambda cql_type: str(cql_type) != "duration")

INNER = Udt("Inner_Type", (("a", NATIVE["int"]), ("Odd one", List(NATIVE["text"], True))))
OUTER = Udt("outer", (("select", INNER), ("m", Map(NATIVE["text"], INNER, True)), ("t", Tuple((INNER,)))))


def _nested(inner: st.SearchStrategy[CqlType]) -> st.SearchStrategy[CqlType]:
    element = inner.map(freeze)
    return st.one_of(
        element.map(List),
        element.filter(_has_order).map(Set),
        st.builds(Map, element.filter(_has_order), element),
        st.lists(element, min_size=1, max_size=3).map(lambda types: Tuple(tuple(types))),
        st.builds(Vector, st.sampled_from([NATIVE["float"], NATIVE["int"], NATIVE["text"]]), st.integers(1, 9)),
    )


def _has_order(cql_type: CqlType) -> bool:
    return "duration" not in str(cql_type)


types = st.recursive(natives | st.sampled_from([INNER, OUTER]), _nested, max_leaves=4)
key_types = types.map(freeze).filter(_has_order)

option_sets = st.fixed_dictionaries(
    {},
    optional={
        "comment": st.sampled_from(["", "it's", 'say "x"', "ü\n--"]),
        "gc_grace_seconds": st.integers(0, 10**6),
        "default_time_to_live": st.integers(0, 10**6),
        "bloom_filter_fp_chance": st.sampled_from([0.01, 0.1, 0.5, 1.0]),
        "speculative_retry": st.sampled_from(
            [
                "99p",
                "99PERCENTILE",
                "95.5percentile",
                "50ms",
                "ALWAYS",
                "NEVER",
                "none",
                "MIN(50ms,99p)",
                "max(99p,7ms)",
            ]
        ),
        "caching": st.sampled_from(
            [{"keys": "none"}, {"keys": "ALL", "rows_per_partition": 7}, {"rows_per_partition": "all"}]
        ),
        "compaction": st.sampled_from(
            [
                {"class": "LeveledCompactionStrategy", "sstable_size_in_mb": 100},
                {"class": "org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy", "max_threshold": "20"},
                {
                    "class": "TimeWindowCompactionStrategy",
                    "compaction_window_unit": "HOURS",
                    "compaction_window_size": 2,
                },
                {"class": "UnifiedCompactionStrategy"},
            ]
        ),
        "compression": st.sampled_from(
            [{"enabled": False}, {"class": "ZstdCompressor", "compression_level": 2}, {"class": "LZ4Compressor"}]
        ),
        "read_repair": st.sampled_from(["BLOCKING", "none"]),
        "memtable": st.just("default"),
    },
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    names = draw(st.lists(column_names, min_size=1, max_size=8, unique=True))
    partition = draw(st.integers(1, min(3, len(names))))
    clustering = draw(st.integers(0, min(3, len(names) - partition)))
    columns = [
        *(Column(name, draw(key_types), ColumnKind.PARTITION_KEY) for name in names[:partition]),
        *(
            Column(name, draw(key_types), ColumnKind.CLUSTERING, draw(st.booleans()))
            for name in names[partition : partition + clustering]
        ),
    ]
    for name in names[partition + clustering :]:
        static = clustering > 0 and draw(st.booleans())
        columns.append(Column(name, draw(types), ColumnKind.STATIC if static else ColumnKind.REGULAR))
    key = [column.name for column in columns]
    options = tuple((k, tuple(v.items()) if isinstance(v, dict) else v) for k, v in draw(option_sets).items())
    return Table(
        "made_up",
        tuple(draw(st.permutations(columns))),
        tuple(key[:partition]),
        tuple(key[partition:][:clustering]),
        None,
        draw(indexes(columns)),
        options,
    )


@st.composite
def indexes(draw: st.DrawFn, columns: list[Column]) -> tuple[Index, ...]:
    found = []
    for number, column in enumerate(columns):
        simple = str(column.type) in ("text", "int", "uuid", "bigint") and column.kind is ColumnKind.REGULAR
        if simple and draw(st.booleans()):
            kinds = [Index(column.name), Index(column.name, f"Ix{number}")]
            if re.fullmatch(r"\w{1,48}", column.name, re.ASCII):
                kinds.append(Index(column.name, using="sai"))
            found.append(draw(st.sampled_from(kinds)))
        elif not _has_order(column.type):
            continue  # an index on durations is refused
        elif isinstance(column.type, Map) and not column.type.frozen and draw(st.booleans()):
            found.append(Index(column.name, None, draw(st.sampled_from(["keys", "values", "entries", None]))))
        elif isinstance(column.type, (List, Set)) and draw(st.booleans()) and column.kind is ColumnKind.REGULAR:
            found.append(Index(column.name))
    return tuple(found)


def in_keyspace(table: Table, keyspace: str, name: str) -> Schema:
    placed = replace(table, name=name, keyspace=keyspace)
    return Schema(keyspace, needed_types([placed], keyspace), (placed,))


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
