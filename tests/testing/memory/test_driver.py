"""The in-memory Cassandra as a driver: what every driver promises, and what a test does with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Annotated, Any

import pytest
import trio

from coodie.cql.message import Options, Statement
from coodie.cql.values import Unreadable
from coodie.drivers.errors import OutcomeUnknown, RequestRejected, ServerFailure
from coodie.exceptions import CoodieError, InvalidQueryError
from coodie.fields import PrimaryKey
from coodie.sync import Document
from coodie.testing import Clock, MemoryDriver, NotSupportedByMemoryDriver, RecordingDriver, faults
from coodie.testing.contract import DriverContract

SCHEMA = """
CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
USE shop;
CREATE TABLE items (shelf int, place int, name text, PRIMARY KEY (shelf, place));
"""


class Thing(Document):
    id: Annotated[int, PrimaryKey()]


@pytest.fixture
def memory() -> MemoryDriver:
    memory = MemoryDriver(clock=Clock())
    memory.run(SCHEMA)
    return memory


class TestMemoryDriver(DriverContract):
    @pytest.fixture
    def driver(self) -> Iterator[MemoryDriver]:
        memory = MemoryDriver()
        memory.run(
            "CREATE KEYSPACE coodie_contract WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
        )
        yield memory
        memory.close()


class TestRecordedMemoryDriver(DriverContract):
    @pytest.fixture
    def driver(self) -> Iterator[RecordingDriver]:
        memory = MemoryDriver()
        memory.run(
            "CREATE KEYSPACE coodie_contract WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
        )
        yield RecordingDriver(memory)
        memory.close()


def test_rows_come_in_the_server_s_order(memory: MemoryDriver) -> None:
    memory.run("INSERT INTO items (shelf, place) VALUES (2, 1); INSERT INTO items (shelf, place) VALUES (1, 2)")
    memory.run("INSERT INTO items (shelf, place) VALUES (1, 1)")

    assert [(row["shelf"], row["place"]) for row in memory.rows("items")] == [(1, 1), (1, 2), (2, 1)]


def test_a_snapshot_stays_as_it_is_and_can_be_restored_again_and_again(memory: MemoryDriver) -> None:
    memory.run("INSERT INTO items (shelf, place, name) VALUES (1, 1, 'tea')")
    state = memory.snapshot()
    for _ in range(2):
        memory.run("UPDATE items SET name = 'salt' WHERE shelf = 1 AND place = 1; DROP TABLE items")
        memory.restore(state)
        assert memory.rows("items") == [{"shelf": 1, "place": 1, "name": "tea"}]


def test_a_fork_goes_its_own_way(memory: MemoryDriver) -> None:
    memory.run("INSERT INTO items (shelf, place, name) VALUES (1, 1, 'tea')")
    other = memory.fork()
    other.run("UPDATE items SET name = 'salt' WHERE shelf = 1 AND place = 1")
    memory.run("DELETE FROM items WHERE shelf = 1")

    assert memory.rows("items") == []
    assert [row["name"] for row in other.rows("items")] == ["salt"]


def test_the_clock_ends_what_has_a_ttl(memory: MemoryDriver) -> None:
    memory.run("INSERT INTO items (shelf, place, name) VALUES (1, 1, 'tea') USING TTL 10")
    memory.clock.tick(9)
    assert memory.execute(Statement("SELECT ttl(name) FROM items")).rows == [(1,)]
    memory.clock.tick(1)
    assert memory.rows("items") == []


def test_a_running_clock_goes_with_the_computer_s() -> None:
    assert abs(Clock.running().now().timestamp() - MemoryDriver().clock.now().timestamp()) < 60


def test_a_fault_that_may_have_been_applied_acts_on_real_data(memory: MemoryDriver) -> None:
    recorder = RecordingDriver(memory)
    recorder.on("insert").raises(faults.write_timeout(), applied=True)
    with pytest.raises(OutcomeUnknown):
        recorder.execute(Statement("INSERT INTO items (shelf, place) VALUES (1, 1)"))

    assert len(memory.rows("items")) == 1


def test_an_error_is_what_the_server_says_with_the_protocol_s_code(memory: MemoryDriver) -> None:
    with pytest.raises(RequestRejected, match=r"Undefined column name nope in table shop\.items") as caught:
        memory.execute(Statement("SELECT nope FROM items"))

    assert isinstance(caught.value.__cause__, faults.ServerError)
    assert caught.value.__cause__.code == 0x2200


def test_what_it_has_not_got_is_named(memory: MemoryDriver) -> None:
    with pytest.raises(NotSupportedByMemoryDriver, match="masked columns"):
        memory.run("CREATE TABLE secrets (id int PRIMARY KEY, text text MASKED WITH DEFAULT)")


def test_a_page_goes_on_after_a_row_and_not_at_a_number(memory: MemoryDriver) -> None:
    for place in (1, 2, 3):
        memory.run(f"INSERT INTO items (shelf, place) VALUES (1, {place})")
    query = Statement("SELECT place FROM items", options=Options(fetch_size=2))
    first = memory.execute(query)
    memory.run("DELETE FROM items WHERE shelf = 1 AND place = 1")
    second = memory.execute(query.with_options(Options(fetch_size=2, paging_state=first.paging_state)))

    assert (first.rows, second.rows) == ([(1,), (2,)], [(3,)])


FULL = """
CREATE KEYSPACE "Full" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
USE "Full";
CREATE TYPE home (street text, "No" int);
CREATE TABLE people (id uuid, n int, s int static, name text, "Homes" map<text, frozen<home>>, tags set<text>,
    log list<int>, at home, pair tuple<int, text>, PRIMARY KEY (id, n)) WITH CLUSTERING ORDER BY (n DESC);
