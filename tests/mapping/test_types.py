"""From an annotation to its CQL type, and the way of its values there and back."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Annotated, Any, Dict, Generic, List, Literal, NewType, Optional, TypeVar, Union  # noqa: UP035
from uuid import UUID, uuid1

import pydantic
import pytest
from mapping.tape import value_of
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    PositiveInt,
    SecretBytes,
    SecretStr,
    StrictStr,
)
from typing_extensions import TypeAliasType

from coodie.exceptions import DecodeError, ModelError
from coodie.fields import (
    Ascii,
    BigInt,
    Blob,
    Boolean,
    Double,
    Duration,
    Float,
    Frozen,
    Inet,
    Int,
    PrimaryKey,
    SmallInt,
    Text,
    Time,
    Timestamp,
    TimeUUID,
    TinyInt,
    VarInt,
    Vector,
)
from coodie.fields import Date as DateMarker
from coodie.fields import Decimal as DecimalMarker
from coodie.sync import Document
from coodie.types import CqlDuration, NaiveDatetime, cql_type_of


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1


class Mixed(Enum):
    A = 1
    B = "b"


class Empty(Enum):
    pass


UserId = NewType("UserId", UUID)
Inner = NewType("Inner", UserId)
T = TypeVar("T")
Alias = TypeAliasType("Alias", Annotated[int, Int()])
Pairs = TypeAliasType("Pairs", dict[T, list[T]], type_params=(T,))


@pytest.mark.parametrize(
    ("annotation", "cql"),
    [
        (str, "text"),
        (int, "bigint"),
        (float, "double"),
        (bool, "boolean"),
        (bytes, "blob"),
        (UUID, "uuid"),
        (Decimal, "decimal"),
        (date, "date"),
        (time, "time"),
        (datetime, "timestamp"),
        (NaiveDatetime, "timestamp"),
        (AwareDatetime, "timestamp"),
        (timedelta, "duration"),
        (CqlDuration, "duration"),
        (IPv4Address, "inet"),
        (IPv6Address, "inet"),
        (list[int], "list<bigint>"),
        (List[int], "list<bigint>"),  # noqa: UP006
        (set[str], "set<text>"),
        (frozenset[str], "frozen<set<text>>"),
        (dict[str, float], "map<text, double>"),
        (Dict[str, int], "map<text, bigint>"),  # noqa: UP006
        (tuple[int, str], "frozen<tuple<bigint, text>>"),
        (tuple[int, ...], "frozen<list<bigint>>"),
        (dict[str, list[set[int]]], "map<text, frozen<list<frozen<set<bigint>>>>>"),
        (list[tuple[int, list[str]]], "list<frozen<tuple<bigint, frozen<list<text>>>>>"),
        (Optional[int], "bigint"),  # noqa: UP045
        (int | None, "bigint"),
        (Union[None, int], "bigint"),  # noqa: UP007
        (Colour, "text"),
        (Level, "bigint"),
        (Literal["a", "b"], "text"),
        (Literal[1, 2, None], "bigint"),
        (Literal[True], "boolean"),
        (Literal[Colour.RED], "text"),
        (UserId, "uuid"),
        (Inner, "uuid"),
        (Alias, "int"),
        (Pairs[int], "map<bigint, frozen<list<bigint>>>"),
        (list[Alias | None], "list<int>"),
        (PositiveInt, "bigint"),
        (StrictStr, "text"),
        (Annotated[str, Field(max_length=3)], "text"),
        (pydantic.UUID1, "uuid"),
        (SecretStr, "text"),
        (SecretBytes, "blob"),
        (HttpUrl, "text"),
        (IPv4Address | IPv6Address, "inet"),
        (pydantic.IPvAnyAddress, "text"),
        (Annotated[int, TinyInt()], "tinyint"),
        (Annotated[int, SmallInt], "smallint"),
        (Annotated[int, Int()], "int"),
        (Annotated[int, BigInt()], "bigint"),
        (Annotated[int, VarInt()], "varint"),
        (Annotated[Level, TinyInt()], "tinyint"),
        (Annotated[float, Float()], "float"),
        (Annotated[float, Double()], "double"),
        (Annotated[str, Ascii()], "ascii"),
        (Annotated[str, Text()], "text"),
        (Annotated[str, Inet()], "inet"),
        (Annotated[UUID, TimeUUID()], "timeuuid"),
        (Annotated[bytes, Blob()], "blob"),
        (Annotated[bool, Boolean()], "boolean"),
        (Annotated[date, DateMarker()], "date"),
        (Annotated[time, Time()], "time"),
        (Annotated[datetime, Timestamp()], "timestamp"),
        (Annotated[timedelta, Duration()], "duration"),
        (Annotated[Decimal, DecimalMarker()], "decimal"),
        (Optional[Annotated[int, Int()]], "int"),  # noqa: UP045
        (Annotated[int | None, Int()], "int"),
        (list[Annotated[int, Int()]], "list<int>"),
        (Annotated[list[int], Frozen()], "frozen<list<bigint>>"),
        (Annotated[frozenset[int], Frozen(False)], "set<bigint>"),
        (Annotated[list[float], Vector(3)], "vector<float, 3>"),
        (Annotated[list[int], Vector(2)], "vector<bigint, 2>"),
    ],
)
def test_the_cql_type_of_an_annotation(annotation, cql):
    assert str(cql_type_of(annotation)) == cql


class Plain(BaseModel):
    a: int


class Unknown:
    pass


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (object, "object has no CQL type"),
        (Any, "Any has no CQL type"),
        (Unknown, "Unknown has no CQL type"),
        (list, "list"),
        (dict, "dict"),
        (list[Unknown], "Unknown"),
        (dict[str, Unknown], "Unknown"),
        (int | str, "no single CQL type"),
        (Mixed, "do not have one common CQL type"),
        (Empty, "do not have one common CQL type"),
        (Literal[1, "a"], "do not have one common CQL type"),
        (Plain, "UserType"),
        (Annotated[str, Int()], "does not fit str"),
        (Annotated[int, Float()], "does not fit int"),
        (Annotated[int, TimeUUID()], "does not fit int"),
        (Annotated[int, Frozen()], "Frozen"),
        (Annotated[str, Vector(3)], "Vector"),
        (Annotated[list[float], Vector], "a bare Vector does not say enough"),
        (None, "no CQL type"),
    ],
)
def test_an_annotation_without_a_cql_type_is_refused(annotation, message):
    with pytest.raises(ModelError, match=message):
        cql_type_of(annotation)


@pytest.mark.parametrize(
    ("annotation", "value", "border"),
    [
        (Colour, Colour.RED, "red"),
        (Level, Level.LOW, 1),
        (Literal["a"], "a", "a"),
        (UserId, UUID(int=1), UUID(int=1)),
        (SecretStr, "hidden", "hidden"),
        (SecretBytes, b"hidden", b"hidden"),
        (HttpUrl, "https://a.b/c", "https://a.b/c"),
        (Annotated[str, Inet()], "127.0.0.1", ip_address("127.0.0.1")),
        (IPv6Address, "::1", ip_address("::1")),
        (timedelta, timedelta(days=1, seconds=2, microseconds=3), CqlDuration(0, 1, 2_000_003_000)),
        (CqlDuration, CqlDuration(1, 2, 3), CqlDuration(1, 2, 3)),
        (list[Colour], ["red", "blue"], ["red", "blue"]),
        (set[Colour], {"red"}, {"red"}),
        (dict[Colour, timedelta], {"red": timedelta(1)}, {"red": CqlDuration(0, 1, 0)}),
        (tuple[Colour, int | None], ("red", None), ("red", None)),
        (tuple[int, ...], (1, 2), (1, 2)),
        (frozenset[int], {1}, frozenset({1})),
        (Annotated[list[float], Vector(2)], [1.0, 2.0], [1.0, 2.0]),
        (Annotated[UUID, TimeUUID()], uuid1(), None),
        (list[int] | None, [1], [1]),
        (Colour | None, None, None),
        (Decimal, Decimal("1.50"), Decimal("1.50")),
        (time, time(1, 2, 3, 4), time(1, 2, 3, 4)),
    ],
)
@pytest.mark.parametrize("config", [None, ConfigDict(frozen=True), ConfigDict(extra="forbid")])
def test_what_is_saved_is_what_is_loaded(tape, annotation, value, border, config):
    saved, loaded = value_of(annotation, value, config)
    if border is not None:
        assert tape.written["v"] == border
        assert isinstance(tape.written["v"], type(border))
    assert loaded == saved
    assert type(loaded.v) is type(saved.v)


def test_a_secret_is_masked(tape):
    saved, loaded = value_of(SecretStr, "hidden")
    assert "hidden" not in repr(saved) + str(loaded)
    assert loaded.v.get_secret_value() == "hidden"
    assert tape.written["v"] == "hidden"
    assert "hidden" not in repr(tape.written)


def test_a_strict_model_takes_its_rows(tape):
    saved, loaded = value_of(Colour, Colour.RED, ConfigDict(strict=True))
    assert loaded == saved


@pytest.mark.parametrize("stored", [CqlDuration(1, 0, 0), CqlDuration(0, 0, 1), CqlDuration(0, 10**9, 0)])
def test_a_duration_that_a_timedelta_cannot_hold_is_named(tape, stored):
    class Span(Document):
        id: Annotated[int, PrimaryKey()] = 1
        v: timedelta

    Span(v=timedelta(1)).save()
    tape.written["v"] = stored
    with pytest.raises(DecodeError, match=r"'v' of the row with the key \(id\)") as caught:
        Span.get(id=1)
    assert (caught.value.key, caught.value.column) == ({"id": 1}, "v")


def test_a_marker_is_equal_to_itself():
    assert Int() == Int()
    assert Int() != BigInt()
    assert len({Int(), Int(), BigInt()}) == 2
    assert repr(Int()) == "Int()"


class Box(Document, Generic[T]):
    id: Annotated[int, PrimaryKey()]
    v: T

    class Settings:
        name = "boxes"


def test_a_generic_model_has_the_type_of_its_argument():
    class Ints(Box[list[int]]):
        pass

    assert Ints.sync_table is not None
    assert Ints.column_types()["v"] == cql_type_of(list[int])


def test_a_generic_model_needs_no_name_for_its_table():
    class Crate(Document, Generic[T]):
        id: Annotated[int, PrimaryKey()]
        v: T

        class Settings:
            abstract = True

    class IntCrate(Crate[int]):
        pass

    assert IntCrate.table_name() == "int_crate"
