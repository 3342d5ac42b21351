"""Statements that change the schema, as plain texts, since a server allows no bound values in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from coodie._errors import InvalidQueryError
from coodie._words import a_type, word
from coodie.cql.nodes import (
    ColumnDefinition,
    CreateIndex,
    CreateTable,
    CreateType,
    CreateView,
    Drop,
    DropKeyspace,
    Truncate,
)
from coodie.cql.options import check_flag
from coodie.cql.rendering.ddl import render_ddl
from coodie.cql.types import CqlType, freeze, parse_type
from coodie.cql_builder.arguments import mapping_of, names_of, some, table_of
from coodie.cql_builder.data import orders
from coodie.plans import ddl_calls
from coodie.tables.ddl import create_keyspace
from coodie.tables.keyspaces import wanted_keyspace
from coodie.tables.views import not_null, restrictions


def build_create_keyspace(
    keyspace: str,
    *,
    replication_factor: int = 1,
    strategy: str = "SimpleStrategy",
    dc_replication_map: dict[str, int] | None = None,
    durable_writes: bool = True,
    if_not_exists: bool = True,
) -> str:
    """``CREATE KEYSPACE IF NOT EXISTS keyspace WITH replication = {...}``; the options are as in `create_keyspace`."""
    wanted = wanted_keyspace(keyspace, replication_factor, strategy, dc_replication_map, durable_writes)
    return render_ddl(replace(create_keyspace(wanted), if_not_exists=check_flag("if_not_exists", if_not_exists)))


def build_alter_keyspace(
    keyspace: str,
    *,
    replication_factor: int | None = None,
    strategy: str = "SimpleStrategy",
    dc_replication_map: dict[str, int] | None = None,
    durable_writes: bool | None = None,
) -> str:
    """``ALTER KEYSPACE keyspace WITH ...``; the options are as in `alter_keyspace`."""
    return render_ddl(
        ddl_calls.altered_keyspace(keyspace, replication_factor, strategy, dc_replication_map, durable_writes)
    )


def build_drop_keyspace(keyspace: str, *, if_exists: bool = True) -> str:
    """``DROP KEYSPACE IF EXISTS keyspace``, which also drops everything in it."""
    return render_ddl(DropKeyspace(keyspace, check_flag("if_exists", if_exists)))


def build_create_table(
    table: str,
    keyspace: str | None,
    columns: Mapping[str, str | CqlType],
    partition_key: Sequence[str],
    clustering_key: Sequence[str] = (),
    *,
    static: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
    if_not_exists: bool = True,
) -> str:
    """``CREATE TABLE IF NOT EXISTS keyspace.table (...)``; ``-ts`` in ``clustering_key`` is descending.

    A type is given as CQL, such as ``"set<text>"``, or as a `CqlType`. An invalid type, or a key that is not among the
    columns, is an `InvalidQueryError`.
    """
    types = _types("columns", columns)
    partition, statics = names_of("partition_key", partition_key), names_of("static", static)
    order = orders(names_of("clustering_key", clustering_key))
    clustering = tuple(each.column for each in order)
    for name in [*partition, *clustering, *statics]:
        if name not in types:
            raise InvalidQueryError(f"{name!r} is not a column of {table}; it has: {', '.join(types)}")
    some(partition, "build_create_table() needs a partition key")
    definitions = tuple(ColumnDefinition(name, cql_type, name in statics) for name, cql_type in types.items())
    node = CreateTable(table_of(table, keyspace), definitions, partition, clustering, order, _options(options))
    return render_ddl(replace(node, if_not_exists=check_flag("if_not_exists", if_not_exists)))


def build_drop_table(table: str, keyspace: str | None, *, if_exists: bool = True) -> str:
    """``DROP TABLE IF EXISTS keyspace.table``, which also deletes all of its rows."""
    return _drop("TABLE", table, keyspace, if_exists)


def build_truncate(table: str, keyspace: str | None) -> str:
    """``TRUNCATE TABLE keyspace.table``, which deletes all rows."""
    return render_ddl(Truncate(table_of(table, keyspace)))


def build_create_index(
    table: str,
    keyspace: str | None,
    column: str,
    *,
    index_name: str | None = None,
    target: str | None = None,
    using: str | None = None,
    options: Mapping[str, Any] | None = None,
    if_not_exists: bool = True,
) -> str:
    """``CREATE INDEX IF NOT EXISTS index_name ON keyspace.table (column)``; the arguments are like those of `Indexed`.

    For a vector: ``using="sai", options={"similarity_function": "COSINE"}``.
    """
    if target is not None and target not in _TARGETS:
        raise InvalidQueryError(f"target is one of {', '.join(map(repr, _TARGETS))}, not {word(target)}")
    given_class: Any = using
    if using is not None and not (isinstance(given_class, str) and given_class):
        raise InvalidQueryError(f"using is 'sai', or the name of the class of an index, not {word(using)}")
    if options and using is None:
        raise InvalidQueryError("only an index of a class has options; say which, as in using='sai'")
    given = _options(options)
    exists = check_flag("if_not_exists", if_not_exists)
    return render_ddl(CreateIndex(table_of(table, keyspace), column, index_name, exists, target, using, given))


_TARGETS: Final = ("keys", "values", "entries", "full")


def build_drop_index(index_name: str, keyspace: str | None, *, if_exists: bool = True) -> str:
    """``DROP INDEX IF EXISTS keyspace.index_name``: an index belongs to the keyspace of its table."""
    return _drop("INDEX", index_name, keyspace, if_exists)


def build_create_type(
    type_name: str, keyspace: str | None, fields: Mapping[str, str | CqlType], *, if_not_exists: bool = True
) -> str:
    """``CREATE TYPE IF NOT EXISTS keyspace.type_name (...)``; types are given as for ``build_create_table()``.

    Collections and user-defined types inside it are frozen, as the server requires.
    """
    types = some(_types("fields", fields), "build_create_type() needs at least one field")
    frozen = tuple((name, freeze(cql_type)) for name, cql_type in types.items())
    return render_ddl(
        CreateType(table_of(type_name, keyspace, "type"), frozen, check_flag("if_not_exists", if_not_exists))
    )


def build_drop_type(type_name: str, keyspace: str | None, *, if_exists: bool = True) -> str:
    """``DROP TYPE IF EXISTS keyspace.type_name``."""
    return _drop("TYPE", type_name, keyspace, if_exists)


def build_create_materialized_view(
    view: str,
    keyspace: str | None,
    base_table: str,
    columns: Sequence[str],
    partition_key: Sequence[str],
    clustering_key: Sequence[str] = (),
    *,
    where: str | None = None,
    options: Mapping[str, Any] | None = None,
    if_not_exists: bool = True,
) -> str:
    """``CREATE MATERIALIZED VIEW IF NOT EXISTS keyspace.view AS SELECT ... FROM keyspace.base_table WHERE ...``.

    ``-ts`` in ``clustering_key`` is descending. ``where`` is a clause in CQL; the default requires that no column of
    the key is null, which is the least that the server demands.
    """
    selected, partition = names_of("columns", columns), names_of("partition_key", partition_key)
    order = orders(names_of("clustering_key", clustering_key))
    key = (*partition, *(each.column for each in order))
    some(partition, "build_create_materialized_view() needs a partition key")
    for name in key:
        if name not in some(selected, "build_create_materialized_view() needs the names of the columns"):
            raise InvalidQueryError(f"{name!r} is not a column of {view}; it has: {', '.join(selected)}")
    node = CreateView(
        table_of(view, keyspace, "view"),
        table_of(base_table, keyspace),
        selected,
        not_null(key) if where is None else restrictions(where),
        partition,
        key[len(partition) :],
        order,
        _options(options),
        check_flag("if_not_exists", if_not_exists),
    )
    return render_ddl(node)


def build_drop_materialized_view(view: str, keyspace: str | None, *, if_exists: bool = True) -> str:
    """``DROP MATERIALIZED VIEW IF EXISTS keyspace.view``."""
    return _drop("MATERIALIZED VIEW", view, keyspace, if_exists)


def _drop(what: str, name: str, keyspace: str | None, if_exists: bool) -> str:
    return render_ddl(Drop(what, table_of(name, keyspace, what.lower()), check_flag("if_exists", if_exists)))


def _options(given: Mapping[str, Any] | None) -> tuple[tuple[str, Any], ...]:
    return () if given is None else tuple(mapping_of("options", given).items())


def _types(what: str, given: Any) -> dict[str, CqlType]:
    return {name: _type(name, cql_type) for name, cql_type in mapping_of(what, given).items()}


def _type(name: str, cql_type: Any) -> CqlType:
    if not isinstance(cql_type, (str, CqlType)):
        raise InvalidQueryError(f"the type of column {name!r} is a CqlType or its text, not {a_type(cql_type)}")
    try:
        return parse_type(str(cql_type))
    except InvalidQueryError as error:
        raise InvalidQueryError(f"column {name!r}: {error}") from None
