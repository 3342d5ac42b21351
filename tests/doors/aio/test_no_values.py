"""No value in any message: what a refusal says, what its causes say, and what a traceback or a log of it prints.

Each place that takes a value is given some in which `MARK` stands, some of which fit and some of which do not.
"""

import logging
import pickle
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    HttpUrl,
    Json,
    SecretBytes,
    SecretStr,
    Tag,
)
from pydantic_core import PydanticCustomError

from coodie.aio import AsyncBatchQuery, CounterDocument, Document
from coodie.drivers import Page
from coodie.drivers.registry import replaced
from coodie.exceptions import CoodieError, DecodeError, DocumentNotFound, InvalidQueryError, RequestRejected
from coodie.fields import ClusteringKey, Counter, Frozen, Inet, PrimaryKey, Vector
from coodie.mapping.model import mapper_of
from coodie.testing import RecordingDriver, faults
from coodie.usertype import UserType

MARK = "hunter2"


def says_it(value: Any) -> Any:
    raise ValueError(f"{value} will not do")


def says_it_in_its_way(value: Any) -> Any:
    raise PydanticCustomError("my_kind", "{value} will not do", {"value": str(value)})


def looks_it_up(value: Any) -> Any:
    return {}[value]


class Place(UserType):
    model_config = ConfigDict(extra="forbid")
    street: Annotated[str, Field(max_length=3)] = ""
    doors: dict[str, list[int]] = {}


class Vault(Document):
    id: Annotated[int, PrimaryKey()]
    n: Annotated[int, ClusteringKey()] = 0
    short: Annotated[str, Field(max_length=3)] = ""
    number: int | None = None
    numbers: list[int] = []
    few: set[int] = set()
    pairs: dict[str, int] = {}
    deep: dict[str, dict[str, list[int]]] = {}
    secret: Annotated[SecretStr, Field(max_length=3)] = SecretStr("")
    secrets: dict[SecretStr, int] = {}
    both: tuple[int, dict[str, int]] | None = None
    place: Annotated[Place, Frozen(False)] | None = None
    places: dict[str, Place] = {}
    who: UUID | None = None
    kind: Literal["a", "b"] = "a"
    when: datetime | None = None
    long: timedelta | None = None
    near: IPv4Address | IPv6Address | None = None
    host: Annotated[str, Inet()] = "::1"
    hours: Json[dict[str, int]] | None = None
    spot: Annotated[list[float], Vector(3)] | None = None
    tagged: (
        Annotated[
            Annotated[str, Tag("x")] | Annotated[str, Tag("y")],
            Discriminator(lambda value: str(value)),
        ]
        | None
    ) = None
    spoken: Annotated[str, AfterValidator(says_it)] | None = None
    spoken_before: Annotated[str, BeforeValidator(says_it_in_its_way)] | None = None
    mapped: Annotated[str, AfterValidator(looks_it_up)] | None = None


class Visits(CounterDocument):
    id: Annotated[int, PrimaryKey()]
    seen: Annotated[int | None, Counter()] = None


VALUES = {
    "text": MARK,
    "bytes": MARK.encode(),
    "broken bytes": MARK.encode() + b"\xff",
    "list": [MARK],
    "set": {MARK},
    "tuple": (MARK, MARK),
    "pair": (1, {MARK: MARK}),
    "key": {MARK: 1},
    "key and value": {MARK: MARK},
    "number as key": {5: MARK},
    "deep key": {"a": {MARK: [MARK]}},
    "deep value": {"a": {"b": [1, MARK]}},
    "list in a map": {MARK: [1, MARK]},
    "secret": SecretStr(MARK),
    "secret key": {SecretStr(MARK): MARK},
    "field": {"street": MARK},
    "field that is none": {"street": "a", MARK: 1},
    "doors": {"doors": {MARK: [MARK]}},
    "places": {MARK: {"doors": {MARK: [MARK]}}},
    "nearly a UUID": f"12345678-1234-1234-1234-1234567{MARK}",
    "nearly a date": f"2020-01-01T{MARK}",
    "address with a scope": IPv6Address(f"fe80::1%{MARK}"),
    "JSON": f'{{"{MARK}": "{MARK}"}}',
    "broken JSON": f'{{"{MARK}',
    "numbers": [MARK, 1.0, 2.0],
    "too long": timedelta.max,
    "zone": f"2020-01-01T00:00:00+{MARK}",
}
FIELDS = list(Vault.model_fields)
OPERATORS = {
    "numbers": ["append", "prepend", "remove", "set"],
    "few": ["add", "remove"],
    "pairs": ["put", "update", "remove"],
    "deep": ["put", "update", "remove"],
    "secrets": ["put", "update", "remove"],
    "places": ["put", "update", "remove"],
    "place": ["street", "doors"],
}
LOOKUPS = ["gt", "in", "contains", "contains_key", "like", "entry", "token__gt"]


