"""The server's own keyspaces: what is in them follows from the schema, and is made when it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from hashlib import md5
from ipaddress import ip_address
from struct import Struct
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from coodie.cql.encode import encoder_of
from coodie.cql.nodes import CreateTable
from coodie.cql.parsing.statements import parse
from coodie.cql.script import statements_of
from coodie.cql.types import Set
from coodie.tables import table as tables
from coodie.tables.system_rows import system_rows
from coodie.tables.table import Column, ColumnKind
from coodie.testing.memory.schema import Keyspace, Schema, Table, in_order
from coodie.testing.memory.storage.cells import Cell, Complex, Liveness
from coodie.testing.memory.storage.rows import Row
from coodie.testing.memory.storage.tables import TableData
from coodie.testing.memory.system_options import table_options
from coodie.testing.memory.system_tables import KEYSPACES, TABLES

RELEASE: Final = "5.0.9"
CQL_VERSION: Final = "3.4.7"
_HOST: Final = UUID("c00d1e00-0000-4000-8000-000000000001")
LOCAL_TOKEN: Final = str(-(1 << 63))
_BEGIN: Final = 0
_long: Final = Struct(">q")
VIRTUAL: Final = ("system_views", "system_virtual_schema")

Rows: TypeAlias = "Iterator[Mapping[str, Any]]"


class Place(NamedTuple):
    """Where clients reach the engine."""

    host: str = "127.0.0.1"
    port: int = 9042


WHOLE: Final = ("system_schema", "system_virtual_schema")
"""Keyspaces of which every table is here: that another one does not exist is the server's own answer."""


def _identity(*parts: object) -> UUID:
    return UUID(bytes=md5("\0".join(map(str, parts)).encode(), usedforsecurity=False).digest(), version=3)


def _table(node: CreateTable) -> Table:
    key = (node.partition_key, node.clustering_key)
    kinds = dict.fromkeys(key[0], ColumnKind.PARTITION_KEY) | dict.fromkeys(key[1], ColumnKind.CLUSTERING)
    columns = {
        each.name: Column(each.name, each.type, kinds.get(each.name, ColumnKind.REGULAR)) for each in node.columns
    }
    space = node.table.keyspace
    assert space is not None
    return Table(space, node.table.name, _identity(space, node.table.name), in_order(columns, *key), *key)


def _keyspaces() -> dict[str, Keyspace]:
    found: dict[str, dict[str, Table]] = {name: {} for name in KEYSPACES}
    for text in statements_of(TABLES):
        node = parse(text)
        assert isinstance(node, CreateTable)
        made = _table(node)
        found[made.keyspace][made.name] = made
    return {
        name: Keyspace(name, replication, tables=found[name], partial=name not in WHOLE)
        for name, replication in KEYSPACES.items()
    }


SYSTEM: Final[Mapping[str, Keyspace]] = _keyspaces()
"""Every schema has these from its beginning."""


def system_data(table: Table, schema: Schema, place: Place) -> TableData:
    """What a table of the system holds."""
    found = TableData()
    if str(table) == "system.local":
        _write(found, table, _local(schema, place))
        return found
    found.restore(_of_system(table).snapshot())
    _write(found, table, _rows(table, (each for each in schema.keyspaces.values() if each.name not in SYSTEM)))
    return found


@cache
def _of_system(table: Table) -> TableData:
    """What a table of the system says about the server's own keyspaces, which are the same in every schema."""
    found = TableData()
    _write(found, table, _rows(table, SYSTEM.values()))
    return found


def _rows(table: Table, spaces: Iterable[Keyspace]) -> Rows:
    for space in spaces:
        make = (_OF_VIRTUAL if space.name in VIRTUAL else _OF_STORED).get(str(table))
        if make is not None:
            yield from make(space)


def _write(found: TableData, table: Table, rows: Rows) -> None:
    """Write rows of values. Bytes among them are encoded already."""
    encoders = {name: encoder_of(column.type, sort_sets=True) for name, column in table.columns.items()}
    for values in rows:
        data = {name: value if isinstance(value, bytes) else encoders[name](value) for name, value in values.items()}
        partition = found.written(tuple(data[name] for name in table.partition_key))
        row = Row(tuple(data[name] for name in table.clustering_key))
        row.marker = Liveness(_BEGIN)
        for column in table.regulars:
            if column.name not in data:
                continue
            if isinstance(column.type, Set) and not column.type.frozen:
                element = encoder_of(column.type.element)
                paths = [element(each) for each in values[column.name]]
                row.cells[column.name] = Complex(cells={path: Cell(_BEGIN, b"") for path in paths})
            else:
                row.cells[column.name] = Cell(_BEGIN, data[column.name])
        partition.merge_row(table.place(row.clustering), row)


def _local(schema: Schema, place: Place) -> Rows:
    yield {
        "key": "local",
        "bootstrapped": "COMPLETED",
        "broadcast_address": ip_address(place.host),
        "broadcast_port": 7000,
        "cluster_name": "coodie",
        "cql_version": CQL_VERSION,
        "data_center": "datacenter1",
        "gossip_generation": 1,
        "host_id": _HOST,
        "listen_address": ip_address(place.host),
        "listen_port": 7000,
        "native_protocol_version": "5",
        "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
        "rack": "rack1",
        "release_version": RELEASE,
        "rpc_address": ip_address(place.host),
        "rpc_port": place.port,
        "schema_version": _identity("schema", schema.version),
        "tokens": {LOCAL_TOKEN},
    }


