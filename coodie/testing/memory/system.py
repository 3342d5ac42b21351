"""The tables of the server's own keyspaces, and their rows, which are made from the schema when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid5

from coodie.cql.encode import encoder_of
from coodie.cql.frames import elements
from coodie.cql.names import quote
from coodie.cql.types import CqlType, Set, freeze, is_multicell, parse_type
from coodie.cql.values import EPOCH
from coodie.tables.options import as_map
from coodie.tables.table import Column, ColumnKind, Index
from coodie.testing.memory.schema import Keyspace, Schema, Table, in_order
from coodie.testing.memory.storage.cells import Cell, Complex, Liveness
from coodie.testing.memory.storage.rows import Row
from coodie.testing.memory.storage.tables import TableData

_OPTIONS: Final = (
    "additional_write_policy text, allow_auto_snapshot boolean, bloom_filter_fp_chance double, "
    "caching frozen<map<text; text>>, cdc boolean, comment text, compaction frozen<map<text; text>>, "
    "compression frozen<map<text; text>>, crc_check_chance double, dclocal_read_repair_chance double, "
    "default_time_to_live int, extensions frozen<map<text; blob>>, gc_grace_seconds int, id uuid, "
    "incremental_backups boolean, max_index_interval int, memtable text, memtable_flush_period_in_ms int, "
    "min_index_interval int, read_repair text, read_repair_chance double, speculative_retry text"
)
_COLUMNS: Final = (
    "keyspace_name text*p, table_name text*c, column_name text*c, clustering_order text, column_name_bytes blob, "
    "kind text, position int, type text"
)
_PEER: Final = "data_center text, host_id uuid, rack text, release_version text, schema_version uuid, tokens set<text>"
_TABLES: Final[dict[str, dict[str, str]]] = {
    "system_schema": {
        "aggregates": "keyspace_name text*p, aggregate_name text*c, argument_types frozen<list<text>>*c, "
        "final_func text, initcond text, return_type text, state_func text, state_type text",
        "column_masks": "keyspace_name text*p, table_name text*c, column_name text*c, "
        "function_argument_nulls frozen<list<boolean>>, function_argument_types frozen<list<text>>, "
        "function_argument_values frozen<list<text>>, function_keyspace text, function_name text",
        "columns": _COLUMNS,
        "dropped_columns": "keyspace_name text*p, table_name text*c, column_name text*c, dropped_time timestamp, "
        "kind text, type text",
        "functions": "keyspace_name text*p, function_name text*c, argument_types frozen<list<text>>*c, "
        "argument_names frozen<list<text>>, body text, called_on_null_input boolean, language text, return_type text",
        "indexes": "keyspace_name text*p, table_name text*c, index_name text*c, kind text, "
        "options frozen<map<text; text>>",
        "keyspaces": "keyspace_name text*p, durable_writes boolean, replication frozen<map<text; text>>",
        "tables": f"keyspace_name text*p, table_name text*c, {_OPTIONS}, flags frozen<set<text>>",
        "triggers": "keyspace_name text*p, table_name text*c, trigger_name text*c, options frozen<map<text; text>>",
        "types": "keyspace_name text*p, type_name text*c, field_names frozen<list<text>>, "
        "field_types frozen<list<text>>",
        "views": f"keyspace_name text*p, view_name text*c, {_OPTIONS}, base_table_id uuid, base_table_name text, "
        "include_all_columns boolean, where_clause text",
    },
    "system": {
        "IndexInfo": "table_name text*p, index_name text*c, value blob",
        "built_views": "keyspace_name text*p, view_name text*c, status_replicated boolean",
        "local": "key text*p, bootstrapped text, broadcast_address inet, broadcast_port int, cluster_name text, "
        "cql_version text, data_center text, gossip_generation int, host_id uuid, listen_address inet, "
        "listen_port int, native_protocol_version text, partitioner text, rack text, release_version text, "
        "rpc_address inet, rpc_port int, schema_version uuid, tokens set<text>, truncated_at map<uuid; blob>",
        "peers": f"peer inet*p, preferred_ip inet, rpc_address inet, {_PEER}",
        "peers_v2": f"peer inet*p, peer_port int*c, native_address inet, native_port int, preferred_ip inet, "
        f"preferred_port int, {_PEER}",
        "size_estimates": "keyspace_name text*p, table_name text*c, range_start text*c, range_end text*c, "
        "mean_partition_size bigint, partitions_count bigint",
    },
    "system_virtual_schema": {
        "columns": _COLUMNS,
        "keyspaces": "keyspace_name text*p",
        "tables": "keyspace_name text*p, table_name text*c, comment text",
    },
    "system_auth": {},
    "system_distributed": {},
    "system_traces": {},
    "system_views": {},
}
_VIRTUAL: Final = ("system_views", "system_virtual_schema")
_IDS: Final = UUID("c00d1e00-0000-1000-8000-000000000000")
_HOST: Final = UUID("c00d1e00-0000-4000-8000-000000000001")


def _table(space: str, name: str, columns: str) -> Table:
    found: dict[str, Column] = {}
    partition: list[str] = []
    clustering: list[str] = []
    for each in columns.split(", "):
        column, _, written = each.partition(" ")
        written, _, part = written.partition("*")
        kind = {"p": ColumnKind.PARTITION_KEY, "c": ColumnKind.CLUSTERING}.get(part, ColumnKind.REGULAR)
        found[column] = Column(column, parse_type(written.replace(";", ",")), kind)
        if part:
            (partition if part == "p" else clustering).append(column)
    key = tuple(partition), tuple(clustering)
    return Table(space, name, uuid5(_IDS, f"{space}.{name}"), in_order(found, *key), *key)


def _keyspace(name: str, tables: Mapping[str, str]) -> Keyspace:
    local = name in ("system", "system_schema")
    strategy = "org.apache.cassandra.locator." + ("LocalStrategy" if local else "SimpleStrategy")
    replication = (("class", strategy),) if local else (("class", strategy), ("replication_factor", "1"))
    return Keyspace(name, replication, tables={each: _table(name, each, columns) for each, columns in tables.items()})


SYSTEM: Final[Mapping[str, Keyspace]] = {name: _keyspace(name, tables) for name, tables in _TABLES.items()}
"""The server's own keyspaces."""

