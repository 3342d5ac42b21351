"""Turns the fields of a model into the columns of a table, and refuses classes that cannot be a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from coodie import fields as markers
from coodie._errors import InvalidQueryError, ModelError
from coodie.cql.names import check_name, quote
from coodie.cql.types import (
    COUNTER,
    DURATION,
    CqlType,
    List,
    Map,
    Set,
    Tuple,
    Udt,
    Vector,
    holds,
    is_collection,
    is_multicell,
    parts_of,
)
from coodie.mapping.annotations import Annotation, extras, field_annotation
from coodie.mapping.codecs import UnknownType, codec_of
from coodie.mapping.indexes import check_indexes, column_indexes, searchable
from coodie.mapping.markers import check_markers, is_stored, places
from coodie.mapping.natives import Codec
from coodie.mapping.settings import Settings, snake_case
from coodie.tables.options import TableOptions, check_options
from coodie.tables.table import Column, ColumnKind, Index, OptionPairs, Table

Row: TypeAlias = tuple[Any, ...]
"""The border values of a row, in the order of some tuple of columns."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model, and its column."""

    name: str
    column: Column
    codec: Codec
    optional: bool
    required: bool
    discriminator: bool = False
    container: Callable[[], Any] | None = None
    """The function that makes an empty collection of the annotated type; None if the field is not a collection."""
    frozen: bool = False
    """Whether the field is frozen, so that documents keep the value that they were created with."""

    @property
    def is_key(self) -> bool:
        """Whether the column belongs to the primary key."""
        return self.column.kind in (ColumnKind.PARTITION_KEY, ColumnKind.CLUSTERING)

    @property
    def takes_null(self) -> bool:
        """Whether a row in which the column is null can be loaded as a document."""
        return self.optional or self.is_collection or not self.required

    @property
    def empty(self) -> Any:
        """The value of the field for a null that was set or loaded: an empty collection or None."""
        return None if self.container is None or self.optional else self.container()

    @property
    def is_static(self) -> bool:
        """Whether the column is static, and so shared by all rows of a partition."""
        return self.column.kind is ColumnKind.STATIC

    @property
    def is_collection(self) -> bool:
        """Whether the column is a collection whose empty value the server stores as null."""
        return is_collection(self.column.type)


def encoded(field: Field, value: Any) -> Any:
    """The border value for a value that a document holds."""
    return value if value is None or field.codec.encode is None else field.codec.encode(value)


def read_fields(cls: type[BaseModel]) -> tuple[Field, ...]:
    """The fields of a model with their columns, in order of declaration. Raises `ModelError`."""
    return tuple(_field(cls, name, info) for name, info in cls.model_fields.items() if _is_column(cls, name, info))


def _is_column(cls: type[BaseModel], name: str, info: FieldInfo) -> bool:
    try:
        if is_stored(field_annotation(cls, name)):
            return True
    except InvalidQueryError as error:
        raise ModelError(f"{cls.__name__}.{name}: {error}") from None
    if info.is_required():
        raise ModelError(f"{cls.__name__}.{name} is NotStored(), so no row has a value for it; give it a default")
    return False


def build_table(cls: type[BaseModel], found: tuple[Field, ...], settings: Settings, *, counters: bool) -> Table:
    """The table of a model. Raises `ModelError`, which names the class and the field, if the model cannot be a
    table.
    """
    name = settings.name if settings.name is not None else snake_case(cls.__name__)
    try:
        check_name(name)
        if settings.keyspace is not None:
            check_name(settings.keyspace, "keyspace")
    except InvalidQueryError as error:
        raise ModelError(f"{cls.__name__}: {error}") from None
    if extra := extras(cls):
        raise ModelError(f"{cls.__name__} has {extra}")
    infos = {field.column.name: field_annotation(cls, field.name) for field in found}
    table = Table(
        name,
        tuple(field.column for field in found),
        _key(cls, found, infos, ColumnKind.PARTITION_KEY),
        _key(cls, found, infos, ColumnKind.CLUSTERING),
        settings.keyspace,
        tuple(_indexes(cls, found, infos)),
        _options(cls, settings),
    )
    _check(cls, found, table, counters)
    return table