class Sent(Exception):
    """Raised instead of sending."""


class Outside:
    """A driver that gives one page, or none."""

    def __init__(self, page: Page | None = None) -> None:
        self.page = page

    async def aexecute(self, request: Any, /) -> Page:
        if self.page is None:
            raise Sent
        return self.page

    async def aclose(self) -> None: ...


async def as_filter(name: str, value: Any) -> None:
    Vault.find({name: value}).statement()
    await Vault.get({name: value})


async def as_lookups(name: str, value: Any) -> None:
    for lookup in LOOKUPS:
        await refused(Vault.get, {f"{name}__{lookup}": value})
    await refused(Vault.get, {"token__gt": value})


async def as_update(name: str, value: Any) -> None:
    for key in (name, *(f"{name}__{operator}" for operator in OPERATORS.get(name, ()))):
        await refused(Vault(id=1).update, {key: value})
        await refused(Vault.find(id=1, n=1).update, {key: value})


async def as_condition(name: str, value: Any) -> None:
    for key in (name, f"{name}__gt", f"{name}__in"):
        await refused(Vault(id=1).update, number=1, if_conditions={key: value})
        await refused(Vault(id=1).delete, if_conditions={key: value})


async def as_assigned(name: str, value: Any) -> None:
    document = Vault(id=1)
    setattr(document, name, value)
    await refused(document.save)
    await refused(document.insert)
    await refused(document.delete)
    batch = AsyncBatchQuery()
    await refused(document.save, batch=batch)


async def as_loaded(name: str, value: Any) -> None:
    row = {"id": 1, "n": 1, name: value}
    given = Outside(Page(tuple(row), [tuple(row.values())]))
    with replaced("default", given), suppress(TypeError, AttributeError):  # a value that no driver gives
        await refused(Vault.find().warn(False).all)
        await refused(Vault.find().warn(False).values_list(*row).all)


async def refused(call: Any, *arguments: Any, **options: Any) -> None:
    try:
        await call(*arguments, **options)
    except CoodieError as error:
        hide(error)
    except Sent:
        pass


def hide(error: BaseException) -> None:
    """Fail if the value is seen through the error, in one of the ways in which errors are shown."""
    texts = [*map(str, chain(error)), *map(repr, chain(error)), *traceback.format_exception(error)]
    assert MARK not in "".join(texts)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        yield from chain(error.__cause__)
        error = error.__context__


@pytest.mark.parametrize("name", FIELDS)
async def test_rule_32_a_value_is_in_no_message(caplog, name):
    caplog.set_level(logging.DEBUG)
    with replaced("default", Outside()):
        for value in VALUES.values():
            for take in (as_filter, as_lookups, as_update, as_condition, as_assigned, as_loaded):
                await refused(take, name, value)
    assert MARK not in caplog.text


async def test_rule_32_what_pydantic_found_is_on_the_error_for_a_program(coodie_recorder):
    with pytest.raises(
        InvalidQueryError, match=r"^Vault.spoken: a validator refuses it \(value_error\), see .errors$"
    ) as caught:
        Vault.find(spoken=MARK)
    assert [(item["loc"], item["msg"]) for item in caught.value.errors] == [
        (("spoken",), f"Value error, {MARK} will not do")
    ]
    row = (1, 1, MARK)
    with pytest.raises(DecodeError, match=r"column 'spoken' .* see .key: at spoken: a validator refuses it") as loaded:
        mapper_of(Vault).read_alone(("id", "n", "spoken"), [row])
    assert loaded.value.errors[0]["input"] == MARK
    assert pickle.loads(pickle.dumps(caught.value)).errors[0]["input"] == MARK


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("numbers", [1, MARK], "Vault.numbers: at 1: Input should be a valid integer"),
        ("pairs", {MARK: MARK}, r"Vault.pairs: at \[value\]: Input should be a valid integer"),
        ("secrets", {MARK * 2: 1, 5: 1}, r"Vault.secrets: at \[key\]: Input should be a valid string"),
        ("deep", {"a": {"b": [1, MARK]}}, r"Vault.deep: at \[value\].\[value\].1: Input should be a valid integer"),
        ("place", {"street": MARK}, "Vault.place: at street: String should have at most 3 characters"),
        ("place", {MARK: 1}, "Vault.place: Extra inputs are not permitted"),
        ("places", {MARK: {"doors": {MARK: [MARK]}}}, r"Vault.places: at \[value\].doors.\[value\].0: Input"),
        ("both", (1, {MARK: MARK}), r"Vault.both: at 1.\[value\]: Input should be a valid integer"),
        ("who", MARK, "Vault.who: Input should be a valid UUID$"),
    ],
)
async def test_rule_32_the_place_of_what_does_not_fit_is_told_without_keys(name, value, where):
    with pytest.raises(InvalidQueryError, match=f"^{where}"):
        await Vault(id=1).update({name: value})