SystemRow: TypeAlias = "dict[str, Any]"


def system_data(schema: Schema, table: Table) -> TableData:
    """The data of one of the server's tables for this schema."""
    data = TableData()
    rows = _ROWS.get((table.keyspace, table.name))
    for row in rows(schema) if rows is not None else ():
        parts = tuple(_encoded(table.columns[name].type, row[name]) for name in table.partition_key)
        made = Row(tuple(_encoded(table.columns[name].type, row[name]) for name in table.clustering_key), data.owner)
        made.marker = Liveness(0)
        made.cells = {
            name: _cell(table.columns[name].type, value)
            for name, value in row.items()
            if name not in table.primary_key and value is not None
        }
        data.written(parts).merge_row(table.place(made.clustering), made)
    return data


def _encoded(cql_type: CqlType, value: Any) -> bytes:
    return encoder_of(cql_type, sort_sets=True)(value)


def _cell(cql_type: CqlType, value: Any) -> Cell | Complex:
    data = _encoded(cql_type, value)
    if not is_multicell(cql_type):
        return Cell(0, data)
    if isinstance(cql_type, Set):
        return Complex(cells={each: Cell(0, b"") for each in elements(data) if each is not None})
    return Complex()


def _real(schema: Schema) -> Iterator[Keyspace]:
    return (space for name, space in schema.keyspaces.items() if name not in _VIRTUAL)


def _keyspaces(schema: Schema) -> Iterator[SystemRow]:
    for space in _real(schema):
        yield {
            "keyspace_name": space.name,
            "durable_writes": space.durable_writes,
            "replication": dict(space.replication),
        }


_DEFAULTS: Final[SystemRow] = {
    "additional_write_policy": "99p",
    "bloom_filter_fp_chance": 0.01,
    "caching": {"keys": "ALL", "rows_per_partition": "NONE"},
    "comment": "",
    "compaction": {
        "class": "org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy",
        "max_threshold": "32",
        "min_threshold": "4",
    },
    "compression": {"chunk_length_in_kb": "16", "class": "org.apache.cassandra.io.compress.LZ4Compressor"},
    "crc_check_chance": 1.0,
    "dclocal_read_repair_chance": 0.0,
    "default_time_to_live": 0,
    "extensions": {},
    "gc_grace_seconds": 864000,
    "max_index_interval": 2048,
    "memtable_flush_period_in_ms": 0,
    "min_index_interval": 128,
    "read_repair": "BLOCKING",
    "read_repair_chance": 0.0,
    "speculative_retry": "99p",
}
_PACKAGES: Final = {
    "compaction": "org.apache.cassandra.db.compaction.",
    "compression": "org.apache.cassandra.io.compress.",
}


def _tables(schema: Schema) -> Iterator[SystemRow]:
    for space in _real(schema):
        for table in space.tables.values():
            flags = {"compound", "counter"} if table.is_counter else {"compound"}
            given = {name: _option(name, as_map(value)) for name, value in table.options}
            names = {"keyspace_name": space.name, "table_name": table.name, "id": table.id, "flags": flags}
            yield _DEFAULTS | given | names


