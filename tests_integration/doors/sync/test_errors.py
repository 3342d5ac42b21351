# Derived by tests/derive.py: edit tests_integration/doors/aio/test_errors.py,
# then run `tox -e sync`.
"""Bad input on a real cluster: a clear error, nothing lost, and the same objects go on afterwards."""

from __future__ import annotations

import logging
import traceback
from contextlib import nullcontext
from datetime import date, datetime, timezone
from typing import Annotated
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from coodie import (
    Column,
    ConfigurationError,
    CoodieError,
    InvalidQueryError,
    ModelError,
    PrimaryKey,
    RequestRejected,
    Unavailable,
)
from coodie.sync import BatchQuery, Document, close, create_keyspace, drop_keyspace, execute_raw, init_coodie
from coodie.drivers import get_driver
from coodie.testing import RecordingDriver

from ...conftest import PATIENT  # noqa: TID252 - the checkout's root is not on the path
from .models import Event, User

MOMENT = datetime(2024, 3, 1, 12, tzinfo=timezone.utc)
EVIL = "x; DROP TABLE users"


@pytest.fixture
def tables(connection):
    for model in (Event, User):
        model.sync_table()


def users(look, key):
    return look("SELECT email FROM {}.users WHERE id = %s", key)


def test_a_model_without_a_key_is_no_table():
    with pytest.raises(ModelError, match=r"Keyless has no primary key; mark a field"):

        class Keyless(Document):
            name: str


def test_a_type_that_nobody_knows_is_no_column():
    with pytest.raises(ModelError, match=r"Strange\.what: object has no CQL type"):

        class Strange(Document):
            id: Annotated[UUID, PrimaryKey()]
            what: object


@pytest.mark.parametrize("name", [EVIL, "", "a" * 49, "a\0b", 'a"b'])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ModelError, match="Bad"):

        class Bad(Document):
            id: Annotated[UUID, PrimaryKey()]

            class Settings:
                pass

            Settings.name = name


def test_a_name_with_code_in_it_is_only_a_name(tables, spy, look, keyspace):
    for call in (create_keyspace, drop_keyspace):
        with pytest.raises(InvalidQueryError, match="DROP"):
            call(EVIL)
    with pytest.raises(InvalidQueryError, match="DROP"):
        User.find().using(keyspace=EVIL).all()
    with pytest.raises(InvalidQueryError, match="no field"):
        User.find(**{EVIL: 1}).all()
    with pytest.raises(InvalidQueryError, match="no field"):
        User(id=uuid4(), email="x").update({EVIL: 1})
    assert spy.calls == []
    assert look("SELECT table_name FROM system_schema.tables WHERE keyspace_name = '{}' AND table_name = 'users'")


def test_a_value_with_code_in_it_is_only_a_value(tables, look):
    evil = User(id=uuid4(), email="'; DROP TABLE users; --", nickname='" OR 1=1', tags={"?"}, attrs={"'": "''"})
    evil.save()
    assert User.get(id=evil.id) == evil
    assert users(look, evil.id) == [(evil.email,)]


def test_a_column_may_have_any_name(connection, look):
    class Odd(Document):
        id: Annotated[UUID, PrimaryKey(), Column(name="Id; DROP TABLE users")]
        select: Annotated[int, Column(name='se"lect')] = 1
        order: int = 2

        class Settings:
            name = "Order"

    Odd.sync_table()
    assert Odd.sync_table() == []
    odd = Odd(id=uuid4(), select=5, order=6)
    odd.save()
    assert Odd.get(id=odd.id) == odd
    odd.update(select=7, if_conditions={"order": 6})
    assert look('SELECT "se""lect", "order" FROM {}."Order"') == [(7, 6)]