def _field(cls: type[BaseModel], name: str, info: FieldInfo) -> Field:
    annotation = field_annotation(cls, name)
    if isinstance(info.default, markers.Marker):
        marker = type(info.default).__name__
        raise ModelError(
            f"{cls.__name__}.{name} has a marker as its default; write {name}: Annotated[..., {marker}()] instead"
        )
    try:
        check_markers(annotation)
        codec = searchable(codec_of(info.annotation, tuple(info.metadata)), annotation)
        column_name = column.name if (column := annotation.marker(markers.Column)) else name
        quote(column_name)
        if column_name.startswith("[") and column_name.endswith("]"):
            raise InvalidQueryError(f"a column called {column_name} would be taken for a part of the server's answers")
    except (UnknownType, InvalidQueryError) as error:
        raise ModelError(f"{cls.__name__}.{name}: {error}") from None
    except RecursionError:
        raise ModelError(f"{cls.__name__}.{name}: a recursive type has no CQL type") from None
    kind, descending = _kind(cls, name, annotation)
    column_type = Column(column_name, codec.type, kind, descending)
    discriminator = annotation.marker(markers.Discriminator) is not None
    container = get_origin(annotation.bare) if is_collection(codec.type) else None
    frozen = bool(info.frozen or cls.model_config.get("frozen"))
    return Field(name, column_type, codec, annotation.optional, info.is_required(), discriminator, container, frozen)


def _kind(cls: type[BaseModel], name: str, annotation: Annotation) -> tuple[ColumnKind, bool]:
    key = annotation.marker(markers.PrimaryKey)
    clustering = annotation.marker(markers.ClusteringKey)
    static = annotation.marker(markers.Static)
    if clustering is not None or (key is not None and key.clustering):
        kind = ColumnKind.CLUSTERING
    elif key is not None:
        kind = ColumnKind.PARTITION_KEY
    else:
        kind = ColumnKind.STATIC if static is not None else ColumnKind.REGULAR
    if static is not None and kind is not ColumnKind.STATIC:
        raise ModelError(f"{cls.__name__}.{name} cannot be a key and Static at once")
    order = (clustering or key).order if clustering or key else "ASC"  # type: ignore[union-attr]
    return kind, kind is ColumnKind.CLUSTERING and order == "DESC"


def _key(
    cls: type[BaseModel], found: tuple[Field, ...], infos: dict[str, Annotation], kind: ColumnKind
) -> tuple[str, ...]:
    given = {each.column.name: _index(infos[each.column.name], kind) for each in found if each.column.kind is kind}
    try:
        return places(given)
    except InvalidQueryError as error:
        raise ModelError(f"{cls.__name__}: {error}") from None


def _index(annotation: Annotation, kind: ColumnKind) -> int | None:
    key = annotation.marker(markers.PrimaryKey)
    if kind is ColumnKind.PARTITION_KEY:
        return key.partition_key_index if key else None
    clustering = annotation.marker(markers.ClusteringKey) or key
    return clustering.clustering_key_index if clustering else None


def _indexes(cls: type[BaseModel], found: tuple[Field, ...], infos: dict[str, Annotation]) -> list[Index]:
    return [index for field in found for index in _field_indexes(cls, field, infos[field.column.name])]


def _field_indexes(cls: type[BaseModel], field: Field, annotation: Annotation) -> list[Index]:
    try:
        return list(column_indexes(field.column, annotation))
    except InvalidQueryError as error:
        raise ModelError(f"{cls.__name__}.{field.name}: {error}") from None


def _options(cls: type[BaseModel], settings: Settings) -> OptionPairs:
    given: Any = settings.options or {}
    if not isinstance(given, Mapping):
        raise ModelError(f"{cls.__name__}.Settings: options must be a mapping, as in {{'comment': 'x'}}, not {given!r}")
    options = dict(cast("TableOptions", given))
    if settings.default_ttl is not None and "default_time_to_live" in options:
        raise ModelError(f"{cls.__name__}.Settings: default_ttl is the option default_time_to_live; give one of them")
    if settings.default_ttl is not None:
        options["default_time_to_live"] = settings.default_ttl
    try:
        return check_options(options)
    except InvalidQueryError as error:
        raise ModelError(f"{cls.__name__}.Settings: {error}") from None


