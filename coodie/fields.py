"""The markers that users put into ``Annotated[...]`` to say what a field is in the table.

A marker may be given as an instance or, where it needs no arguments, as a bare class: ``Annotated[UUID, PrimaryKey()]``
and ``Annotated[UUID, PrimaryKey]`` mean the same. They say nothing to Pydantic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar, Literal, TypeAlias

Order: TypeAlias = Literal["ASC", "DESC"]
Similarity: TypeAlias = Literal["COSINE", "DOT_PRODUCT", "EUCLIDEAN"]
"""How an index tells how near two vectors are."""


class Marker:
    """What all markers have in common: nothing but that coodie knows them."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class PrimaryKey(Marker):
    """The column belongs to the primary key: to its partition key, or with ``clustering=True`` to its clustering key.

    Several make a composite key, in order of declaration unless ``partition_key_index`` or ``clustering_key_index``
    say otherwise. ``order`` is that of the rows within a partition and counts for clustering columns only.
    """

    partition_key_index: int | None = None
    _: KW_ONLY
    clustering: bool = False
    order: Order = "ASC"
    clustering_key_index: int | None = None


@dataclass(frozen=True, slots=True)
class ClusteringKey(Marker):
    """The column belongs to the clustering key: the same as ``PrimaryKey(clustering=True, ...)``."""

    order: Order = "ASC"
    clustering_key_index: int | None = None


@dataclass(frozen=True, slots=True)
class Static(Marker):
    """One value for the whole partition: a static column. The table needs a clustering key."""


@dataclass(frozen=True, slots=True)
class Indexed(Marker):
    """The column has an index, called ``index_name`` or as the server calls it. Several markers make several.

    ``target`` is the part of a collection that is indexed: ``keys``, ``values`` (the usual one), ``entries`` or, of a
    frozen one, ``full``. ``using`` is ``sai`` for a storage-attached index, or the class of another; without it, the
    server makes its own kind. ``options`` are those of such an index, as in ``{"case_sensitive": False}``.
    """

    index_name: str | None = None
    _: KW_ONLY
    target: Literal["keys", "values", "entries", "full"] | None = None
    using: str | None = None
    # A marker must have a hash, since typing puts annotations into sets.
    options: Mapping[str, str | int | bool] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Counter(Marker):
    """The column is a counter; only in a `CounterDocument`, where every column outside the key is one."""


@dataclass(frozen=True, slots=True)
class Discriminator(Marker):
    """The column that tells which subclass of a polymorphic table a row belongs to."""


@dataclass(frozen=True, slots=True)
class Column(Marker):
    """The column is called ``name`` in the table, not as the field is."""

    name: str


@dataclass(frozen=True, slots=True)
class Frozen(Marker):
    """The collection or user-defined type is frozen, written and read as one value; ``Frozen(False)``: it is not."""

    frozen: bool = True


@dataclass(frozen=True, slots=True)
class Vector(Marker):
    """The list is a ``vector<element, dimensions>``: that many elements, no more and no fewer."""

    dimensions: int


@dataclass(frozen=True, slots=True)
class VectorIndex(Marker):
    """The vector column has a storage-attached index, so that ``order_by_ann`` can search it.

    It is called ``index_name`` or as the server calls it.
    """

    similarity_function: Similarity = "COSINE"
    _: KW_ONLY
    index_name: str | None = None


class TypeMarker(Marker):
    """The CQL type of the field, where several fit its Python type."""

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
    """CQL ``date``, for a ``date``, or an ``int``: days since 1970, of any year that CQL knows."""

    __slots__ = ()
    cql_name = "date"


class Time(TypeMarker):
    """CQL ``time``, for a ``time``, or an ``int``: nanoseconds since midnight, which a ``time`` cannot hold."""

    __slots__ = ()
    cql_name = "time"


class Timestamp(TypeMarker):
    """CQL ``timestamp``, for a ``datetime``, or an ``int``: milliseconds since 1970, of any year that CQL knows."""

    __slots__ = ()
    cql_name = "timestamp"


class Duration(TypeMarker):
    """CQL ``duration``, for a ``timedelta`` or ``CqlDuration``."""

    __slots__ = ()
    cql_name = "duration"


class Inet(TypeMarker):
    """CQL ``inet``, for an address, or an ``str`` that holds one."""

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
