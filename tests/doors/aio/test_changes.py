"""What a document knows of its row: what a save sends, what is a change, and the ways back (rules 21 and 24)."""

import copy
import math
import pickle
from datetime import datetime, timezone
from decimal import Decimal
from typing import Annotated

import pytest
from doors.aio.known_rows import ROW, Address, User, load, sent
from pydantic import AfterValidator, PlainValidator, field_validator, model_validator

from coodie.aio import AsyncBatchQuery, Document
from coodie.exceptions import (
    ConfigurationError,
    InvalidQueryError,
)
from coodie.fields import Discriminator, Frozen, PrimaryKey, Vector
from coodie.testing import RecordingDriver


async def test_rule_21_two_writers_of_different_fields_both_keep_their_change(coodie_recorder):
    one, other = await load(coodie_recorder, ROW), await load(coodie_recorder, ROW)
    one.name, other.note = "bo", "y"
    assert await sent(coodie_recorder, one) == {"id": 1, "name": "bo"}
    assert await sent(coodie_recorder, other) == {"id": 1, "note": "y"}
    assert len({call.request.cql for call in coodie_recorder.calls if call.request.kind.value == "write"}) == 1


async def test_rule_21_nothing_changed_sends_nothing(coodie_recorder):
    user = await load(coodie_recorder, ROW)
    assert user.changes() == set()
    assert await sent(coodie_recorder, user) is None
    async with AsyncBatchQuery() as batch:
        await user.save(batch=batch)
        assert batch.statements == ()


async def test_rule_21_a_save_without_a_change_asks_for_no_connection():
    with RecordingDriver() as recorder:
        user = await load(recorder, ROW)
    await user.save()
    user.name = "bo"
    with pytest.raises(ConfigurationError):
        await user.save()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        pytest.param(lambda user: setattr(user, "name", "bo"), "name", id="assigned"),
        pytest.param(lambda user: user.tags.add("b"), "tags", id="set"),
        pytest.param(lambda user: user.tags.clear(), "tags", id="set emptied"),
        pytest.param(lambda user: user.items.append(2), "items", id="list"),
        pytest.param(lambda user: user.attrs.update(k="w"), "attrs", id="map"),
        pytest.param(lambda user: setattr(user.home, "zip", "2"), "home", id="user-defined type"),
        pytest.param(lambda user: setattr(user, "note", None), "note", id="null"),
        pytest.param(lambda user: user.__dict__.update(name="bo"), "name", id="past Pydantic"),
    ],
)
async def test_rule_21_a_change_is_found_once(coodie_recorder, change, name):
    user = await load(coodie_recorder, ROW)
    change(user)
    assert user.changes() == {name}
    assert (await sent(coodie_recorder, user)).keys() == {"id", name}
    assert user.changes() == set()
    assert await sent(coodie_recorder, user) is None


@pytest.mark.parametrize("name", ROW)
async def test_rule_21_an_equal_value_is_no_change(coodie_recorder, name):
    user = await load(coodie_recorder, ROW)
    setattr(user, name, copy.deepcopy(getattr(user, name)))
    assert await sent(coodie_recorder, user) is None


class Numbers(Document):
    id: Annotated[int, PrimaryKey()]
    price: Decimal = Decimal("1.0")
    ratio: float = 0.0
    prices: list[Decimal] = []
    ratios: dict[str, float] = {}
    vector: Annotated[list[float], Vector(2)] = [0.0, 0.0]
    pair: tuple[int, float] | None = None


NUMBERS = {
    "id": 1,
    "price": Decimal("1.0"),
    "ratio": 0.0,
    "prices": [Decimal("1.0")],
    "ratios": {"a": math.nan, "b": 0.0},
    "vector": [math.nan, 0.0],
    "pair": (1, math.nan),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("price", Decimal("1.00")),
        ("ratio", -0.0),
        ("prices", [Decimal("1.00")]),
        ("ratios", {"a": math.nan, "b": -0.0}),
        ("vector", [math.nan, -0.0]),
        ("pair", (1, 2.0)),
    ],
)
async def test_rule_21_numbers_that_the_server_tells_apart_are_a_change(coodie_recorder, name, value):
    document = await load(coodie_recorder, NUMBERS, model=Numbers)
    assert document.changes() == set()
    setattr(document, name, value)
    assert document.changes() == {name}
    await document.save()
    assert document.changes() == set()


async def test_rule_21_a_nan_that_was_left_alone_is_no_change(coodie_recorder):
    row = NUMBERS | {"ratio": math.nan}
    document = await load(coodie_recorder, row, model=Numbers)
    assert await sent(coodie_recorder, document) is None
    document.ratio = float("nan")
    assert await sent(coodie_recorder, document) is None


async def test_rule_21_an_empty_collection_is_null_to_the_server(coodie_recorder):
    user = await load(coodie_recorder, ROW | {"tags": None})
    user.tags = set()
    assert await sent(coodie_recorder, user) is None
    user.tags.add("a")
    assert await sent(coodie_recorder, user) == {"id": 1, "tags": {"a"}}
    user.tags.clear()
    assert await sent(coodie_recorder, user) == {"id": 1, "tags": set()}


@pytest.mark.parametrize("options", [{"full": True}, {"ttl": 60}, {"ttl": 0}])
async def test_rule_21_a_full_save_sends_all_that_is_known(coodie_recorder, options):
    user = await load(coodie_recorder, ROW | {"note": None, "tags": None})
    known = {name: value for name, value in ROW.items() if name not in ("note", "tags")}
    extra = {"[ttl]": options["ttl"]} if "ttl" in options else {}
    assert await sent(coodie_recorder, user, **options) == known | extra
    user.note = None
    assert await sent(coodie_recorder, user, **options) == known | {"note": None} | extra


