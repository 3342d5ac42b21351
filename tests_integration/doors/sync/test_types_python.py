# Derived by tests/derive.py: edit tests_integration/doors/aio/test_types_python.py,
# then run `tox -e sync`.
"""What Python and Pydantic have for types, on a real cluster: stored as CQL has it, and back as it was annotated."""

from __future__ import annotations

import sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag
from ipaddress import IPv6Address, ip_address
from pathlib import PurePosixPath
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, Optional, TypeVar, Union
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
    field_validator,
)
from typing_extensions import TypeAliasType

from coodie import DecodeError, Frozen, InvalidQueryError, ModelError, PrimaryKey, UserType, Vector
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


class Pot(Document, Generic[T]):
    id: Key
    content: T
    others: list[T] = []


class Box(Document, Generic[T]):
    id: Key
    content: T
    others: list[T] = []

    class Settings:
        abstract = True


def test_generic_models(look):
    class Numbers(Box[int]):
        pass

    class Names(Box[set[str]]):
        class Settings:
            name = "names_in_boxes"

    for model, content in ((Numbers, 5), (Names, {"a"}), (Pot[date], date(2030, 1, 1))):
        model.sync_table()
        box = model(id=uuid4(), content=content, others=[content])
        box.save()
        assert exactly(model.get(id=box.id)) == exactly(box)
    assert [model.table_name() for model in (Numbers, Names, Pot[date])] == ["numbers", "names_in_boxes", "pot_date"]
    with pytest.raises(ModelError, match="abstract"):
        Box[int].sync_table()


class Stamped(Document):
    id: Key
    made: datetime = datetime(2030, 1, 1, tzinfo=UTC)

    class Settings:
        abstract = True
        consistency = "QUORUM"


class Named(Stamped):
    name: str = "?"

    class Settings:
        timeout = 30


class Article(Named):
    made: datetime = datetime(2031, 1, 1, tzinfo=UTC)
    words: int = 0

    class Settings:
        name = "articles"

    @field_validator("name")
    @classmethod
    def _title(cls, value: str) -> str:
        return value.title()


def test_fields_validators_and_settings_are_inherited(spy):
    Article.sync_table()
    article = Article(id=uuid4(), name="on cats")
    article.save()
    sent = spy.last
    assert sent.params == {"id": article.id, "made": datetime(2031, 1, 1, tzinfo=UTC), "name": "On Cats", "words": 0}
    assert (sent.request.options.consistency, sent.request.options.timeout) == ("QUORUM", 30)
    assert exactly(Article.get(id=article.id)) == exactly(article)
    article.update(name="on dogs")
    assert (Article.get(id=article.id)).name == "On Dogs"
    with pytest.raises(ModelError, match="Stamped is abstract"):
        Stamped.get(id=article.id)


def test_models_made_in_functions_with_postponed_annotations():
    def make(table):
        class Part(UserType):
            size: Small
            kind: Colour = Colour.RED

        class Thing(Document):
            id: Key
            parts: dict[str, Part] = {}
            later: Later | None = None

            class Settings:
                name = table

        class Later(UserType):
            at: time

        Thing.model_rebuild(_types_namespace={"Later": Later, "Part": Part, **globals()})
        return Thing, Part, Later

    for table in ("made_here", "made_there"):
        thing, part, later = make(table)
        thing.sync_table()
        row = thing(id=uuid4(), parts={"a": part(size=1)}, later=later(at=time(1, 2, 3)))
        row.save()
        assert exactly(thing.get(id=row.id)) == exactly(row)


NEW_SYNTAX = """
from typing import Annotated
from uuid import UUID

from coodie import PrimaryKey, UserType
from coodie.sync import Document
from coodie.fields import SmallInt

type Id = Annotated[UUID, PrimaryKey()]
type Count = Annotated[int, SmallInt()]
type Counts[K] = dict[K, list[Count]]
type Back[K, V] = dict[V, K]
type Same[T] = T

class Item[T](UserType):
    one: T
    many: Counts[str]

class Shelf[T](Document):
    id: Id
    counts: Counts[int] | None = None
    items: list[Item[T]] = []
    back: Back[Count, str] = {}
    same: Same[list[Same[Count]]] = []

class Books(Shelf[str]):
    pass
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax came with Python 3.12")
def test_type_statements_and_type_parameters(look):
    scope: dict[str, Any] = {"__name__": __name__}
    exec(compile(NEW_SYNTAX, "new_syntax", "exec", dont_inherit=True), scope)
    books, item = scope["Books"], scope["Item"]
    books.sync_table()
    row = books(id=uuid4(), counts={1: [2]}, items=[item[str](one="a", many={"b": [1]})], back={"a": 1}, same=[1])
    row.save()
    assert exactly(books.get(id=row.id)) == exactly(row)
    question = "SELECT type FROM system_schema.columns WHERE keyspace_name = '{}' AND table_name = 'books'"
    types = {"map<bigint, frozen<list<smallint>>>", "map<text, smallint>", "list<smallint>"}
    assert types <= {cql_type for (cql_type,) in look(question)}


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
