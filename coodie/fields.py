"""The markers for ``Annotated[...]`` that define the column of a field.

A marker is given as an instance or, if it needs no arguments, as a bare class: ``Annotated[UUID, PrimaryKey()]`` and
``Annotated[UUID, PrimaryKey]`` mean the same. Pydantic ignores them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

Order: TypeAlias = Literal["ASC", "DESC"]
SimilarityFunction: TypeAlias = Literal["COSINE", "DOT_PRODUCT", "EUCLIDEAN"]
"""The similarity function by which an index compares vectors."""


class Marker:
    """The base class of all markers."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class PrimaryKey(Marker):
    """Marks a column of the primary key: of the partition key or, with ``clustering=True``, of the clustering key.

    Several markers make a composite key, in order of declaration unless ``partition_key_index`` or
    ``clustering_key_index`` are given. ``order`` is the order of rows within a partition, for clustering columns only.
    """

    partition_key_index: int | None = None
    _: KW_ONLY
    clustering: bool = False
    order: Order = "ASC"
    clustering_key_index: int | None = None


@dataclass(frozen=True, slots=True)
class ClusteringKey(Marker):
    """Marks a column of the clustering key, like ``PrimaryKey(clustering=True, ...)``."""

    order: Order = "ASC"
    clustering_key_index: int | None = None


@dataclass(frozen=True, slots=True)
class Static(Marker):
    """Marks a static column, which has one value for the whole partition. The table needs a clustering key."""


@dataclass(frozen=True, slots=True)
class Indexed(Marker):
    """Creates an index on the column, named ``index_name`` or by the server. Several markers create several indexes.

    ``target`` is the part of a collection that is indexed: ``keys``, ``values`` (the default), ``entries`` or, for a
    frozen collection, ``full``. ``using`` is ``sai`` for a storage-attached index, or the class of another index; by
    default the server uses its own kind. ``options`` are those of the class, such as ``{"case_sensitive": False}``.
    """

    index_name: str | None = None
    _: KW_ONLY
    target: Literal["keys", "values", "entries", "full"] | None = None
    using: str | None = None
    # Markers must be hashable, since typing puts annotations into sets.
    options: Mapping[str, str | int | bool] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Counter(Marker):
    """Marks a counter; only for a `CounterDocument`, in which every column outside the key is one."""


@dataclass(frozen=True, slots=True)
class Discriminator(Marker):
    """Marks the column that identifies the class of each row in a polymorphic table."""


@dataclass(frozen=True, slots=True)
class Version(Marker):
    """Marks an ``int`` that counts the writes of a row, so that no writer overwrites what another one wrote meanwhile.

    Each ``save()``, ``update()`` and ``delete()`` of a document is sent under the condition that the row still has the
    version that was loaded, ``IF version = ?``, and raises `VersionConflict` if it has not; a new document is sent
    under ``IF NOT EXISTS``. The first save writes 1, which is also the default of the field, or None for an
    ``int | None``: ``version: Annotated[int, Version()] = 1``.
    """


@dataclass(frozen=True, slots=True)
class CreatedAt(Marker):
    """Marks a ``datetime`` that the first save of a new document sets to the present, unless you have set it.

    The field needs a default: ``created_at: Annotated[datetime | None, CreatedAt()] = None``. The present is that of
    the connection's clock, which is the test's `Clock` with a `RecordingDriver` or `MemoryDriver`.
    """


@dataclass(frozen=True, slots=True)
class UpdatedAt(Marker):
    """Marks a ``datetime`` that each save or update of the row sets to the present, also an update by a query.

    The field needs a default, and its clock is that of `CreatedAt`.
    """


@dataclass(frozen=True, slots=True)
class NotStored(Marker):
    """Marks a field that is no column: it is neither in the table nor in any request, and cannot be queried.

    It needs a default, which it has in documents that were loaded. ``refresh()`` and ``rollback()`` leave it alone.
    """


@dataclass(frozen=True, slots=True)
class Stored(Marker):
    """Stores values of a class that has no CQL type as those of another type.

    ``price: Annotated[Money, Stored(int, dump=Money.cents, load=Money.of)]`` is a ``bigint``. ``dump`` turns a value
    into one of the other type, ``load`` turns that back; neither gets None. It may stand inside collections and in
    user-defined types as well. Values are accepted if they are instances of the class, unless Pydantic knows better.
    """

    type: Any
    _: KW_ONLY
    dump: Callable[[Any], Any]
    load: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        try:
            return handler(source)
        except (RuntimeError, TypeError):  # of Pydantic, newer and older, which does not know the class
            return {"type": "is-instance", "cls": source}


@dataclass(frozen=True, slots=True)
class Column(Marker):
    """Sets the name of the column in the table, or of the field in a user-defined type, if it differs from that of the
    field in Python.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Frozen(Marker):
    """Makes a collection or user-defined type frozen, that is, written as one value; ``Frozen(False)`` does not."""

    frozen: bool = True


@dataclass(frozen=True, slots=True)
class Vector(Marker):
    """Makes a list a ``vector<element, dimensions>``, with exactly that many elements."""

    dimensions: int


@dataclass(frozen=True, slots=True)
class VectorIndex(Marker):
    """Creates a storage-attached index on a vector column, which ``order_by_ann`` needs.

    It is named ``index_name`` or by the server.
    """

    similarity_function: SimilarityFunction = "COSINE"
    _: KW_ONLY
    index_name: str | None = None


class Selected(Marker):
    """The base class of markers for the fields of a class that ``as_()`` takes: what a query selects for a field.

    Columns are given by the names of the document's fields.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class From(Selected):
    """Selects a column under the name of the field: ``kind: Annotated[str, From("event_type")]``."""

    name: str


