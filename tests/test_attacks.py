"""Bad input and hostile use: each is refused with an error of coodie's, before anything is sent, and shows no value."""

import asyncio
import traceback
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated

import pytest
from pydantic import ConfigDict, Field, HttpUrl, Json, SecretBytes, SecretStr

from coodie import UserType, aio, cql_builder
from coodie.aio import AsyncBatchQuery
from coodie.cql_builder import build_select
from coodie.drivers import Page
from coodie.drivers.registry import replaced
from coodie.exceptions import (
    ConfigurationError,
    CoodieError,
    DecodeError,
    InvalidQueryError,
    ModelError,
    RequestRejected,
)
from coodie.fields import Column, Counter, Discriminator, Inet, PrimaryKey, Vector
from coodie.mapping.model import mapper_of
from coodie.sync import BatchQuery, CounterDocument, Document, close, create_keyspace, execute_raw, init_coodie
from coodie.testing import faults
from coodie.types import Token

HIDDEN = "hunter2"


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


class Visits(CounterDocument):
    id: Annotated[int, PrimaryKey()]
    n: Annotated[int | None, Counter()] = None


class Watched(Document):
    model_config = ConfigDict(validate_assignment=True)
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    age: int = 0


def login(**assigned):
    document = Login(id=1)
    for name, value in assigned.items():
        setattr(document, name, value)
    return document


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"word": HIDDEN}, id="secret"),
        pytest.param({"tries": HIDDEN}, id="int"),
    ],
)
def test_a_row_that_does_not_fit_shows_no_value_even_in_the_traceback(values):
    mapper, row = mapper_of(Login), {"id": 1, **values}
    for read in (mapper.read_alone, mapper.read_values):
        with pytest.raises(DecodeError) as caught:
            read(tuple(row), [tuple(row.values())])
        assert HIDDEN not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: login(host=HIDDEN).save(), id="save"),
        pytest.param(lambda: login(host=5).save(), id="number as address"),
        pytest.param(lambda: login(hosts={"a": HIDDEN}).save(), id="save a map"),
        pytest.param(lambda: login(page=HIDDEN).save(), id="save a URL"),
        pytest.param(lambda: login(word=[HIDDEN]).save(), id="save a list for a secret"),
        pytest.param(lambda: login(hours=HIDDEN).save(), id="save JSON"),
        pytest.param(lambda: login().update(host=HIDDEN), id="update"),
        pytest.param(lambda: login().update(hosts__put=("a", HIDDEN)), id="put"),
        pytest.param(lambda: login().update(hosts__update={"a": HIDDEN}), id="update a map"),
        pytest.param(lambda: login().update(near=IPv6Address("fe80::1%hunter2")), id="scope"),
        pytest.param(lambda: Login.find(host=HIDDEN), id="find"),
        pytest.param(lambda: Login.find(id=1).update(host=HIDDEN), id="update by a query"),
    ],
)
def test_a_value_that_no_column_holds_is_refused_and_not_shown(coodie_recorder, write):
    with pytest.raises(InvalidQueryError) as caught:
        write()
    shown = "".join(line for line in traceback.format_exception(caught.value) if "test_attacks" not in line)
    assert HIDDEN not in shown
    assert coodie_recorder.calls == []


@pytest.mark.parametrize("assigned", [{"word": HIDDEN}, {"key": HIDDEN.encode()}])
def test_a_secret_that_was_assigned_as_a_plain_value_is_masked_too(coodie_recorder, assigned):
    login(**assigned).save()
    assert HIDDEN not in repr(coodie_recorder.last.request)
    assert {*assigned.values()} < {*coodie_recorder.last.values}


async def test_a_batch_under_way_is_not_sent_twice(coodie_recorder):
    batch = AsyncBatchQuery(batch_type="COUNTER")
    batch.add("UPDATE visits SET n = n + 1 WHERE id = 1")
    sent, refused = await asyncio.gather(batch.execute(), batch.execute(), return_exceptions=True)
    assert sent is None
    assert isinstance(refused, InvalidQueryError)
    assert "being sent" in str(refused)
    assert len(coodie_recorder.batches) == 1


async def test_a_batch_under_way_takes_no_statement_and_is_free_afterwards(coodie_recorder):
    batch = AsyncBatchQuery()
    batch.add("INSERT INTO visits (id) VALUES (1)")
    under_way = asyncio.ensure_future(batch.execute())
    await asyncio.sleep(0)
    with pytest.raises(InvalidQueryError, match="being sent"):
        Login(id=1).save(batch=batch)
    await under_way
    Login(id=1).save(batch=batch)
    await batch.execute()
    assert [len(call.statements) for call in coodie_recorder.batches] == [1, 1]


