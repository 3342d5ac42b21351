# Derived by tests/derive.py: edit tests_integration/doors/aio/test_types_python.py,
# then run `tox -e sync`.
"""What Python and Pydantic have for types, on a real cluster: stored as CQL has it, and back as it was annotated."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag
from ipaddress import IPv6Address, ip_address
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, NamedTuple, NewType, Optional, TypeVar, Union
from uuid import UUID, uuid4

import pytest
from pydantic import (
    Base64Bytes,
    Base64Str,
    Base64UrlBytes,
    ByteSize,
    ConfigDict,
    Field,
    HttpUrl,
    Json,
    PositiveInt,
    SecretBytes,
    SecretStr,
    StringConstraints,
    ValidationError,
)
from typing_extensions import TypeAliasType

from coodie import DecodeError, Frozen, InvalidQueryError, ModelError, PrimaryKey, Vector
from coodie.sync import Document, execute_raw
from coodie.cql.types import Vector as CqlVector
from coodie.cql.types import is_multicell
from coodie.fields import Ascii, Inet, Int, TinyInt
from coodie.types import NaiveDatetime

from .kinds import exactly

T = TypeVar("T")
Key = Annotated[UUID, PrimaryKey()]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Right(IntFlag):
    READ = 1
    WRITE = 2


UserId = NewType("UserId", UUID)
Small = TypeAliasType("Small", Annotated[int, Int()])
Pairs = TypeAliasType("Pairs", dict[T, list[T]], type_params=(T,))
UTC = timezone.utc


class Kind(NamedTuple):
    """An annotation, a value that it takes, and how the server shows what is stored."""

    annotation: Any
    given: Any
    stored: Any
    """As the vendor's driver gives it, `SAME` if that is the value itself."""


SAME = object()
KINDS = {
    "optional": Kind(Optional[int], 5, SAME),  # noqa: UP045
    "or_none": Kind(int | None, 5, SAME),
    "union_none": Kind(Union[None, str], "x", SAME),  # noqa: UP007
    "colour": Kind(Colour, Colour.RED, "red"),
    "colours": Kind(dict[Colour, set[Level]], {"red": [1, 2]}, {"red": {1, 2}}),
    "level": Kind(Annotated[Level, TinyInt()], 2, 2),
    "rights": Kind(Right, Right.READ | Right.WRITE, 3),
    "literal": Kind(Literal["a", "b"], "b", "b"),
    "number": Kind(Literal[1, 2, None], 2, 2),
    "member": Kind(Literal[Colour.RED], Colour.RED, "red"),
    "new": Kind(UserId, UUID(int=7), SAME),
    "positive": Kind(PositiveInt, 7, SAME),
    "short": Kind(Annotated[str, Field(max_length=3)], "abc", SAME),
    "lower": Kind(Annotated[str, StringConstraints(to_lower=True, strip_whitespace=True)], " AB ", "ab"),
    "ascii": Kind(Annotated[str | None, Ascii(), Field(max_length=3)], "abc", SAME),
    "alias": Kind(Small, 2**31 - 1, SAME),
    "alias_or_none": Kind(list[Small] | None, [1], SAME),
    "generic_alias": Kind(Pairs[int], {1: [2]}, SAME),
    "frozen_set": Kind(frozenset[int], {1, 2}, {1, 2}),
    "open_set": Kind(Annotated[frozenset[int], Frozen(False)], {1, 2}, {1, 2}),
    "several": Kind(tuple[int, ...], (1, 2), [1, 2]),
    "secret": Kind(SecretStr, "hidden", "hidden"),
    "secret_bytes": Kind(SecretBytes, b"hidden", b"hidden"),
    "secrets": Kind(dict[str, SecretStr], {"a": "hidden"}, {"a": "hidden"}),
    "url": Kind(HttpUrl, "https://example.org/a?b=c", "https://example.org/a?b=c"),
    "urls": Kind(set[HttpUrl], {"https://example.org/"}, {"https://example.org/"}),
    "path": Kind(PurePosixPath, "/tmp/a", "/tmp/a"),
    "size": Kind(ByteSize, "1KB", 1000),
    "base64": Kind(Base64Bytes, b"aGVsbG8=", b"aGVsbG8="),
    "base64_text": Kind(Base64Str, "aGVsbG8=", "aGVsbG8="),
    "base64_url": Kind(Base64UrlBytes | None, b"_w==", b"_w=="),
    "base64_list": Kind(list[Base64Str], ["aGVsbG8=", "YQ=="], ["aGVsbG8=", "YQ=="]),
    "json_any": Kind(Json, '{"a":[1,null]}', '{"a":[1,null]}'),
    "json_of": Kind(Json[list[int]], "[1,2]", "[1,2]"),
    "json_or_none": Kind(Json[dict[str, datetime]] | None, '{"a":"2030-01-01T00:00:00Z"}', SAME),
    "json_short": Kind(Annotated[Json[list[int]], Field(max_length=2)], "[1,2]", "[1,2]"),
    "json_list": Kind(list[Json[list[int]]], ["[1]", "[]"], ["[1]", "[]"]),
    "json_map": Kind(dict[str, Json[Decimal]], {"a": '"1.50"'}, {"a": '"1.50"'}),
    "address": Kind(IPv6Address, "::1", "::1"),
    "mapped": Kind(list[IPv6Address], ["::ffff:1.2.3.4"], ["1.2.3.4"]),
    "address_text": Kind(Annotated[str, Inet()], "127.0.0.1", "127.0.0.1"),
    "span": Kind(timedelta, timedelta(days=1, microseconds=5), None),
    "naive": Kind(NaiveDatetime, datetime(2030, 7, 1, 12, 0, 0, 1999), datetime(2030, 7, 1, 12, 0, 0, 1000)),
    "near": Kind(Annotated[tuple[float, ...], Vector(2)], (1.0, 2.5), [1.0, 2.5]),
}
Typed = type(Document)(
    "Typed",
    (Document,),
    {
        "__module__": __name__,
        "__annotations__": {"id": Key} | {name: Optional[kind.annotation] for name, kind in KINDS.items()},  # noqa: UP045
        **dict.fromkeys(KINDS),
    },
)


