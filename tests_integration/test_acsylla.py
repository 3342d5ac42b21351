"""The adapter for acsylla: the contract of drivers, and values that are the same as through the other one."""

from __future__ import annotations

import asyncio
import gc
import random
import threading
import weakref
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_address
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
from cassandra.cluster import Session

from coodie.aio import init_coodie
from coodie.cql.message import UNSET, Batch, BatchKind, Kind, Options, Page, Statement
from coodie.cql.values import Duration, UdtValue, Unreadable
from coodie.drivers.cassandra import CassandraDriver
from coodie.drivers.connect import aconnect, connect
from coodie.drivers.protocol import AnyDriver, AsyncDriver
from coodie.exceptions import (
    ConfigurationError,
    InvalidQueryError,
    NotSupportedByDriver,
    OutcomeUnknown,
    RequestRejected,
    Unavailable,
)
from coodie.testing.contract import DriverContract

from .conftest import Look
from .faults.net import Net
from .server import Found
from .server.ports import free_ports

pytest.importorskip("acsylla")


class TestContract(DriverContract):
    """The adapter, opened on one event loop and used on others."""

    doors = ("aio",)

    @pytest.fixture
    def driver(self, cluster: Found, keyspace: str) -> Iterator[AnyDriver]:
        type(self).keyspace = keyspace
        driver = asyncio.run(aconnect(cluster.hosts, port=cluster.port, driver="acsylla"))
        yield driver
        assert isinstance(driver, AsyncDriver)
        asyncio.run(driver.aclose())


@pytest.fixture
async def driver(cluster: Found, keyspace: str) -> AsyncIterator[AsyncDriver]:
    found = await aconnect(cluster.hosts, port=cluster.port, driver="acsylla", keyspace=keyspace)
    assert isinstance(found, AsyncDriver)
    yield found
    await found.aclose()


@pytest.fixture
def other(session: Session) -> CassandraDriver:
    return CassandraDriver(session)


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[misc,arg-type]


EXACT: dict[str, list[Any]] = {
    "ascii": ["", "a\0b"],
    "date": [date(1, 1, 1), date(9999, 12, 31), Unreadable("", 3_000_000), Unreadable("", -(2**31))],
    "decimal": [Decimal("1.00"), Decimal("-123456789.123456789"), Decimal("1E+30"), Decimal("0.0")],
    "double": [float("nan"), float("-inf"), -0.0, 5e-324],
    "duration": [Duration(0, 0, 0), Duration(-1, -2, -3), Duration(2**31 - 1, 0, 2**63 - 1)],
    "float": [float("nan"), 3.4028234663852886e38],
    "inet": [ip_address("1.2.3.4"), ip_address("::ffff:1.2.3.4")],
    "text": ["", "a\0b", "\U0001f600"],
    "time": [time(23, 59, 59, 999999), Unreadable("", 86_399_999_999_999), Unreadable("", 1)],
    "timestamp": [
        moment(2020, 1, 1, 0, 0, 0, 123000),
        moment(1, 1, 1, 0, 0, 0, 1000),
        moment(9999, 12, 31, 23, 59, 59, 999000),
        Unreadable("", 2**62),
    ],
    "varint": [0, -1, 128, -129, 10**40],
    "vector<text, 2>": [["a", "\u00e9"]],
    "list<text>": [["a\0b", ""]],
    "set<timestamp>": [{moment(2241, 12, 31, 1, 2, 3, 457000)}],
    "map<text, frozen<map<text, blob>>>": [{"a": {"x": b"\0"}, "b": {}}],
    "frozen<list<int>>": [[], [1]],
    "frozen<tuple<int, text, duration>>": [(1, None, Duration(1, 2, 3)), (None, "", None)],
    "frozen<tuple<int, frozen<set<int>>>>": [(1, {3, 1, 2})],
    "list<frozen<vector<float, 2>>>": [[[1.0, -0.5]]],
    "list<time>": [[time(1, 2, 3, 5), Unreadable("", 1)]],
    "frozen<address>": [UdtValue(street="x", since=date(2020, 1, 2), id=UUID(int=7), n=10**30)],
}


