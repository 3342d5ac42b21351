"""Turns rows into documents: one reader per model and tuple of columns.

A whole page is validated in one call, with the dictionaries of its rows made by an unpacking comprehension. That is the
fastest way that Pydantic offers, even faster than skipping validation with ``model_construct``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from typing import Any, Final, Generic, NoReturn, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from coodie._errors import DecodeError, InvalidQueryError
from coodie._raise import raise_alone
from coodie.cql.instants import unreadable_in
from coodie.cql.message import Page
from coodie.cql.types import Map, Native, Udt
from coodie.mapping.columns import Field, Row, encoded
from coodie.mapping.faithful import stays_the_same, sure_types
from coodie.mapping.row_code import class_test, dict_maker, null_finder
from coodie.mapping.state import Default, Home, Origin, Stateful, set_states
from coodie.mapping.validation import ALONE, UNENCODABLE, Validators, describe, found_in, why_not
from coodie.tables.table import Table

M = TypeVar("M", bound=Stateful)
T = TypeVar("T")


def without_keyless(page: Page, clustering: str | None) -> Sequence[Row]:
    """The rows of a page, without those that have no clustering key.

    The server returns such a row for a partition that has static values but no rows.
    """
    if clustering is None or clustering not in page.columns:
        return page.rows  # a query with distinct() returns partitions, without the clustering key
    place = page.columns.index(clustering)
    return [row for row in page.rows if row[place : place + 1] != (None,)]


def read_rows(
    read: Callable[[Sequence[Row]], list[T]],
    page: Page,
    rows: Sequence[Row],
    unreadable: Callable[[DecodeError], object] | None,
) -> list[T]:
    """The results of ``read`` for these rows of a page; ``unreadable`` is called with the error of each unreadable row.

    Without ``unreadable``, raises the first `DecodeError`. Each error carries the paging state of the next page.
    """
    try:
        return read(rows)
    except DecodeError as error:
        if unreadable is None:
            error.paging_state = page.paging_state
            raise
    found: list[T] = []
    for row in rows:
        try:
            found += read([row])
        except DecodeError as error:  # noqa: PERF203 - this is the way of the one page that cannot be read
            error.paging_state = page.paging_state
            unreadable(error)
    return found


def uneven(what: str, columns: Sequence[str], row: Sequence[Any]) -> str:
    """The message for a row whose number of values differs from that of the columns, which only a faulty driver
    sends.
    """
    return f"{what} has {len(row)} values for {len(columns)} columns ({', '.join(columns)})"


class RowReader(Generic[M]):
    """Makes documents from rows with certain columns; columns that the model does not have are ignored."""

    def __init__(
        self,
        model: type[M],
        table: Table,
        fields: dict[str, Field],
        columns: tuple[str, ...],
        validators: Validators,
    ) -> None:
        self._model, self._table, self._columns = model, table, columns
        self._origin = Origin(columns, loaded=True)
        known = [fields.get(column) for column in columns]
        self._places = tuple(known)
        self._fields = tuple(field for field in known if field is not None)
        self._names = tuple("" if field is None else field.name for field in known)
        self._whole = len(self._fields) == len(fields)
        self._absent = {field.name for field in fields.values()} - {field.name for field in self._fields}
        self._to_dicts = dict_maker(model.__name__, known)
        self._with_null = null_finder(model.__name__, known)
        self._validators = validators
        # A null is read as an empty container where None is not allowed, or else as the default of the field, if any.
        self._empties: list[tuple[str, Any]] = [
            (f.name, {} if isinstance(f.column.type, Map) else ())
            for f in self._fields
            if f.is_collection and not f.optional
        ]
        self._defaults = [f.name for f in self._fields if not (f.is_collection or f.optional or f.required)]
        mutable = [field is not None and not isinstance(field.column.type, Native) for field in known]
        self._shared = [
            each and stays_the_same(validators, name) for each, name in zip(mutable, self._names, strict=True)
        ]
        defaults = [each and name in self._defaults for each, name in zip(mutable, self._names, strict=True)]
        self._careful = any(self._shared) or any(defaults)

    def read(self, rows: Sequence[Row], home: Home | None = None) -> list[M]:
        """The documents, each of which remembers its home and its row.

        Raises `DecodeError` that names table, key and column of the first row that does not fit.
        """
        try:
            values = self._to_dicts(rows)
            with_null = self._with_null(rows)
            for place in with_null:
                self._fill_nulls(values[place])
            if self._whole:
                documents: list[M] = self._validators.rows(values)
            else:
                documents = [self._partial(row) for row in self._validated(values)]
        except Exception as error:  # noqa: BLE001 - only those that are about a row become another one
            self._refuse(rows, error)
        for place in with_null:
            self._forget_nulls(rows[place], documents[place])
        if self._careful:
            rows = [*map(self._remembered, rows, documents)]
        set_states(documents, self._origin if home is None else Origin(self._columns, home, loaded=True), rows)
        return documents

    def bare(self, rows: Sequence[Row], home: Home | None = None) -> list[M]:
        """The documents as `read` returns them, but without calling methods of the user's."""
        return self.read(rows, home)

    def check(self, row: Row) -> None:
        """Raise `InvalidQueryError` for a row that could not be loaded again; model validators are run as well."""
        if self.is_sure(row):  # ten times as fast as validation
            return
        try:
            values = self._to_dicts((row,))
            if self._with_null((row,)):
                self._fill_nulls(values[0])
            (self._validators.rows if self._whole else self._validated)(values)
        except ValidationError as error:
            found = found_in(error)
            why = describe(found, self._as_type(), 1)
        except Exception as error:  # noqa: BLE001 - only those that are about the row become another one
            found, why = [], self._why_unreadable(row, error)
        else:
            return
        what = f"{self._model.__name__} is not saved, since it could not be loaded again"
        raise_alone(InvalidQueryError(f"{what}: {why}", found))

    @cached_property
    def is_sure(self) -> Callable[[Row], bool]:
        """The function that tells whether a row can certainly be loaded, judging by the classes of its values alone."""
        types = self.sure_types
        return (lambda _: False) if types is None else class_test(self._model.__name__, types)

    @cached_property
    def sure_types(self) -> tuple[frozenset[type[Any]], ...] | None:
        """For each column the classes whose values can certainly be loaded; None if some row may be refused all the
        same.
        """
        if any(field.codec.decode is not None for field in self._fields):
            return None
        return sure_types(self._validators, self._names)

    def _why_unreadable(self, row: Row, error: Exception) -> str:
        try:
            self._refuse((row,), error)
        except DecodeError as refused:
            return str(refused)
        except Exception as raised:  # noqa: BLE001 - a validator's own, which may hold the value
            return f"a validator raises {type(raised).__name__}"

    def values(self, rows: Sequence[Row]) -> list[Row]:
        """The validated values alone, with the types and defaults that they would have in a document.

        A null stays None unless a document would hold another value for it.
        """
        try:
            values = self._to_dicts(rows)
            for row in values:
                self._fill_nulls(row)
                for name in [name for name, value in row.items() if value is None]:
                    del row[name]
            names = [field.name for field in self._fields]
            return [tuple(map(row.get, names)) for row in self._validated(values)]
        except Exception as error:  # noqa: BLE001 - as above
            self._refuse(rows, error)

    @cached_property
    def _validated(self) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
        return self._validators.parts([field.name for field in self._fields], self._defaults)

    def _partial(self, values: dict[str, Any]) -> M:
        document = self._model.model_construct(_fields_set=set(values), **values)
        # Pydantic does not declare __dict__, so pyright takes it for the read-only one of a class.
        held: dict[str, Any] = document.__dict__  # pyright: ignore[reportAssignmentType]
        for name in self._absent:
            held.pop(name, None)  # Pydantic has filled in the default
        return document

    def _fill_nulls(self, values: dict[str, Any]) -> None:
        for name, empty in self._empties:
            if values[name] is None:
                values[name] = empty
        for name in self._defaults:
            if values[name] is None:
                del values[name]

    def _forget_nulls(self, row: Row, document: M) -> None:
        """Mark loaded nulls as never set, so that a later save does not send them again."""
        assigned = document.model_fields_set
        for value, name in zip(row, self._names, strict=True):
            if value is None:
                assigned.discard(name)

    def _remembered(self, row: Row, document: M) -> Row:
        """The row to remember: with copies of mutable values, and defaults in place of nulls."""
        return tuple(
            [
                self._default(name, document) if value is None else deepcopy(value) if shared else value
                for value, name, shared in zip(row, self._names, self._shared, strict=True)
            ]
        )

    def _default(self, name: str, document: M) -> Default | None:
        value = document.__dict__.get(name)
        if value is None or name not in self._defaults:
            return None
        field = next(field for field in self._fields if field.name == name)
        try:
            return Default(encoded(field, value), null=True)
        except UNENCODABLE:
            return None

    def _refuse(self, rows: Sequence[Row], error: Exception) -> NoReturn:
        """Raise a `DecodeError` for the row that the error refers to, or the error itself if it refers to none."""
        if isinstance(error, DecodeError):
            raise error
        if isinstance(error, ValidationError):
            self._refuse_invalid(rows, found_in(error))
        for row in rows:
            if len(row) != len(self._columns):
                raise_alone(DecodeError(uneven(f"a row of table {self._table.name}", self._columns, row)))
            self._check_cells(row)
        if isinstance(error, KeyError) and not self._whole:
            raise_alone(DecodeError(f"columns of {self._table.name} cannot be read without the others: {ALONE}"))
        raise error

    def _check_cells(self, row: Row) -> None:
        """Raise `DecodeError` for a cell that is unreadable or not a valid value of its field."""
        for value, field in zip(row, self._places, strict=True):
            if field is None or value is None:
                continue
            try:
                found = value if field.codec.decode is None else field.codec.decode(value)
            except Exception as error:  # noqa: BLE001 - of a cell that is none, too
                cell = unreadable_in(value)
                self._refuse_row(row, field.name, why_not(value, error) if cell is None else cell.why)
            if (cell := unreadable_in(found)) is not None:
                self._refuse_row(row, field.name, cell.why)

    def _refuse_invalid(self, rows: Sequence[Row], found: Sequence[ErrorDetails]) -> NoReturn:
        first = found[0]["loc"]
        of_row = [item for item in found if item["loc"][0] == first[0]]
        why = describe(of_row, self._as_type(), 1)
        if of_row[0]["input"] is None:
            why = _NULL if len(first) == 2 else f"{why}, and it is null"
        self._refuse_row(rows[int(first[0])], first[1] if len(first) > 1 else None, why, of_row)

    def _as_type(self) -> Udt:
        """The row as a CQL type, used to describe where in it an error is."""
        return Udt(self._table.name, tuple((field.name, field.column.type) for field in self._fields))

    def _refuse_row(
        self, row: Row, place: int | str | None, why: str, errors: Sequence[Mapping[str, Any]] = ()
    ) -> NoReturn:
        columns = {field.name: field.column.name for field in self._fields}
        column = columns.get(str(place)) if place is not None else None
        refuse_row(self._table, self._model, dict(zip(self._columns, row, strict=True)), column, why, errors)


def refuse_row(
    table: Table,
    model: type[Any],
    row: Mapping[str, Any],
    column: str | None,
    why: str,
    errors: Sequence[Mapping[str, Any]] = (),
) -> NoReturn:
    """Raise the `DecodeError` for a row, or for one column of it."""
    key = {name: row[name] for name in table.primary_key if name in row}
    where = f"column {column!r}" if column else "the row"
    # The row of a values list may lack columns of the key.
    where += f" of the row with the key ({', '.join(key)}), see .key" if key else ""
    message = f"a row of table {table.name} does not fit {model.__name__}: {where}: {why}"
    raise_alone(DecodeError(message, key, column, errors))


_NULL: Final = (
    "it is null, and the model allows no None there. A row lacks values where update() was called for one that was "
    "not there, where somebody wrote fewer columns, and where a TTL has ended; allow None, or give the field a default"
)
