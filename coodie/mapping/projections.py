"""What a query selects for a class that ``as_()`` takes, and how its objects are made from the rows.

The class is any Pydantic model. Each field is selected under its own name: a column of the document as it is, anything
else by a marker such as `From`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property, partial
from typing import Any, Final, Generic, NamedTuple, NoReturn, TypeVar, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.errors import PydanticUndefinedAnnotation
from pydantic_core import SchemaValidator

from coodie import fields as markers
from coodie._errors import DecodeError, InvalidQueryError
from coodie._raise import raise_alone
from coodie._words import a_class, a_type, word
from coodie.cql.instants import unreadable_in
from coodie.cql.message import Page
from coodie.cql.nodes import BIND, Call, Ref, Selector, TokenCall
from coodie.cql.nodes import Cast as CastTerm
from coodie.cql.terms import Term
from coodie.cql.types import NATIVE, CqlType, List, Udt, Vector, is_multicell
from coodie.mapping.annotations import Annotation, field_annotation
from coodie.mapping.codecs import UnknownType, codec_of
from coodie.mapping.columns import Field
from coodie.mapping.datetimes import with_cql_datetimes
from coodie.mapping.mapper import Mapper
from coodie.mapping.natives import Codec, Convert
from coodie.mapping.validation import describe, found_in, why_not

S = TypeVar("S", bound=BaseModel)

VECTOR: Final = object()
"""Stands among the bound values of a projection for the vector of ``order_by_ann()``."""


class _Part(NamedTuple):
    """What is selected for one field, the values bound in it, and the field of the document if it is a column.

    ``type`` is the type of the answer, None where only the server knows it.
    """

    term: Term
    values: tuple[Any, ...] = ()
    field: Field | None = None
    type: CqlType | None = None


class Projection(Generic[S]):
    """The SELECT list of a class for one model, and the reader of its rows. Made once for each pair of them.

    ``columns`` are the columns that are selected as they are, ``values`` those that are bound in the list.
    """

    def __init__(self, mapper: Mapper[Any], model: type[S]) -> None:
        self.model = model
        self._table = mapper.table
        parts = {name: _part(mapper, model, name) for name in model.model_fields}
        if not parts:
            raise InvalidQueryError(f"as_() takes a class with fields, and {model.__name__} has none")
        self.names: tuple[str, ...] = tuple(parts)
        self.selectors: tuple[Selector, ...] = tuple(
            Selector(part.term, None if part.term == Ref(name) else name) for name, part in parts.items()
        )
        self.values: tuple[Any, ...] = tuple(value for part in parts.values() for value in part.values)
        self.columns: tuple[str, ...] = tuple(part.field.column.name for part in parts.values() if part.field)
        self._fields = {name: part.field for name, part in parts.items()}
        self._decoders: list[tuple[str, Convert]] = [
            (name, part.field.codec.decode) for name, part in parts.items() if part.field and part.field.codec.decode
        ]
        annotations = {name: field_annotation(model, name) for name in parts}
        self.optional: frozenset[str] = frozenset(name for name in parts if annotations[name].optional)
        self._types = {name: part.type for name, part in parts.items()}
        self._nulls: dict[str, Callable[[], Any] | None] = dict(_nulls(model, annotations))
        clustering = mapper.table.clustering_key if mapper.static_columns else ()
        self._needed = tuple(
            name
            for name, field in self._fields.items()
            if field and field.column.name in clustering and not annotations[name].optional
        )
        adapter: TypeAdapter[Any] = TypeAdapter(list[model])  # type: ignore[valid-type]
        validator = SchemaValidator(with_cql_datetimes(adapter.core_schema))
        self._validate = partial(validator.validate_python, strict=False, by_alias=False, by_name=True)

    @cached_property
    def types(self) -> dict[str, CqlType]:
        """The CQL types of what is selected; that of a `Function` is the one of its annotation.

        Raises `InvalidQueryError` for a `Function` whose annotation is no type of CQL.
        """
        return {name: self._codec(name).type if found is None else found for name, found in self._types.items()}

    def bound(self, name: str, value: Any) -> Any:
        """The border value for the value of a field. Raises `InvalidQueryError` for one that is none."""
        codec = self._codec(name)
        return value if value is None or codec.encode is None else codec.encode(value)

    def _codec(self, name: str) -> Codec:
        info = self.model.model_fields[name]
        try:
            return codec_of(info.annotation, tuple(info.metadata))
        except UnknownType as error:
            raise InvalidQueryError(f"{self.model.__name__}.{name}: {error}") from None

    def rows(self, page: Page) -> Sequence[tuple[Any, ...]]:
        """The rows of a page that can become objects: not those of partitions without rows, if a key is needed."""
        places = [page.columns.index(name) for name in self._needed if name in page.columns]
        return [row for row in page.rows if all(row[place] is not None for place in places)] if places else page.rows

    def read(self, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> list[S]:
        """The objects of rows with these columns. Raises `DecodeError` for a row that does not fit the class."""
        if rows and (missing := [name for name in self.names if name not in columns]):
            raise DecodeError(f"the answer has no column {', '.join(missing)}, only {', '.join(columns)}")
        try:
            found: list[S] = self._validate([self._values(columns, row) for row in rows])
        except ValidationError as error:
            first = found_in(error)[0]["loc"]
            errors = [item for item in found_in(error) if item["loc"][0] == first[0]]
            row = dict(zip(columns, rows[int(first[0])], strict=False))
            self._refuse(row, first[1] if len(first) > 1 else None, describe(errors, self._as_type(), 1), errors)
        return found

    def _values(self, columns: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, Any]:
        if len(row) != len(columns):
            raise DecodeError(f"a row has {len(row)} values for {len(columns)} columns ({', '.join(columns)})")
        given = dict(zip(columns, row, strict=True))
        values = {name: given[name] for name in self.names}
        for name, decode in self._decoders:
            if values[name] is not None:
                try:
                    values[name] = decode(values[name])
                except Exception as error:  # noqa: BLE001 - of a cell that is unreadable, too
                    cell = unreadable_in(values[name])
                    self._refuse(given, name, why_not(values[name], error) if cell is None else cell.why)
        for name, make in self._nulls.items():
            if values[name] is None:
                del values[name]
                if make is not None:
                    values[name] = make()
        return values

    def _as_type(self) -> Udt:
        """The row as a CQL type, used to describe where in it an error is."""
        text = NATIVE["text"]
        return Udt("row", tuple((name, field.column.type if field else text) for name, field in self._fields.items()))

    def _refuse(
        self, row: Mapping[str, Any], place: object, why: str, errors: Sequence[Mapping[str, Any]] = ()
    ) -> NoReturn:
        names = {field.column.name: name for name, field in self._fields.items() if field is not None}
        key = {column: row[names[column]] for column in self._table.primary_key if column in names}
        field = self._fields.get(str(place))
        where = f"{place!r} of the row" if place in self._fields else "the row"
        where += f" with the key ({', '.join(key)}), see .key" if key else ""
        raise_alone(
            DecodeError(
                f"a row of table {self._table.name} does not fit {self.model.__name__}: {where}: {why}",
                key,
                field.column.name if field is not None else None,
                errors,
            )
        )


def projection(mapper: Mapper[Any], model: type[S]) -> Projection[S]:
    """The projection of a class. Raises `InvalidQueryError` for a field that is neither a column nor a function."""
    given: Any = model
    if not isinstance(given, type) or not issubclass(given, BaseModel):
        raise InvalidQueryError(f"as_() takes a Pydantic model, not {a_class(model)}")
    if not model.__pydantic_complete__:
        try:
            model.model_rebuild()
        except PydanticUndefinedAnnotation as error:
            raise InvalidQueryError(
                f"{model.__name__} refers to {error.name!r}, which is not defined yet; define it first"
            ) from error
    return mapper.cached(_projection, model)


def _projection(mapper: Mapper[Any], model: type[S]) -> Projection[S]:
    try:
        model.model_rebuild()  # does nothing for a class that is complete
    except PydanticUndefinedAnnotation as error:
        raise InvalidQueryError(
            f"{model.__name__} refers to {error.name!r}, which is not defined yet; define it, or call model_rebuild()"
        ) from error
    return Projection(mapper, model)


def _nulls(
    model: type[BaseModel], annotations: Mapping[str, Annotation]
) -> Iterator[tuple[str, Callable[[], Any] | None]]:
    """What takes the place of null where a field allows no None: an empty collection, or nothing but the default."""
    for name, annotation in annotations.items():
        if annotation.optional:
            continue
        origin = get_origin(annotation.bare)
        if origin in (list, set, frozenset, dict):
            yield name, origin
        elif not model.model_fields[name].is_required():
            yield name, None


def _part(mapper: Mapper[Any], model: type[BaseModel], name: str) -> _Part:
    where = f"{model.__name__}.{name}"
    marker = field_annotation(model, name).marker(markers.Selected)
    try:
        if marker is not None:
            return _selected(mapper, marker)
        if name in mapper.by_name:
            return _column(mapper, name)
    except InvalidQueryError as error:
        raise InvalidQueryError(f"{where}: {error}") from None
    near = get_close_matches(name, mapper.by_name, n=1)
    hint = f'; did you mean Annotated[..., From("{near[0]}")]?' if near else ""
    raise InvalidQueryError(f"{where} is neither a field of {mapper.model.__name__} nor marked with a function{hint}")


def _selected(mapper: Mapper[Any], marker: object) -> _Part:
    match marker:
        case markers.From(name):
            return _column(mapper, name)
        case markers.Writetime(name) | markers.Ttl(name):
            field, function = mapper.field(name), type(marker).__name__.lower()
            if field.is_key:
                raise InvalidQueryError(f"{function}({name}): a key column has none")
            kind = NATIVE["bigint" if function == "writetime" else "int"]
            kind = List(kind) if is_multicell(field.column.type) else kind
            return _Part(Call(function, (Ref(field.column.name),)), type=kind)
        case markers.Cast(name, cql_type):
            if cql_type not in NATIVE:
                raise InvalidQueryError(f"Cast() takes a native CQL type, such as 'text', not {word(cql_type)}")
            kind = NATIVE[cql_type]
            return _Part(CastTerm(Ref(mapper.field(name).column.name), kind), type=kind)
        case markers.TokenOf():
            return _Part(TokenCall(tuple(map(Ref, mapper.table.partition_key))), type=NATIVE["bigint"])
        case markers.Similarity(name, function):
            return _similarity(mapper, mapper.field(name), function)
        case markers.Function(function, arguments, keyspace):
            if not isinstance(function, str):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise InvalidQueryError(f"Function() takes the name of a function, not {a_type(function)}")
            parts = [_argument(mapper, argument) for argument in arguments]
            term = Call(function, tuple(part.term for part in parts), keyspace)
            return _Part(term, tuple(value for part in parts for value in part.values))
        case _:
            raise InvalidQueryError(f"{type(marker).__name__} says nothing that a query could select")


def _argument(mapper: Mapper[Any], argument: object) -> _Part:
    if isinstance(argument, markers.Selected):
        return _selected(mapper, argument)
    return _column(mapper, argument) if isinstance(argument, str) else _Part(BIND, (argument,))


def _column(mapper: Mapper[Any], name: str) -> _Part:
    field = mapper.field(name)
    return _Part(Ref(field.column.name), (), field, field.column.type)


def _similarity(mapper: Mapper[Any], field: Field, function: str | None) -> _Part:
    if not isinstance(field.column.type, Vector):
        raise InvalidQueryError(f"Similarity({field.name!r}): the column is {field.column.type}, not a vector")
    options = [dict(index.options) for index in mapper.table.indexes if index.column == field.column.name]
    named = function or next(
        (found["similarity_function"] for found in options if "similarity_function" in found), None
    )
    term = Call(f"similarity_{str(named or 'COSINE').lower()}", (Ref(field.column.name), BIND))
    return _Part(term, (VECTOR,), type=NATIVE["float"])