async def test_rule_35_a_batch_whose_sending_was_cancelled_may_have_happened(coodie_recorder):
    batch = AsyncBatchQuery()
    batch.add("INSERT INTO visits (id) VALUES (1)")
    under_way = asyncio.ensure_future(batch.execute())
    await asyncio.sleep(0)
    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way
    assert (len(batch.statements), batch.outcome) == (1, "unknown")
    with pytest.raises(InvalidQueryError, match="nobody knows whether this batch has happened"):
        await batch.execute()
    await batch.execute(again=True)
    assert (batch.statements, batch.outcome) == ((), "done")


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"timestamp": -1}, id="before 1970"),
        pytest.param({"timestamp": datetime.min}, id="the first moment"),
        pytest.param({"warn_bytes": "5120"}, id="text"),
        pytest.param({"warn_statements": True}, id="bool"),
        pytest.param({"warn_partitions": -1}, id="negative"),
    ],
)
def test_a_batch_refuses_odd_options_at_once(options):
    with pytest.raises(InvalidQueryError):
        BatchQuery(**options)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"warn_bytes": "5120"}, id="threshold"),
        pytest.param({"options": ["comment"]}, id="options"),
        pytest.param({"name": 5}, id="name"),
        pytest.param({"keyspace": b"shop"}, id="keyspace"),
    ],
)
def test_a_setting_of_a_wrong_kind_is_a_model_error(settings):
    with pytest.raises(ModelError, match="Made"):
        made(settings)


def made(settings):
    named = {"__module__": __name__, "__qualname__": "made.<locals>.Made.Settings"}

    class Made(Document):
        id: Annotated[int, PrimaryKey()]

        Settings = type("Settings", (), {**named, **settings})

    return Made


NO_MAPPINGS = [pytest.param(each, id=repr(each)) for each in (0, 5, "", "id", [], ["id"], {5: 1})]


@pytest.mark.parametrize("given", NO_MAPPINGS)
@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda given: Login.find(given), id="find"),
        pytest.param(lambda given: Login.get(given), id="get"),
        pytest.param(lambda given: Login.find().filter(given), id="filter"),
        pytest.param(lambda given: login().update(given, tries=1), id="update"),
        pytest.param(lambda given: login().update(tries=1, if_conditions=given), id="if_conditions"),
        pytest.param(lambda given: Login.find(id=1).update(given), id="update by a query"),
        pytest.param(lambda given: Visits(id=1).increment(given, n=1), id="increment"),
    ],
)
def test_a_positional_argument_that_is_no_mapping_of_names_is_refused(call, given):
    """A key given by position must not find, or change, every row."""
    with pytest.raises(InvalidQueryError):
        call(given)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: Login.find({"id": 1}, id=2), id="find"),
        pytest.param(lambda: login().update({"tries": 1}, tries=2), id="update"),
        pytest.param(lambda: Visits(id=1).increment({"n": 1}, n=2), id="increment"),
    ],
)
def test_a_field_given_twice_is_refused(call):
    with pytest.raises(InvalidQueryError, match="twice"):
        call()


@pytest.mark.parametrize("name", [pytest.param(each, id=repr(each)) for each in (None, 5, b"id", ["id"], ("id",))])
@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda name: Login.find().only(name), id="only"),
        pytest.param(lambda name: Login.find().defer(name), id="defer"),
        pytest.param(lambda name: Login.find().values_list(name), id="values_list"),
        pytest.param(lambda name: Login.find().order_by(name), id="order_by"),
        pytest.param(lambda name: Login.find().group_by(name), id="group_by"),
        pytest.param(lambda name: Login.find().max(name), id="max"),
        pytest.param(lambda name: Login.find().writetime(name), id="writetime"),
        pytest.param(lambda name: Login.find().aggregate(n=name), id="aggregate"),
        pytest.param(lambda name: login().delete_columns(name), id="delete_columns"),
        pytest.param(lambda name: Login.find().using(keyspace=name or 0.5), id="keyspace"),
    ],
)
def test_a_name_that_is_no_text_is_refused(call, name):
    with pytest.raises(InvalidQueryError):
        call(name)


def test_half_of_a_surrogate_pair_is_no_name():
    with pytest.raises(InvalidQueryError, match="surrogate"):
        build_select("events", None, ["\ud800"])