class Talking(RecordingDriver):
    """A driver of a connection that was opened with ``log_values=True``."""

    log_values = True


@pytest.mark.parametrize("shows", [False, True])
async def test_a_document_that_is_not_found_is_told_by_names_and_by_values_only_with_log_values(shows):
    inner = Talking(strict=False) if shows else RecordingDriver(strict=False)
    with replaced("default", RecordingDriver(inner), keyspace="ks"):
        for find in (Vault.get, lambda **key: Vault.find(**key).one(), Vault.using(keyspace="ks").get):
            with pytest.raises(DocumentNotFound, match=r"^there is no Vault with id, n") as caught:
                await find(id=7, n=1977)
            assert ("values: (7, 1977" in str(caught.value)) == ("FROM ks.vault" in str(caught.value)) == shows
        with pytest.raises(DocumentNotFound, match=r"^there is no Vault with n__in$"):
            await Vault.find(n__in=[]).one()


class Login(Document):
    id: Annotated[int, PrimaryKey()]
    word: Annotated[SecretStr, Field(min_length=8)] | None = None
    key: SecretBytes | None = None
    tries: int = 0
    host: Annotated[str, Inet()] = "::1"
    hosts: dict[str, Annotated[str, Inet()]] = {}
    near: IPv4Address | IPv6Address | None = None
    page: HttpUrl | None = None
    hours: Json[list[int]] | None = None

    class Settings:
        validate_on_save = False  # these tests are about what comes after it


def login(**assigned):
    document = Login(id=1)
    for name, value in assigned.items():
        setattr(document, name, value)
    return document


@pytest.mark.parametrize("values", [{"word": MARK}, {"tries": MARK}], ids=["secret", "int"])
def test_rule_32_a_row_that_does_not_fit_is_not_shown_even_in_the_traceback(values):
    mapper, row = mapper_of(Login), {"id": 1, **values}
    for read in (mapper.read_alone, mapper.read_values):
        with pytest.raises(DecodeError) as caught:
            read(tuple(row), [tuple(row.values())])
        assert MARK not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: login(host=MARK).save(), id="save"),
        pytest.param(lambda: login(host=5).save(), id="number as address"),
        pytest.param(lambda: login(hosts={"a": MARK}).save(), id="save a map"),
        pytest.param(lambda: login(page=MARK).save(), id="save a URL"),
        pytest.param(lambda: login(word=[MARK]).save(), id="save a list for a secret"),
        pytest.param(lambda: login(hours=MARK).save(), id="save JSON"),
        pytest.param(lambda: login().update(host=MARK), id="update"),
        pytest.param(lambda: login().update(hosts__put=("a", MARK)), id="put"),
        pytest.param(lambda: login().update(hosts__update={"a": MARK}), id="update a map"),
        pytest.param(lambda: login().update(near=IPv6Address("fe80::1%hunter2")), id="scope"),
        pytest.param(lambda: Login.find(host=MARK), id="find"),
        pytest.param(lambda: Login.find(id=1).update(host=MARK), id="update by a query"),
    ],
)
async def test_rule_32_a_value_that_no_column_holds_is_refused_and_not_shown(coodie_recorder, write):
    with pytest.raises(InvalidQueryError) as caught:
        await write()
    shown = "".join(line for line in traceback.format_exception(caught.value) if "test_no_values" not in line)
    assert MARK not in shown
    assert coodie_recorder.calls == []


@pytest.mark.parametrize("assigned", [{"word": MARK}, {"key": MARK.encode()}])
async def test_rule_32_a_secret_that_was_assigned_as_a_plain_value_is_masked_too(coodie_recorder, assigned):
    await login(**assigned).save()
    assert MARK not in repr(coodie_recorder.last.request)
    assert {*assigned.values()} < {*coodie_recorder.last.values}


async def test_rule_32_a_pattern_for_a_secret_is_masked(coodie_recorder):
    coodie_recorder.otherwise.raises(faults.invalid())  # it has no index for that
    with pytest.raises(RequestRejected):
        await Login.find(id=1, word__like=f"{MARK}%").all()
    assert MARK not in repr(coodie_recorder.last)
