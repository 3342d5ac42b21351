"""Polymorphism: classes that share one table, in which a discriminator column tells the class of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from pydantic import BaseModel
from pydantic_core import CoreSchema, core_schema

from coodie._errors import DecodeError, ModelError
from coodie.cql.border import stored
from coodie.cql.types import CqlType
from coodie.fields import Discriminator
from coodie.mapping.annotations import field_annotation
from coodie.mapping.choices import enum_value
from coodie.mapping.columns import Field, Row, encoded
from coodie.mapping.settings import Settings
from coodie.mapping.state import Home
from coodie.mapping.validation import Unfit
from coodie.tables.show import shown_column, shown_key
from coodie.tables.table import Table

# Typed as a plain class for pyright, which would otherwise narrow to a dictionary of unknown types.
_DICT: type[Any] = dict


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One of the classes that share a table."""

    model: type[Any]
    settings: Settings
    table: Table
    columns: tuple[str, ...]
    read: Callable[[tuple[str, ...], Sequence[Row], Home | None], list[Any]]
    """Reads rows that all belong to exactly this class, given their columns."""


class Family:
    """A class with a `Discriminator` field, and the classes derived from it."""

    def __init__(self, root: Member, field: Field) -> None:
        self.field = field
        self._root = root
        self._members: dict[Any, Member] = {}

    def is_root(self, member: Member) -> bool:
        """Whether the class is the root, so that every row of the table belongs to it or to a derived class."""
        return member is self._root

    def needed_to_delete(self, member: Member) -> tuple[str, ...]:
        """The key columns that a deletion must be given, so that it does not delete rows of other classes."""
        table = self._root.table
        if self.is_root(member):
            return table.partition_key
        return (*table.partition_key, *self._before()) if self.field.is_key else table.primary_key

    def _before(self) -> tuple[str, ...]:
        """The clustering columns before the discriminator, which a query must restrict in order to restrict it."""
        key, column = self._root.table.clustering_key, self.field.column.name
        return key[: key.index(column)] if column in key else ()

    def can_ask(self, member: Member, given: Mapping[str, str], *, filtering: bool) -> bool:
        """Whether the server accepts a filter on the class in addition to the ``given`` ones, operators by column.

        ``filtering`` is whether the query has ALLOW FILTERING.
        """
        table, column = self._root.table, self.field.column.name
        if not self.field.is_key:
            indexed = any(index.column == column for index in table.indexes)
            if indexed and any(given.get(name) == "IN" for name in table.primary_key):
                return False  # the server refuses to combine an index with IN on the key, even with ALLOW FILTERING
            return filtering or (indexed and len(self.values(member)) == 1)
        needed = {*table.partition_key, *self._before()} - {column}
        return filtering or needed <= {name for name, operator in given.items() if operator in ("=", "IN")}

    def join(self, member: Member) -> None:
        """Add a class.

        Raises `ModelError` for a class without a discriminator value or with one that is taken, and for a class whose
        key or columns contradict those of the other classes in the table.
        """
        value = member.settings.discriminator_value
        if value is None:
            if member is self._root:
                return  # the root need not have rows of its own
            raise ModelError(
                f"{member.model.__name__} shares the table of {self._root.model.__name__}, so its Settings need a "
                f"discriminator_value for the field {self.field.name!r}"
            )
        if not _is_kept(self.field, value):
            raise ModelError(
                f"{member.model.__name__} has a discriminator_value that a {self.field.column.type} does not keep"
            )
        other = self._members.get(encoded(self.field, value))
        # A class that is defined again, as in a notebook or after a reload, replaces the old one.
        if other is not None and other.model.__qualname__ != member.model.__qualname__:
            raise ModelError(
                f"{member.model.__name__} has the discriminator_value {value!r}, and so has {other.model.__name__}"
            )
        for each in (self._root, *self._members.values()):
            if each is not other:
                _check_same_table(each, member)
        self._members[encoded(self.field, value)] = member

    def values(self, member: Member) -> list[Any]:
        """The discriminator values of the class and of its derived classes."""
        return [value for value, each in self._members.items() if issubclass(each.model, member.model)]

    def columns(self, member: Member) -> tuple[str, ...]:
        """The columns of the class and of all its derived classes."""
        found = dict.fromkeys(member.columns)
        for value in self.values(member):
            found.update(dict.fromkeys(self._members[value].columns))
        return tuple(found)

    def types(self, member: Member) -> dict[str, CqlType]:
        """The CQL types of all columns in the table of the class, including those of other classes."""
        together = (each for each in (self._root, *self._members.values()) if each.table.name == member.table.name)
        return {name: cql_type for each in (member, *together) for name, cql_type in each.table.types.items()}

    def read(
        self, member: Member, columns: tuple[str, ...], rows: Sequence[Row], home: Home | None = None
    ) -> list[Any]:
        """The documents, each of its own class. Rows of classes that are not derived from this one are skipped.

        Raises `DecodeError` for a discriminator value that no class has.
        """
        if self.field.column.name not in columns:
            return member.read(columns, rows, home)
        place, found = columns.index(self.field.column.name), self._found(member, columns, rows)
        documents = {value: iter(each.read(columns, its, home)) for value, each, its in found}
        return [next(documents[row[place]]) for row in rows if row[place] in documents]

    def own(self, member: Member, columns: tuple[str, ...], rows: Sequence[Row]) -> Sequence[Row]:
        """The rows that `read` makes documents of. Raises as it does."""
        if self.field.column.name not in columns:
            return rows
        place, values = columns.index(self.field.column.name), {each[0] for each in self._found(member, columns, rows)}
        return [row for row in rows if row[place] in values]

    def models(self, member: Member) -> list[type[Any]]:
        """The class and all its derived classes."""
        return [member.model, *(self._members[value].model for value in self.values(member))]

    def of_row(self, member: Member, row: Mapping[str, Any]) -> Member:
        """The class that a row belongs to; ``member`` if the row lacks the discriminator."""
        value = row.get(self.field.column.name)
        return member if value is None else self._members.get(value, self._root)

    def _found(
        self, member: Member, columns: tuple[str, ...], rows: Sequence[Row]
    ) -> Iterator[tuple[Any, Member, list[Row]]]:
        """The discriminator values of rows that belong to the class, with the class of each and its rows."""
        place = columns.index(self.field.column.name)
        by_value: dict[Any, list[Row]] = {}
        for row in rows:
            by_value.setdefault(row[place], []).append(row)
        for value, its_rows in by_value.items():
            its = self._members.get(value)
            if its is None and self._root.settings.discriminator_value is not None:
                self._refuse(member, dict(zip(columns, its_rows[0], strict=True)))
            if issubclass((its or self._root).model, member.model):
                yield value, its or self._root, its_rows

    def _refuse(self, member: Member, row: dict[str, Any]) -> NoReturn:
        column = self.field.column.name
        key = {name: row[name] for name in member.table.primary_key if name in row}
        raise DecodeError(
            f"a row of table {member.table.name} does not fit {member.model.__name__}: column {column!r} of the row "
            f"with the key ({', '.join(key)}), see .key, has a value that no class has; "
            f"there are: {', '.join(map(repr, self._members))}",
            key,
            column,
        )