def test_an_update_in_a_batch_reaches_an_object_that_was_assigned_to_meanwhile(coodie_recorder):
    watched, batch = Watched(id=1), BatchQuery()
    watched.update(name="ann", batch=batch)
    watched.age = 5  # Pydantic makes a new __dict__ here
    batch.execute()
    assert (watched.name, watched.age) == ("ann", 5)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"name": ""}, id="no name"),
        pytest.param({"name": None}, id="None"),
        pytest.param({"name": ["a"]}, id="list"),
        pytest.param({"hooks": [object()]}, id="hook"),
    ],
)
def test_what_cannot_become_a_connection_is_refused_before_a_cluster_is_opened(monkeypatch, options):
    opened = []
    monkeypatch.setattr("coodie.drivers.lifecycle.connect", lambda *args, **kwargs: opened.append(args))
    with pytest.raises(ConfigurationError):
        init_coodie("127.0.0.1", **options)
    with pytest.raises(ConfigurationError):
        asyncio.run(aio.init_coodie("127.0.0.1", **options))
    assert opened == []


class Tree(UserType):
    branches: "list[Tree]" = []


@pytest.mark.parametrize(
    "annotation",
    [
        pytest.param(Tree, id="a type that holds itself"),
        pytest.param(Annotated[list[float], Vector(0)], id="no dimension"),
        pytest.param(Annotated[list[float], Vector("3>, b int")], id="dimensions as text"),  # type: ignore[arg-type]
        pytest.param(Annotated[int, PrimaryKey("first")], id="place as text"),  # type: ignore[arg-type]
        pytest.param(Annotated[int, Column(name=5)], id="name as number"),  # type: ignore[arg-type]
    ],
)
def test_a_field_that_cannot_be_a_column_is_a_model_error(annotation):
    with pytest.raises(ModelError, match=r"Odd\.field"):

        class Odd(Document):
            id: Annotated[int, PrimaryKey()]
            field: annotation  # type: ignore[valid-type]


@pytest.mark.parametrize("told", [None, "true", 1, 0])
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: login().insert(), id="insert"),
        pytest.param(lambda: login().update(tries=1, if_exists=True), id="update"),
        pytest.param(lambda: batched(login().insert), id="batch"),
    ],
)
def test_an_answer_that_is_neither_yes_nor_no_is_an_error(write, told):
    with replaced("default", Answering(Page(("[applied]",), [(told,)]))), pytest.raises(DecodeError):
        write()


@pytest.mark.parametrize("told", [[True, False], [False, True]])
def test_what_was_applied_in_part_was_not_applied(told):
    watched = Watched(id=1, name="ann")
    batch = BatchQuery(allow_multiple_conditions=True)
    watched.update(name="bo", if_conditions={"age": 5}, batch=batch)
    with replaced("default", Answering(Page(("[applied]", "id"), [(each, 1) for each in told]))):
        batch.execute()
    assert (batch.result.applied, len(batch.result.rows), watched.name) == (False, 2, "ann")


class Answering:
    def __init__(self, page):
        self.page = page

    def execute(self, request):
        return self.page

    def close(self):
        pass


def batched(write):
    with BatchQuery() as batch:
        write(batch=batch)


def test_a_document_as_a_dictionary_has_its_fields_only():
    (document,) = mapper_of(Login).read_alone(("id",), [(1,)])
    assert dict(document) == {"id": 1}


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda query: query.count(), id="count"),
        pytest.param(lambda query: query.sum("tries"), id="sum"),
        pytest.param(lambda query: query.aggregate(n="count(*)"), id="aggregate"),
    ],
)
@pytest.mark.parametrize("query", [Login.find(id=1).limit(3), Login.find().per_partition_limit(3)])
def test_a_limit_that_the_server_would_not_keep_is_refused(query, ask):
    """It applies a limit to its answer, so ``limit(3).count()`` would be 10 of ten rows."""
    with pytest.raises(InvalidQueryError, match="limit"):
        ask(query)


class Animal(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator()] = ""


class Dog(Animal):
    class Settings:
        discriminator_value = "dog"


def test_a_document_of_one_class_is_not_saved_as_one_of_another(coodie_recorder):
    dog = Dog(id=1)
    dog.save()
    dog.kind = "cat"
    with pytest.raises(InvalidQueryError, match="'dog' in every Dog"):
        dog.save()
    assert len(coodie_recorder.executed) == 1


class Holder(Document):
    id: Annotated[int, PrimaryKey()]
    listed: list[str] = []
    chosen: set[str] = set()
    named: dict[str, str] = {}


@pytest.mark.parametrize("name", ["listed", "chosen", "named"])
@pytest.mark.parametrize("value", ["ab", ("a", "b"), b"ab", range(2), ["a"], {"a"}, {"a": "b"}])
def test_a_collection_of_another_kind_is_not_made_into_the_right_one(coodie_recorder, name, value):
    """A text that was assigned to a list must not be stored as its letters."""
    holder = Holder(id=1)
    setattr(holder, name, value)
    if isinstance(value, type(getattr(Holder(id=1), name))):
        holder.save()
        assert coodie_recorder.last.params[name] == value
    else:
        with pytest.raises(InvalidQueryError, match=name):
            holder.save()


