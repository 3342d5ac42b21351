"""What the adapter makes of requests, and of answers, over a session without a cluster."""

from __future__ import annotations

import asyncio
import gc
import weakref
from functools import partial
from typing import Any

import pytest
from cassandra import ConsistencyLevel, OperationTimedOut
from cassandra import cqltypes as vendor
from cassandra.cluster import EXEC_PROFILE_DEFAULT
from cassandra.connection import ConnectionException
from cassandra.query import UNSET_VALUE, named_tuple_factory
from drivers.fake_session import INSERT, SELECT, insert

from coodie.cql.message import UNSET, Batch, Kind, Mark, Options, Page, Statement
from coodie.cql.types import INT, TEXT
from coodie.drivers import Hook, hooked
from coodie.drivers.cassandra import CassandraDriver
from coodie.drivers.protocol import Driver
from coodie.drivers.shared.lazy import lazy_driver
from coodie.exceptions import (
    ConfigurationError,
    InvalidQueryError,
    OutcomeUnknown,
    Timeout,
)
from coodie.testing import MemoryDriver, RecordingDriver

ONE, TWO = vendor.int32_pack(1), vendor.int32_pack(2)


def test_it_is_a_driver_for_both_doors(driver: CassandraDriver) -> None:
    assert isinstance(driver, Driver)


def test_a_text_is_prepared_once_and_sent_with_its_values_as_bytes(session: Any, driver: CassandraDriver) -> None:
    for number in (1, 2):
        driver.execute(insert(number, "a"))
    assert session.prepared == [(INSERT, None)]
    assert [[*query.values] for query in session.sent] == [[ONE, b"a"], [TWO, b"a"]]
    assert session.sent[0].prepared_statement.query_string == INSERT
    assert (session.sent[0].routing_key, session.sent[0].keyspace) == (ONE, "shop")


def test_null_is_null_and_unset_is_unset(session: Any, driver: CassandraDriver) -> None:
    driver.execute(insert(1, None))
    driver.execute(insert(1, UNSET))
    assert [[*query.values][1] for query in session.sent] == [None, UNSET_VALUE]


@pytest.mark.parametrize("idempotent", [True, False])
def test_idempotence_is_passed_on(session: Any, driver: CassandraDriver, idempotent: bool) -> None:
    driver.execute(insert(idempotent=idempotent))
    driver.execute(Batch((insert(idempotent=idempotent), insert(idempotent=True))))
    driver.execute(Statement("TRUNCATE shop.events", idempotent=idempotent))
    assert [query.is_idempotent for query in session.sent] == [idempotent] * 3


@pytest.mark.parametrize(
    ("text", "kind", "prepared"),
    [
        ("SELECT id FROM shop.events", Kind.READ, True),
        ("\n  insert INTO shop.events JSON '{}'", Kind.WRITE, True),
        ("DELETE FROM shop.events WHERE id = 1", Kind.WRITE, True),
        ("CREATE TABLE shop.t (id int PRIMARY KEY)", Kind.SCHEMA, False),
        ("USE shop", Kind.WRITE, False),
        ("TRUNCATE shop.events", Kind.WRITE, False),
        ("GRANT ALL ON KEYSPACE shop TO ann", Kind.WRITE, False),
        ("SELECT looks like a query but is declared schema", Kind.SCHEMA, False),
    ],
)
def test_dml_is_prepared_and_nothing_else(
    session: Any, driver: CassandraDriver, text: str, kind: Kind, prepared: bool
) -> None:
    driver.execute(Statement(text, kind=kind))
    assert bool(session.prepared) is prepared
    sent = session.sent[0]
    assert getattr(sent, "query_string", None) == (None if prepared else text)


def test_values_in_a_schema_statement_are_refused(session: Any, driver: CassandraDriver) -> None:
    with pytest.raises(InvalidQueryError, match="takes no values"):
        driver.execute(Statement("CREATE TABLE t (id int PRIMARY KEY)", (1,), kind=Kind.SCHEMA))
    assert session.sent == session.prepared == []