@dataclass(frozen=True, slots=True)
class Writetime(Selected):
    """Selects when a column was written, ``writetime(name)``, in microseconds since 1970; null without a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Ttl(Selected):
    """Selects the seconds until the value of a column expires, ``ttl(name)``; null if it does not."""

    name: str


@dataclass(frozen=True, slots=True)
class Cast(Selected):
    """Selects a column converted to a native CQL type by the server: ``Cast("n", "text")`` is ``CAST(n AS text)``."""

    name: str
    cql_type: str


@dataclass(frozen=True, slots=True)
class TokenOf(Selected):
    """Selects the token of the partition key: ``token(user_id)``."""


@dataclass(frozen=True, slots=True)
class Similarity(Selected):
    """Selects how similar a vector is to that of ``order_by_ann()``, from 0 to 1: ``similarity_cosine(name, ?)``.

    The function is that of the column's index, or ``function``.
    """

    name: str
    function: SimilarityFunction | None = None


@dataclass(frozen=True, slots=True, init=False)
class Function(Selected):
    """Selects the result of a function of the server: ``Function("to_date", "ts")`` is ``to_date(ts)``.

    An argument that is a text is the name of a field, one that is another of these markers stands for what that
    selects, and anything else is a value, which is bound: ``Function("mask_inner", "email", 1, None)``. Functions of
    users are in a keyspace: ``Function("vat", "price", keyspace="shop")``.
    """

    function: str
    arguments: tuple[Any, ...]
    keyspace: str | None

    def __init__(self, function: str, /, *arguments: Any, keyspace: str | None = None) -> None:
        object.__setattr__(self, "function", function)
        object.__setattr__(self, "arguments", arguments)
        object.__setattr__(self, "keyspace", keyspace)


class TypeMarker(Marker):
    """The base class of markers that choose among the CQL types for a Python type."""

    __slots__ = ()
    cql_name: ClassVar[str]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Ascii(TypeMarker):
    """CQL ``ascii``, for an ``str`` of ASCII characters."""

    __slots__ = ()
    cql_name = "ascii"


class Text(TypeMarker):
    """CQL ``text``, for an ``str``."""

    __slots__ = ()
    cql_name = "text"


class TinyInt(TypeMarker):
    """CQL ``tinyint``, for an ``int`` of 8 bits."""

    __slots__ = ()
    cql_name = "tinyint"


class SmallInt(TypeMarker):
    """CQL ``smallint``, for an ``int`` of 16 bits."""

    __slots__ = ()
    cql_name = "smallint"


class Int(TypeMarker):
    """CQL ``int``, for an ``int`` of 32 bits."""

    __slots__ = ()
    cql_name = "int"


class BigInt(TypeMarker):
    """CQL ``bigint``, for an ``int`` of 64 bits, as without a marker."""

    __slots__ = ()
    cql_name = "bigint"


class VarInt(TypeMarker):
    """CQL ``varint``, for an ``int`` of any size."""

    __slots__ = ()
    cql_name = "varint"


class Float(TypeMarker):
    """CQL ``float``, for a ``float`` of 32 bits."""

    __slots__ = ()
    cql_name = "float"


class Double(TypeMarker):
    """CQL ``double``, for a ``float`` of 64 bits, as without a marker."""

    __slots__ = ()
    cql_name = "double"


class TimeUUID(TypeMarker):
    """CQL ``timeuuid``, for a ``UUID`` of version 1."""

    __slots__ = ()
    cql_name = "timeuuid"


class Date(TypeMarker):
    """CQL ``date``, for a ``date``, or for an ``int`` of days since 1970, which covers all years of CQL."""

    __slots__ = ()
    cql_name = "date"


class Time(TypeMarker):
    """CQL ``time``, for a ``time``, or for an ``int`` of nanoseconds since midnight, which a ``time`` cannot hold."""

    __slots__ = ()
    cql_name = "time"


class Timestamp(TypeMarker):
    """CQL ``timestamp``, for a ``datetime``, or for an ``int`` of milliseconds since 1970, which covers all years."""

    __slots__ = ()
    cql_name = "timestamp"


class Duration(TypeMarker):
    """CQL ``duration``, for a ``timedelta`` or ``CqlDuration``."""

    __slots__ = ()
    cql_name = "duration"


class Inet(TypeMarker):
    """CQL ``inet``, for an IP address, or for a ``str`` that contains one."""

    __slots__ = ()
    cql_name = "inet"


class Blob(TypeMarker):
    """CQL ``blob``, for ``bytes``."""

    __slots__ = ()
    cql_name = "blob"


class Boolean(TypeMarker):
    """CQL ``boolean``, for a ``bool``."""

    __slots__ = ()
    cql_name = "boolean"


class Decimal(TypeMarker):
    """CQL ``decimal``, for a ``Decimal``."""

    __slots__ = ()
    cql_name = "decimal"