@pytest.mark.parametrize(
    "build",
    [
        lambda: cql_builder.build_create_table("t", "k", {"a": ["int); DROP TABLE x; --"]}, ["a"]),
        lambda: cql_builder.build_create_table("t", "k", {"a": "int"}, "a"),
        lambda: cql_builder.build_select("t", "k", ["a"], limit="x"),
        lambda: cql_builder.build_select("t", "k", ["a"], limit=True),
        lambda: cql_builder.build_select("t", "k", ["a"], order_by="abc"),
        lambda: cql_builder.build_batch(["x"]),
    ],
)
def test_builders_refuse_what_is_no_cql(build):
    with pytest.raises(InvalidQueryError):
        build()


def test_the_values_of_a_raw_statement_are_those_of_its_adding(coodie_recorder):
    values, batch = ["x"], BatchQuery()
    batch.add("INSERT INTO t (a) VALUES (?)", [values])
    values.append("late")
    batch.execute()
    assert coodie_recorder.batches[0].statements[0].values == (["x"],)


def test_a_column_is_not_called_as_a_part_of_an_answer():
    with pytest.raises(ModelError, match=r"\[applied\]"):

        class Confusing(Document):
            id: Annotated[int, PrimaryKey()]
            applied: Annotated[bool | None, Column(name="[applied]")] = None


def test_what_is_no_batch_is_refused(coodie_recorder):
    with pytest.raises(InvalidQueryError, match="batch= takes a BatchQuery"):
        Holder(id=1).save(batch="x")
    with pytest.raises(InvalidQueryError, match="batch= takes a BatchQuery"):
        Holder.find(id=1).delete(batch=[])
    assert coodie_recorder.calls == []


class Nested(Document):
    key: Annotated[tuple[int, list[SecretStr]], PrimaryKey()]
    n: int = 0


def test_keys_that_hold_lists_are_told_apart_in_a_batch(coodie_recorder):
    with BatchQuery() as batch:
        Nested(key=(1, [SecretStr("a")])).save(batch=batch)
        Nested(key=(1, [SecretStr("b")])).save(batch=batch)
    assert len(coodie_recorder.batches) == 1
    batch = BatchQuery()
    Nested(key=(1, [SecretStr("a")])).insert(batch=batch)
    with pytest.raises(InvalidQueryError, match="another partition"):
        Nested(key=(1, [SecretStr("b")])).save(batch=batch)


def test_a_value_that_cannot_be_kept_is_refused_by_a_batch():
    batch = BatchQuery()
    with pytest.raises(InvalidQueryError, match="cannot be copied"):
        batch.add("INSERT INTO t (a) VALUES (?)", [(each for each in "ab")])


def test_a_view_of_bytes_is_recorded_as_the_bytes_that_it_shows(coodie_recorder):
    data = bytearray(b"abcd")
    execute_raw("INSERT INTO t (a) VALUES (?)", [memoryview(data)[::2]])
    data[0] = 0
    assert coodie_recorder.last.values == (b"ac",)


def test_what_cannot_be_copied_is_refused_by_the_recorder_as_by_a_driver(coodie_recorder):
    with pytest.raises(InvalidQueryError, match="tries does not fit its type bigint"):
        login(tries=(each for each in "ab")).save()


def test_a_pattern_for_a_secret_is_masked(coodie_recorder):
    coodie_recorder.otherwise.raises(faults.invalid())  # it has no index for that
    with pytest.raises(RequestRejected):
        Login.find(id=1, word__like=f"{HIDDEN}%").all()
    assert HIDDEN not in repr(coodie_recorder.last)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: Login.find().using(connection=["a"]), id="using"),
        pytest.param(lambda: execute_raw("SELECT a FROM t", connection=["a"]), id="raw"),
        pytest.param(lambda: close(["a"]), id="close"),
        pytest.param(lambda: create_keyspace("shop", dc_replication_map=["dc1"]), id="a list of centres"),
        pytest.param(lambda: create_keyspace("shop", dc_replication_map={1: 3}), id="a centre without a name"),
        pytest.param(lambda: create_keyspace("shop", strategy=3), id="a strategy without a name"),
        pytest.param(lambda: Login.find(id__token__gt=Token(None)), id="a null token"),
    ],
)
def test_an_option_of_a_wrong_kind_is_refused(coodie_recorder, call):
    with pytest.raises(CoodieError):
        call()
    assert coodie_recorder.calls == []


@pytest.mark.parametrize("value", ["\ud800", pytest.param(10**5000, id="5000 digits")])
def test_a_refusal_by_the_recorder_can_always_be_printed(coodie_recorder, value):
    with pytest.raises(InvalidQueryError) as caught:
        login(tries=value).save()
    assert str(caught.value).encode()