async def test_rule_21_a_partly_loaded_document_sends_no_more_when_all_goes(coodie_recorder):
    user = await load(coodie_recorder, {"id": 1, "name": "ann"}, "name")
    assert await sent(coodie_recorder, user, full=True) == {"id": 1, "name": "ann"}


class Session(Document):
    id: Annotated[int, PrimaryKey()]
    user: str
    code: str | None = None

    class Settings:
        default_ttl = 60


class Login(Session):
    class Settings:
        default_ttl = None
        options = {"default_time_to_live": 60}


@pytest.mark.parametrize("model", [Session, Login])
async def test_rule_21_a_ttl_of_the_table_is_in_play_too(coodie_recorder, model):
    session = await load(coodie_recorder, {"id": 1, "user": "ann"}, model=model)
    assert session.changes() == {"id", "user"}
    assert await sent(coodie_recorder, session) == {"id": 1, "user": "ann"}


async def test_rule_21_full_is_yes_or_no(coodie_recorder):
    with pytest.raises(InvalidQueryError, match="full must be True or False, not a str"):
        await User(id=1).save(full="no")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "copied",
    [
        pytest.param(copy.copy, id="copy"),
        pytest.param(copy.deepcopy, id="deepcopy"),
        pytest.param(lambda user: user.model_copy(), id="model_copy"),
        pytest.param(lambda user: pickle.loads(pickle.dumps(user)), id="pickle"),
    ],
)
async def test_rule_21_copies_keep_the_state_each_for_itself(coodie_recorder, copied):
    user = await load(coodie_recorder, ROW)
    user.name = "bo"
    twin = copied(user)
    assert twin == user
    assert await sent(coodie_recorder, twin) == {"id": 1, "name": "bo"}
    assert user.changes() == {"name"}
    assert twin.changes() == set()


async def test_rule_21_a_copy_with_other_values_has_changed(coodie_recorder):
    user = await load(coodie_recorder, ROW)
    assert user.model_copy(update={"note": "y"}).changes() == {"note"}


class Pet(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator()]
    name: str


class Cat(Pet):
    lives: int = 9

    class Settings:
        discriminator_value = "cat"


async def test_rule_21_the_discriminator_always_goes_along(coodie_recorder):
    cat = await load(coodie_recorder, {"id": 1, "kind": "cat", "name": "tom", "lives": 9}, model=Pet)
    assert await sent(coodie_recorder, cat) is None
    cat.lives = 8
    assert cat.changes() == {"lives"}
    assert await sent(coodie_recorder, cat) == {"id": 1, "kind": "cat", "lives": 8}


def lower(value: str) -> str:
    return value.lower()


class Tidy(Document):
    """A model that makes something else of what it is given."""

    id: Annotated[int, PrimaryKey()]
    email: Annotated[str, AfterValidator(lower)]
    tags: Annotated[list[str], PlainValidator(lambda value: value)]
    words: list[str]
    total: int = 0

    @field_validator("words")
    @classmethod
    def in_order(cls, words: list[str]) -> list[str]:
        return sorted(words)

    @model_validator(mode="after")
    def add_up(self) -> "Tidy":
        self.__dict__["total"] = len(self.words)
        return self


TIDY = {"id": 1, "email": "ANN@X.ORG", "tags": ["b", "a"], "words": ["b", "a"], "total": 7}


async def test_rule_21_what_validators_make_of_a_row_is_no_change(coodie_recorder):
    tidy = await load(coodie_recorder, TIDY, model=Tidy)
    assert (tidy.email, tidy.words, tidy.total) == ("ann@x.org", ["a", "b"], 2)
    assert await sent(coodie_recorder, tidy) is None
    tidy.email = "bo@x.org"
    assert await sent(coodie_recorder, tidy) == {"id": 1, "email": "bo@x.org"}
    assert await sent(coodie_recorder, tidy) is None


async def test_rule_21_a_validator_that_hands_its_list_through_hides_no_change(coodie_recorder):
    tidy = await load(coodie_recorder, TIDY, model=Tidy)
    tidy.tags.append("c")
    assert await sent(coodie_recorder, tidy) == {"id": 1, "tags": ["b", "a", "c"]}


class WithDefaults(Document):
    id: Annotated[int, PrimaryKey()]
    tags: set[str] = {"new"}
    home: Annotated[Address, Frozen(False)] = Address(zip="0")
    vector: Annotated[list[float], Vector(2)] = [0.0, 0.0]
    when: datetime = datetime(2024, 1, 1, tzinfo=timezone.utc)


async def test_rule_21_a_default_that_stands_for_a_null_is_sent_once_it_was_changed_in_place(coodie_recorder):
    document = await load(coodie_recorder, {"id": 1}, model=WithDefaults)
    assert await sent(coodie_recorder, document) is None
    assert await sent(coodie_recorder, document, full=True) == {"id": 1}
    document.home.zip = "1"
    document.vector[0] = 1.0
    assert document.changes() == {"home", "vector"}
    assert (await sent(coodie_recorder, document)).keys() == {"id", "home", "vector"}
    assert await sent(coodie_recorder, document) is None


async def test_rule_21_a_new_document_of_a_tenant_would_send_all_of_its_fields(coodie_recorder):
    user = User.using(keyspace="t42")(id=1)
    assert user.changes() == set(User.model_fields)
    await user.save()
    assert user.changes() == set()