def test_a_wrong_number_of_values_says_both_numbers(session: Any, driver: CassandraDriver) -> None:
    with pytest.raises(InvalidQueryError, match=r"2 values are needed.*3 were given") as caught:
        driver.execute(insert(1, "a", "secret"))
    assert INSERT in str(caught.value)
    assert "secret" not in str(caught.value)
    assert session.sent == []


def test_a_value_that_does_not_fit_names_column_and_type_and_not_the_value(
    session: Any, driver: CassandraDriver
) -> None:
    with pytest.raises(InvalidQueryError, match=r"value 1, id \(int\): int is wanted, not str") as caught:
        driver.execute(insert("secret", "a"))
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert session.sent == []


@pytest.mark.parametrize(
    "request_",
    [
        Statement("SELECT id FROM shop.events WHERE name = '\ud800'", kind=Kind.READ),
        Batch((Statement("DELETE FROM shop.events WHERE name = '\ud800'"),)),
        Statement("CREATE TABLE shop.\ud800 (id int PRIMARY KEY)", kind=Kind.SCHEMA),
    ],
)
async def test_a_text_with_half_a_character(session: Any, driver: CassandraDriver, request_: Any) -> None:
    with pytest.raises(InvalidQueryError, match=r"'\\ud800' at \d+ is half of a character") as caught:
        driver.execute(request_)
    assert str(caught.value).isascii()
    with pytest.raises(InvalidQueryError, match="half of a character"):
        await driver.aexecute(request_)
    assert session.prepared == session.sent == []


def test_a_value_with_half_a_character(session: Any, driver: CassandraDriver) -> None:
    with pytest.raises(InvalidQueryError, match=r"value 2, name \(text\): .*surrogate"):
        driver.execute(insert(1, "\ud800"))
    assert session.sent == []


def test_with_marks_the_mark_is_named(session: Any, driver: CassandraDriver) -> None:
    with pytest.raises(InvalidQueryError, match=r"value 2, name#2 \(text\)"):
        driver.execute(insert(1, 2, marks=(Mark("name", INT), Mark("name", TEXT))))


@pytest.mark.parametrize(("value", "state"), [(None, "null"), (UNSET, "unset")])
def test_a_partition_key_must_have_a_value(session: Any, driver: CassandraDriver, value: Any, state: str) -> None:
    with pytest.raises(InvalidQueryError, match=f"partition key cannot be {state}"):
        driver.execute(insert(value, "a"))
    assert session.sent == []


@pytest.mark.parametrize(("version", "passed"), [(4, None), (5, "mine")])
def test_a_keyspace_is_passed_on_where_the_protocol_can(make_session: Any, version: int, passed: str | None) -> None:
    session = make_session(version)
    driver = CassandraDriver(session, keyspace="mine")
    driver.execute(Statement("SELECT id FROM t", kind=Kind.READ))
    driver.execute(Statement("TRUNCATE t"))
    assert session.prepared == [("SELECT id FROM t", passed)]
    assert session.sent[1].keyspace == passed


def test_options_reach_the_vendor(session: Any, driver: CassandraDriver) -> None:
    options = Options("LOCAL_QUORUM", "LOCAL_SERIAL", 2.5, 50, b"state")
    driver.execute(Statement(SELECT, (1,), kind=Kind.READ))
    driver.execute(Statement(SELECT, (1,), kind=Kind.READ, options=options))
    driver.execute(Statement("TRUNCATE shop.events", options=options))
    for sent, passed in zip(session.sent[1:], session.options[1:], strict=True):
        assert sent.consistency_level == ConsistencyLevel.LOCAL_QUORUM
        assert sent.serial_consistency_level == ConsistencyLevel.LOCAL_SERIAL
        assert sent.fetch_size == 50
        assert passed == {
            "trace": False,
            "timeout": 2.5,
            "execution_profile": EXEC_PROFILE_DEFAULT,
            "paging_state": b"state",
            "host": None,
        }