CREATE INDEX ON people (name);
CREATE TABLE visits (page text PRIMARY KEY, count counter);
INSERT INTO people (id, n, s, name, "Homes", tags, log, at, pair) VALUES (00000000-0000-0000-0000-000000000007, 1, 5,
    'O''Hara', {'a': {street: 'High', "No": 1}}, {'x', 'y'}, [2, 1], {street: 'Low'}, (1, null));
UPDATE people SET name = 'no marker' WHERE id = 00000000-0000-0000-0000-000000000007 AND n = 2;
INSERT INTO people (id, n, name) VALUES (00000000-0000-0000-0000-000000000007, 3, 'short') USING TTL 60;
UPDATE visits SET count = count + 3 WHERE page = 'home';
"""


@pytest.mark.parametrize("cells", [False, True])
def test_a_dump_builds_the_same_again(cells: bool) -> None:
    memory = MemoryDriver(clock=Clock())
    memory.run(FULL)
    again = MemoryDriver(clock=Clock())
    again.run(memory.dump(cells=cells))

    for table in ('"Full".people', '"Full".visits'):
        assert again.rows(table) == memory.rows(table)
    assert again.dump() == memory.dump()
    again.clock.tick(60)
    assert len(again.rows('"Full".people')) == 2


def test_rows_are_loaded_by_column(memory: MemoryDriver) -> None:
    memory.run("CREATE TABLE visits (page text PRIMARY KEY, count counter)")
    memory.load({"items": [{"shelf": 1, "place": 1, "name": "tea"}], "shop.visits": [{"page": "home", "count": 2}]})

    assert memory.rows("items") == [{"shelf": 1, "place": 1, "name": "tea"}]
    assert memory.rows("visits") == [{"page": "home", "count": 2}]
    with pytest.raises(InvalidQueryError, match="name"):
        memory.load({"items": [{"shelf": 1, "place": 1, "name": 7}]})


def test_a_pause_moves_its_clock_and_nobody_sleeps() -> None:
    memory = MemoryDriver(clock=(clock := Clock()))
    memory.run("CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    before = clock.now()
    with RecordingDriver(memory, keyspace="shop") as recorder:
        recorder.on("create").raises(faults.client_timeout()).times(2)
        Thing.sync_table()
    assert (clock.now() - before).total_seconds() == 0.25 + 0.5


def test_it_works_under_trio_as_under_asyncio() -> None:
    memory = MemoryDriver()
    assert trio.run(memory.aexecute, Statement("SELECT key FROM system.local")).rows == [("local",)]


def test_a_counter_that_was_deleted_with_its_row_is_not_added_to(memory: MemoryDriver) -> None:
    """A server may come back to the old value, or not: no answer would be right."""
    memory.run("CREATE TABLE visits (page text PRIMARY KEY, count counter)")
    memory.load({"visits": [{"page": "home", "count": 2}, {"page": "other", "count": 1}]})
    memory.run("DELETE FROM visits WHERE page = 'home'; UPDATE visits SET count = count + 1 WHERE page = 'other'")
    assert memory.rows("visits") == [{"page": "other", "count": 2}]

    with pytest.raises(NotSupportedByMemoryDriver, match="adding to a counter whose row was deleted"):
        memory.run("UPDATE visits SET count = count + 1 WHERE page = 'home'")


def test_a_deletion_of_a_conditional_batch_leaves_what_the_batch_writes(memory: MemoryDriver) -> None:
    memory.run("INSERT INTO items (shelf, place, name) VALUES (1, 2, 'old')")
    memory.run(
        "BEGIN BATCH INSERT INTO items (shelf, place, name) VALUES (1, 1, 'new') IF NOT EXISTS; "
        "DELETE FROM items WHERE shelf = 1; APPLY BATCH"
    )
    assert memory.rows("items") == [{"shelf": 1, "place": 1, "name": "new"}]


def test_a_system_table_that_no_server_has_does_not_exist_and_one_that_is_not_here_is_refused(
    memory: MemoryDriver,
) -> None:
    """scylla-driver asks for its own tables, and goes by the server's answer."""
    with pytest.raises(RequestRejected, match="table scylla_tables does not exist"):
        memory.rows("system_schema.scylla_tables")
    with pytest.raises(NotSupportedByMemoryDriver, match=r"the table system\.paxos"):
        memory.rows("system.paxos")


