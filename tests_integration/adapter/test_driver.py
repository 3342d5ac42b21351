"""What the adapter sends and gives, what others change under it, and what is under way when it is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from cassandra.cluster import Session
from cassandra.query import BatchStatement

from coodie.cql.message import Batch, BatchKind, Kind, Options, Statement
from coodie.drivers.cassandra import CassandraDriver
from coodie.drivers.connect import connect
from coodie.exceptions import (
    InvalidQueryError,
    RequestRejected,
)
from coodie.testing.contract import DriverContract

from ..conftest import PATIENT  # noqa: TID252 - the checkout's root is not on the path
from ..server import Found  # noqa: TID252 - the checkout's root is not on the path
from .requests import ddl, read, write

LEGACY = "ignore:Legacy execution parameters:DeprecationWarning"


@pytest.mark.parametrize("kind", [BatchKind.LOGGED, BatchKind.UNLOGGED])
def test_batches_with_a_timestamp(driver: CassandraDriver, table: str, kind: BatchKind) -> None:
    insert = f"INSERT INTO {table} (id, n, v) VALUES (?, ?, ?)"
    driver.execute(Batch(tuple(write(insert, 1, n, "a") for n in range(3)), kind, timestamp=123_456))
    rows = driver.execute(read(f"SELECT n, writetime(v) FROM {table} WHERE id = ?", 1)).rows
    assert rows == [(0, 123_456), (1, 123_456), (2, 123_456)]


def test_counters_in_a_batch(driver: CassandraDriver, keyspace: str) -> None:
    name = f"{keyspace}.counters_{uuid4().hex}"
    driver.execute(ddl(f"CREATE TABLE {name} (id int PRIMARY KEY, hits counter)"))
    up = write(f"UPDATE {name} SET hits = hits + ? WHERE id = ?", 2, 1, kind=Kind.COUNTER)
    driver.execute(Batch((up, up), BatchKind.COUNTER))
    assert driver.execute(read(f"SELECT hits FROM {name} WHERE id = ?", 1)).rows == [(4,)]


def test_conditions_give_the_servers_rows(driver: CassandraDriver, table: str) -> None:
    insert = write(f"INSERT INTO {table} (id, n, v) VALUES (?, ?, ?) IF NOT EXISTS", 1, 1, "a", kind=Kind.CONDITIONAL)
    assert driver.execute(insert).rows == [(True,)]
    lost = driver.execute(insert)
    assert (lost.columns[0], lost.rows[0][0]) == ("[applied]", False)
    batch = driver.execute(Batch((insert,), options=Options(serial_consistency="LOCAL_SERIAL")))
    assert (batch.columns[0], batch.rows[0][0]) == ("[applied]", False)


def test_pages_by_hand(driver: CassandraDriver, table: str) -> None:
    insert = f"INSERT INTO {table} (id, n, v) VALUES (?, ?, ?)"
    driver.execute(Batch(tuple(write(insert, 1, n, "a") for n in range(25))))
    seen, state = [], None
    while True:
        options = Options(fetch_size=10, paging_state=state)
        page = driver.execute(read(f"SELECT n FROM {table} WHERE id = ?", 1, options=options))
        seen += [n for (n,) in page.rows]
        state = page.paging_state
        if state is None:
            break
    assert seen == list(range(25))


def test_a_paging_state_that_somebody_made_up_harms_no_other_request(driver: CassandraDriver, table: str) -> None:
    insert = write(f"INSERT INTO {table} (id, n, v) VALUES (?, ?, ?)", 1, 1, "a")
    driver.execute(insert)
    bad = read(f"SELECT n FROM {table} WHERE id = ?", 1, options=Options(fetch_size=10, paging_state=b"made up"))

    async def both() -> list[Any]:
        return await asyncio.gather(*[driver.aexecute(r) for r in [insert, bad] * 50], return_exceptions=True)

    results = asyncio.run(both())
    assert not [result for result in results[::2] if isinstance(result, BaseException)]
    assert {type(error) for error in results[1::2]} == {RequestRejected}
    assert "the one that an earlier answer" in str(results[1])


def test_the_users_session_gives_dictionaries_as_before(
    driver: CassandraDriver, users_session: Session, table: str
) -> None:
    driver.execute(write(f"INSERT INTO {table} (id, n, v) VALUES (?, ?, ?)", 1, 1, "a"))
    text = f"SELECT id, v FROM {table} WHERE id = ?"
    assert driver.execute(read(text, 1)).rows == [(1, "a")]
    assert users_session.execute(users_session.prepare(text), (1,)).one() == {"id": 1, "v": "a"}
    assert users_session.execute(f"SELECT id, v FROM {table}").one() == {"id": 1, "v": "a"}


def test_a_table_made_anew_by_others(driver: CassandraDriver, users_session: Session, table: str) -> None:
    insert = write(f"INSERT INTO {table} (id, n, v) VALUES (?, ?, ?)", 1, 1, "a")
    select = read(f"SELECT v FROM {table} WHERE id = ?", 1)
    for request in (insert, Batch((insert, insert)), select):
        driver.execute(request)
        users_session.execute(f"DROP TABLE {table}")
        users_session.execute(f"CREATE TABLE {table} (id int, n int, v text, PRIMARY KEY (id, n))")
        driver.execute(request)
    driver.execute(insert)
    assert driver.execute(select).rows == [("a",)]


def test_a_table_made_anew_with_types_of_the_same_width(
    driver: CassandraDriver, users_session: Session, session: Session, keyspace: str
) -> None:
    name = f"{keyspace}.anew_{uuid4().hex}"
    insert = f"INSERT INTO {name} (id, v) VALUES (?, ?)"
    users_session.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v bigint)")
    driver.execute(write(insert, 1, 5))
    driver.execute(Batch((write(insert, 1, 5),)))
    for request in (write(insert, 1, 5), Batch((write(insert, 2, 5),))):
        users_session.execute(f"DROP TABLE {name}")
        kind = "double" if isinstance(request, Statement) else "bigint"
        users_session.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v {kind})")
        driver.execute(request)
        session.prepare(f"SELECT v FROM {name}")  # another client that comes first
        (row,) = driver.execute(read(f"SELECT v FROM {name}")).rows
        assert row == (5,)
        assert isinstance(row[0], float if kind == "double" else int)


async def test_a_table_made_anew_with_other_types_async(
    driver: CassandraDriver, users_session: Session, keyspace: str
) -> None:
    name = f"{keyspace}.anew_{uuid4().hex}"
    insert = f"INSERT INTO {name} (id, v) VALUES (?, ?)"
    users_session.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v text)")
    await driver.aexecute(write(insert, 1, "a"))
    users_session.execute(f"DROP TABLE {name}")
    users_session.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v blob)")
    await driver.aexecute(write(insert, 1, b"a"))
    with pytest.raises(InvalidQueryError, match=r"v \(blob\): bytes is wanted, not str"):
        await driver.aexecute(write(insert, 1, "a"))


def test_a_type_that_grew(driver: CassandraDriver, users_session: Session, keyspace: str) -> None:
    kind, name = f"{keyspace}.grown_{uuid4().hex}", f"{keyspace}.of_grown_{uuid4().hex}"
    users_session.execute(f"CREATE TYPE {kind} (a int)")
    users_session.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v frozen<{kind}>)")
    insert, select = f"INSERT INTO {name} (id, v) VALUES (?, ?)", read(f"SELECT v FROM {name} WHERE id = ?", 1)
    driver.execute(write(insert, 1, {"a": 1}))
    assert driver.execute(select).rows == [({"a": 1},)]
    with pytest.raises(InvalidQueryError, match="only the fields a"):
        driver.execute(write(insert, 1, {"a": 1, "b": "x"}))
    users_session.execute(f"ALTER TYPE {kind} ADD b text")
    driver.execute(write(insert, 1, {"a": 1, "b": "x"}))
    (row,) = driver.execute(read(f"SELECT v FROM {name}")).rows
    assert row == ({"a": 1, "b": "x"},)
    assert driver.execute(select).rows == [({"a": 1, "b": "x"},)]


def test_a_type_that_grew_and_that_another_client_asked_for_first(
    driver: CassandraDriver, users_session: Session, session: Session, keyspace: str
) -> None:
    kind, name = f"{keyspace}.grown_{uuid4().hex}", f"{keyspace}.of_grown_{uuid4().hex}"
    users_session.execute(f"CREATE TYPE {kind} (a int)")
    users_session.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v frozen<{kind}>, w list<frozen<{kind}>>)")
    insert, select = f"INSERT INTO {name} (id, v, w) VALUES (?, ?, ?)", f"SELECT v, w FROM {name} WHERE id = ?"
    old, new = {"a": 1}, {"a": 1, "b": "x"}
    driver.execute(write(insert, 1, old, [old]))
    assert driver.execute(read(select, 1)).rows == [(old, [old])]
    users_session.execute(f"ALTER TYPE {kind} ADD b text")
    for text in (insert, select):
        session.prepare(text)
    session.execute(f"INSERT INTO {name} (id, v, w) VALUES (1, {{a: 1, b: 'x'}}, [{{a: 1, b: 'x'}}])")
    assert driver.execute(read(select, 1)).rows == [(new, [new])]
    driver.execute(write(insert, 2, new, [new]))
    assert driver.execute(read(select, 2)).rows == [(new, [new])]


def test_a_column_that_was_added_under_a_star(driver: CassandraDriver, users_session: Session, table: str) -> None:
    driver.execute(write(f"INSERT INTO {table} (id, n, v) VALUES (?, ?, ?)", 1, 1, "v"))
    select = read(f"SELECT * FROM {table} WHERE id = ?", 1)
    assert driver.execute(select).columns == ("id", "n", "v")
    users_session.execute(f"ALTER TABLE {table} ADD a text")
    users_session.prepare(select.cql)  # another client that comes first
    page = driver.execute(select)
    assert dict(zip(page.columns, page.rows[0], strict=True)) == {"id": 1, "n": 1, "a": None, "v": "v"}


def test_the_keyspace_of_a_driver_where_the_protocol_can(
    users_session: Session, keyspace: str, other_keyspace: str
) -> None:
    if users_session.cluster.protocol_version < 5:
        driver = CassandraDriver(users_session, keyspace=keyspace)
        with pytest.raises(RequestRejected, match="qualify the table, or give init_coodie"):
            driver.execute(read("SELECT id FROM mine"))
        return
    for number, name in enumerate((keyspace, other_keyspace)):
        driver = CassandraDriver(users_session, keyspace=name)
        driver.execute(ddl("CREATE TABLE IF NOT EXISTS mine (id int PRIMARY KEY)"))
        insert = write("INSERT INTO mine (id) VALUES (?)", number)
        driver.execute(Batch((insert,)))
        driver.execute(insert)
        assert driver.execute(read("SELECT id FROM mine")).rows == [(number,)]
        driver.close()
    assert users_session.keyspace is None


def test_use_is_followed(cluster: Found, keyspace: str, other_keyspace: str) -> None:
    driver = connect([f"{host}:{cluster.port}" for host in cluster.hosts], **PATIENT)
    assert isinstance(driver, CassandraDriver)
    for number, name in enumerate((keyspace, other_keyspace)):
        driver.execute(write(f"USE {name}"))
        driver.execute(ddl("CREATE TABLE IF NOT EXISTS used (id int PRIMARY KEY)"))
        driver.execute(write("INSERT INTO used (id) VALUES (?)", number))
        assert driver.execute(read("SELECT id FROM used")).rows == [(number,)]
    driver.close()


def test_what_the_server_refuses(driver: CassandraDriver, table: str, keyspace: str) -> None:
    for request, message in [
        (read("SELEC id FROM t"), "syntax|no viable alternative"),
        (read(f"SELECT nope FROM {table}"), "nope"),
        (read(f"SELECT a FROM {keyspace}.nope"), "does not exist"),
        (read("SELECT a FROM nope.nope"), "does not exist|nope"),
        (ddl(f"CREATE TABLE {table} (id int PRIMARY KEY)"), "already exists"),
        (ddl("CREATE TABLE nope.t (id int PRIMARY KEY)"), "nope"),
    ]:
        with pytest.raises(RequestRejected, match=message) as caught:
            driver.execute(request)
        assert caught.value.request is request


def test_a_listener_of_the_user_sees_encoded_values(
    driver: CassandraDriver, users_session: Session, table: str
) -> None:
    seen: list[Any] = []

    def listen(future: Any) -> None:
        seen.append(future.message)

    insert = f"INSERT INTO {table} (id, n, v) VALUES (?, ?, ?)"
    driver.execute(write(insert, 1, 1, "a"))
    users_session.add_request_init_listener(listen)
    try:
        driver.execute(write(insert, 1, 2, None))
    finally:
        users_session.remove_request_init_listener(listen)
    assert [*seen[0].query_params] == [b"\0\0\0\x01", b"\0\0\0\x02", None]


def test_a_user_who_prepared_the_same_text_and_let_go_of_it(
    driver: CassandraDriver, users_session: Session, table: str
) -> None:
    insert = write(f"INSERT INTO {table} (id, n, v) VALUES (?, ?, ?)", 1, 1, "a")
    driver.execute(Batch((insert,)))
    users_session.execute(BatchStatement().add(users_session.prepare(insert.cql), (1, 1, "b")))
    users_session.execute(f"DROP TABLE {table}")
    users_session.execute(f"CREATE TABLE {table} (id int, n int, v text, PRIMARY KEY (id, n))")
    driver.execute(Batch((insert,)))
    assert driver.execute(read(f"SELECT v FROM {table} WHERE id = ?", 1)).rows == [("a",)]


async def test_two_hundred_under_way_a_third_of_them_cancelled(driver: CassandraDriver, table: str) -> None:
    errors: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    insert = f"INSERT INTO {table} (id, n, v) VALUES (?, ?, ?)"
    tasks = [asyncio.create_task(driver.aexecute(write(insert, 1, n, str(n)))) for n in range(200)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results[::3])
    kept = {n for n in range(200) if n % 3}
    assert not [result for n, result in enumerate(results) if n in kept and isinstance(result, BaseException)]
    found = {n for (n,) in (await driver.aexecute(read(f"SELECT n FROM {table} WHERE id = ?", 1))).rows}
    assert kept <= found
    assert errors == []


def test_loops_in_threads_and_one_after_another(driver: CassandraDriver, table: str) -> None:
    insert = f"INSERT INTO {table} (id, n, v) VALUES (?, ?, ?)"

    async def many(first: int) -> None:
        await asyncio.gather(*[driver.aexecute(write(insert, 1, n, "a")) for n in range(first, first + 50)])

    threads = [threading.Thread(target=asyncio.run, args=(many(first),)) for first in (0, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(many(100))
    assert driver.execute(read(f"SELECT count(*) FROM {table} WHERE id = ?", 1)).rows == [(150,)]


class TestContract(DriverContract):
    """The promises that every driver makes."""

    @pytest.fixture
    def driver(self, users_session: Session, keyspace: str) -> Iterator[CassandraDriver]:
        # the cases read the name of the keyspace off the class
        type(self).keyspace = keyspace
        driver = CassandraDriver(users_session)
        yield driver
        driver.close()
