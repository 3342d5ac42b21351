"""The models of the keyspace shop."""

from datetime import date, datetime, time
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict

from coodie.fields import (
    Ascii,
    ClusteringKey,
    Column,
    Counter,
    Float,
    Indexed,
    Int,
    PrimaryKey,
    SmallInt,
    Static,
    TimeUUID,
    TinyInt,
    VarInt,
)
from coodie.sync import CounterDocument, Document
from coodie.types import CqlDuration
from coodie.usertype import UserType


class Place(UserType):
    model_config = ConfigDict(frozen=True)
    street: str | None = None
    zip_code: Annotated[int | None, Int(), Column(name="zip")] = None


class Parcel(UserType):
    place: Place | None = None
    labels: set[str] | None = None

    class Settings:
        type_name = "parcel_type"


class CaseSensitive(Document):
    id: Annotated[int, Int(), PrimaryKey()]

    class Settings:
        name = "UserEvents"


class Animal(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    kind: str | None = None
    lives: Annotated[int | None, Int()] = None
    tricks: list[str] = []


class Collections(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    days: set[date] = set()
    names: list[str] = []
    scores: dict[str, float] = {}


class CompoundKey(Document):
    tenant: Annotated[str, PrimaryKey()]
    bucket: Annotated[int, Int(), PrimaryKey()]
    at: Annotated[UUID, TimeUUID(), ClusteringKey(order="DESC")]
    number: Annotated[int, Int(), ClusteringKey()]
    payload: str | None = None


class Counted(CounterDocument):
    page: Annotated[str, PrimaryKey()]
    clicks: Annotated[int | None, Counter()] = None
    views: Annotated[int | None, Counter()] = None


class Fractions(Document):
    id: Annotated[int, SmallInt(), PrimaryKey()]
    double: float | None = None
    exact: Decimal | None = None
    single: Annotated[float | None, Float()] = None


class IndexedSet(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    tags: Annotated[set[str], Indexed()] = set()


class Indexes(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    age: Annotated[int | None, Int(), Indexed()] = None
    email: Annotated[str | None, Indexed()] = None


class Inherited(Document):
    id: Annotated[UUID, PrimaryKey()]
    created_at: datetime | None = None
    name: str | None = None


class MixedOrder(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    first: Annotated[int, Int(), ClusteringKey()]
    second: Annotated[str, ClusteringKey(order="DESC")]


class Moments(Document):
    id: Annotated[UUID, TimeUUID(), PrimaryKey()]
    at: datetime | None = None
    day: date | None = None
    length: CqlDuration | None = None
    of_day: time | None = None


class Nested(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    lists: list[list[Annotated[int, Int()]]] = []
    maps: dict[str, set[UUID]] = {}


class Numbers(Document):
    id: Annotated[int, PrimaryKey()]
    big: int | None = None
    normal: Annotated[int | None, Int()] = None
    small: Annotated[int | None, SmallInt()] = None
    tiny: Annotated[int | None, TinyInt()] = None
    whole: Annotated[int | None, VarInt()] = None


class Others(Document):
    id: Annotated[UUID, PrimaryKey()]
    address: IPv4Address | IPv6Address | None = None
    flag: bool | None = None
    raw_: Annotated[bytes | None, Column(name="raw")] = None
    raw_bytes: bytes | None = None


class PythonWords(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    copy_: Annotated[str | None, Column(name="copy")] = None
    date_: Annotated[str | None, Column(name="date")] = None
    column_model_name: Annotated[str | None, Column(name="model_name")] = None


class Renamed(Document):
    id: Annotated[int, Int(), PrimaryKey(), Column(name="i")]
    city: Annotated[str | None, Column(name="City Name")] = None
    email: Annotated[str | None, Column(name="e")] = None


class ReservedWords(Document):
    order: Annotated[int, Int(), PrimaryKey()]
    token: str | None = None
    where: str | None = None

    class Settings:
        name = "select"


class TextKey(Document):
    name: Annotated[str, PrimaryKey()]


class Texts(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    older: str | None = None
    plain: str | None = None
    simple: Annotated[str | None, Ascii()] = None


class TimeSeries(Document):
    sensor: Annotated[UUID, PrimaryKey()]
    day: Annotated[date, PrimaryKey()]
    at: Annotated[datetime, ClusteringKey(order="DESC")]
    value: float | None = None


class TupleKey(Document):
    id: Annotated[tuple[Annotated[int, Int()], str], PrimaryKey()]
    note: str | None = None


class Tuples(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    deep: list[tuple[str, list[Annotated[int, Int()]]]] = []
    pair: tuple[str, Annotated[int, Int()]] | None = None


class TypeSet(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    places: set[Place] = set()


class UncommonKeys(Document):
    flag: Annotated[bool, PrimaryKey()]
    address: Annotated[IPv4Address | IPv6Address, ClusteringKey()]
    exact: Annotated[Decimal, ClusteringKey()]
    raw_: Annotated[bytes, ClusteringKey(), Column(name="raw")]


class NamedTable(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    name: str | None = None

    class Settings:
        name = "usr"


class WithCaching(Document):
    id: Annotated[int, Int(), PrimaryKey()]

    class Settings:
        options = {"bloom_filter_fp_chance": 0.2, "caching": {"rows_per_partition": "10"}}


class WithOptions(Document):
    id: Annotated[int, Int(), PrimaryKey()]

    class Settings:
        default_ttl = 3600
        options = {
            "bloom_filter_fp_chance": 0.1,
            "comment": "it's kept for an hour",
            "compaction": {"class": "LeveledCompactionStrategy", "sstable_size_in_mb": "64"},
            "gc_grace_seconds": 86400,
        }


class WithStatic(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    at: Annotated[datetime, ClusteringKey()]
    motto: Annotated[str | None, Static()] = None


class WithType(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    home: Place | None = None


class WithTypes(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    parcel: Parcel | None = None
    parcels: list[Parcel] = []
    places: dict[str, Place] = {}
