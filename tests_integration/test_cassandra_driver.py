"""The adapter on a real cluster: what only a server can show, with protocols 4 and 5, profiles and the old way."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timezone
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID, uuid1, uuid4

import pytest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session, default_lbp_factory
from cassandra.query import BatchStatement, dict_factory

from coodie.cql.message import UNSET, Batch, BatchKind, Kind, Options, Statement
from coodie.cql.values import Duration, UdtValue, Unreadable
from coodie.drivers.cassandra import CassandraDriver
from coodie.drivers.connect import connect
from coodie.exceptions import (
    DriverError,
    InvalidQueryError,
    OutcomeUnknown,
    RequestRejected,
    Unavailable,
)
from coodie.testing.contract import DriverContract

from .server import Found, Node

UTC = timezone.utc
LEGACY = "ignore:Legacy execution parameters:DeprecationWarning"


def read(cql: str, *values: Any, **changes: Any) -> Statement:
    return Statement(cql, values, kind=Kind.READ, idempotent=True, **changes)


def write(cql: str, *values: Any, **changes: Any) -> Statement:
    return Statement(cql, values, **changes)


def ddl(cql: str) -> Statement:
    return Statement(cql, kind=Kind.SCHEMA)


def opened(cluster: Found, **options: Any) -> Cluster:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Cluster(cluster.hosts, cluster.port, **options)


def profiles() -> dict[Any, ExecutionProfile]:
    return {EXEC_PROFILE_DEFAULT: ExecutionProfile(load_balancing_policy=default_lbp_factory(), request_timeout=300)}


@pytest.fixture(scope="module", params=["v4, profiles", "v5, profiles", "v5, legacy"])
def users_session(cluster: Found, request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session as a user may have it: dictionaries for rows."""
    version, mode = int(request.param[1]), request.param[4:]
    if mode == "legacy":
        vendor = opened(cluster, protocol_version=version, load_balancing_policy=default_lbp_factory())
        session = vendor.connect()
        session.row_factory = dict_factory
        session.default_timeout = 300
    else:
        chosen = profiles()
        chosen[EXEC_PROFILE_DEFAULT].row_factory = dict_factory
        vendor = opened(cluster, protocol_version=version, execution_profiles=chosen)
        session = vendor.connect()
    yield session
    vendor.shutdown()


@pytest.fixture
def driver(users_session: Session) -> Iterator[CassandraDriver]:
    driver = CassandraDriver(users_session)
    yield driver
    driver.close()


@pytest.fixture
def table(driver: CassandraDriver, keyspace: str) -> str:
    """A table of its own for each test."""
    name = f"{keyspace}.t_{uuid4().hex}"
    driver.execute(ddl(f"CREATE TABLE {name} (id int, n int, v text, PRIMARY KEY (id, n))"))
    return name


