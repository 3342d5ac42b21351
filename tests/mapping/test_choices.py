"""Enums and literals whose values a server does not keep as they are: each member is still told by its row."""

import struct
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import ConfigDict

from coodie.drivers import Page
from coodie.exceptions import InvalidQueryError, ModelError
from coodie.fields import Column, Discriminator, Float, PrimaryKey, SmallInt, Timestamp
from coodie.mapping.model import mapper_of
from coodie.sync import Document
from coodie.usertype import UserType

UTC = timezone.utc
FINE = datetime(2030, 1, 1, 0, 0, 0, 123_456, tzinfo=UTC)
TENTH = struct.unpack(">f", struct.pack(">f", 0.1))[0]


class Naive(Enum):
    A = datetime(2030, 1, 1)
    B = datetime(2031, 1, 1)


class Instant(Enum):
    A = FINE
    B = FINE.astimezone(timezone(timedelta(hours=5))) + timedelta(seconds=1)


class Share(Enum):
    TENTH = 0.1
    HALF = 0.5


class Span(Enum):
    DAY = timedelta(days=1)
    TICK = timedelta(microseconds=1)


class Address(Enum):
    MAPPED = IPv6Address("::ffff:1.2.3.4")
    PLAIN = IPv6Address("::1")


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Bits(IntFlag):
    A = 1
    B = 2


class Amount(Enum):
    ZERO = Decimal("-0.0")
    ONE = Decimal("1.00")


class Day(Enum):
    FIRST = date(2030, 1, 1)


class Hour(Enum):
    NOON = time(12, 0, 0, 1)


class Id(Enum):
    ONE = UUID(int=1)


class Code(Enum):
    A = b"\x00"


class Word(Enum):
    A = "a"
    B = "b"


FLOAT = Annotated[Share, Float()]
CASES = [
    (Naive, Naive.A, datetime(2030, 1, 1, tzinfo=UTC)),
    (Instant, Instant.A, FINE.replace(microsecond=123_000)),
    (Instant, Instant.B, datetime(2030, 1, 1, 0, 0, 1, 123_000, tzinfo=UTC)),
    (FLOAT, Share.TENTH, TENTH),
    (Share, Share.TENTH, 0.1),
    (Span, Span.DAY, None),
    (Span, Span.TICK, None),
    (Address, Address.MAPPED, IPv6Address("::ffff:1.2.3.4")),
    (Annotated[Level, SmallInt()], Level.HIGH, 2),
    (Annotated[Level, Timestamp()], Level.HIGH, None),
    (Bits, Bits.A | Bits.B, 3),
    (Amount, Amount.ZERO, Decimal(0)),
    (Amount, Amount.ONE, Decimal("1.00")),
    (Day, Day.FIRST, date(2030, 1, 1)),
    (Hour, Hour.NOON, time(12, 0, 0, 1)),
    (Id, Id.ONE, UUID(int=1)),
    (Code, Code.A, b"\x00"),
    (Word, Word.B, "b"),
    (Literal[Naive.A, Naive.B], Naive.B, datetime(2031, 1, 1, tzinfo=UTC)),
    (Literal[Word.A], Word.A, "a"),
    (Annotated[Literal[Share.TENTH], Float()], Share.TENTH, TENTH),
    (Literal["a", "b"], "b", "b"),
]


def reader_and_row(annotation, value, config=None):
    class Row(Document):
        model_config = config or ConfigDict()
        id: Annotated[int, PrimaryKey()] = 1
        v: annotation

    mapper = mapper_of(Row)
    return Row, mapper, mapper.encode(Row(v=value))


@pytest.mark.parametrize("config", [None, ConfigDict(use_enum_values=True), ConfigDict(strict=True)])
@pytest.mark.parametrize(("annotation", "member", "border"), CASES)
def test_rule_27_a_member_is_told_by_what_the_server_keeps_of_it(annotation, member, border, config):
    model, mapper, row = reader_and_row(annotation, member, config)
    if border is not None:
        assert row == (1, border)
    assert mapper.read_alone(("id", "v"), [row]) == [model(v=member)]
    assert mapper.read_alone(("v",), [row[1:]])[0].v == model(v=member).v
    assert mapper.read_values(("v",), [row[1:]]) == [(model(v=member).v,)]
    assert model.find(id=1, v=member).allow_filtering().statement().values == row


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (list[Naive], [Naive.A]),
        (set[FLOAT], {Share.TENTH}),
        (dict[Instant, Naive], {Instant.A: Naive.B}),
        (tuple[FLOAT, Naive | None], (Share.TENTH, None)),
        (Naive | None, Naive.A),
    ],
)
def test_rule_27_members_inside_other_types(annotation, value):
    model, mapper, row = reader_and_row(annotation, value)
    assert mapper.read_alone(("id", "v"), [row]) == [model(v=value)]