def test_a_value_of_the_wrong_type_is_named_and_nothing_is_written(tables, look):
    with pytest.raises(ValidationError, match="user_id"):
        Event(user_id="no uuid", ts=MOMENT, event_type="x")
    user = User(id=uuid4(), email="a@x")
    user.email = 5
    with pytest.raises(InvalidQueryError, match=r"at email: Input should be a valid string"):
        user.save()
    batch = BatchQuery()
    User(id=uuid4(), email="b@x").save(batch=batch)
    with pytest.raises(InvalidQueryError, match=r"at email"):
        user.save(batch=batch)
    assert len(batch.statements) == 1
    assert users(look, user.id) == []
    user.email = "c@x"
    user.save()
    assert users(look, user.id) == [("c@x",)]


@pytest.mark.parametrize("params", [[], [1], [uuid4(), 5], [uuid4(), "a@x", 1]])
def test_raw_values_that_do_not_fit(tables, params):
    with pytest.raises(InvalidQueryError, match="INSERT INTO users"):
        execute_raw("INSERT INTO users (id, email) VALUES (?, ?)", params)


@pytest.mark.parametrize("text", ["SELEKT 1", "SELECT nothing FROM users", "INSERT INTO users (id) VALUES (?"])
def test_raw_text_that_is_wrong_is_shown(tables, text):
    with pytest.raises(RequestRejected) as caught:
        execute_raw(text)
    assert text in str(caught.value)
    assert caught.value.request.cql == text
    assert caught.value.__cause__ is not None


def test_a_table_that_is_missing_is_named_and_can_be_made(connection, look, keyspace):
    class Late(User):
        class Settings:
            name = f"late_{uuid4().hex[:8]}"

    late = Late(id=uuid4(), email="a@x")
    with pytest.raises(RequestRejected, match=rf"(?s)sync_table.*{Late.table_name()}"):
        late.save()
    with pytest.raises(RequestRejected, match=Late.table_name()):
        Late.find_one(id=late.id)
    Late.sync_table()
    late.save()
    assert Late.get(id=late.id) == late


def test_a_keyspace_that_is_wrong_is_named(tables, session, cluster, look):
    user = User(id=uuid4(), email="a@x")
    with pytest.raises(RequestRejected, match=r"(?s)create_keyspace.*no_such_keyspace"):
        User.find(id=user.id).using(keyspace="no_such_keyspace").all()
    init_coodie(session=session, keyspace="no_such_keyspace", name="wrong")
    with pytest.raises(RequestRejected, match="no_such_keyspace"):
        User.find().using(connection="wrong").create(id=user.id, email="a@x")
    with pytest.raises(RequestRejected, match="'no_such_keyspace' cannot be used"):
        init_coodie(cluster.hosts, port=cluster.port, keyspace="no_such_keyspace", name="wrong", **PATIENT)
    user.save()
    assert users(look, user.id) == [("a@x",)]


def test_without_a_connection_nothing_goes():
    user = User(id=uuid4(), email="a@x")
    for call in (user.save, user.insert, user.delete, User.find().all, User.sync_table):
        with pytest.raises(ConfigurationError, match=r"no connection is known; call init_coodie\(\)"):
            call()
    with BatchQuery() as batch:
        user.save(batch=batch)
        with pytest.raises(ConfigurationError, match="no connection is known"):
            batch.execute()
        init_coodie(driver=RecordingDriver())
        batch.execute()
    close()


def test_a_connection_that_nobody_made_is_named(tables):
    with pytest.raises(ConfigurationError, match="no connection is called 'reports'; known: 'default'"):
        User.find().using(connection="reports").all()
    with pytest.raises(ConfigurationError, match="'reports'"):
        execute_raw("SELECT key FROM system.local", connection="reports")
    with pytest.raises(ConfigurationError, match="'reports'"):
        close("reports")


def test_a_connection_that_was_closed_says_so(cluster, session, keyspace, look):
    init_coodie(cluster.hosts, port=cluster.port, keyspace=keyspace, **PATIENT)
    User.sync_table()
    user = User(id=uuid4(), email="a@x")
    batch = BatchQuery()
    user.save(batch=batch)
    close()
    with pytest.raises(ConfigurationError, match="no connection"):
        user.save()
    with pytest.raises(ConfigurationError, match="no connection"):
        batch.execute()
    assert users(look, user.id) == []
    init_coodie(session=session, keyspace=keyspace)
    batch.execute()
    assert users(look, user.id) == [("a@x",)]
    close()


