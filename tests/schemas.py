"""Schemas that Hypothesis makes up: tables, views, types and indexes as values.

Names are reserved words, have capitals, spaces and quotes; types nest; columns are static, keys composite, orders
mixed. Every one of them can be made on a server.
"""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import strategies as st

from coodie.cql.types import NATIVE, CqlType, List, Map, Set, Tuple, Udt, Vector, freeze
from coodie.schema import Column, ColumnKind, Index, Schema, Table, View
from coodie.tables.user_types import needed_types
from coodie.tables.views import not_null

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
        element.filter(has_order).map(Set),
        st.builds(Map, element.filter(has_order), element),
        st.lists(element, min_size=1, max_size=3).map(lambda types: Tuple(tuple(types))),
        st.builds(Vector, st.sampled_from([NATIVE["float"], NATIVE["int"], NATIVE["text"]]), st.integers(1, 9)),
    )


def has_order(cql_type: CqlType) -> bool:
    return "duration" not in str(cql_type)


types = st.recursive(natives | st.sampled_from([INNER, OUTER]), _nested, max_leaves=4)
key_types = types.map(freeze).filter(has_order)

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
        elif not has_order(column.type):
            continue  # an index on durations is refused
        elif isinstance(column.type, Map) and not column.type.frozen and draw(st.booleans()):
            found.append(Index(column.name, None, draw(st.sampled_from(["keys", "values", "entries", None]))))
        elif isinstance(column.type, (List, Set)) and draw(st.booleans()) and column.kind is ColumnKind.REGULAR:
            found.append(Index(column.name))
    return tuple(found)


@st.composite
def views(draw: st.DrawFn, base: Table) -> View:
    """A view of the table, named after it; its columns are listed key first, as the server does."""
    plain = [column for column in base.ordered_columns if column.kind is not ColumnKind.STATIC]
    regular = [column for column in plain if column.kind is ColumnKind.REGULAR]
    extra = [column.name for column in regular if freeze(column.type) == column.type and has_order(column.type)]
    key = draw(st.permutations(base.primary_key))
    if extra and draw(st.booleans()):
        key = [draw(st.sampled_from(extra)), *key]
    partition = draw(st.integers(1, len(key)))
    whole = len(plain) == len(base.columns) and draw(st.booleans())
    others = [each for each in regular if each.name not in key and (whole or draw(st.booleans()))]
    columns = [
        replace(
            base.by_name[name],
            kind=ColumnKind.PARTITION_KEY if place < partition else ColumnKind.CLUSTERING,
            descending=place >= partition and draw(st.booleans()),
        )
        for place, name in enumerate(key)
    ]
    table = Table(
        f"{base.name}_view", (*columns, *others), tuple(key[:partition]), tuple(key[partition:]), base.keyspace
    )
    if whole:
        in_order = {column.name: column for column in table.columns}
        table = replace(table, columns=tuple(in_order[column.name] for column in base.ordered_columns))
    return View(table, base.name, not_null(key), whole)


@st.composite
def schemas(draw: st.DrawFn, keyspace: str = "ks") -> Schema:
    """A keyspace of some tables, their types, and views of them."""
    made = draw(st.lists(tables(), min_size=1, max_size=3))
    placed = [
        replace(table, name=f"T{number}", keyspace=keyspace, indexes=_named_apart(table.indexes, number))
        for number, table in enumerate(made)
    ]
    found = [draw(views(table)) for table in placed if _admits_views(table) and draw(st.booleans())]
    return Schema(keyspace, needed_types(placed, keyspace), tuple(placed), tuple(found))


def _admits_views(table: Table) -> bool:
    """A view needs the tombstones of its table for a while."""
    return dict(table.options).get("gc_grace_seconds") != 0


def _named_apart(indexes: tuple[Index, ...], number: int) -> tuple[Index, ...]:
    """The indexes of one of several tables: a keyspace has one index of a name."""
    return tuple(replace(index, name=f"{index.name}_{number}") if index.name else index for index in indexes)


def in_keyspace(table: Table, keyspace: str, name: str) -> Schema:
    """The schema of one table."""
    placed = replace(table, name=name, keyspace=keyspace)
    return Schema(keyspace, needed_types([placed], keyspace), (placed,))
