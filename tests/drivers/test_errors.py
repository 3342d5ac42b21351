"""Each of the vendor's errors as one of coodie's, for a read and for what writes."""

from __future__ import annotations

import pickle
import traceback
from typing import Any

import cassandra as vendor
import pytest
from cassandra import ConsistencyLevel, WriteType, protocol
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionBusy, ConnectionException, ConnectionShutdown
from cassandra.pool import NoConnectionsAvailable
from drivers.fake_session import INSERT, SELECT

from coodie.cql.message import Batch, BatchKind, Kind, Statement
from coodie.drivers.cassandra import CassandraDriver
from coodie.drivers.cassandra.errors import translate
from coodie.exceptions import (
    ConfigurationError,
    CoodieError,
    DriverError,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
    SchemaDisagreement,
    ServerFailure,
    Timeout,
    Unavailable,
)

READ = Statement(SELECT, (1,), kind=Kind.READ, idempotent=True)
WRITE = Statement(INSERT, (1, "secret"), idempotent=True)
CONDITION = Statement(INSERT, (1, "secret"), kind=Kind.CONDITIONAL)
COUNTER = Statement(INSERT, (1, "secret"), kind=Kind.COUNTER)
BATCH = Batch((WRITE, WRITE))
WRITES = [WRITE, CONDITION, COUNTER, BATCH]
NAMES = ["write", "condition", "counter", "batch"]
ONE = {"consistency": ConsistencyLevel.ONE, "required_responses": 1, "received_responses": 0}


def of_server(cls: Any, text: str = "text of the server", code: int | None = None) -> Any:
    return cls(code=cls.error_code if code is None else code, message=text, info=None)


def raised(driver: CassandraDriver, session: Any, answer: Any, request: Any, error: Exception, **how: Any) -> Any:
    session.answers.append(answer(error=error, **how))
    with pytest.raises(CoodieError) as caught:
        driver.execute(request)
    return caught.value


# what is raised for a read, and for everything that writes
CASES: list[tuple[Exception, type[DriverError], type[DriverError]]] = [
    (vendor.Unavailable("u", ConsistencyLevel.ONE, 1, 0), Unavailable, Unavailable),
    (vendor.ReadTimeout("t", data_retrieved=False, **ONE), Timeout, OutcomeUnknown),
    (vendor.WriteTimeout("t", write_type=WriteType.SIMPLE, **ONE), Timeout, OutcomeUnknown),
    (vendor.WriteTimeout("t", write_type=WriteType.BATCH_LOG, **ONE), Timeout, OutcomeUnknown),
    (vendor.ReadFailure("f", data_retrieved=False, **ONE), ServerFailure, OutcomeUnknown),
    (vendor.WriteFailure("f", write_type=WriteType.SIMPLE, **ONE), ServerFailure, OutcomeUnknown),
    (vendor.CDCWriteFailure("full"), ServerFailure, OutcomeUnknown),
    (vendor.FunctionFailure("f", "shop", "fn", ["int"]), ServerFailure, ServerFailure),
    (of_server(protocol.TruncateError), ServerFailure, ServerFailure),
    (of_server(protocol.ServerError), ServerFailure, OutcomeUnknown),
    (of_server(protocol.OverloadedErrorMessage), Overloaded, Overloaded),
    (of_server(protocol.IsBootstrappingErrorMessage), Overloaded, Overloaded),
    (vendor.OperationTimedOut({"a": "Client request timeout"}, "a"), Timeout, OutcomeUnknown),
    (ConnectionShutdown("gone"), Unavailable, OutcomeUnknown),
    (ConnectionException("gone"), Unavailable, OutcomeUnknown),
    (OSError("broken pipe"), Unavailable, OutcomeUnknown),
    (of_server(protocol.ErrorMessage, "cas unknown", 0x1700), Timeout, OutcomeUnknown),
    (vendor.InvalidRequest("bad"), RequestRejected, RequestRejected),
    (vendor.Unauthorized("no"), RequestRejected, RequestRejected),
    (vendor.ConfigurationException("no"), RequestRejected, RequestRejected),
    (vendor.AlreadyExists("shop", "events"), RequestRejected, RequestRejected),
    (vendor.AuthenticationFailed("who"), RequestRejected, RequestRejected),
    (vendor.UnsupportedOperation("v2"), RequestRejected, RequestRejected),
    (of_server(protocol.SyntaxException), RequestRejected, RequestRejected),
    (of_server(protocol.BadCredentials), RequestRejected, RequestRejected),
    (of_server(protocol.ProtocolException), RequestRejected, RequestRejected),
    (RuntimeError("a bug"), DriverError, OutcomeUnknown),
]
IDS = [type(error).__name__ for error, *_ in CASES]


