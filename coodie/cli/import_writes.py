"""What an import writes for a record: by the model of the table, or without one by its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from coodie._errors import InvalidQueryError
from coodie.cli.connection import NAME
from coodie.cli.records import Record
from coodie.cli.stop import Stop
from coodie.cql.message import UNSET, Kind, Options, Page, Statement
from coodie.cql.nodes import Insert, Name
from coodie.cql.rendering.statements import render
from coodie.cql.types import COUNTER, CqlType
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.state import Home
from coodie.mapping.views import ViewModel
from coodie.plans import writes
from coodie.plans.plan import Write, nothing
from coodie.tables.marks import table_marks
from coodie.tables.table import ColumnKind, Schema, Table


def table_in(schema: Schema, name: str, columns: Iterable[str] | None, path: Path) -> Table:
    """The table. Raises `Stop` if there is none, for counters, and for a file that does not fit its columns."""
    table = next((each for each in schema.tables if each.name == name), None)
    if table is None:
        raise Stop(f"there is no table {name} in {schema.keyspace}")
    if COUNTER in table.types.values():
        raise Stop(f"{name} has counters, which can only be incremented; a row cannot be written")
    if columns is not None:
        listed = tuple(columns)
        if unknown := [each for each in listed if each not in table.types]:
            raise Stop(f"{path} has a column {unknown[0]!r}, which {name} has not; it has {', '.join(table.types)}")
        if missing := [each for each in table.primary_key if each not in listed]:
            raise Stop(f"{path} has no column {missing[0]!r}, which is in the key of {name}")
    return table


def model_of(models: Iterable[type[Model]], schema: Schema, name: str) -> type[Model] | None:
    """The model of the table, of several that share it the one that the others are derived from; None without one."""
    found = [
        each
        for each in models
        if not issubclass(each, ViewModel)
        and mapper_of(each).table.name == name
        and mapper_of(each).settings.keyspace in (None, schema.keyspace)
    ]
    return next((each for each in found if all(issubclass(other, each) for other in found)), None)


def writer_of(
    table: Table, model: type[Model] | None, forms: Callable[[CqlType], Any], timeout: float | None
) -> Callable[[Record], Write[Any]]:
    """The function that plans the write of a record.

    It raises `InvalidQueryError` or `DecodeError`, with the reason, for a record that cannot be written.
    """
    read: dict[str, Callable[[Any], Any]] = {name: forms(cql_type).read for name, cql_type in table.types.items()}
    whole = _inserter(table, tuple(table.types), timeout)
    keys, statics = table.partition_key, [each.name for each in table.columns if each.kind is ColumnKind.STATIC]
    static = _inserter(table, (*keys, *statics), timeout) if statics else None
    mapper = None if model is None else mapper_of(model)
    known = frozenset(() if mapper is None else mapper.columns)
    home = Home(table.keyspace, NAME)

    def plan(record: Record) -> Write[Any]:
        values = _values(record, table, read)
        if static is not None and values.keys() <= {*keys, *statics}:
            return static(values)  # a partition may hold static values and no row
        _check_key(values, table.primary_key)
        if mapper is None:
            return whole(values)
        if other := values.keys() - known:
            raise InvalidQueryError(f"{mapper.model.__name__} has no column {min(other)!r}")
        row = tuple([values.get(name) for name in mapper.columns])
        document = mapper.read_page(Page(mapper.columns, [row]), home)[0]
        return writes.save(document, full=True, timeout=timeout)

    return plan


def _inserter(table: Table, columns: tuple[str, ...], timeout: float | None) -> Callable[[dict[str, Any]], Write[Any]]:
    text = render(Insert(Name(table.name, table.keyspace), columns))
    marks, options = table_marks(text, table), Options(timeout=timeout)

    def insert(values: dict[str, Any]) -> Write[Any]:
        bound = tuple([values.get(name, UNSET) for name in columns])
        return Write(Statement(text.cql, bound, marks, Kind.WRITE, True, options), nothing)

    return insert


def _values(record: Record, table: Table, read: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """The values of a record by column, as they are bound; those that are not null."""
    if record.problem is not None:
        raise InvalidQueryError(record.problem)
    found: dict[str, Any] = {}
    for name, cell in record.cells.items():
        if cell is None:
            continue
        if name not in read:
            raise InvalidQueryError(f"{table.name} has no column {name!r}")
        try:
            found[name] = read[name](cell)
        except ValueError as error:  # its message has no value
            raise InvalidQueryError(f"{name}: {error}") from None
    _check_key(found, table.partition_key)
    return found


def _check_key(values: Mapping[str, Any], key: Iterable[str]) -> None:
    for name in key:
        if name not in values:
            raise InvalidQueryError(f"{name}, which is in the key, is null")