def test_a_session_that_its_owner_shut_down_says_so(cluster, keyspace, vendor_session, look):
    init_coodie(session=vendor_session, keyspace=keyspace)
    User.sync_table()
    user = User(id=uuid4(), email="a@x")
    vendor_session.cluster.shutdown()
    for call in (user.save, user.insert, User.find().all):
        with pytest.raises(ConfigurationError, match=r"connection is closed; .*init_coodie\(\)"):
            call()
    close()
    assert users(look, user.id) == []


def test_where_nobody_listens_there_is_no_connection(closed_port):
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1"):
        init_coodie("127.0.0.1", port=closed_port)
    with pytest.raises(ConfigurationError, match="no connection is known"):
        User.find().all()


@pytest.mark.parametrize(
    "arguments",
    [{}, {"hosts": []}, {"hosts": "a:b"}, {"hosts": "a", "prot": 9042}, {"hosts": "a", "driver": RecordingDriver()}],
)
def test_arguments_that_make_no_connection(arguments):
    with pytest.raises(ConfigurationError):
        init_coodie(**arguments)


class Note(Document):
    id: Annotated[int, PrimaryKey()]
    text: str | None = None
    words: list[str] = []
    counts: dict[str, int] = {}
    data: bytes | None = None
    day: date | None = None


MARK = "hunter2"
JSON = "INSERT INTO {}.note JSON ?"
SAID = [
    *(
        pytest.param(JSON, [text], id=text)
        for text in (
            MARK,
            f'{{"id": "{MARK}"}}',
            f'{{"id": 1, "{MARK}": 2}}',
            f'{{"id": 1, "text": {{"{MARK}": 1}}}}',
            f'{{"id": 1, "words": "{MARK}"}}',
            f'{{"id": 1, "counts": {{"{MARK}": "{MARK}"}}}}',
            f'{{"id": 1, "data": "{MARK}"}}',
            f'{{"id": 1, "day": "{MARK}"}}',
            '{"id": 1, "\\u0068unter2": 1}',
            f'{{"id": 1, "text": "{MARK}\\q"}}',
        )
    ),
    pytest.param("SELECT id FROM {}.note WHERE id = from_json(?)", [f'"{MARK}"'], id="from_json"),
    pytest.param("SELECT id FROM {}.note WHERE id = ?", [MARK], id="a text for a number"),
    pytest.param("SELECT blob_as_int(data) FROM {}.note WHERE id = ?", [1], id="a stored value"),
    pytest.param("INSERT INTO {}.note (id, text) VALUES (1, ?) USING TTL ?", [MARK, 10**9], id="too long a TTL"),
    pytest.param("SELECT id FROM {}.note WHERE text = ?", [MARK], id="no key"),
]


@pytest.mark.parametrize("spied", [False, True], ids=["driver", "spy"])
@pytest.mark.parametrize(("cql", "values"), SAID)
def test_rule_32_a_value_is_in_no_message(connection, keyspace, caplog, cql, values, spied):
    caplog.set_level(logging.DEBUG)
    Note.sync_table()
    Note(id=1, data=MARK.encode()).save()
    recorder = RecordingDriver(get_driver(), keyspace=keyspace) if spied else nullcontext()
    with recorder, pytest.raises(CoodieError) as caught:
        execute_raw(cql.format(keyspace), values)
    hide(caught.value)
    assert MARK not in caplog.text
    assert MARK.encode().hex() not in caplog.text


def hide(error: BaseException | None) -> None:
    while error is not None:
        shown = [str(error), repr(error), *(line for line in traceback.format_exception(error))]
        assert not [text for text in shown if MARK in text or MARK.encode().hex() in text]
        error = error.__cause__ or error.__context__