def _check(cls: type[BaseModel], found: tuple[Field, ...], table: Table, counters: bool) -> None:
    columns: dict[str, str] = {}
    for field in found:
        if field.column.name in columns:
            raise ModelError(
                f"{cls.__name__}.{field.name} and .{columns[field.column.name]} are both column {field.column.name!r}"
            )
        columns[field.column.name] = field.name
        _check_field(cls, field, table, counters)
    if len(told := [field.name for field in found if field.discriminator]) > 1:
        raise ModelError(
            f"{cls.__name__}.{told[1]} and .{told[0]} are both marked Discriminator(); only one field can be"
        )
    if counters and len(found) == len(table.primary_key):
        raise ModelError(f"{cls.__name__} has no counter; mark a field with Annotated[int | None, Counter()]")
    if counters and all(field.is_key or field.column.kind is ColumnKind.STATIC for field in found):
        raise ModelError(
            f"{cls.__name__} has static counters only, so its rows could never exist; remove Static() from one of "
            "them, or the clustering key"
        )
    if counters and dict(table.options).get("default_time_to_live"):
        raise ModelError(f"{cls.__name__}.Settings: counters never expire; leave the option default_time_to_live out")
    if not table.partition_key:
        raise ModelError(f"{cls.__name__} has no primary key; mark a field with Annotated[..., PrimaryKey()]")
    try:
        check_indexes(table)
    except InvalidQueryError as error:
        raise ModelError(f"{cls.__name__}: {error}") from None


def _check_field(cls: type[BaseModel], field: Field, table: Table, counters: bool) -> None:
    where, column = f"{cls.__name__}.{field.name}", field.column
    if reason := _impossible(column.type):
        raise ModelError(f"{where}: {reason}")
    if field.discriminator and (column.type == COUNTER or parts_of(column.type)):
        raise ModelError(f"{where} is {column.type}, and a Discriminator() tells classes apart by a single value")
    if field.is_key and (reason := unfit_for_key(column.type, column.descending)):
        raise ModelError(f"{where}: {column.type} cannot be in a primary key, {reason}")
    if column.kind is ColumnKind.STATIC and not table.clustering_key:
        raise ModelError(f"{where} is Static, but the table has no clustering key, so nothing could share it")
    if counters and not field.is_key and column.type != COUNTER:
        raise ModelError(f"{where} is not a counter; in a table of counters every column outside the key must be one")
    if not counters and column.type == COUNTER:
        raise ModelError(f"{where} is a counter; only a CounterDocument may have one")


def _impossible(cql_type: CqlType) -> str | None:
    """The reason why the server would refuse a column of this type; None if it would not."""
    if isinstance(cql_type, Set) and cql_type.element == DURATION:
        return f"{cql_type} is not possible, since durations have no order; take a list"
    if isinstance(cql_type, Map) and cql_type.key == DURATION:
        return f"{cql_type} is not possible, since durations have no order; take another key"
    return next(filter(None, map(_impossible, parts_of(cql_type))), None)


def unfit_for_key(cql_type: CqlType, descending: bool) -> str | None:
    """The reason why a column of this type cannot be in the key of a model; None if it can."""
    if cql_type == COUNTER:
        return "since a counter has no value of its own to look up"
    if holds(cql_type, DURATION):
        return "since durations have no order"
    if is_multicell(cql_type):
        return "unless it is marked Frozen()"
    if _is_as_sent(cql_type, descending):
        return (
            "since the server would keep its sets and maps in the order in which they are sent, and find the row by "
            "that order only; use ASC, or no set or map inside a tuple or user-defined type"
        )
    return None


def _is_as_sent(cql_type: CqlType, unsorted: bool) -> bool:
    """Whether the type contains a set or map that the server does not sort: inside a tuple, UDT or vector."""
    match cql_type:
        case Set() | Map() if unsorted:
            return True
        case Tuple(elements):
            return any(_is_as_sent(element, True) for element in elements)
        case Udt(_, fields):
            return any(_is_as_sent(part, True) for _, part in fields)
        case Vector(element):
            return _is_as_sent(element, True)
        case List(element) | Set(element):
            return _is_as_sent(element, unsorted)
        case Map(key, value):
            return _is_as_sent(key, unsorted) or _is_as_sent(value, unsorted)
        case _:
            return False
