"""The markers for ``Annotated[...]`` that define the column of a field.

A marker is given as an instance or, if it needs no arguments, as a bare class: ``Annotated[UUID, PrimaryKey()]`` and
``Annotated[UUID, PrimaryKey]`` mean the same. Pydantic ignores them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar, Literal, TypeAlias

Order: TypeAlias = Literal["ASC", "DESC"]
Similarity: TypeAlias = Literal["COSINE", "DOT_PRODUCT", "EUCLIDEAN"]
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

    similarity_function: Similarity = "COSINE"
    _: KW_ONLY
    index_name: str | None = None


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