def _option(name: str, value: Any) -> Any:
    """The value of a table option as the server stores it."""
    default = _DEFAULTS.get(name)
    if not isinstance(value, dict):
        return float(value) if isinstance(default, float) else value
    texts: dict[str, str] = {str(key): _text(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if name in _PACKAGES and "class" in texts and "." not in texts["class"]:
        texts["class"] = _PACKAGES[name] + texts["class"]
    if name == "compaction":
        return {"max_threshold": "32", "min_threshold": "4"} | texts
    return {**default, **texts} if name == "caching" and isinstance(default, dict) else texts  # pyright: ignore[reportUnknownVariableType]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _columns(schema: Schema) -> Iterator[SystemRow]:
    for space in _real(schema):
        yield from _columns_of(space)


def _virtual_columns(schema: Schema) -> Iterator[SystemRow]:
    for name in _VIRTUAL:
        yield from _columns_of(SYSTEM[name])


def _columns_of(space: Keyspace) -> Iterator[SystemRow]:
    for table in space.tables.values():
        for column in table.columns.values():
            clusters = column.kind is ColumnKind.CLUSTERING
            key = table.clustering_key if clusters else table.partition_key
            yield {
                "keyspace_name": space.name,
                "table_name": table.name,
                "column_name": column.name,
                "clustering_order": ("desc" if column.descending else "asc") if clusters else "none",
                "column_name_bytes": column.name.encode(),
                "kind": column.kind.value,
                "position": key.index(column.name) if column.name in key else -1,
                "type": str(column.type),
            }


def _dropped(schema: Schema) -> Iterator[SystemRow]:
    for space in _real(schema):
        for table in space.tables.values():
            for name, each in table.dropped.items():
                yield {
                    "keyspace_name": space.name,
                    "table_name": table.name,
                    "column_name": name,
                    "dropped_time": EPOCH + timedelta(milliseconds=each.timestamp // 1000),
                    "kind": each.column.kind.value,
                    "type": str(each.column.type),
                }


def _indexes(schema: Schema) -> Iterator[SystemRow]:
    for space in _real(schema):
        for table in space.tables.values():
            for index in table.indexes:
                yield {
                    "keyspace_name": space.name,
                    "table_name": table.name,
                    "index_name": index.name,
                    "kind": "COMPOSITES" if index.using is None else "CUSTOM",
                    "options": _index_options(index),
                }


def _index_options(index: Index) -> dict[str, str]:
    column = quote(index.column)
    found = {key: _text(value) for key, value in index.options}
    if index.using is not None:
        found["class_name"] = index.using
    return {**found, "target": column if index.target is None else f"{index.target}({column})"}


def _types(schema: Schema) -> Iterator[SystemRow]:
    for space in _real(schema):
        for user_type in space.types.values():
            yield {
                "keyspace_name": space.name,
                "type_name": user_type.name,
                "field_names": [name for name, _ in user_type.fields],
                "field_types": [str(freeze(cql_type)) for _, cql_type in user_type.fields],
            }


def _local(schema: Schema) -> Iterator[SystemRow]:
    here = ip_address("127.0.0.1")
    yield {
        "key": "local",
        "bootstrapped": "COMPLETED",
        "broadcast_address": here,
        "broadcast_port": 7000,
        "cluster_name": "coodie",
        "cql_version": "3.4.7",
        "data_center": "datacenter1",
        "gossip_generation": 1,
        "host_id": _HOST,
        "listen_address": here,
        "listen_port": 7000,
        "native_protocol_version": "5",
        "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
        "rack": "rack1",
        "release_version": "5.0.9",
        "rpc_address": here,
        "rpc_port": 9042,
        "schema_version": uuid5(_IDS, str(schema.version)),
        "tokens": {"0"},
    }


def _virtual_keyspaces(schema: Schema) -> Iterator[SystemRow]:
    return ({"keyspace_name": name} for name in _VIRTUAL)


def _virtual_tables(schema: Schema) -> Iterator[SystemRow]:
    for name in _VIRTUAL:
        for table in SYSTEM[name].tables:
            yield {"keyspace_name": name, "table_name": table, "comment": ""}


_ROWS: Final[Mapping[tuple[str, str], Callable[[Schema], Iterator[SystemRow]]]] = {
    ("system_schema", "keyspaces"): _keyspaces,
    ("system_schema", "tables"): _tables,
    ("system_schema", "columns"): _columns,
    ("system_schema", "dropped_columns"): _dropped,
    ("system_schema", "indexes"): _indexes,
    ("system_schema", "types"): _types,
    ("system", "local"): _local,
    ("system_virtual_schema", "keyspaces"): _virtual_keyspaces,
    ("system_virtual_schema", "tables"): _virtual_tables,
    ("system_virtual_schema", "columns"): _virtual_columns,
}