@pytest.fixture(autouse=True)
def table(connection):
    Typed.sync_table()


@pytest.mark.parametrize("name", KINDS)
def test_a_python_type_there_and_back(look, name):
    kind = KINDS[name]
    row = Typed(id=uuid4(), **{name: kind.given})
    row.save()
    queries = [Typed.find(id=row.id), Typed.find(id=row.id).only(name)]
    if not is_multicell(cql_type := Typed.column_types()[name]) and not isinstance(cql_type, CqlVector):
        queries.append(Typed.find(id=row.id, **{name: kind.given}).allow_filtering())
    for query in queries:
        assert exactly(getattr(query.one(), name)) == exactly(getattr(row, name))
    assert [exactly(value) for (value,) in Typed.find(id=row.id).values_list(name).all()] == [
        exactly(getattr(row, name))
    ]
    ((stored,),) = look(f"SELECT {name} FROM {{}}.typed WHERE id = %s", row.id)
    if kind.stored is not None:
        assert stored == (kind.given if kind.stored is SAME else kind.stored)


@pytest.mark.parametrize("name", KINDS)
def test_a_python_type_is_updated_and_asked_for_in_a_condition(name):
    given = KINDS[name].given
    one, other = Typed(id=uuid4(), **{name: given}), Typed(id=uuid4())
    other.update({name: given})
    assert exactly(getattr(other, name)) == exactly(getattr(one, name))
    assert exactly(getattr(Typed.get(id=other.id), name)) == exactly(getattr(one, name))
    assert other.update({name: None}, if_conditions={name: given})


@pytest.mark.parametrize(
    ("column", "cql", "why"),
    [
        ("colour", "'green'", "red"),
        ("literal", "'c'", "'a' or 'b'"),
        ("positive", "-1", "greater than 0"),
        ("short", "'abcd'", "at most 3"),
        ("url", "'no url'", "URL"),
        ("json_of", "'[1,'", "JSON"),
        ("json_of", "'[\"a\"]'", "integer"),
        ("member", "'blue'", "Colour.RED"),
        ("level", "99", "1 or 2"),
    ],
)
def test_what_others_have_stored_and_the_model_refuses_is_named(column, cql, why):
    key = uuid4()
    execute_raw(f"INSERT INTO typed (id, {column}) VALUES (?, {cql})", [key])
    for query in (Typed.find(id=key), Typed.find(id=key).only(column)):
        with pytest.raises(DecodeError, match=f"typed .*column '{column}'.*({why})") as caught:
            query.all()
        assert (caught.value.key, caught.value.column) == ({"id": key}, column)