def _is_kept(field: Field, value: Any) -> bool:
    """Whether the server returns exactly the value that it was sent, neither cut nor rounded."""
    back = stored(field.column.type, encoded(field, value))
    return bool(enum_value(back if field.codec.decode is None else field.codec.decode(back)) == enum_value(value))


def _check_same_table(one: Member, other: Member) -> None:
    if one.table.name != other.table.name:
        return
    table, names = other.table, f"{one.model.__name__} and {other.model.__name__}"
    for setting in ("keyspace", "connection"):
        if getattr(one.settings, setting) != getattr(other.settings, setting):
            raise ModelError(f"{names} share the table {table.name!r}, but not the {setting} that their Settings name")
    has, wants = shown_key(one.table), shown_key(table)
    if has != wants:
        raise ModelError(f"{names} share the table {table.name!r}, but one has the {has}, and the other the {wants}")
    for column in table.columns:
        same = one.table.by_name.get(column.name, column)
        if same != column:
            raise ModelError(
                f"{names} share the table {table.name!r}, but its column {column.name!r} is {shown_column(same)} in "
                f"one and {shown_column(column)} in the other; rename one of the fields"
            )


def with_discriminator(schema: CoreSchema, model: type[BaseModel], value: Any) -> CoreSchema:
    """The schema of a model in which the discriminator is filled in and accepts no other value.

    Raises `ModelError` if no field is marked as the `Discriminator`.
    """
    name = discriminator_of(model)
    if name is None:
        raise ModelError(
            f"{model.__name__} has a discriminator_value, but no field is marked Annotated[..., Discriminator()]"
        )

    def fill(data: Any) -> Any:
        if not isinstance(data, _DICT):
            return data
        if enum_value(data.get(name, value)) != enum_value(value):
            raise Unfit(f"{name} is {value!r} in a {model.__name__}")
        return {name: value, **data}

    return core_schema.no_info_before_validator_function(fill, schema)


def discriminator_of(model: type[BaseModel]) -> str | None:
    """The name of the field that is marked as the `Discriminator`, if one is."""
    marked = (name for name in model.model_fields if field_annotation(model, name).marker(Discriminator))
    return next(marked, None)
