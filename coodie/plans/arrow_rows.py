"""How the rows of an answer become rows of Arrow: documents, values and projections, each as in its own query.

Null is what it is in the objects of such a query: an empty collection or the default where the class allows no None.
Only for a row with such a null the class is asked; all others are taken as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final, NamedTuple

from coodie._errors import DecodeError
from coodie._raise import raise_alone
from coodie.cql.arrow import ArrowForm, arrow_form, pyarrow, record_batch
from coodie.cql.instants import unreadable_in
from coodie.cql.message import Page
from coodie.cql.types import CqlType, Map
from coodie.cql.values import Unreadable
from coodie.mapping.columns import Field, Row, encoded
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import mapper_of
from coodie.mapping.projections import Projection
from coodie.mapping.rows import read_rows, refuse_row, uneven, without_keyless
from coodie.plans.answers import rows_of
from coodie.tables.table import Table

_UNFIT: Final = (AttributeError, LookupError, TypeError, ValueError)
"""What the conversion of a value raises that is none of its type."""


class Null(NamedTuple):
    """A place where a null is not what is handed out: the name there, and the empty collection if it is that."""

    place: int
    name: str
    empty: Any = None


class ArrowRows:
    """Rows with certain columns; subclasses know what a null is there."""

    def __init__(self, table: Table, model: type[Any], types: Mapping[str, CqlType], key: Sequence[str] = ()) -> None:
        self.columns: tuple[str, ...] = tuple(types)
        self._table, self._model = table, model
        self._key = [self.columns.index(name) for name in key]
        self._forms: list[ArrowForm] = [arrow_form(each) for each in types.values()]

    @cached_property
    def schema(self) -> Any:
        """The schema; a column in which no null can be is marked so."""
        pa = pyarrow()
        return pa.schema(
            [
                pa.field(name, form.type, nullable=self._may_be_null(name))
                for name, form in zip(self.columns, self._forms, strict=True)
            ]
        )

    def read(self, page: Page, unreadable: Callable[[DecodeError], object] | None) -> list[Row]:
        """The rows of a page in Arrow's values.

        A row that does not fit raises `DecodeError`, or is passed to ``unreadable``.
        """
        rows = rows_of(replace(page, rows=self._kept(page)), self.columns)
        return read_rows(self._read, page, rows, unreadable)

    def batch(self, rows: Iterable[Row]) -> Any:
        """A record batch of rows that were read."""
        pa = pyarrow()
        try:
            return record_batch(self.schema, self._forms, rows)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            # Of a function, whose type only the server knows.
            raise_alone(DecodeError(f"the answer has values that are not of the types of {self._model.__name__}"))

    def table(self, batches: Iterable[Any]) -> Any:
        """A table of these batches."""
        return pyarrow().Table.from_batches(batches, schema=self.schema)

    def _read(self, rows: Sequence[Row]) -> list[Row]:
        whole = [self._whole(row) if None in row else row for row in self._own(rows)]
        if not whole:
            return []
        try:
            columns = zip(*whole, strict=True)
            written = [form.written(values) for form, values in zip(self._forms, columns, strict=True)]
        except _UNFIT:
            for row in whole:
                self._check(row)
            raise
        if self._key:  # behind the columns, as it stands in the row
            written.append([tuple([row[place] for place in self._key]) for row in whole])
        return list(zip(*written, strict=True))

    def _check(self, row: Row) -> None:
        """Raise `DecodeError` for the value that has no form in Arrow."""
        if len(row) != len(self.columns):
            raise DecodeError(uneven(f"a row of table {self._table.name}", self.columns, row))
        for column, value, form in zip(self.columns, row, self._forms, strict=True):
            try:
                form.written((value,))
            except _UNFIT:  # noqa: PERF203 - this is the way of the one row that does not fit
                why = "it has no form in Arrow" if (cell := unreadable_in(value)) is None else cell.why
                refuse_row(self._table, self._model, dict(zip(self.columns, row, strict=True)), column, why)

    def _whole(self, row: Row) -> Row:
        nulls = [null for null in self._nulls(row) if row[null.place] is None]
        if not nulls:
            return row
        values = list(row)
        asked = [null for null in nulls if null.empty is None]
        for null in nulls:
            values[null.place] = null.empty
        if asked:
            for null, value in zip(asked, self._asked(row, asked), strict=True):
                values[null.place] = value
        return tuple(values)

    def _kept(self, page: Page) -> Sequence[Row]:
        """The rows of a page that are handed out."""
        raise NotImplementedError

    def _own(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows of the class."""
        return rows

    def _may_be_null(self, name: str) -> bool:
        raise NotImplementedError

    def _nulls(self, row: Row) -> Sequence[Null]:
        """The places of the row where a null is replaced."""
        raise NotImplementedError

    def _asked(self, row: Row, nulls: Sequence[Null]) -> Iterable[Any]:
        """The border values in place of these nulls, which an object of the class has there."""
        raise NotImplementedError