def test_without_options_the_vendors_defaults_hold(session: Any, driver: CassandraDriver) -> None:
    for _ in range(2):
        driver.execute(insert())
    assert session.sent[1].consistency_level is None
    assert session.sent[1].serial_consistency_level is None
    assert "timeout" not in session.options[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(consistency="LOCAL_QURUM"), "no consistency level 'LOCAL_QURUM'; did you mean 'LOCAL_QUORUM'"),
        (Options(consistency="quorum"), "did you mean 'QUORUM'"),
        (Options(serial_consistency="QUORUM"), "no serial consistency level 'QUORUM'"),
    ],
)
def test_an_unknown_level_names_the_nearest(session: Any, driver: CassandraDriver, options: Any, message: str) -> None:
    with pytest.raises(InvalidQueryError, match=message):
        driver.execute(insert(options=options))
    assert session.sent == []


def test_an_answer_is_one_page_with_its_state_its_warnings_and_the_node(
    session: Any, driver: CassandraDriver, answer: Any
) -> None:
    found = answer(["id", "name"], [(1, "a")], paging_state=b"next", warnings=["careful"], coordinator="10.0.0.1")
    session.answers.append(found)
    page = driver.execute(Statement(SELECT, (1,), kind=Kind.READ))
    assert page == Page(("id", "name"), [(1, "a")], b"next", ("careful",), "10.0.0.1:9042", prepared=1)
    assert len(session.sent) == 1


def test_a_page_may_be_empty_and_not_the_last(session: Any, driver: CassandraDriver, answer: Any) -> None:
    session.answers.append(answer(["id", "name"], [], paging_state=b"next"))
    assert driver.execute(Statement(SELECT, (1,), kind=Kind.READ)) == Page(("id", "name"), [], b"next", prepared=1)


def test_a_write_gives_an_empty_page_with_the_servers_warnings(
    session: Any, driver: CassandraDriver, answer: Any
) -> None:
    session.answers.append(answer(warnings=["large batch"], coordinator="::1"))
    assert driver.execute(insert()) == Page(warnings=("large batch",), coordinator="::1:9042", prepared=1)
    assert driver.execute(insert()) == Page()


@pytest.mark.parametrize("door", ["sync", "aio"])
def test_it_tells_how_often_a_request_was_sent_and_how_many_texts_were_prepared_for_it(
    session: Any, driver: CassandraDriver, answer: Any, door: str
) -> None:
    def execute(request: Any) -> Page:
        return driver.execute(request) if door == "sync" else asyncio.run(driver.aexecute(request))

    session.answers.extend(
        [answer(), answer(hosts=("a", "b", "b")), answer(error=TimeoutError(), hosts=("a", "b"), coordinator="b")]
    )
    batch = Batch((insert(), insert(2, "b"), Statement("DELETE FROM shop.events WHERE id = 1")))
    assert [(page.attempts, page.prepared) for page in (execute(batch), execute(insert()))] == [(1, 2), (3, 0)]
    with pytest.raises(OutcomeUnknown) as caught:
        execute(Statement("UPDATE shop.events SET name = 'b' WHERE id = 1"))
    assert (caught.value.attempts, caught.value.prepared, caught.value.coordinator) == (2, 1, "b:9042")


def test_a_page_has_the_id_of_the_trace_that_was_asked_for(session: Any, driver: CassandraDriver, answer: Any) -> None:
    driver.execute(insert())
    session.options.clear()
    session.answers.extend([answer(traces=[5, 7]), answer()])
    pages = [driver.execute(insert().with_options(Options(trace=True))) for _ in range(2)]
    assert [page.trace_id for page in pages] == [7, None]
    assert [passed["trace"] for passed in session.options] == [True, True]