ROW = {"shelf": 8, "place": 1, "name": "tea"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"shop.items": [ROW, {**ROW, "place": "x"}]}, "int is wanted, not str"),
        ({"shop.items": [ROW, {**ROW, "nope": 1}]}, "Undefined column name nope"),
        ({"shop.items": [ROW, {}]}, "must be a mapping of columns to values, not empty"),
        ({"shop.items": [ROW], "shop.nothing": [ROW]}, "table nothing does not exist"),
        ({"shop.items": [ROW], "shop.items (shelf) VALUES (1); TRUNCATE": [{}]}, "end of the statement was expected"),
    ],
)
def test_rows_are_loaded_all_or_none(memory: MemoryDriver, rows: Any, message: str) -> None:
    before = memory.dump()
    with pytest.raises(CoodieError, match=message):
        memory.load(rows)
    assert memory.dump() == before


def test_the_name_of_a_table_is_a_name_and_nothing_else(memory: MemoryDriver) -> None:
    with pytest.raises(InvalidQueryError, match="end of the statement was expected here, not 'WHERE'"):
        memory.rows("shop.items WHERE shelf = 1")


@pytest.mark.parametrize(
    ("column", "asked", "wanted"),
    [
        ("ASC", "ASC", [None, 1, 2, 3]),
        ("ASC", "DESC", [3, 2, 1, None]),
        ("DESC", "ASC", [1, 2, 3, None]),
        ("DESC", "DESC", [None, 3, 2, 1]),
    ],
)
def test_rows_of_several_partitions_are_ordered_and_what_has_static_values_alone_is_the_least(
    memory: MemoryDriver, column: str, asked: str, wanted: list[int | None]
) -> None:
    memory.run(
        f"CREATE TABLE logs (p int, c int, s int static, PRIMARY KEY (p, c)) WITH CLUSTERING ORDER BY (c {column});"
        "INSERT INTO logs (p, s) VALUES (1, 7);"
    )
    memory.load({"logs": [{"p": p, "c": c} for p, c in ((0, 1), (0, 3), (2, 2))]})
    asks = Statement(f"SELECT c FROM logs WHERE p IN (0, 1, 2) ORDER BY c {asked}", options=Options(fetch_size=0))
    assert [c for (c,) in memory.execute(asks).rows] == wanted


def test_the_error_of_a_function_shows_no_value(memory: MemoryDriver) -> None:
    with pytest.raises(ServerFailure, match=r"code=1400 .*the function system\.from_json failed") as caught:
        memory.execute(Statement("SELECT name FROM items WHERE shelf = from_json(?)", ('"hunter2"',)))
    assert "hunter2" not in str(caught.value)
    shows = MemoryDriver(log_values=True, keyspace="shop", engine=memory.engine)
    with pytest.raises(ServerFailure, match="Unable to make int from 'hunter2'"):
        shows.execute(Statement("SELECT name FROM items WHERE shelf = from_json(?)", ('"hunter2"',)))


def test_a_literal_may_have_more_digits_than_python_reads(memory: MemoryDriver) -> None:
    digits = "9" * 5000
    memory.run(
        f"CREATE TABLE n (p int PRIMARY KEY, d decimal, v varint, b bigint); INSERT INTO n (p, v) VALUES (1, {digits})"
    )
    assert memory.rows("n")[0]["v"] == 10**5000 - 1
    memory.run(f"INSERT INTO n (p, d) VALUES (1, {digits})")
    assert memory.rows("n")[0]["d"] == Unreadable(
        "Python cannot hold this decimal; a decimal may have 4,300 digits there"
    )
    with pytest.raises(RequestRejected, match="Unable to make long from '9999"):
        memory.run(f"INSERT INTO n (p, b) VALUES (2, {digits})")


