"""Models of materialized views: the view that a class describes, and the refusal of classes that cannot be one.

A view is a copy of a table with another key, maintained by the server. Its rows are read, never written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, cast

from coodie._errors import InvalidQueryError, ModelError
from coodie._raise import check_class
from coodie.cql.names import check_name
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.settings import Owner, Settings
from coodie.tables.table import Column, ColumnKind, Table, View
from coodie.tables.views import not_null, restricted, restrictions

# Typed as plain classes for pyright, which would otherwise narrow to a list of unknown types.
_LISTS: tuple[type[Any], ...] = (list, tuple, set)


class ViewModel(Model):
    """A model of a materialized view."""

    __coodie_owner__: ClassVar[Owner] = "view"
    __coodie_view__: ClassVar[View | None] = None

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.__coodie_view__ = None
        if cls.__coodie_mapper__ is not None:
            view_of(cls)


def view_of(cls: type[ViewModel]) -> View:
    """The view that a class describes, as a value, made once. Raises `ModelError` for a class that cannot be a view."""
    check_class(cls, ViewModel, "MaterializedView")
    view = cls.__coodie_view__
    if view is None:
        view = cls.__coodie_view__ = _view(cls)
    return view


def _view(cls: type[ViewModel]) -> View:
    mapper = mapper_of(cls)
    settings = mapper.settings
    base, table = _base(cls, settings), _ordered(cls, mapper.table, settings.clustering_order)
    _check_table(cls, table)
    if isinstance(base, Table):
        _check(cls, table, base)
    all_columns = _all_columns(cls, table, settings.view_columns)
    where = _where(cls, table, settings.where_clause)
    _check_where(cls, where, table, base)
    return View(table, base.name if isinstance(base, Table) else base, where, all_columns)


def _check_table(cls: type[ViewModel], table: Table) -> None:
    if mapper_of(cls).automatic is not None:
        raise ModelError(f"{cls.__name__}: a view is only read; leave Version(), CreatedAt() and UpdatedAt() out")
    if table.indexes:
        raise ModelError(f"{cls.__name__}: a view has no indexes; leave the marker of {table.indexes[0].column} out")
    static = [column.name for column in table.columns if column.kind is ColumnKind.STATIC]
    if static:
        raise ModelError(f"{cls.__name__}: a view has no static columns; leave Static() of {static[0]} out")
    if dict(table.options).get("default_time_to_live"):
        raise ModelError(f"{cls.__name__}: a view has no default_time_to_live; its rows go when those of its table do")


def _base(cls: type[ViewModel], settings: Settings) -> Table | str:
    base = settings.base_table
    if isinstance(base, type) and issubclass(base, Model) and not issubclass(base, ViewModel):
        table = mapper_of(base).table
        if mapper_of(base).counters:
            raise ModelError(f"{cls.__name__} is a view of {base.__name__}, and there are no views of counters")
        if mapper_of(base).settings.connection != settings.connection:
            raise ModelError(f"{cls.__name__} has another connection than {base.__name__}; a view lies with its table")
        if table.keyspace != settings.keyspace:
            raise ModelError(
                f"{cls.__name__} is wanted in keyspace {settings.keyspace}, and its table {table.name} is in "
                f"{table.keyspace}; a view lies in the keyspace of its table"
            )
        return table
    if isinstance(base, str):
        try:
            return check_name(base)
        except InvalidQueryError as error:
            raise ModelError(f"{cls.__name__}: {error}") from None
    raise ModelError(
        f"{cls.__name__} needs Settings.base_table, the document of the table that it is a view of, or its name"
    )


def _ordered(cls: type[ViewModel], table: Table, order: Any) -> Table:
    """The table with the clustering order of ``Settings.clustering_order``, such as ``{"created": "DESC"}``."""
    given = dict(_pairs(cls, order))
    for name, direction in given.items():
        if name not in table.clustering_key or direction not in ("ASC", "DESC"):
            raise ModelError(
                f"{cls.__name__}.Settings.clustering_order has {name!r}: {direction!r}; it takes the clustering "
                f"columns {', '.join(table.clustering_key) or '(there is none)'}, each with 'ASC' or 'DESC'"
            )
    for each in table.columns:
        if each.descending and given.get(each.name) == "ASC":
            raise ModelError(
                f"{cls.__name__}.Settings.clustering_order has {each.name!r}: 'ASC', and its marker order='DESC'; say "
                "it once"
            )
    columns = tuple(
        replace(each, descending=given[each.name] == "DESC") if each.name in given else each for each in table.columns
    )
    return replace(table, columns=columns) if given else table


def _pairs(cls: type[ViewModel], order: Any) -> Iterable[tuple[str, str]]:
    pairs = cast("Mapping[str, str]", order).items() if isinstance(order, Mapping) else order or ()
    try:
        return [(name, direction) for name, direction in pairs]
    except (TypeError, ValueError):
        raise ModelError(
            f"{cls.__name__}.Settings.clustering_order is a dictionary such as {{'created': 'DESC'}}, not {order!r}"
        ) from None


def _all_columns(cls: type[ViewModel], table: Table, columns: Any) -> bool:
    """Whether the view has every column of its table, including later ones: ``view_columns = "*"``."""
    if columns is None:
        return False
    names = list(columns) if isinstance(columns, _LISTS) else [columns]
    if names == ["*"]:
        return True
    if set(names) != table.by_name.keys():
        raise ModelError(
            f"{cls.__name__}.Settings.view_columns is {names}, its fields are {list(table.by_name)}; "
            "leave view_columns out, a view has the columns of its fields"
        )
    return False


def _where(cls: type[ViewModel], table: Table, clause: str | None) -> tuple[str, ...]:
    """The restrictions of the WHERE clause; by default that no key column is null, which the server requires."""
    if clause is None:
        return not_null(table.primary_key)
    try:
        return restrictions(clause)
    except InvalidQueryError as error:
        raise ModelError(f"{cls.__name__}.Settings.where_clause: {error}") from None


def _check_where(cls: type[ViewModel], where: tuple[str, ...], table: Table, base: Table | str) -> None:
    said = f"{cls.__name__}.Settings.where_clause"
    found = [restricted(each) for each in where]
    for names, operator in found:
        if not names:
            raise ModelError(f"{said}: a view takes no restriction of a token")
        for name in names:
            if name in _UNREADABLE:
                raise ModelError(
                    f"{said}: the server keeps the name {name!r} without its quotes, and does not start again with "
                    "that; give the column of the table another name"
                )
            if isinstance(base, Table):
                _check_restriction(said, name, operator, base)
    missing = [name for name in table.primary_key if all(name not in names for names, _ in found)]
    if missing:
        raise ModelError(
            f"{said}: {missing[0]} is in the key of the view, so it needs '{missing[0]} IS NOT NULL' there"
        )


_UNREADABLE: Final = frozenset({"true", "false"})


def _check_restriction(said: str, name: str, operator: str, base: Table) -> None:
    if name not in base.by_name:
        raise ModelError(f"{said}: {base.name} has no column {name!r}; it has {', '.join(base.by_name)}")
    if name not in base.primary_key and operator != "IS NOT":
        raise ModelError(f"{said}: {name} is not in the key of {base.name}, so only '{name} IS NOT NULL' can be said")
    if operator in ("!=", "LIKE"):
        raise ModelError(f"{said}: a view takes no {operator}")


def _check(cls: type[ViewModel], table: Table, base: Table) -> None:
    for column in table.columns:
        _check_column(cls, column, base)
    missing = [name for name in base.primary_key if name not in table.primary_key]
    if missing:
        raise ModelError(
            f"{cls.__name__}: the key of a view holds the whole key of its table, and {', '.join(missing)} "
            f"of {base.name} is missing"
        )
    others = [name for name in table.primary_key if name not in base.primary_key]
    if len(others) > 1:
        raise ModelError(
            f"{cls.__name__}: the key of a view may have one column that is not in the key of its table, "
            f"not {len(others)}: {', '.join(others)}"
        )


def _check_column(cls: type[ViewModel], column: Column, base: Table) -> None:
    where, has = f"{cls.__name__}.{column.name}", base.by_name.get(column.name)
    if has is None:
        raise ModelError(f"{where}: {base.name} has no such column; it has {', '.join(base.by_name)}")
    if has.type != column.type:
        raise ModelError(
            f"{where} is {column.type} and {base.name}.{column.name} is {has.type}; a view changes no type"
        )
    if has.kind is ColumnKind.STATIC:
        raise ModelError(f"{where} is static in {base.name}; a view cannot hold static columns")