def test_an_error_tells_that_nothing_was_sent(session: Any, driver: CassandraDriver) -> None:
    session.hangs = lambda cql: True
    with pytest.raises(Timeout) as caught:
        driver.execute(Statement(INSERT, (1, "a"), options=Options(timeout=0.01)))
    assert (caught.value.attempts, caught.value.prepared, caught.value.coordinator) == (0, 1, None)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Batch for [shop.events] is of size 90234, exceeding 65536 by 24698.", None),
        ("Unlogged batch covering 30 partitions detected against table [shop.events].", None),
        (
            "Read 0 live rows and 1100 tombstone cells for query SELECT v FROM shop.events WHERE id = 1071 AND "
            "name = 'x (see y) z' LIMIT 5000; token -751 (see tombstone_warn_threshold)",
            "Read 0 live rows and 1100 tombstone cells for query ... (see tombstone_warn_threshold)",
        ),
        ("a hunter and hunter2 for 1071", "a ... and ... for ..."),
    ],
)
@pytest.mark.parametrize("log_values", [False, True])
def test_a_warning_has_the_servers_numbers_and_no_value(
    session: Any, answer: Any, said: str, shown: str | None, log_values: bool
) -> None:
    driver = CassandraDriver(session, log_values=log_values)
    session.answers.append(answer(warnings=[said]))
    assert driver.execute(insert(1071, "hunter2")).warnings == (shown or said,)


def test_the_users_session_stays_as_it_was(session: Any) -> None:
    driver = CassandraDriver(session, keyspace="mine")
    driver.execute(insert())
    foreign = session.execute_async("SELECT 1")
    assert session.row_factory is foreign.row_factory is named_tuple_factory
    assert foreign.message.timestamp is None
    assert not hasattr(foreign, "_protocol_handler")
    assert session.keyspace is None
    assert session.futures[0].row_factory is not named_tuple_factory
    driver.close()
    driver.close()
    assert session.listeners == []
    assert session.cluster.shutdowns == 0


def test_two_drivers_over_one_session_do_not_disturb_each_other(make_session: Any) -> None:
    session = make_session(5)
    one, two = CassandraDriver(session, keyspace="one"), CassandraDriver(session, keyspace="two")
    for driver in (one, two, one):
        driver.execute(Statement("SELECT id FROM t", kind=Kind.READ))
    assert session.prepared == [("SELECT id FROM t", "one"), ("SELECT id FROM t", "two")]
    handlers = [future._protocol_handler for future in session.futures]
    assert handlers[0] is handlers[2] is not handlers[1]
    two.close()
    one.execute(Statement("SELECT id FROM t", kind=Kind.READ))
    assert session.futures[-1].row_factory is not named_tuple_factory
    one.close()
    assert session.listeners == []


def test_an_owned_cluster_is_shut_down_once(session: Any) -> None:
    driver = CassandraDriver(session, owned=True)
    driver.close()
    driver.close()
    assert session.cluster.shutdowns == 1


async def test_aclose_is_close(session: Any) -> None:
    driver = CassandraDriver(session, owned=True)
    await driver.aclose()
    await driver.aclose()
    assert session.cluster.shutdowns == 1


@pytest.mark.parametrize("by", ["driver", "session"])
def test_after_closing_it_says_how_to_go_on(session: Any, driver: CassandraDriver, by: str) -> None:
    if by == "driver":
        driver.close()
    else:
        session.is_shutdown = True
    with pytest.raises(ConfigurationError, match=r"closed; open another one with init_coodie"):
        driver.execute(insert())
    assert session.sent == []


def test_a_write_under_way_when_the_connection_is_closed_is_unknown(
    session: Any, driver: CassandraDriver, answer: Any
) -> None:
    from cassandra.connection import ConnectionShutdown

    def shut(_: Any) -> None:
        session.is_shutdown = True

    session.answers.append(answer(error=ConnectionShutdown("bye"), before=shut))
    with pytest.raises(OutcomeUnknown):
        driver.execute(insert())