@pytest.mark.parametrize(("error", "expected", "_"), CASES, ids=IDS)
def test_for_a_read(driver: Any, session: Any, answer: Any, error: Any, expected: Any, _: Any) -> None:
    found = raised(driver, session, answer, READ, error)
    assert type(found) is expected
    assert found.__cause__ is error
    assert found.request is READ
    assert SELECT in str(found)


@pytest.mark.parametrize("request_", WRITES, ids=NAMES)
@pytest.mark.parametrize(("error", "_", "expected"), CASES, ids=IDS)
def test_for_what_writes(
    driver: Any, session: Any, answer: Any, error: Any, expected: Any, request_: Any, _: Any
) -> None:
    found = raised(driver, session, answer, request_, error)
    assert type(found) is expected
    assert found.__cause__ is error
    assert found.request is request_
    assert INSERT in str(found)
    assert "secret" not in str(found)


@pytest.mark.parametrize("error", [error for error, *_ in CASES], ids=IDS)
async def test_the_async_door_raises_the_same(session: Any, driver: Any, answer: Any, error: Any) -> None:
    expected = raised(driver, session, answer, WRITE, error)
    session.answers.append(answer(error=error))
    with pytest.raises(CoodieError) as caught:
        await driver.aexecute(WRITE)
    assert (type(caught.value), str(caught.value)) == (type(expected), str(expected))
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    ("error", "write_type"),
    [
        (vendor.WriteTimeout("t", write_type=WriteType.BATCH_LOG, **ONE), "BATCH_LOG"),
        (vendor.WriteTimeout("t", write_type=WriteType.CAS, **ONE), "CAS"),
        (vendor.WriteFailure("t", write_type=WriteType.COUNTER, **ONE), "COUNTER"),
        (of_server(protocol.ErrorMessage, "cas unknown", 0x1700), "CAS"),
        (vendor.OperationTimedOut({}, "a"), None),
    ],
)
def test_an_unknown_outcome_says_what_was_under_way(
    driver: Any, session: Any, answer: Any, error: Any, write_type: str | None
) -> None:
    assert raised(driver, session, answer, WRITE, error).write_type == write_type


NOT_SENT: list[tuple[Exception, type[DriverError]]] = [
    (vendor.OperationTimedOut({"a": "no host queried before timeout"}, None), Timeout),
    (NoHostAvailable("none", {"a": ConnectionException("Pool is shutdown")}), Unavailable),
    (NoHostAvailable("none", {"a": NoConnectionsAvailable(), "b": ConnectionBusy("busy")}), Unavailable),
    (NoHostAvailable("none", {}), Unavailable),
    (NoHostAvailable("none", {"a": vendor.UnsupportedOperation("v2")}), RequestRejected),
]


@pytest.mark.parametrize("request_", WRITES, ids=NAMES)
@pytest.mark.parametrize(("error", "expected"), NOT_SENT)
def test_a_write_that_never_left_is_known_not_to_have_happened(
    driver: Any, session: Any, answer: Any, error: Any, expected: Any, request_: Any
) -> None:
    assert type(raised(driver, session, answer, request_, error, hosts=())) is expected


U = vendor.Unavailable("u", ConsistencyLevel.ONE, 1, 0)


@pytest.mark.parametrize(
    ("causes", "expected"),
    [
        ({"a": U, "b": U}, Unavailable),
        ({"a": U, "b": ConnectionException("Host has been marked down or removed")}, Unavailable),
        ({"a": of_server(protocol.OverloadedErrorMessage)}, Overloaded),
        ({"a": of_server(protocol.ServerError)}, ServerFailure),
        ({"a": vendor.OperationTimedOut({}, "a")}, Timeout),
        ({"a": vendor.AuthenticationFailed("who")}, RequestRejected),
        ({"a": U, "b": of_server(protocol.OverloadedErrorMessage)}, Unavailable),
        (["10.0.0.1"], Unavailable),
    ],
)
def test_the_causes_of_an_exhausted_host_list_are_looked_into(
    driver: Any, session: Any, answer: Any, causes: Any, expected: Any
) -> None:
    assert type(raised(driver, session, answer, READ, NoHostAvailable("none", causes))) is expected


