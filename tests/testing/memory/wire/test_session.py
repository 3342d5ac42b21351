"""The raw door: what cassandra-driver itself can do, on an engine in the same process."""

from __future__ import annotations

import threading
from collections import namedtuple
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from cassandra import ConsistencyLevel, InvalidRequest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, ExecutionProfile, NoHostAvailable, Session
from cassandra.concurrent import execute_concurrent, execute_concurrent_with_args
from cassandra.policies import RoundRobinPolicy
from cassandra.protocol import ProtocolException, SyntaxException
from cassandra.query import BatchStatement, BatchType, SimpleStatement, dict_factory, tuple_factory
from cassandra.util import Duration

from coodie._errors import ConfigurationError
from coodie.cql.message import Batch, Statement
from coodie.drivers.cassandra import CassandraDriver
from coodie.testing import Clock
from coodie.testing.memory.driver import MemoryDriver

Address = namedtuple("Address", ("street", "number"))
INSERT = "INSERT INTO t (p, c, v) VALUES (?, ?, ?)"


@pytest.fixture(params=[3, 4, 5])
def versioned(memory: MemoryDriver, request: pytest.FixtureRequest) -> Any:
    return memory.session("ks", protocol_version=request.param)


def test_it_is_the_session_of_the_driver(session: Any) -> None:
    assert isinstance(session, Session)
    assert session.cluster.protocol_version == 5


def test_simple_statements_take_and_give_values(versioned: Any) -> None:
    versioned.execute("INSERT INTO t (p, c, v) VALUES (%s, %s, %s)", (1, 2, "x"))
    versioned.execute("INSERT INTO t (p, c, v) VALUES (%(p)s, %(c)s, %(v)s)", {"p": 1, "c": 3, "v": "y"})
    rows = versioned.execute("SELECT p, c, v FROM t WHERE p = 1")
    assert rows.column_names == ["p", "c", "v"]
    assert [tuple(row) for row in rows] == [(1, 2, "x"), (1, 3, "y")]


def test_prepared_statements_take_values_by_place_by_name_and_unset(versioned: Any) -> None:
    insert = versioned.prepare(INSERT)
    versioned.execute(insert, (1, 1, "a"))
    versioned.execute(insert, {"p": 1, "c": 2, "v": None})
    if versioned.cluster.protocol_version > 3:
        assert insert.routing_key_indexes == [0]
        versioned.execute(insert, (1, 1))
    select = versioned.prepare("SELECT c, v FROM t WHERE p = :key")
    assert [tuple(row) for row in versioned.execute(select, {"key": 1})] == [(1, "a"), (2, None)]


def test_every_type_comes_back_as_it_went(versioned: Any) -> None:
    versioned.cluster.register_user_type("ks", "address", Address)
    values = {
        "p": 1,
        "l": [1, 2],
        "m": {"a": 1},
        "s": {"x", "y"},
        "a": Address("s", 7),
        "t": (1, "x"),
        "v": [1.0, 2.5],
        "d": date(2020, 2, 3),
        "ti": time(8, 30),
        "du": Duration(1, 2, 3),
        "u": UUID(int=7),
        "de": Decimal("1.50"),
    }
    insert = versioned.prepare(f"INSERT INTO rich ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})")
    versioned.execute(insert, list(values.values()))
    row = versioned.execute("SELECT * FROM rich").one()._asdict()
    found = {name: row[name] for name in values}
    assert dict(found.pop("m")) == values.pop("m")
    assert found.pop("d").date() == values.pop("d")
    assert found.pop("ti").time() == values.pop("ti")
    assert found == values
    assert row["ts"] is None


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100])
def test_pages_give_the_same_rows_whatever_their_size(versioned: Any, size: int) -> None:
    insert = versioned.prepare(INSERT)
    for number in range(7):
        versioned.execute(insert, (number % 3, number, "x"))
    whole = [tuple(row) for row in versioned.execute("SELECT p, c FROM t")]
    assert len(whole) == 7
    paged = SimpleStatement("SELECT p, c FROM t", fetch_size=size)
    assert [tuple(row) for row in versioned.execute(paged)] == whole
    prepared = versioned.prepare("SELECT p, c FROM t")
    prepared.fetch_size = size
    assert [tuple(row) for row in versioned.execute(prepared)] == whole


