"""The test cases that every driver must pass, to be inherited by the tests of a driver.

::

    class TestMyDriver(DriverContract):
        @pytest.fixture
        def driver(self):
            with my_driver() as driver:
                yield driver

Each case uses the border only: ``execute``, ``aexecute``, ``close``, ``aclose``. The cases are written for a driver
over a real cluster; the attributes of the class say what a driver cannot do. A case goes by ``execute`` where the
driver has it, else by ``aexecute``, each time on an event loop of its own; one about the event loop by the latter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from coodie._errors import CoodieError, InvalidQueryError
from coodie.cql.message import UNSET, Batch, BatchKind, Kind, Mark, Options, Page, Request, Statement
from coodie.cql.natives import NATIVES
from coodie.cql.types import UUID_TYPE, CqlType, parse_type
from coodie.drivers.errors import DriverError
from coodie.drivers.protocol import AnyDriver, AsyncDriver, SyncDriver, started

VALUES: Final[dict[str, Any]] = {
    # Counters need tables of their own.
    **{name: row.example for name, row in NATIVES.items() if name != "counter"},
    "list<int>": [2, 1],
    "set<text>": {"b", "a"},
    "map<text, int>": {"b": 1, "a": 2},
    "frozen<tuple<int, text>>": (1, None),
}
"""One value of each CQL type, as it crosses the border in both directions."""

NOTHING: Final[Mapping[str, Any]] = {}
_TABLE: Final = "coodie_contract"
_COLUMNS: Final = tuple(f"c{at}" for at in range(len(VALUES)))
_TYPES: Final[tuple[CqlType, ...]] = tuple(map(parse_type, VALUES))


class DriverContract:
    """Test methods for a driver; override the ``driver`` fixture, and attributes that do not apply.

    ``keyspace`` must be there and is written to: the cases make their own tables in it. ``stores`` is False for a
    driver that keeps nothing, such as a recorder: then what was written is not read back. ``rejected`` is a request
    that the server behind the driver refuses; None if nothing does. ``doors`` are those that the driver serves.
    """

    keyspace: str = "coodie_contract"
    stores: bool = True
    doors: tuple[str, ...] = ("sync", "aio")
    rejected: Request | None = Statement("SELECT nothing FROM coodie_contract.no_such_table", kind=Kind.READ)

    @pytest.fixture
    def driver(self) -> Iterator[AnyDriver]:
        """The driver under test, created for each case."""
        raise NotImplementedError("override the driver fixture")

    @pytest.fixture
    def table(self, driver: AnyDriver) -> str:
        """A table with a key and a column of each type."""
        name = f"{self.keyspace}.{_TABLE}"
        columns = ", ".join(f"{column} {kind}" for column, kind in zip(_COLUMNS, _TYPES, strict=True))
        _execute(driver, _ddl(f"CREATE TABLE IF NOT EXISTS {name} (id uuid, n int, {columns}, PRIMARY KEY (id, n))"))
        return name

    def test_it_has_its_flavours(self, driver: AnyDriver) -> None:
        """It fits the protocols that the registry asks for: those of its doors, and no other."""
        assert isinstance(driver, SyncDriver) is ("sync" in self.doors)
        assert isinstance(driver, AsyncDriver) is ("aio" in self.doors)

    def test_a_write_gives_a_page_without_rows(self, driver: AnyDriver, table: str) -> None:
        """A plain write has an empty answer."""
        page = _execute(driver, _insert(table, uuid4()))

        assert isinstance(page, Page)
        assert list(page.rows) == []
        assert page.paging_state is None

    def test_a_change_of_the_schema_gives_a_page(self, driver: AnyDriver, table: str) -> None:
        """DDL is sent by the same method, and may be sent again."""
        page = _execute(driver, _ddl(f"CREATE TABLE IF NOT EXISTS {table}_2 (id uuid PRIMARY KEY)"))

        assert list(page.rows) == []

    @pytest.mark.parametrize("kind", [BatchKind.LOGGED, BatchKind.UNLOGGED])
    def test_a_batch_gives_a_page(self, driver: AnyDriver, table: str, kind: BatchKind) -> None:
        """A batch is one request."""
        key = uuid4()
        batch = Batch((_insert(table, key, 1), _insert(table, key, 2)), kind)

        assert list(_execute(driver, batch).rows) == []
        if self.stores:
            assert sorted(row[0] for row in _execute(driver, _select(table, key)).rows) == [1, 2]

    def test_a_timestamp_of_a_batch_holds_for_its_statements(self, driver: AnyDriver, table: str) -> None:
        """The timestamp of a batch, in microseconds, applies to each statement without its own."""
        key = uuid4()
        _execute(driver, Batch((_insert(table, key, columns={"c0": "new"}),), timestamp=2_000_000))
        _execute(driver, Batch((_insert(table, key, columns={"c0": "old"}),), timestamp=1_000_000))

        if self.stores:
            assert _execute(driver, _select(table, key, "c0")).rows[0] == ("new",)

    @pytest.mark.parametrize("cql_type", VALUES)
    def test_a_value_comes_back_as_it_went(self, driver: AnyDriver, table: str, cql_type: str) -> None:
        """Each CQL type has one Python type at the border, both ways."""
        key, column, value = uuid4(), _COLUMNS[list(VALUES).index(cql_type)], VALUES[cql_type]
        _execute(driver, _insert(table, key, columns={column: value}))

        if self.stores:
            page = _execute(driver, _select(table, key, column))
            assert page.columns == (column,)
            assert tuple(page.rows[0]) == (value,)
            assert type(page.rows[0][0]) is type(value)

    def test_unset_leaves_a_column_and_null_deletes_it(self, driver: AnyDriver, table: str) -> None:
        """Unset leaves a column unchanged; null deletes it."""
        key, text, number = uuid4(), *(_COLUMNS[list(VALUES).index(name)] for name in ("text", "int"))
        _execute(driver, _insert(table, key, columns={text: "kept", number: 5}))
        _execute(driver, _insert(table, key, columns={text: UNSET, number: None}))

        if self.stores:
            assert tuple(_execute(driver, _select(table, key, f"{text}, {number}")).rows[0]) == ("kept", None)

    def test_a_value_that_does_not_fit_is_refused(self, driver: AnyDriver, table: str) -> None:
        """An invalid value is refused before anything is sent, with the name of the column."""
        column = _COLUMNS[list(VALUES).index("tinyint")]
        with pytest.raises(InvalidQueryError, match=column):
            _execute(driver, _insert(table, uuid4(), columns={column: 1000}))

    def test_one_request_gives_one_page(self, driver: AnyDriver, table: str) -> None:
        """The driver returns the paging state and keeps none itself."""
        if not self.stores:
            pytest.skip("the driver keeps nothing that could be read by page")
        key = uuid4()
        _execute(driver, Batch(tuple(_insert(table, key, number) for number in range(5))))

        found: list[int] = []
        state: bytes | None = None
        for _ in range(4):
            request = _select(table, key).with_options(Options(fetch_size=2, paging_state=state))
            page = _execute(driver, request)
            assert len(page.rows) <= 2
            found += [row[0] for row in page.rows]
            state = page.paging_state
            if state is None:
                break

        assert found == [0, 1, 2, 3, 4]
        assert state is None

        page = _execute(driver, _select(table, key).with_options(Options(fetch_size=0)))
        assert [row[0] for row in page.rows] == [0, 1, 2, 3, 4]
        assert page.paging_state is None

    def test_an_error_is_coodie_s_and_carries_its_request(self, driver: AnyDriver, table: str) -> None:
        """All errors are coodie's, never the vendor's."""
        if self.rejected is None:
            pytest.skip("nothing refuses a request of this driver")
        with pytest.raises(DriverError) as caught:
            _execute(driver, self.rejected)

        assert caught.value.request == self.rejected

    def test_both_flavours_do_the_same(self, driver: AnyDriver, table: str) -> None:
        """One driver serves both APIs, and several event loops in succession."""
        driver = _async(driver)
        key = uuid4()
        for number in range(2):
            assert list(asyncio.run(driver.aexecute(_insert(table, key, number))).rows) == []

        if self.stores:
            page = asyncio.run(driver.aexecute(_select(table, key)))
            assert [row[0] for row in page.rows] == [0, 1]

    def test_the_loop_is_never_blocked(self, driver: AnyDriver, table: str) -> None:
        """Other tasks run while a request is in progress, even if its text must be prepared first."""
        driver = _async(driver)

        async def run() -> bool:
            ran = asyncio.Event()
            request = _insert(table, uuid4(), columns={_COLUMNS[0]: "not prepared before"})
            asyncio.get_running_loop().call_soon(ran.set)
            await driver.aexecute(request)
            return ran.is_set()

        assert asyncio.run(run())

    def test_a_cancelled_call_leaves_nothing_behind(self, driver: AnyDriver, table: str) -> None:
        """After a cancelled call, no error reaches the loop's handler, and the next call works."""
        driver = _async(driver)
        complaints: list[dict[str, Any]] = []

        async def run() -> Page:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
            tasks = [asyncio.ensure_future(driver.aexecute(_insert(table, uuid4()))) for _ in range(10)]
            await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return await driver.aexecute(_insert(table, uuid4()))

        assert list(asyncio.run(run()).rows) == []
        assert complaints == []

    def test_threads_share_it(self, driver: AnyDriver, table: str) -> None:
        """The driver is thread-safe."""
        key = uuid4()

        def write(number: int) -> None:
            _execute(driver, _insert(table, key, number))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(200)))

        if self.stores:
            assert _execute(driver, _select(table, key)).rows[-1][0] == 199

    def test_many_requests_are_started_in_one_thread(self, driver: AnyDriver, table: str) -> None:
        """Each started request is ready once and has its own answer, which may be fetched before it is ready."""
        if not isinstance(driver, SyncDriver):
            pytest.skip("the driver does not serve coodie.sync")
        ready: SimpleQueue[UUID] = SimpleQueue()
        keys = [uuid4() for _ in range(100)]
        finish = {key: started(driver, _insert(table, key, 7), partial(ready.put, key)) for key in keys}
        assert sorted(ready.get(timeout=60) for _ in keys) == sorted(keys)
        assert [list(finish[key]().rows) for key in keys] == [[]] * 100
        if self.stores:
            early = started(driver, _select(table, keys[3]), partial(ready.put, keys[3]))
            assert early().rows[0][0] == 7
            assert ready.get(timeout=60) == keys[3]
        assert ready.empty()

    def test_the_error_of_a_started_request_is_coodie_s(self, driver: AnyDriver, table: str) -> None:
        """It is raised by starting the request or by fetching its answer, and then the driver is as before."""
        if self.rejected is None or not isinstance(driver, SyncDriver):
            pytest.skip("nothing refuses a request of this driver")
        with pytest.raises(DriverError) as caught:
            started(driver, self.rejected, list)()

        assert caught.value.request == self.rejected

    def test_closing_twice_is_harmless(self, driver: AnyDriver) -> None:
        """Closing twice is allowed, both sync and async."""
        for _ in range(2):
            _close(driver)
        if isinstance(driver, AsyncDriver):
            asyncio.run(driver.aclose())

    def test_a_closed_driver_says_so_or_works(self, driver: AnyDriver, table: str) -> None:
        """A closed driver neither hangs nor raises an error of the vendor."""
        _close(driver)
        try:
            _execute(driver, _insert(table, uuid4()))
        except CoodieError as error:
            assert str(error)  # noqa: PT017 - either is right