def test_the_messages_of_the_causes_are_shown(driver: Any, session: Any, answer: Any) -> None:
    error = NoHostAvailable("none", {"a": of_server(protocol.OverloadedErrorMessage, "too many hints")})
    assert "too many hints" in str(raised(driver, session, answer, READ, error))


def test_an_earlier_attempt_that_may_have_worked_is_remembered(driver: Any, session: Any, answer: Any) -> None:
    def lost_and_sent_again(query: Any) -> None:
        query.retry_policy.on_request_error(query, None, error=ConnectionShutdown("gone"), retry_num=0)

    found = raised(driver, session, answer, WRITE, U, before=lost_and_sent_again, hosts=("a", "b"))
    assert type(found) is OutcomeUnknown


def test_refusals_by_two_hosts_are_still_refusals(driver: Any, session: Any, answer: Any) -> None:
    def refused_and_sent_on(query: Any) -> None:
        query.retry_policy.on_unavailable(query, consistency=1, required_replicas=1, alive_replicas=0, retry_num=0)

    found = raised(driver, session, answer, WRITE, U, before=refused_and_sent_on, hosts=("a", "b"))
    assert type(found) is Unavailable


def test_a_speculative_execution_may_still_work(driver: Any, session: Any, answer: Any) -> None:
    assert type(raised(driver, session, answer, WRITE, U, hosts=("a", "b"))) is OutcomeUnknown


@pytest.mark.parametrize(
    ("kind", "ids", "expected"),
    [
        (BatchKind.LOGGED, (1, 2), Unavailable),
        (BatchKind.UNLOGGED, (1, 1), Unavailable),
        (BatchKind.UNLOGGED, (1, 2), OutcomeUnknown),
        (BatchKind.COUNTER, (1, 2), OutcomeUnknown),
    ],
)
def test_a_batch_without_a_log_may_be_refused_in_part(
    driver: Any, session: Any, answer: Any, kind: BatchKind, ids: Any, expected: Any
) -> None:
    batch = Batch(tuple(Statement(INSERT, (number, "a"), idempotent=True) for number in ids), kind)
    assert type(raised(driver, session, answer, batch, U)) is expected


def test_a_schema_change_that_timed_out_while_the_nodes_disagreed(driver: Any, session: Any, answer: Any) -> None:
    ddl = Statement("DROP TABLE shop.events", kind=Kind.SCHEMA)
    found = raised(driver, session, answer, ddl, vendor.OperationTimedOut({}, None), agreed=False)
    assert type(found) is SchemaDisagreement


def test_an_internal_error_of_a_schema_change(driver: Any, session: Any, answer: Any) -> None:
    ddl = Statement("DROP TABLE shop.events", kind=Kind.SCHEMA)
    assert type(raised(driver, session, answer, ddl, of_server(protocol.ServerError))) is ServerFailure


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (vendor.InvalidRequest("No keyspace has been specified. USE a keyspace"), "give init_coodie() a keyspace"),
        (vendor.InvalidRequest("unconfigured table events"), "sync_table"),
        (vendor.InvalidRequest("Keyspace 'nope' does not exist"), "create_keyspace"),
    ],
)
def test_the_servers_sentence_is_kept_and_a_hint_added(
    driver: Any, session: Any, answer: Any, error: Any, hint: str
) -> None:
    found = str(raised(driver, session, answer, READ, error))
    assert str(error) in found
    assert hint in found


def test_values_are_shown_only_if_asked_for(session: Any, answer: Any) -> None:
    driver = CassandraDriver(session, log_values=True)
    assert "secret" in str(raised(driver, session, answer, WRITE, U))
    assert "secret" in str(raised(driver, session, answer, BATCH, U))


JSON = Statement("INSERT INTO shop.events JSON ?", ('{"id": 17, "name": "\\u0068unter2"}',))
HEAD = "Error from server: code=2200 [Invalid query] message="
SPOKEN: list[tuple[Any, str, str]] = [
    (JSON, "JSON values map contains unrecognized column: hunter2", "unrecognized column: ..."),
    (JSON, "Unable to make int from '17'", "Unable to make int from '...'"),
    (JSON, "Unrecognized token 'hunter'", "Unrecognized token '...'"),
    (WRITE, "Invalid null value in condition for column name", "Invalid null value in condition for column name"),
    (Statement(INSERT, (1, b"\xca\xfe")), "value 0xcafe is none", "value ... is none"),
    (Statement(INSERT, (1, b"\xca\xfe\xba\xbe")), "'cafebabe' is none", "'...' is none"),
    (Statement(INSERT, (1e10, "a")), "1.0E10 is too much", "is too much"),
    (Statement(INSERT, (1, {"Ann": ["Bo"]})), "neither 'ann' nor [BO]", "neither '...' nor [...]"),
    (Batch((WRITE, JSON)), "secret and hunter2", "... and ..."),
    (WRITE, "column name of shop.events", "column name of shop.events"),  # these are in the text of the statement
]