def test_a_page_can_be_continued_by_its_state(session: Any) -> None:
    for number in range(3):
        session.execute("INSERT INTO t (p, c) VALUES (1, %s)", (number,))
    statement = SimpleStatement("SELECT c FROM t", fetch_size=2)
    first = session.execute(statement)
    assert [row.c for row in first.current_rows] == [0, 1]
    rest = session.execute(statement, paging_state=first.paging_state)
    assert [row.c for row in rest.current_rows] == [2]


def test_batches_of_every_kind(versioned: Any) -> None:
    insert = versioned.prepare(INSERT)
    batch = BatchStatement()
    batch.add(insert, (1, 1, "a"))
    batch.add("INSERT INTO t (p, c, v) VALUES (%s, %s, %s)", (1, 2, "b"))
    versioned.execute(batch)
    unlogged = BatchStatement(BatchType.UNLOGGED)
    unlogged.add(insert, (2, 1, "c"))
    versioned.execute(unlogged)
    counted = BatchStatement(BatchType.COUNTER)
    counted.add(versioned.prepare("UPDATE n SET hits = hits + ? WHERE p = ?"), (5, 1))
    versioned.execute(counted)
    assert sorted(row.v for row in versioned.execute("SELECT v FROM t")) == ["a", "b", "c"]
    assert versioned.execute("SELECT hits FROM n").one().hits == 5


def test_a_batch_with_conditions_answers_with_what_stood_against_it(session: Any) -> None:
    session.execute("INSERT INTO t (p, c, v) VALUES (1, 1, 'old')")
    batch = BatchStatement()
    batch.add("INSERT INTO t (p, c, v) VALUES (1, 2, 'new')")
    batch.add("UPDATE t SET v = 'new' WHERE p = 1 AND c = 1 IF v = 'other'")
    result = session.execute(batch)
    assert not result.was_applied
    assert session.execute("SELECT count(*) FROM t").one().count == 1


def test_conditions(session: Any) -> None:
    insert = session.prepare("INSERT INTO t (p, c, v) VALUES (?, ?, ?) IF NOT EXISTS")
    assert session.execute(insert, (1, 1, "a")).was_applied
    second = session.execute(insert, (1, 1, "b"))
    assert not second.was_applied
    assert second.one()._asdict() == {"applied": False, "p": 1, "c": 1, "v": "a"}