class DocumentRows(ArrowRows):
    """The rows of documents, of which those of a class that shares its table may be of derived ones."""

    def __init__(self, mapper: Mapper[Any], columns: Sequence[str], key: Sequence[str] = ()) -> None:
        self._mapper = mapper
        family = mapper.family
        types = mapper.table.types if family is None else family.types(mapper.member)
        super().__init__(mapper.table, mapper.model, {name: types[name] for name in columns}, key)
        models = [mapper.model] if family is None else family.models(mapper.member)
        self._mappers = [mapper_of(model) for model in models]

    def _kept(self, page: Page) -> Sequence[Row]:
        return without_keyless(page, next(iter(self._table.clustering_key), None))

    def _own(self, rows: Sequence[Row]) -> Sequence[Row]:
        family = self._mapper.family
        return rows if family is None else family.own(self._mapper.member, self.columns, rows)

    def _may_be_null(self, name: str) -> bool:
        found = [mapper.by_column.get(name) for mapper in self._mappers]
        return not all(field is not None and (field.is_key or not field.optional) for field in found)

    def _nulls(self, row: Row) -> Sequence[Null]:
        return self._mapper_of(row).cached(_nulls_of, self.columns)

    def _asked(self, row: Row, nulls: Sequence[Null]) -> Iterable[Any]:
        mapper = self._mapper_of(row)
        columns, values = _known(mapper, self.columns, row)
        (document,) = mapper.read_alone(columns, [values])
        return [encoded(mapper.by_name[null.name], getattr(document, null.name)) for null in nulls]

    def _mapper_of(self, row: Row) -> Mapper[Any]:
        mapper = self._mapper
        if mapper.family is None:
            return mapper
        given = dict(zip(self.columns, row, strict=True))
        return mapper_of(mapper.family.of_row(mapper.member, given).model)


class ValueRows(ArrowRows):
    """The rows of ``values_list()``: a null stays one where a document would not have been possible."""

    def __init__(self, mapper: Mapper[Any], columns: Sequence[str]) -> None:
        self._mapper = mapper
        super().__init__(mapper.table, mapper.model, {name: mapper.table.types[name] for name in columns})

    def _kept(self, page: Page) -> Sequence[Row]:
        return page.rows

    def _may_be_null(self, name: str) -> bool:
        if name in self._table.primary_key:
            return name in self._table.clustering_key
        field = self._mapper.by_column[name]
        return field.optional or (field.required and not field.is_collection)

    def _nulls(self, row: Row) -> Sequence[Null]:
        return self._mapper.cached(_nulls_of, self.columns)

    def _asked(self, row: Row, nulls: Sequence[Null]) -> Iterable[Any]:
        columns, values = _known(self._mapper, self.columns, row)
        found = dict(zip(columns, self._mapper.read_values(columns, [values])[0], strict=True))
        fields = [self._mapper.by_name[null.name] for null in nulls]
        return [encoded(field, found[field.column.name]) for field in fields]


class ProjectedRows(ArrowRows):
    """The rows of ``as_()``, whose columns have the names of the fields of its class."""

    def __init__(self, mapper: Mapper[Any], projection: Projection[Any]) -> None:
        self._projection = projection
        super().__init__(mapper.table, projection.model, projection.types)
        self._needed = [Null(place, name) for place, name in enumerate(self.columns) if not self._may_be_null(name)]

    def _kept(self, page: Page) -> Sequence[Row]:
        return self._projection.rows(page)

    def _may_be_null(self, name: str) -> bool:
        return name in self._projection.optional

    def _nulls(self, row: Row) -> Sequence[Null]:
        return self._needed

    def _asked(self, row: Row, nulls: Sequence[Null]) -> Iterable[Any]:
        (found,) = self._projection.read(self.columns, [row])
        return [self._projection.bound(null.name, getattr(found, null.name)) for null in nulls]


def _nulls_of(mapper: Mapper[Any], columns: tuple[str, ...]) -> tuple[Null, ...]:
    """The places where a document has no None for a null."""
    found = [(place, mapper.by_column.get(column)) for place, column in enumerate(columns)]
    return tuple(Null(place, field.name, _empty(field)) for place, field in found if field and not field.optional)


def _empty(field: Field) -> Any:
    return ({} if isinstance(field.column.type, Map) else ()) if field.is_collection else None


def _known(mapper: Mapper[Any], columns: tuple[str, ...], row: Row) -> tuple[tuple[str, ...], Row]:
    """The columns that the class has, with their values, but those that Arrow holds and Python does not."""
    pairs = zip(columns, row, strict=True)
    known = [(name, value) for name, value in pairs if name in mapper.by_column and not isinstance(value, Unreadable)]
    return tuple(name for name, _ in known), tuple(value for _, value in known)