def _execute(driver: AnyDriver, request: Request) -> Page:
    return driver.execute(request) if isinstance(driver, SyncDriver) else asyncio.run(driver.aexecute(request))


def _close(driver: AnyDriver) -> None:
    if isinstance(driver, SyncDriver):
        driver.close()
    else:
        asyncio.run(driver.aclose())


def _async(driver: AnyDriver) -> AsyncDriver:
    if not isinstance(driver, AsyncDriver):
        pytest.skip("the driver does not serve coodie.aio")
    return driver


def _ddl(text: str) -> Statement:
    return Statement(text, kind=Kind.SCHEMA)


def _insert(table: str, key: UUID, number: int = 0, columns: Mapping[str, Any] = NOTHING) -> Statement:
    names = ("id", "n", *columns)
    types = dict(zip(_COLUMNS, _TYPES, strict=True))
    marks = (Mark("id", UUID_TYPE), Mark("n", parse_type("int")), *(Mark(name, types[name]) for name in columns))
    text = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})"
    return Statement(text, (key, number, *columns.values()), marks, idempotent=True)


def _select(table: str, key: UUID, columns: str = "n") -> Statement:
    text = f"SELECT {columns} FROM {table} WHERE id = ?"
    return Statement(text, (key,), (Mark("id", UUID_TYPE),), Kind.READ, idempotent=True)