def _of_keyspaces(space: Keyspace) -> Rows:
    replication = dict(space.replication)
    yield {"keyspace_name": space.name, "durable_writes": space.durable_writes, "replication": replication}


def _of_tables(space: Keyspace) -> Rows:
    for table in space.tables.values():
        flags = {"compound", "counter"} if table.is_counter else {"compound"}
        own = {"keyspace_name": space.name, "table_name": table.name, "id": table.id, "flags": flags}
        yield table_options(table.options) | own


def _described(space: Keyspace) -> tables.Schema:
    """A keyspace as the values that ``coodie.tables`` has for it."""
    return tables.Schema(
        space.name,
        tuple(tables.UserType(each.name, each.fields) for each in space.types.values()),
        tuple(
            tables.Table(
                table.name,
                tuple(table.columns.values()),
                table.partition_key,
                table.clustering_key,
                space.name,
                table.indexes,
                dropped=tuple(each.column for each in table.dropped.values()),
            )
            for table in space.tables.values()
        ),
        tuple(view_of(each) for each in space.views.values()),
    )


def view_of(table: Table) -> tables.View:
    """A view as the value that ``coodie.tables`` has for it."""
    assert table.view is not None
    declared = tables.Table(
        table.name,
        tuple(table.columns.values()),
        table.partition_key,
        table.clustering_key,
        table.keyspace,
        options=table.options,
    )
    return tables.View(declared, table.view.base, table.view.where, table.view.all_columns)


def _rows_of(name: str) -> Callable[[Keyspace], Rows]:
    return lambda space: iter(system_rows(_described(space))[name])


def _of_columns(space: Keyspace) -> Rows:
    for row in system_rows(_described(space))["columns"]:
        yield {**row, "column_name_bytes": row["column_name"].encode()}


def _of_views(space: Keyspace) -> Rows:
    for row in system_rows(_described(space))["views"]:
        view = space.views[row["view_name"]]
        assert view.view is not None
        base = space.tables[view.view.base]
        own = {"id": view.id, "base_table_id": base.id, "where_clause": where_of(view)}
        yield table_options(view.options) | {name: row[name] for name in _OF_VIEWS} | own


_OF_VIEWS: Final = ("keyspace_name", "view_name", "base_table_name", "include_all_columns")
_TEXT: Final = re.compile(r"'((?:[^']|'')*)'")


def where_of(view: Table) -> str:
    """The WHERE clause of a view as the server keeps it: it does not double the quotes inside a text."""
    assert view.view is not None
    clause = " AND ".join(view.view.where)
    return _TEXT.sub(lambda found: "'" + found[1].replace("''", "'") + "'", clause)


def _built_views(space: Keyspace) -> Rows:
    for name in space.views:
        yield {"keyspace_name": space.name, "view_name": name, "status_replicated": True}


def _dropped(space: Keyspace) -> Rows:
    for row in system_rows(_described(space))["dropped_columns"]:
        dropped = space.tables[row["table_name"]].dropped[row["column_name"]]
        yield {**row, "dropped_time": _long.pack(dropped.timestamp // 1000)}


def _built_indexes(space: Keyspace) -> Rows:
    for row in system_rows(_described(space))["indexes"]:
        yield {"table_name": row["keyspace_name"], "index_name": row["index_name"]}


def _virtual_keyspaces(space: Keyspace) -> Rows:
    yield {"keyspace_name": space.name}


_COMMENTS: Final = {
    "columns": "virtual column definitions",
    "keyspaces": "virtual keyspace definitions",
    "tables": "virtual table definitions",
}


def comment_of(table: Table) -> str:
    """What is said of a virtual table."""
    return _COMMENTS[table.name]


def _virtual_tables(space: Keyspace) -> Rows:
    for table in space.tables.values():
        yield {"keyspace_name": space.name, "table_name": table.name, "comment": comment_of(table)}


_OF_STORED: Final[Mapping[str, Callable[[Keyspace], Rows]]] = {
    "system.IndexInfo": _built_indexes,
    "system_schema.keyspaces": _of_keyspaces,
    "system_schema.tables": _of_tables,
    "system_schema.columns": _of_columns,
    "system_schema.dropped_columns": _dropped,
    "system_schema.indexes": _rows_of("indexes"),
    "system_schema.types": _rows_of("types"),
    "system_schema.views": _of_views,
    "system.built_views": _built_views,
}
"""What has rows about a keyspace."""
_OF_VIRTUAL: Final[Mapping[str, Callable[[Keyspace], Rows]]] = {
    "system_virtual_schema.keyspaces": _virtual_keyspaces,
    "system_virtual_schema.tables": _virtual_tables,
    "system_virtual_schema.columns": _of_columns,
}
"""What has rows about a virtual one."""