def test_rule_27_an_address_in_a_collection_which_the_server_makes_shorter():
    model, mapper, _ = reader_and_row(list[Address], [Address.MAPPED])
    assert mapper.read_alone(("id", "v"), [(1, [IPv4Address("1.2.3.4")])]) == [model(v=[Address.MAPPED])]


def test_rule_27_a_member_in_a_user_defined_type():
    class Made(UserType):
        at: Naive
        share: FLOAT = Share.TENTH

    model, mapper, row = reader_and_row(Made, Made(at=Naive.A))
    assert row == (1, {"at": datetime(2030, 1, 1, tzinfo=UTC), "share": TENTH})
    assert mapper.read_alone(("id", "v"), [row]) == [model(v=Made(at=Naive.A))]


class Twins(Enum):
    A = FINE
    B = FINE + timedelta(microseconds=1)


class Near(Enum):
    A = 0.1
    B = TENTH


class Zones(Enum):
    A = datetime(2030, 1, 1)
    B = datetime(2030, 1, 1, tzinfo=UTC)


class Nothing(Enum):
    A = float("nan")


class Huge(Enum):
    A = 1e300


class Scoped(Enum):
    A = IPv6Address("fe80::1%eth0")


@pytest.mark.parametrize(
    ("annotation", "why"),
    [
        (Twins, r"Twins\.A.*Twins\.B.* would be the same once they are stored as timestamp"),
        (Zones, "the same once they are stored as timestamp"),
        (Annotated[Near, Float()], "the same once they are stored as float"),
        (Nothing, "not even equal to itself"),
        (Annotated[Huge, Float()], "does not fit into float"),
        (Scoped, "cannot hold the scope"),
        (list[Twins], "would be the same"),
        (Literal[Twins.A, Twins.B], "would be the same"),
    ],
)
def test_rule_31_members_that_a_row_could_not_tell_apart_are_a_model_error(annotation, why):
    with pytest.raises(ModelError, match=rf"Row\.v: .*{why}"):
        reader_and_row(annotation, None)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [(Annotated[float, Float()], 0.1), (datetime, FINE), (datetime, datetime(2030, 1, 1))],
)
def test_rule_31_a_discriminator_value_that_the_server_changes_is_a_model_error(annotation, value):
    class Root(Document):
        id: Annotated[int, PrimaryKey()]
        kind: Annotated[annotation, Discriminator()]

        class Settings:
            name = "root"

    with pytest.raises(ModelError, match=r"Leaf has a discriminator_value that a (float|timestamp) does not keep"):

        class Leaf(Root):
            class Settings:
                discriminator_value = value


def test_a_member_may_be_a_discriminator_value():
    class Root(Document):
        id: Annotated[int, PrimaryKey()]
        kind: Annotated[Naive, Discriminator()]

        class Settings:
            name = "root"

    class Leaf(Root):
        class Settings:
            discriminator_value = Naive.A

    leaf = Leaf(id=1)
    mapper = mapper_of(Leaf)
    (found,) = mapper.read_page(Page(mapper.columns, [mapper.encode(leaf)]))
    assert (found, found.kind) == (leaf, Naive.A)


def test_members_that_a_double_tells_apart_are_kept_apart():
    model, mapper, row = reader_and_row(Near, Near.B)
    assert mapper.read_alone(("id", "v"), [row]) == [model(v=Near.B)]


@pytest.mark.parametrize("annotation", [Naive, FLOAT])
def test_what_is_no_member_is_refused_before_it_is_sent(annotation, coodie_recorder):
    class Row(Document):
        id: Annotated[int, PrimaryKey()] = 1
        v: annotation
        w: Annotated[int, Column("x")] = 0

    row = Row.model_construct(id=1, v="hidden", w=0)
    with pytest.raises(InvalidQueryError, match=r"Row\.v") as caught:
        row.save()
    assert "hidden" not in str(caught.value)
    assert coodie_recorder.calls == []