@pytest.mark.parametrize("kind", EXACT)
async def test_values_are_those_of_the_other_driver(
    driver: AsyncDriver, other: CassandraDriver, keyspace: str, kind: str
) -> None:
    """Each value that one driver writes, the other one reads, in both directions."""
    await schema(driver, "CREATE TYPE IF NOT EXISTS address (street text, since date, id uuid, n varint)")
    column = f"c{list(EXACT).index(kind)}"
    table = f"{keyspace}.exact_{column}"
    await schema(driver, f"CREATE TABLE IF NOT EXISTS {table} (id int PRIMARY KEY, {column} {kind})")
    insert, select = f"INSERT INTO {table} (id, {column}) VALUES (?, ?)", f"SELECT {column} FROM {table} WHERE id = ?"
    for value in EXACT[kind]:
        await driver.aexecute(Statement(insert, (1, value)))
        other.execute(Statement(insert, (2, value)))
        for key in (1, 2):
            question = Statement(select, (key,), kind=Kind.READ)
            page = await driver.aexecute(question)
            assert page.columns == (column,)
            assert repr(list(page.rows)) == repr(list(other.execute(question).rows))


async def test_moments_are_exact_to_the_last_digit(driver: AsyncDriver, other: CassandraDriver, keyspace: str) -> None:
    """The vendor takes seconds, which a float cannot hold exactly."""
    await schema(driver, f"CREATE TABLE IF NOT EXISTS {keyspace}.moments (id int PRIMARY KEY, at timestamp, day time)")
    chance, first, last = random.Random(5), moment(1, 1, 1), datetime.max.replace(tzinfo=timezone.utc)
    times = [first + chance.random() * (last - first) for _ in range(200)]
    times += [moment(1970, 1, 1) + timedelta(milliseconds=number) for number in range(-50, 50)]
    times = [at.replace(microsecond=at.microsecond // 1000 * 1000) for at in times]
    rows = [(number, at, at.time()) for number, at in enumerate(times)]
    insert = f"INSERT INTO {keyspace}.moments (id, at, day) VALUES (?, ?, ?)"
    await asyncio.gather(*[driver.aexecute(Statement(insert, row)) for row in rows])

    found = other.execute(Statement(f"SELECT id, at, day FROM {keyspace}.moments", kind=Kind.READ)).rows
    assert sorted(found) == [
        (number, at.replace(microsecond=at.microsecond // 1000 * 1000), of) for number, at, of in rows
    ]


NUMBERS: dict[str, list[Any]] = {
    "tinyint": [2**7, -(2**7) - 1, True, 1.0],
    "smallint": [2**15, -(2**15) - 1, True],
    "int": [2**31, -(2**31) - 1, True, "1"],
    "bigint": [2**63, -(2**63) - 1, True],
    "float": [1e39, True],
    "double": [10**400, True, "1"],
    "boolean": [1],
    "text": ["\ud800", b"a"],
    "blob": ["a"],
    "uuid": ["00000000-0000-0000-0000-000000000007"],
    "timeuuid": [UUID(int=7)],
}


@pytest.mark.parametrize("kind", NUMBERS)
async def test_what_one_driver_refuses_the_other_one_refuses_in_the_same_words(
    driver: AsyncDriver, other: CassandraDriver, keyspace: str, kind: str
) -> None:
    """The vendor would take some of these values."""
    table = f"{keyspace}.refused_{kind}"
    await schema(driver, f"CREATE TABLE IF NOT EXISTS {table} (id int PRIMARY KEY, v {kind})")
    for value in NUMBERS[kind]:
        request = Statement(f"INSERT INTO {table} (id, v) VALUES (?, ?)", (1, value))
        with pytest.raises(InvalidQueryError) as here:
            await driver.aexecute(request)
        with pytest.raises(InvalidQueryError) as there:
            other.execute(request)
        assert str(here.value) == str(there.value)


async def schema(driver: AsyncDriver, cql: str) -> None:
    await driver.aexecute(Statement(cql, kind=Kind.SCHEMA))


async def read(driver: AsyncDriver, cql: str, *values: Any, **options: Any) -> Page:
    return await driver.aexecute(Statement(cql, values, kind=Kind.READ, options=Options(**options)))


@pytest.fixture
async def priced(driver: AsyncDriver) -> None:
    """A table with a value that goes as bytes, and two that cannot be read."""
    await schema(
        driver,
        "CREATE TABLE IF NOT EXISTS priced (id int PRIMARY KEY, price decimal, several list<decimal>, "
        "pairs set<frozen<list<int>>>)",
    )


@pytest.mark.usefixtures("priced")
async def test_unset_and_null_where_a_statement_goes_as_bytes(driver: AsyncDriver) -> None:
    """A statement with a decimal knows unset and null, alone and in a batch."""
    insert = "INSERT INTO priced (id, price, several) VALUES (?, ?, ?)"
    await driver.aexecute(Statement(insert, (1, Decimal("1.50"), [Decimal(1)])))
    await driver.aexecute(Batch((Statement(insert, (1, UNSET, None)),), BatchKind.UNLOGGED))

    assert (await read(driver, "SELECT price, sum(price) AS total FROM priced WHERE id = ?", 1)).rows == [
        (Decimal("1.50"), Decimal("1.50"))
    ]


@pytest.mark.usefixtures("priced")
@pytest.mark.parametrize(
    ("cql", "feature"),
    [
        ("SELECT several FROM priced", "reading list<decimal>"),
        ("SELECT * FROM priced", "reading set"),
        ("SELECT pairs FROM priced", "a set"),
        ("SELECT intasblob(id), id + 1 FROM priced", "an expression"),
    ],
)
async def test_what_it_cannot_read_is_refused_by_name(driver: AsyncDriver, cql: str, feature: str) -> None:
    """The refusal names the driver and what it cannot do, and nothing is sent."""
    with pytest.raises(NotSupportedByDriver, match=feature) as refused:
        await read(driver, cql)
    assert "acsylla" in str(refused.value)
    assert isinstance(refused.value, NotImplementedError)


@pytest.mark.usefixtures("priced")
async def test_an_answer_that_holds_what_it_cannot_read_is_there(driver: AsyncDriver) -> None:
    """The outcome of a condition is never hidden by a value beside it."""
    insert = Statement(
        "INSERT INTO priced (id, price) VALUES (?, ?) IF NOT EXISTS", (5, Decimal("1.5")), kind=Kind.CONDITIONAL
    )
    await driver.aexecute(insert)
    page = await driver.aexecute(insert)

    row = dict(zip(page.columns, page.rows[0], strict=True))
    assert (row["[applied]"], row["id"]) == (False, 5)
    assert isinstance(row["price"], Unreadable)


async def test_years_that_python_has_not_are_named_in_a_collection(driver: AsyncDriver) -> None:
    """The value of the row is unreadable, and says why; the rest of it is there."""
    await schema(driver, "CREATE TABLE IF NOT EXISTS late (id int PRIMARY KEY, many list<timestamp>)")
    await driver.aexecute(Statement("INSERT INTO late (id, many) VALUES (?, [253402300800000])", (1,)))
    ((key, many),) = (await read(driver, "SELECT id, many FROM late")).rows
    assert (key, type(many)) == (1, Unreadable)
    assert "years 1 to 9999" in many.why


@pytest.mark.usefixtures("priced")
@pytest.mark.parametrize("value", ["1.50", 1.5, None.__class__])
async def test_a_wrong_value_is_refused_before_anything_is_sent(driver: AsyncDriver, value: Any) -> None:
    """The driver converts less than the vendor would: what does not fit is an error that names the mark."""
    with pytest.raises(InvalidQueryError, match=r"value 1, id \(int\)"):
        await driver.aexecute(Statement("INSERT INTO priced (id) VALUES (?)", (value,)))


@pytest.mark.usefixtures("priced")
async def test_a_wrong_value_leaves_other_texts_prepared(driver: AsyncDriver) -> None:
    """Only its own text is prepared again, in case that the table has other types by now."""
    select = Statement("SELECT id FROM priced WHERE id = ?", (1,), kind=Kind.READ)
    insert = Statement("INSERT INTO priced (id) VALUES (?)", (1,))
    assert [(await driver.aexecute(each)).prepared for each in (select, insert, insert)] == [1, 1, 0]
    with pytest.raises(InvalidQueryError):
        await driver.aexecute(Statement(insert.cql, ("1",)))
    assert (await driver.aexecute(select)).prepared == 0


async def test_a_table_that_is_made_anew_has_its_new_types(driver: AsyncDriver, look: Look) -> None:
    """Types that were read before a change of the schema are not used after it."""
    await schema(driver, "CREATE TABLE IF NOT EXISTS anew (id int PRIMARY KEY, v text)")
    insert, select = "INSERT INTO anew (id, v) VALUES (?, ?)", "SELECT v FROM anew WHERE id = ?"
    await driver.aexecute(Statement(insert, (1, "x")))
    await read(driver, select, 1)
    await schema(driver, "DROP TABLE anew")
    await schema(driver, "CREATE TABLE anew (id int PRIMARY KEY, v uuid)")
    await driver.aexecute(Statement(insert, (1, UUID(int=7))))

    assert (await read(driver, select, 1)).rows == [(UUID(int=7),)]


async def test_errors_are_coodies_with_the_vendors_as_cause(driver: AsyncDriver) -> None:
    """A refusal of the server is not sent again; a condition without an answer is unknown."""
    with pytest.raises(RequestRejected) as rejected:
        await read(driver, "SELECT a FROM no_such_table")
    assert rejected.value.__cause__ is not None
    assert rejected.value.__cause__.__class__.__module__.startswith("acsylla")
    with pytest.raises(RequestRejected, match="aging state"):
        await read(driver, "SELECT key FROM system.local", paging_state=b"x")


async def test_a_connection_that_is_closed_ends_what_is_in_flight(cluster: Found, keyspace: str) -> None:
    """Closing waits for no answer; afterwards each call says that the connection is closed."""
    driver = await aconnect(cluster.hosts, port=cluster.port, driver="acsylla", keyspace=keyspace)
    assert isinstance(driver, AsyncDriver)
    await schema(driver, "CREATE TABLE IF NOT EXISTS closing (id int PRIMARY KEY)")
    insert = Statement("INSERT INTO closing (id) VALUES (?)", (1,))
    await driver.aexecute(insert)
    tasks = [asyncio.ensure_future(driver.aexecute(insert)) for _ in range(20)]
    await asyncio.sleep(0)
    await asyncio.gather(driver.aclose(), driver.aclose())

    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(each) for each in found} <= {Page, OutcomeUnknown, ConfigurationError}
    with pytest.raises(ConfigurationError, match="closed"):
        await driver.aexecute(insert)


def test_a_loop_that_ends_with_calls_under_way_leaves_nothing_behind(cluster: Found) -> None:
    """What waited there is let go, and other loops are served as before."""
    driver = asyncio.run(aconnect(cluster.hosts, port=cluster.port, driver="acsylla"))
    assert isinstance(driver, AsyncDriver)
    question = Statement("SELECT key FROM system.local WHERE key = ?", ("local",), kind=Kind.READ)
    served = asyncio.run(driver.aexecute(question)).rows

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _, context: None)  # it complains of tasks that are destroyed
    left = weakref.WeakSet(loop.create_task(driver.aexecute(question)) for _ in range(20))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    del loop
    deadline = monotonic() + 20
    while left:
        assert monotonic() < deadline
        assert asyncio.run(driver.aexecute(question)).rows == served
        gc.collect()
    asyncio.run(driver.aclose())


async def test_a_caller_who_is_cancelled_while_it_connects_leaves_nothing_open(cluster: Found) -> None:
    """The vendor would hang; coodie lets it finish, and closes it."""
    before = set(threading.enumerate())
    opening = asyncio.ensure_future(aconnect(cluster.hosts, port=cluster.port, driver="acsylla"))
    begun: set[threading.Thread] = set()
    while not begun:  # until the thread of the session has started
        await asyncio.sleep(0)
        begun = {each for each in threading.enumerate() if each.name == "coodie-acsylla"} - before
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    (thread,) = begun
    await asyncio.to_thread(thread.join, 120)
    assert not thread.is_alive()


async def test_no_connection_is_told_as_with_the_other_driver(cluster: Found, closed_port: int) -> None:
    """No host, an unknown keyspace, and the sync API."""
    with pytest.raises(Unavailable, match="no connection to"):
        await init_coodie("127.0.0.1", port=closed_port, driver="acsylla", name="none")
    with pytest.raises(RequestRejected, match="keyspace 'no_such_keyspace' cannot be used"):
        await init_coodie(cluster.hosts, port=cluster.port, keyspace="no_such_keyspace", driver="acsylla", name="none")
    with pytest.raises(ConfigurationError, match=r"'acsylla' cannot serve coodie\.sync"):
        connect(cluster.hosts, port=cluster.port, driver="acsylla")


async def test_the_schema_of_a_server_that_is_reached_by_another_address_than_its_own(
    cluster: Found, keyspace: str
) -> None:
    """As behind a forwarded port of a container."""
    here = ("127.0.0.5", free_ports(1, ["127.0.0.5"])[0])
    with Net() as net:
        gate = net.gate(here, (cluster.hosts[0], cluster.port))
        driver = await aconnect([here[0]], port=here[1], driver="acsylla", keyspace=keyspace, schema_timeout=20)
        assert isinstance(driver, AsyncDriver)
        await driver.aexecute(Statement("CREATE TABLE forwarded (id int PRIMARY KEY)", kind=Kind.SCHEMA))
        await driver.aexecute(Statement("INSERT INTO forwarded (id) VALUES (?)", (1,)))
        await driver.aclose()
        gate.shut()
