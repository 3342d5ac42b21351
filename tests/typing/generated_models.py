"""The models of the keyspace shop."""

from datetime import date, datetime, time
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict

from coodie.aio import CounterDocument, Document
from coodie.fields import (
    Ascii,
    ClusteringKey,
    Column,
    Counter,
    Float,
    Frozen,
    Indexed,
    Int,
    PrimaryKey,
    SmallInt,
    Static,
    TimeUUID,
    TinyInt,
    VarInt,
    Vector,
)
from coodie.types import CqlDuration
from coodie.usertype import UserType


class Street(UserType):
    model_config = ConfigDict(frozen=True)
    name: str | None = None
    number: Annotated[int | None, SmallInt()] = None


class Address(UserType):
    street: Street | None = None
    Zip_Code: Annotated[str | None, Column(name="Zip Code")] = None
    class_: Annotated[str | None, Ascii(), Column(name="class")] = None
    notes: list[str] | None = None

    class Settings:
        type_name = "Address"


class PageViews(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    unique: Annotated[int | None, Counter()] = None
    views: Annotated[int | None, Counter()] = None

    class Settings:
        name = "PageViews"


class DocumentModel(Document):
    id: Annotated[int, PrimaryKey()]
    Int_: Annotated[int | None, Int(), Column(name="Int")] = None
    column_model_name: Annotated[str | None, Column(name="model_name")] = None
    settings: str | None = None

    class Settings:
        name = "document"


class UserEvents(Document):
    shop: Annotated[UUID, PrimaryKey()]
    region: Annotated[str, Ascii(), PrimaryKey()]
    day: Annotated[date, ClusteringKey(order="DESC")]
    Part_No: Annotated[int, VarInt(), ClusteringKey(), Column(name="Part No")]
    column_1st: Annotated[time | None, Column(name="1st")] = None
    addresses: dict[Street, list[Address]] = {}
    attrs: Annotated[
        dict[str, Annotated[int, Int()]],
        Indexed("by_attr", target="keys"),
        Indexed(target="entries"),
    ] = {}
    class_: Annotated[int | None, Int(), Column(name="class")] = None
    date_: Annotated[datetime | None, Column(name="date")] = None
    home: Address | None = None
    kept: Annotated[frozenset[Annotated[int, Int()]] | None, Indexed()] = None
    lists: tuple[tuple[float, ...], ...] | None = None
    made: Annotated[UUID | None, TimeUUID()] = None
    maps: Annotated[dict[Annotated[int, Int()], str] | None, Frozen()] = None
    near: Annotated[
        list[Annotated[float, Float()]] | None,
        Vector(3),
        Indexed(using="sai", options={"similarity_function": "dot_product"}),
    ] = None
    ok: bool | None = None
    owner: Annotated[str | None, Static(), Indexed()] = None
    pair: tuple[Annotated[int, Int()], set[str]] | None = None
    price: Decimal | None = None
    raw_: Annotated[bytes | None, Column(name="raw")] = None
    save_: Annotated[
        str | None,
        Indexed(using="sai", options={"case_sensitive": "false"}),
        Column(name="save"),
    ] = None
    small: Annotated[int | None, TinyInt()] = None
    source: IPv4Address | IPv6Address | None = None
    streets: set[Street] = set()
    tags: set[str] = set()
    took: CqlDuration | None = None
    work: Annotated[Address | None, Frozen(False)] = None

    class Settings:
        default_ttl = 86400
        options = {
            "bloom_filter_fp_chance": 0.1,
            "caching": {"rows_per_partition": "10"},
            "comment": 'it\'s "all" in here',
            "compaction": {"class": "LeveledCompactionStrategy", "sstable_size_in_mb": "160"},
            "compression": {"class": "ZstdCompressor"},
            "gc_grace_seconds": 3600,
        }