def test_nothing_of_a_request_stays_alive(session: Any, driver: CassandraDriver) -> None:
    class Text(str):
        pass

    gc.disable()
    try:
        value = Text("a")
        alive = weakref.ref(value)
        driver.execute(insert(1, value))
        session.futures.clear()
        del value
        assert alive() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(("version", "kept"), [(4, False), (5, True)])
def test_before_v5_a_star_is_read_with_what_the_server_says_each_time(
    make_session: Any, version: int, kept: bool
) -> None:
    session = make_session(version)
    texts = ("SELECT * FROM shop.events", "SELECT count(*) FROM shop.events")
    session.results = {cql: [("shop", "events", "id", vendor.Int32Type)] for cql in texts}
    driver = CassandraDriver(session)
    for cql in texts:
        driver.execute(Statement(cql, kind=Kind.READ))
    assert [bool(query.prepared_statement.result_metadata) for query in session.sent] == [kept, True]


def test_a_started_request_is_sent_at_once_and_ready_when_it_is_answered(
    session: Any, driver: CassandraDriver, answer: Any
) -> None:
    driver.execute(insert(1, "a"))
    session.answers.extend([answer(held=True), answer(held=True, error=OperationTimedOut())])
    ready: list[int] = []
    done, failed = [driver.start(insert(number, "a"), partial(ready.append, number)) for number in (2, 3)]
    assert (len(session.sent), ready) == (3, [])
    for future in session.futures[:0:-1]:
        future.release()
    assert ready == [3, 2]
    assert list(done().rows) == []
    with pytest.raises(OutcomeUnknown):
        failed()


def test_a_started_request_that_must_be_prepared_first_is_executed_at_once(
    session: Any, driver: CassandraDriver
) -> None:
    ready: list[int] = []
    assert driver.start(insert(1, "a"), partial(ready.append, 1))().prepared == 1
    assert ready == [1]


def test_a_started_request_is_prepared_again_if_the_types_have_changed(
    session: Any, driver: CassandraDriver, answer: Any
) -> None:
    driver.execute(insert(1, "a"))
    prepared = session.sent[0].prepared
    session.answers.append(answer(held=True, error=ConnectionException("Got wrong id when preparing")))
    finish = driver.start(insert(2, "a"), list)
    prepared.stale = True
    session.futures[-1].release()
    assert list(finish().rows) == []
    assert [cql for cql, _ in session.prepared] == [INSERT, INSERT]


def test_a_driver_is_shown_with_its_cluster_and_keyspace(session: Any) -> None:
    session.keyspace = "shop"
    assert repr(CassandraDriver(session)) == "<CassandraDriver of a cluster, keyspace shop, protocol 4>"
    session.cluster.metadata.cluster_name = "Test Cluster"
    driver = CassandraDriver(session)
    assert repr(hooked(driver, [Hook()])) == (
        "<hooks around <CassandraDriver of cluster 'Test Cluster', keyspace shop, protocol 4>>"
    )
    driver.close()
    assert repr(driver).endswith(", protocol 4, closed>")


def test_a_driver_that_connects_at_first_use_is_shown_with_its_state(driver: CassandraDriver) -> None:
    lazy: Any = lazy_driver(lambda: driver)
    assert repr(lazy) == "<LazyDriver: not connected>"
    lazy.execute(insert())
    assert repr(lazy) == f"<LazyDriver: {driver!r}>"
    lazy.close()
    assert repr(lazy) == "<LazyDriver: closed>"


def test_doubles_are_shown_with_what_they_are() -> None:
    memory = MemoryDriver(keyspace="shop")
    recorder = RecordingDriver(memory)
    assert repr(recorder) == "<RecordingDriver of 0 calls around <MemoryDriver: Cassandra 5.0, keyspace shop>>"
    other = RecordingDriver()
    other.execute(Statement(INSERT, (1, "secret")))
    assert repr(other) == "<RecordingDriver of 1 call>"
    memory.close()
    assert repr(memory) == "<MemoryDriver: Cassandra 5.0, keyspace shop, closed>"