@pytest.mark.parametrize(("request_", "text", "expected"), SPOKEN)
def test_rule_32_what_the_server_repeats_of_a_value_is_left_out(request_: Any, text: str, expected: str) -> None:
    for error in (
        vendor.InvalidRequest(f'{HEAD}"{text}"'),
        of_server(protocol.ServerError, text),
        NoHostAvailable("none", {"a": of_server(protocol.InvalidRequestException, text)}),
    ):
        found = translate(error, request_)
        found.__cause__ = error
        shown = "".join(traceback.format_exception(found))
        assert expected in str(found)
        assert expected in shown
        assert text == expected or text not in shown
        assert text == expected or "log_values=True shows it" in str(found)


def test_rule_32_the_cause_is_the_vendors_own_error_without_the_values(driver: Any, session: Any, answer: Any) -> None:
    error = vendor.InvalidRequest("'secret' is none")
    found = raised(driver, session, answer, WRITE, error)
    assert found.__cause__ is error
    assert "secret" not in "".join(traceback.format_exception(found))


def test_rule_32_what_a_function_says_of_stored_values_is_left_out(driver: Any, session: Any, answer: Any) -> None:
    error = vendor.FunctionFailure(f'{HEAD}"execution failed: For input string: hunter2"', "shop", "fn", ["int"])
    found = raised(driver, session, answer, READ, error)
    assert "the function shop.fn failed" in str(found)
    assert "hunter2" not in "".join(traceback.format_exception(found))


def test_rule_32_a_refusal_of_the_text_is_shown_whole(driver: Any, session: Any) -> None:
    """Preparing sends no values, so the server cannot repeat any."""

    def refuse(_: str) -> None:
        raise vendor.InvalidRequest("line 1:17 no viable alternative at input 'secret'")

    session.on_prepare = refuse
    with pytest.raises(RequestRejected, match="line 1:17 no viable alternative at input 'secret'"):
        driver.execute(WRITE)


def test_rule_32_so_it_is_where_nothing_is_bound(driver: Any, session: Any, answer: Any) -> None:
    text = "line 1:7 no viable alternative at input 'DORP'"
    error = raised(driver, session, answer, Statement("DROP DORP 17", kind=Kind.SCHEMA), vendor.InvalidRequest(text))
    assert text in str(error)


def test_rule_32_with_log_values_the_server_is_heard_out(session: Any, answer: Any) -> None:
    driver = CassandraDriver(session, log_values=True)
    text = "'secret' is none"
    assert text in str(raised(driver, session, answer, WRITE, vendor.InvalidRequest(text)))


def test_a_long_batch_is_not_shown_in_full(driver: Any, session: Any, answer: Any) -> None:
    batch = Batch((WRITE,) * 50, BatchKind.UNLOGGED)
    found = str(raised(driver, session, answer, batch, U))
    assert "unlogged batch of 50" in found
    assert "and 47 more" in found
    assert found.count(INSERT) == 3


def test_errors_can_be_pickled_with_their_request(driver: Any, session: Any, answer: Any) -> None:
    found = raised(driver, session, answer, WRITE, vendor.OperationTimedOut({}, "a"))
    back = pickle.loads(pickle.dumps(found))
    assert (type(back), str(back), back.request) == (type(found), str(found), WRITE)


def test_an_error_before_anything_was_sent(driver: Any, session: Any) -> None:
    def refuse(_: Any) -> None:
        raise RuntimeError("cannot schedule new futures after shutdown")

    session.on_execute = refuse
    with pytest.raises(DriverError, match="cannot schedule"):
        driver.execute(WRITE)


def test_a_session_that_was_closed_under_way_before_anything_was_sent(driver: Any, session: Any) -> None:
    def refuse(_: Any) -> None:
        session.is_shutdown = True
        raise RuntimeError("cannot schedule new futures after shutdown")

    session.on_execute = refuse
    with pytest.raises(ConfigurationError, match="init_coodie"):
        driver.execute(WRITE)
