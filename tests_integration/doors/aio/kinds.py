"""Annotations and the values that they take: every CQL type, alone and nested; and what is exactly the same."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, NamedTuple, Optional
from uuid import UUID

from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, SecretStr

from coodie import Frozen, UserType, Vector
from coodie.fields import Ascii, Date, Float, Int, SmallInt, Time, Timestamp, TimeUUID, TinyInt, VarInt
from coodie.types import CqlDuration


class Kind(NamedTuple):
    """An annotation, the values that it takes, and whether they may stand in a set or a key."""

    annotation: Any
    values: st.SearchStrategy[Any]
    hashable: bool = True


def whole(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)


DURATIONS = st.builds(
    lambda months, days, nanoseconds, sign: CqlDuration(sign * months, sign * days, sign * nanoseconds),
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**63 - 1),
    st.sampled_from([1, -1]),
)
# Of zeros CQL knows only one.
DECIMALS = st.builds(
    lambda sign, number, exponent: Decimal((sign if number else 0, tuple(map(int, str(number))), exponent)),
    st.integers(0, 1),
    st.integers(0, 10**40),
    st.integers(-60, 60),
)
# A fold says something only where there is a zone.
MOMENTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.none() | st.timezones()).map(
    lambda moment: moment if moment.tzinfo else moment.replace(fold=0)
)
TIMES = st.times().map(lambda hour: hour.replace(fold=0))
# Inside a collection the server makes ::ffff:1.2.3.4 the 1.2.3.4 that it stands for.
ADDRESSES = st.ip_addresses().filter(lambda address: address.version == 4 or address.ipv4_mapped is None)
TIMEUUIDS = st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number, version=1))

SCALARS = {
    "ascii": Kind(Annotated[str, Ascii()], st.text(st.characters(max_codepoint=127), max_size=20)),
    "bigint": Kind(int, whole(64)),
    "blob": Kind(bytes, st.binary(max_size=40)),
    "boolean": Kind(bool, st.booleans()),
    "date": Kind(date, st.dates()),
    "decimal": Kind(Decimal, DECIMALS),
    "double": Kind(float, st.floats(allow_nan=False)),
    "duration": Kind(CqlDuration, DURATIONS, hashable=False),
    "float": Kind(Annotated[float, Float()], st.floats(width=32, allow_nan=False)),
    "inet": Kind(IPv4Address | IPv6Address, ADDRESSES),
    "int": Kind(Annotated[int, Int()], whole(32)),
    "smallint": Kind(Annotated[int, SmallInt()], whole(16)),
    "text": Kind(str, st.text(max_size=20)),
    "time": Kind(time, TIMES),
    "timestamp": Kind(datetime, MOMENTS),
    "timeuuid": Kind(Annotated[UUID, TimeUUID()], TIMEUUIDS),
    "tinyint": Kind(Annotated[int, TinyInt()], whole(8)),
    "uuid": Kind(UUID, st.uuids()),
    "varint": Kind(Annotated[int, VarInt()], st.integers(-(2**200), 2**200)),
}
TIMEDELTA = Kind(timedelta, st.timedeltas(), hashable=False)
# The numbers of dates and times: all that the server holds.
NUMBERS = {
    "date_number": Kind(Annotated[int, Date()], whole(32)),
    "time_number": Kind(Annotated[int, Time()], st.integers(0, 86_400 * 10**9 - 1)),
    "timestamp_number": Kind(Annotated[int, Timestamp()], whole(64)),
}


class Inner(UserType):
    model_config = ConfigDict(frozen=True)
    number: Annotated[int, SmallInt()]
    text: str | None = None
    moment: datetime | None = None
    tick: Annotated[int, Time()] | None = None
    pair: tuple[bool | None, Decimal] | None = None


class Outer(UserType):
    inner: Inner | None = None
    inners: list[Inner] = []
    by_inner: dict[Inner, set[str]] = {}
    near: Annotated[list[float] | None, Vector(2)] = None
    secret: SecretStr | None = None


def of_model(model: type[BaseModel], **kinds: Kind) -> Kind:
    values = st.fixed_dictionaries({name: kind.values for name, kind in kinds.items()})
    return Kind(model, values.map(lambda given: model(**given)), bool(model.model_config.get("frozen")))


INNER = of_model(
    Inner,
    number=SCALARS["smallint"],
    text=Kind(None, st.none() | st.text(max_size=5)),
    moment=Kind(None, st.none() | MOMENTS),
    tick=Kind(None, st.none() | NUMBERS["time_number"].values),
    pair=Kind(None, st.none() | st.tuples(st.none() | st.booleans(), DECIMALS)),
)
OUTER = of_model(
    Outer,
    inner=Kind(None, st.none() | INNER.values),
    inners=Kind(None, st.lists(INNER.values, max_size=2)),
    by_inner=Kind(None, st.dictionaries(INNER.values, st.sets(st.text(max_size=3), max_size=2), max_size=2)),
    near=Kind(None, st.none() | st.lists(SCALARS["float"].values, min_size=2, max_size=2)),
    secret=Kind(None, st.none() | st.text(max_size=5)),
)


def list_of(kind: Kind) -> Kind:
    return Kind(list[kind.annotation], st.lists(kind.values, max_size=3), hashable=False)  # type: ignore[name-defined]


def set_of(kind: Kind) -> Kind:
    return Kind(set[kind.annotation], st.sets(kind.values, max_size=3), hashable=False)  # type: ignore[name-defined]


def frozenset_of(kind: Kind) -> Kind:
    return Kind(frozenset[kind.annotation], st.frozensets(kind.values, max_size=3))  # type: ignore[name-defined]


def tuple_of(kind: Kind) -> Kind:
    values = st.lists(kind.values, max_size=3).map(tuple)
    return Kind(tuple[kind.annotation, ...], values, kind.hashable)  # type: ignore[name-defined]


def map_of(key: Kind, kind: Kind) -> Kind:
    values = st.dictionaries(key.values, kind.values, max_size=3)
    return Kind(dict[key.annotation, kind.annotation], values, hashable=False)  # type: ignore[name-defined]


def pair_of(one: Kind, two: Kind) -> Kind:
    values = st.tuples(st.none() | one.values, two.values)
    annotation = tuple[Optional[one.annotation], two.annotation]  # type: ignore[name-defined]  # noqa: UP045
    return Kind(annotation, values, one.hashable and two.hashable)


def vector_of(kind: Kind) -> Kind:
    # A vector of floats is one of 32 bits each.
    element = SCALARS["float"].values if kind.annotation is float else kind.values
    values = st.lists(element, min_size=3, max_size=3)
    return Kind(Annotated[list[kind.annotation], Vector(3)], values, hashable=False)  # type: ignore[name-defined]


def frozen(kind: Kind) -> Kind:
    return Kind(Annotated[kind.annotation, Frozen()], kind.values, kind.hashable)


def tree(source: random.Random, depth: int, *, hashable: bool = False) -> Kind:
    """A type of collections, tuples, vectors and user-defined types in one another, so deep."""
    if depth == 0:
        leaves = [*SCALARS.values(), *NUMBERS.values(), INNER, *([] if hashable else [OUTER, TIMEDELTA])]
        return source.choice([leaf for leaf in leaves if leaf.hashable or not hashable])

    def below(*, key: bool = False) -> Kind:
        return tree(source, depth - 1, hashable=hashable or key)

    kinds: list[Any] = [
        lambda: tuple_of(below()),
        lambda: pair_of(below(), below()),
        lambda: frozenset_of(below(key=True)),
    ]
    if not hashable:
        kinds += [
            lambda: list_of(below()),
            lambda: set_of(below(key=True)),
            lambda: map_of(below(key=True), below()),
            lambda: vector_of(below()),
            lambda: frozen(list_of(below())),
        ]
    return source.choice(kinds)()


def exactly(value: Any) -> Any:
    """The value as text with its types, at any depth: what only a value that is the very same has."""
    kind = type(value).__name__
    if isinstance(value, BaseModel):
        return kind, {name: exactly(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return kind, sorted((repr(exactly(key)), repr(exactly(item))) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return kind, [exactly(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return kind, sorted(repr(exactly(item)) for item in value)
    if hasattr(value, "get_secret_value"):
        return kind, value.get_secret_value()
    return kind, repr(value)