@pytest.mark.parametrize(
    ("cql", "error", "told"),
    [
        ("SELECT nope FROM t", InvalidRequest, "Undefined column name nope in table ks.t"),
        ("SELEC", SyntaxException, "line 1:0 no viable alternative"),
    ],
)
def test_errors_are_those_of_the_driver(session: Any, cql: str, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        session.execute(cql)
    with pytest.raises(error, match=told):
        session.prepare(cql)


def test_a_refusal_is_a_server_error_that_names_it(session: Any) -> None:
    cql = "CREATE FUNCTION f (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'return a;'"
    told = "NotSupportedByMemoryDriver: MemoryDriver does not support user-defined functions"
    with pytest.raises(NoHostAvailable) as caught:
        session.execute(cql)
    assert told in str(caught.value.errors)
    batch = BatchStatement()
    batch.add(SimpleStatement(cql))
    with pytest.raises(NoHostAvailable) as caught:
        session.execute(batch)
    assert told in str(caught.value.errors)


def test_callbacks_run(session: Any) -> None:
    session.execute("INSERT INTO t (p, c) VALUES (1, 1)")
    got: list[Any] = []
    done = threading.Event()

    def note(found: Any) -> None:
        got.append(found)
        done.set()

    session.execute_async("SELECT c FROM t").add_callbacks(note, note)
    assert done.wait(60)
    done.clear()
    session.execute_async("SELECT nope FROM t").add_callbacks(note, note)
    assert done.wait(60)
    assert [row.c for row in got[0]] == [1]
    assert isinstance(got[1], InvalidRequest)


def test_five_thousand_statements_at_once(session: Any) -> None:
    insert = session.prepare(INSERT)
    found = execute_concurrent_with_args(session, insert, [(n, n, str(n)) for n in range(5000)])
    assert len(found) == 5000
    assert all(each.success for each in found)
    assert session.execute("SELECT count(*) FROM t").one().count == 5000


def test_statements_at_once_keep_their_order_and_their_errors(session: Any) -> None:
    asked = [("INSERT INTO t (p, c) VALUES (1, 1)", ()), ("SELECT nope FROM t", ()), ("SELECT c FROM t", ())]
    found = execute_concurrent(session, asked, concurrency=1, raise_on_first_error=False)
    assert [each.success for each in found] == [True, False, True]


def test_row_factories(session: Any) -> None:
    session.execute("INSERT INTO t (p, c) VALUES (1, 2)")
    profile = session.execution_profile_clone_update(EXEC_PROFILE_DEFAULT, row_factory=dict_factory)
    assert session.execute("SELECT p, c FROM t", execution_profile=profile).all() == [{"p": 1, "c": 2}]
    profile = session.execution_profile_clone_update(EXEC_PROFILE_DEFAULT, row_factory=tuple_factory)
    assert session.execute("SELECT p, c FROM t", execution_profile=profile).all() == [(1, 2)]


def test_the_metadata_of_the_cluster_is_that_of_the_engine(session: Any) -> None:
    metadata = session.cluster.metadata
    (host,) = metadata.all_hosts()
    assert (metadata.cluster_name, host.datacenter, host.rack, host.release_version) == (
        *("coodie", "datacenter1", "rack1"),
        "5.0.9",
    )
    assert metadata.partitioner == "org.apache.cassandra.dht.Murmur3Partitioner"
    space = metadata.keyspaces["ks"]
    assert set(space.tables) == {"t", "n", "rich"}
    assert list(space.user_types) == ["address"]
    table = space.tables["t"]
    assert [each.name for each in table.primary_key] == ["p", "c"]
    assert {name: each.cql_type for name, each in table.columns.items()} == {"p": "int", "c": "int", "v": "text"}
    assert table.options["gc_grace_seconds"] == 864000
    assert "CREATE TABLE ks.t (" in table.export_as_string()
    assert metadata.get_replicas("ks", b"\0\0\0\1") == [host]


def test_changes_of_the_schema_are_seen_by_all_sessions(memory: MemoryDriver, session: Any) -> None:
    seen = threading.Event()

    class Listener:
        def __getattr__(self, name: str) -> Any:
            return self._note

        def _note(self, *args: Any) -> None:
            if "later" in session.cluster.metadata.keyspaces["ks"].tables:
                seen.set()

    other = memory.session("ks")
    session.cluster.register_listener(Listener())
    other.execute("CREATE TABLE later (p int PRIMARY KEY)")
    assert "later" in other.cluster.metadata.keyspaces["ks"].tables
    session.cluster.refresh_schema_metadata()
    assert "later" in session.cluster.metadata.keyspaces["ks"].tables
    session.execute("ALTER TABLE later ADD more text")
    assert "more" in session.cluster.metadata.keyspaces["ks"].tables["later"].columns
    session.execute("CREATE INDEX ON later (more)")
    assert "later_more_idx" in session.cluster.metadata.keyspaces["ks"].indexes
    session.execute("DROP TABLE later")
    assert "later" not in session.cluster.metadata.keyspaces["ks"].tables


def test_prepared_statements_outlive_a_change_of_their_table(versioned: Any) -> None:
    select = versioned.prepare("SELECT * FROM t")
    versioned.execute("INSERT INTO t (p, c, v) VALUES (1, 2, 'x')")
    versioned.execute("ALTER TABLE t ADD a int")
    row = versioned.execute(select).one()
    assert (row.p, row.c, row.v) == (1, 2, "x")
    versioned.execute("ALTER TABLE t DROP v")
    versioned.execute(select)


def test_a_count_that_many_threads_make_by_conditions_is_exact(memory: MemoryDriver, session: Any) -> None:
    other = memory.session("ks")
    session.execute("INSERT INTO rich (p, l) VALUES (1, [0])")

    def count(own: Any) -> None:
        read = own.prepare("SELECT l FROM rich WHERE p = 1")
        write = own.prepare("UPDATE rich SET l = ? WHERE p = 1 IF l = ?")
        for _ in range(10):
            while True:
                (found,) = own.execute(read).one().l
                if own.execute(write, ([found + 1], [found])).was_applied:
                    break

    threads = [threading.Thread(target=count, args=(each,)) for each in (session, other) * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert session.execute("SELECT l FROM rich").one().l == [100]


def test_use_moves_the_session(session: Any) -> None:
    session.execute("CREATE KEYSPACE other WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    session.execute("CREATE TABLE other.o (p int PRIMARY KEY)")
    session.set_keyspace("other")
    assert session.execute("SELECT p FROM o").all() == []
    session.execute("USE ks")
    assert session.execute("SELECT p FROM t").all() == []


def test_coodie_has_nothing_to_warn_of_when_it_sends_a_large_batch_over_the_session(session: Any) -> None:
    driver = CassandraDriver(session)
    driver.execute(Batch(tuple(Statement(INSERT, (1, number, "x" * 5000)) for number in range(2))))
    assert session.execute("SELECT COUNT(*) FROM t").one()[0] == 2
    driver.close()


def test_what_the_session_writes_coodie_reads(memory: MemoryDriver, session: Any) -> None:
    session.execute("INSERT INTO t (p, c, v) VALUES (1, 2, 'x')")
    assert memory.rows("ks.t") == [{"p": 1, "c": 2, "v": "x"}]
    memory.execute(Statement("INSERT INTO ks.t (p, c, v) VALUES (1, 3, 'y')"))
    assert session.execute("SELECT v FROM t WHERE p = 1 AND c = 3").one().v == "y"


def test_times_are_those_of_the_engines_clock() -> None:
    clock = Clock()
    memory = MemoryDriver(clock=clock)
    memory.run("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    memory.run("CREATE TABLE ks.t (p int PRIMARY KEY, v int)")
    with memory.session("ks") as session:
        session.execute("INSERT INTO t (p, v) VALUES (1, 1) USING TTL 10")
        clock.tick(9)
        assert session.execute("SELECT ttl(v), writetime(v) FROM t").one()[0] == 1
        clock.tick(1)
        assert session.execute("SELECT v FROM t").all() == []


def test_a_conditional_write_after_a_plain_one_is_later(session: Any) -> None:
    insert = session.prepare(INSERT)
    for number in range(50):
        session.execute(insert, (1, number, "old"))
        update = "UPDATE t SET v = 'new' WHERE p = 1 AND c = %s IF v = 'old'"
        assert session.execute(update, (number,)).was_applied
        session.execute("DELETE FROM t WHERE p = 1 AND c = %s", (number,))
    assert session.execute("SELECT c FROM t").all() == []


def ended() -> bool:
    """Whether no thread of a session is left; waits for those that are about to end."""
    for thread in threading.enumerate():
        if thread.name == "coodie-memory":
            thread.join(60)
    return "coodie-memory" not in [thread.name for thread in threading.enumerate()]


def test_sessions_end_alone_and_with_the_driver(memory: MemoryDriver) -> None:
    with memory.session("ks") as first:
        second = memory.session("ks")
        assert second.execute("SELECT p FROM t").all() == []
    assert first.cluster.is_shutdown
    assert second.execute("SELECT p FROM t").all() == []
    memory.close()
    assert second.cluster.is_shutdown
    assert ended()
    with pytest.raises(ConfigurationError, match="closed"):
        memory.session()


def test_options_of_the_caller_win(memory: MemoryDriver) -> None:
    profile = ExecutionProfile(RoundRobinPolicy(), consistency_level=ConsistencyLevel.ALL, row_factory=dict_factory)
    with memory.session("ks", execution_profiles={EXEC_PROFILE_DEFAULT: profile}, protocol_version=4) as session:
        assert session.cluster.protocol_version == 4
        assert session.execute("SELECT key FROM system.local").one() == {"key": "local"}


def test_an_unknown_keyspace_is_refused_and_nothing_stays_open(memory: MemoryDriver) -> None:
    with pytest.raises(NoHostAvailable, match="using keyspace 'nosuch'"):
        memory.session("nosuch")
    assert ended()


def test_two_engines_know_nothing_of_each_other(memory: MemoryDriver) -> None:
    other = memory.fork()
    with memory.session("ks") as one, other.session("ks") as two:
        one.execute("INSERT INTO t (p, c) VALUES (1, 1)")
        assert two.execute("SELECT p FROM t").all() == []


def test_warnings_reach_the_client(session: Any) -> None:
    assert session.execute("SELECT count(*) FROM t").response_future.warnings == [
        "Aggregation query used without partition key"
    ]


def test_a_damaged_paging_state_is_an_error_of_the_protocol(session: Any) -> None:
    statement = SimpleStatement("SELECT c FROM t", fetch_size=2)
    with pytest.raises(ProtocolException, match="Invalid value for the paging state"):
        session.execute(statement, paging_state=b"abc")


def test_timeouts_of_the_client_run(session: Any) -> None:
    rung = threading.Event()
    session.cluster.connection_class.create_timer(timedelta(milliseconds=1).total_seconds(), rung.set)
    assert rung.wait(60)