@pytest.mark.parametrize(
    ("sets", "why"),
    [
        ({"short": "abcd"}, "Typed.short: String should have at most 3"),
        ({"positive": 0}, "Typed.positive: Input should be greater than 0"),
        ({"colour": "green"}, "Typed.colour: Input should be 'red' or 'blue'"),
        ({"json_of": [1]}, "Typed.json_of: JSON input should be string"),
        ({"json_list__append": [[1]]}, "Typed.json_list: JSON input should be string"),
        ({"colours__put": ("green", {1})}, "Typed.colours: Input should be 'red' or 'blue'"),
        ({"alias": 2**31}, "alias.*32 bits"),
    ],
)
def test_values_of_updates_and_filters_are_validated(spy, sets, why):
    with pytest.raises(InvalidQueryError, match=why):
        Typed(id=uuid4()).update(sets)
    if all("__" not in name for name in sets):
        with pytest.raises(InvalidQueryError, match=why):
            Typed.find(id=uuid4(), **sets).allow_filtering().all()
    assert [call.kind for call in spy.calls if call.kind == "execute" and not call.error] == []


def test_parts_of_recoded_collections(look):
    row = Typed(id=uuid4(), json_list=["[1]"], base64_list=["YQ=="], json_map={})
    row.save()
    row.update(json_list__append=["[2,3]"], base64_list__prepend=["Yg=="], json_map__put=("k", "1.5"))
    assert (row.json_list, row.base64_list, row.json_map) == ([[1], [2, 3]], ["b", "a"], {"k": Decimal("1.5")})
    assert Typed.get(id=row.id) == row
    assert look("SELECT json_list, base64_list FROM {}.typed WHERE id = %s", row.id) == [
        (["[1]", "[2,3]"], ["Yg==", "YQ=="])
    ]


def test_a_null_inside_json_is_refused():
    with pytest.raises(ModelError, match=r"Bad\.v: a None in JSON could not be distinguished from null"):

        class Bad(Document):
            id: Key
            v: Json[list[int] | None]


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("naive", "noon", "Typed.naive: it does not take a str"),
        ("secrets", ["a"], "Typed.secrets: it does not take a list"),
        ("url", 5, r"url|text"),
        ("address", ip_address("fe80::1%eth0"), "Typed.address: an inet cannot hold the scope"),
        ("positive", "x", r"at positive: "),
        ("short", 5, r"at short: "),
    ],
)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_what_no_validator_has_seen_is_refused_by_name(column, value, why):
    row = Typed(id=uuid4())
    setattr(row, column, value)
    with pytest.raises(InvalidQueryError, match=why):
        row.save()
    assert Typed.find_one(id=row.id) is None


def test_a_secret_is_masked_everywhere_but_on_the_server(look, spy):
    row = Typed(id=uuid4(), secret="hidden", secrets={"a": "hidden"})
    row.save()
    found = Typed.get(id=row.id)
    assert found.secret.get_secret_value() == "hidden"
    shown = repr(row) + str(found) + repr(spy.calls) + repr([call.params for call in spy.calls[:1]])
    assert "hidden" not in shown
    assert look("SELECT secret FROM {}.typed WHERE id = %s", row.id) == [("hidden",)]


def test_strict_and_frozen_models(look):
    class Careful(Document):
        model_config = ConfigDict(strict=True, frozen=True)
        id: Key
        colour: Colour = Colour.RED
        tags: frozenset[str] = frozenset()
        levels: tuple[Level, ...] = ()

        class Settings:
            name = "careful"

    Careful.sync_table()
    with pytest.raises(ValidationError):
        Careful(id=str(uuid4()))
    row = Careful(id=uuid4(), tags=frozenset({"a"}), levels=(Level.LOW,))
    row.save()
    assert exactly(Careful.get(id=row.id)) == exactly(row)
    row.update(colour=Colour.BLUE)
    assert (Careful.get(id=row.id)).colour is Colour.BLUE
    assert row.colour is Colour.RED