def test_a_value_that_does_not_fit_is_told_with_the_type_that_a_server_tells(memory: MemoryDriver) -> None:
    memory.run("CREATE TYPE spot (x int); CREATE TABLE n (p int PRIMARY KEY, u frozen<spot>, l list<frozen<spot>>)")
    for column, shown in (("u", r"u \(spot\)"), ("l", r"l \(list<frozen<spot>>\)")):
        with pytest.raises(InvalidQueryError, match=f"value 1, {shown}: "):
            memory.execute(Statement(f"INSERT INTO n (p, {column}) VALUES (1, ?)", (5,)))


def test_an_index_on_elements_looks_for_one(memory: MemoryDriver) -> None:
    memory.run(
        "CREATE TABLE a (p int PRIMARY KEY, tags set<int>); CREATE INDEX ON a (tags);"
        "CREATE TABLE b (p int PRIMARY KEY, tags set<int>); CREATE INDEX ON b (tags) USING 'sai'"
    )
    with pytest.raises(RequestRejected, match="ALLOW FILTERING"):
        memory.run("SELECT p FROM a WHERE tags CONTAINS 1 AND tags CONTAINS 2")
    memory.run("SELECT p FROM b WHERE tags CONTAINS 1 AND tags CONTAINS 2")


@pytest.mark.parametrize(
    ("old", "new", "taken"),
    [
        ("list<timeuuid>", "list<uuid>", True),
        ("map<text, int>", "map<blob, int>", True),
        ("tuple<int>", "tuple<int, int>", True),
        ("bigint", "timestamp", True),
        ("int", "blob", False),
        ("set<timeuuid>", "set<uuid>", False),
        ("frozen<spot>", "frozen<spot>", False),
    ],
)
def test_a_dropped_column_comes_back_with_a_type_that_reads_its_values(
    memory: MemoryDriver, old: str, new: str, taken: bool
) -> None:
    memory.run(f"CREATE TYPE spot (x int); CREATE TABLE n (p int PRIMARY KEY, v {old}); ALTER TABLE n DROP v")
    with (
        nullcontext() if taken else pytest.raises(RequestRejected, match="incompatible with previously dropped column")
    ):
        memory.run(f"ALTER TABLE n ADD v {new}")


def test_the_type_of_a_column_is_looked_up_even_if_the_column_is_there(memory: MemoryDriver) -> None:
    memory.run("CREATE TABLE n (p int PRIMARY KEY, v int)")
    with pytest.raises(RequestRejected, match=r"Unknown type \w+\.nothing"):
        memory.run("ALTER TABLE n ADD IF NOT EXISTS v frozen<nothing>")
    memory.run("ALTER TABLE n ADD IF NOT EXISTS v counter")


def test_another_compaction_leaves_the_bloom_filters_as_they_are(memory: MemoryDriver) -> None:
    leveled, tiered = "{'class': 'LeveledCompactionStrategy'}", "{'class': 'SizeTieredCompactionStrategy'}"
    memory.run(f"""
        CREATE TABLE n (p int PRIMARY KEY);
        ALTER TABLE n WITH compaction = {leveled};
        CREATE TABLE l (p int PRIMARY KEY) WITH compaction = {leveled};
        ALTER TABLE l WITH compaction = {tiered};
    """)
    found = memory.execute(Statement("SELECT table_name, bloom_filter_fp_chance FROM system_schema.tables"))
    chances = {row[0]: row[1] for row in found.rows}
    assert (chances["n"], chances["l"]) == (0.01, 0.1)


def test_a_type_that_grew_has_its_new_fields(memory: MemoryDriver) -> None:
    memory.run("CREATE TYPE spot (x int); CREATE TABLE n (p int PRIMARY KEY, at frozen<spot>)")
    insert, select = "INSERT INTO n (p, at) VALUES (1, ?)", Statement("SELECT at FROM n")
    memory.execute(Statement(insert, ({"x": 1},)))
    assert memory.execute(select).rows == [({"x": 1},)]
    memory.run("ALTER TYPE spot ADD y int")
    assert memory.execute(select).rows == [({"x": 1, "y": None},)]
    memory.execute(Statement(insert, ({"x": 1, "y": 2},)))
    assert memory.execute(select).rows == [({"x": 1, "y": 2},)]


def test_types_of_two_engines_may_share_a_name() -> None:
    for fields, value in (("x int", {"x": 1}), ("y text", {"y": "a"})):
        memory = MemoryDriver(clock=Clock())
        memory.run(f"{SCHEMA}; CREATE TYPE spot ({fields}); CREATE TABLE n (p int PRIMARY KEY, at frozen<spot>)")
        memory.execute(Statement("INSERT INTO n (p, at) VALUES (1, ?)", (value,)))
        assert memory.execute(Statement("SELECT at FROM n")).rows == [(value,)]