MOMENT = datetime(2024, 2, 29, 12, 30, 15, 123000, tzinfo=UTC)
TYPES: list[tuple[str, Any]] = [
    ("ascii", "abc"),
    ("bigint", 2**63 - 1),
    ("blob", b"\x00\xff"),
    ("boolean", False),
    ("date", date(1, 1, 1)),
    ("decimal", Decimal("-1.50")),
    ("double", 0.1),
    ("duration", Duration(1, 2, 3_000_000_000)),
    ("float", 0.5),
    ("inet", ip_address("2001:db8::1")),
    ("inet", ip_address("10.0.0.1")),
    ("int", -1),
    ("smallint", -(2**15)),
    ("text", "grüße"),
    ("time", time(23, 59, 59, 999999)),
    ("timestamp", MOMENT),
    ("timestamp", datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
    ("timestamp", datetime(1, 1, 1, tzinfo=UTC)),
    ("timeuuid", uuid1()),
    ("tinyint", 127),
    ("uuid", UUID(int=5)),
    ("varint", -(10**30)),
    ("list<timestamp>", [MOMENT, MOMENT]),
    ("set<inet>", {ip_address("10.0.0.1")}),
    ("map<text, date>", {"a": date(2024, 1, 1)}),
    ("frozen<set<frozen<list<int>>>>", {(1, 2), (3,)}),
    ("map<frozen<list<text>>, frozen<set<time>>>", {("a", "b"): {time(1)}}),
    ("tuple<int, text, timestamp>", (1, None, MOMENT)),
    ("frozen<address>", UdtValue(street="a", zips=[1, 2], seen=None)),
    ("address", UdtValue(street="a", zips=None, seen=MOMENT)),
    ("list<frozen<address>>", [UdtValue(street=None, zips=[], seen=MOMENT)]),
    ("set<frozen<address>>", {UdtValue(street="x", zips=None, seen=MOMENT)}),
    (
        "map<text, frozen<map<int, frozen<list<frozen<address>>>>>>",
        {"a": {1: [UdtValue(street="s", zips=[3], seen=None)]}},
    ),
    ("vector<float, 3>", [0.5, -1.0, 2.0]),
    ("vector<text, 2>", ["a", "bcd"]),
    ("vector<timestamp, 1>", [MOMENT]),
    ("vector<frozen<list<int>>, 2>", [[1], [2, 3]]),
]


@pytest.fixture
def address(driver: CassandraDriver, keyspace: str) -> None:
    driver.execute(
        ddl(f"CREATE TYPE IF NOT EXISTS {keyspace}.address (street text, zips frozen<list<int>>, seen timestamp)")
    )


@pytest.mark.usefixtures("address")
def test_every_type_there_and_back(driver: CassandraDriver, keyspace: str) -> None:
    name = f"{keyspace}.types_{uuid4().hex}"
    columns = [f"c{number}" for number in range(len(TYPES))]
    types = [cql.replace("address", f"{keyspace}.address") for cql, _ in TYPES]
    declared = ", ".join(f"{column} {kind}" for column, kind in zip(columns, types, strict=True))
    driver.execute(ddl(f"CREATE TABLE {name} (id int PRIMARY KEY, {declared})"))
    marks = ", ".join("?" for _ in columns)
    insert = f"INSERT INTO {name} (id, {', '.join(columns)}) VALUES (?, {marks})"
    values = tuple(value for _, value in TYPES)
    select = read(f"SELECT {', '.join(columns)} FROM {name} WHERE id = ?", 1)
    for request in (write(insert, 1, *values), Batch((write(insert, 1, *values),))):
        driver.execute(request)
        (row,) = driver.execute(select).rows
        assert row == values
        assert [type(cell) for cell in row] == [type(value) for value in values]
        (row,) = driver.execute(read(f"SELECT {', '.join(columns)} FROM {name}")).rows
        assert row == values
    driver.execute(write(insert, 2, *[None] * len(columns)))
    assert set(driver.execute(read(select.cql, 2)).rows[0]) == {None}


def test_a_moment_that_python_cannot_hold_is_named_and_harms_no_other_request(
    driver: CassandraDriver, users_session: Session, keyspace: str
) -> None:
    name = f"{keyspace}.far_{uuid4().hex}"
    driver.execute(ddl(f"CREATE TABLE {name} (id int PRIMARY KEY, seen timestamp)"))
    users_session.execute(f"INSERT INTO {name} (id, seen) VALUES (7, 300000000000000)")
    bad, good = read(f"SELECT id, seen FROM {name} WHERE id = ?", 7), read(f"SELECT id FROM {name} WHERE id = ?", 7)

    async def both() -> list[Any]:
        return await asyncio.gather(*[driver.aexecute(r) for r in [good, bad] * 50], return_exceptions=True)

    results = asyncio.run(both())
    assert all(page.rows == [(7,)] for page in results[::2])
    for page in results[1::2]:
        ((key, cell),) = page.rows
        assert (key, type(cell), cell.number) == (7, Unreadable, 300_000_000_000_000)


@pytest.mark.parametrize(
    ("kind", "number"), [("date", 2**31 - 1), ("time", 86_399_999_999_999), ("timestamp", -(2**63))]
)
def test_a_number_that_python_has_no_value_for_comes_back(
    driver: CassandraDriver, keyspace: str, kind: str, number: int
) -> None:
    name = f"{keyspace}.far_{uuid4().hex}"
    driver.execute(ddl(f"CREATE TABLE {name} (id int PRIMARY KEY, v {kind}, many list<{kind}>)"))
    insert, select = f"INSERT INTO {name} (id, v, many) VALUES (?, ?, ?)", f"SELECT v, many FROM {name} WHERE id = ?"
    driver.execute(write(insert, 1, number, [number, 0]))
    ((found, many),) = driver.execute(read(select, 1)).rows
    assert isinstance(found, Unreadable)
    assert (found.number, many[0]) == (number, found)
    driver.execute(write(insert, 2, found, many))
    assert driver.execute(read(select, 2)).rows == [(found, many)]


def test_unset_leaves_and_null_deletes(driver: CassandraDriver, table: str) -> None:
    insert = f"INSERT INTO {table} (id, n, v) VALUES (?, ?, ?)"
    for value, expected in (("a", "a"), (UNSET, "a"), (None, None)):
        driver.execute(write(insert, 1, 1, value))
        assert driver.execute(read(f"SELECT v FROM {table} WHERE id = ?", 1)).rows == [(expected,)]


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
    driver: CassandraDriver, users_session: Session, keyspace: str
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
    assert driver.execute(select).rows[0][0]["a"] == 1


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
    driver = connect([f"{host}:{cluster.port}" for host in cluster.hosts])
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


def script(cluster: Found, body: str, *flags: str) -> None:
    """Run a program of its own that connects to the cluster."""
    hosts = ",".join(f"{host}:{cluster.port}" for host in cluster.hosts)
    head = f"""
        import asyncio, os, sys, threading
        from coodie.cql.message import Kind, Statement
        from coodie.drivers.connect import connect
        from coodie.exceptions import *
        hosts = {hosts!r}
        ask = Statement("SELECT release_version FROM system.local", kind=Kind.READ)
    """
    text = textwrap.dedent(head) + textwrap.dedent(body)
    subprocess.run([sys.executable, *flags, "-c", text], check=True, timeout=120, cwd=Path(__file__).parent)


def test_connecting_warns_of_nothing_and_leaves_no_thread(cluster: Found) -> None:
    body = """
        before = set(threading.enumerate())
        for lazy in (False, True):
            driver = connect(hosts, lazy=lazy)
            assert driver.execute(ask).rows
            driver.close()
        for attempt in (dict(hosts="127.0.0.1:1"), dict(hosts=hosts, keyspace="nope")):
            try:
                connect(**attempt)
            except (Unavailable, RequestRejected) as error:
                assert error.__cause__ is not None
        # the vendor's one reactor thread lives as long as the process
        left = [thread.name for thread in set(threading.enumerate()) - before if not thread.name.endswith("event_loop")]
        assert not left, left
    """
    # The oldest drivers use a module that Python 3.10 warns about.
    script(cluster, body, "-W", "error", "-W", "ignore:The asyncore module is deprecated:DeprecationWarning")


def test_forks(cluster: Found) -> None:
    body = """
        eager, lazy = connect(hosts), connect(hosts, lazy=True)
        eager.execute(ask), lazy.execute(ask)
        child = os.fork()
        if child == 0:
            try:
                eager.execute(ask)
            except ConfigurationError:
                os._exit(0 if asyncio.run(lazy.aexecute(ask)).rows else 2)
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        eager.execute(ask), lazy.execute(ask)
        eager.close(), lazy.close()
    """
    script(cluster, body, "-W", "ignore")


def test_a_server_that_goes_away_and_comes_back(cluster: Found) -> None:
    del cluster  # asked for only so that this is skipped where no server can be started
    with Node() as node:
        driver = connect(f"{node.host}:{node.port}", reconnection_policy=quick())
        driver.execute(ddl("CREATE KEYSPACE s WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"))
        driver.execute(ddl("CREATE TABLE s.t (id int PRIMARY KEY)"))
        insert, select = write("INSERT INTO s.t (id) VALUES (?)", 1), read("SELECT id FROM s.t WHERE id = ?", 1)
        driver.execute(insert)
        driver.execute(Batch((insert,)))
        driver.execute(select)
        node.stop()
        for request, expected in ((select, Unavailable), (insert, (Unavailable, OutcomeUnknown))):
            with pytest.raises(expected):
                driver.execute(request)
        with pytest.raises((Unavailable, OutcomeUnknown)):
            asyncio.run(driver.aexecute(Batch((insert,))))
        node.restart()
        until_it_answers(driver, select)
        driver.execute(insert)
        driver.execute(Batch((insert, insert)))
        assert driver.execute(select).rows == [(1,)]
        driver.close()


def quick() -> Any:
    from cassandra.policies import ConstantReconnectionPolicy

    return ConstantReconnectionPolicy(0.2, None)


def until_it_answers(driver: Any, request: Statement) -> None:
    pause = threading.Event()
    for _ in range(1200):
        with suppress(DriverError):
            driver.execute(request)
            return
        pause.wait(0.1)
    raise AssertionError("it never came back")
