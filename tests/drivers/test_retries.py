"""The user's retry policy decides, except where sending again could do a thing twice."""

from __future__ import annotations

from typing import Any

import pytest
from cassandra import ConsistencyLevel, WriteType, protocol
from cassandra.connection import ConnectionShutdown
from cassandra.policies import FallthroughRetryPolicy, RetryPolicy
from drivers.fake_session import INSERT, SELECT

from coodie.cql.message import Batch, Kind, Statement
from coodie.drivers.cassandra import CassandraDriver

NEXT, AGAIN, RAISE = RetryPolicy.RETRY_NEXT_HOST, RetryPolicy.RETRY, RetryPolicy.RETHROW
LOST = ConnectionShutdown("gone")


def of_server(cls: Any) -> Any:
    return cls(code=cls.error_code, message="text", info=None)


def policy_of(session: Any, driver: CassandraDriver, request: Any) -> tuple[Any, Any]:
    driver.execute(request)
    query = session.sent[-1]
    return query.retry_policy, query


def requests(idempotent: bool) -> list[Any]:
    write = Statement(INSERT, (1, "a"), idempotent=idempotent)
    return [write, Batch((write,)), Statement("TRUNCATE shop.events", idempotent=idempotent)]


@pytest.mark.parametrize("error", [LOST, of_server(protocol.ServerError)])
@pytest.mark.parametrize(("idempotent", "decision"), [(True, NEXT), (False, RAISE)])
def test_what_is_not_idempotent_is_not_sent_again_when_it_may_have_happened(
    session: Any, driver: Any, error: Any, idempotent: bool, decision: int
) -> None:
    for request in requests(idempotent):
        policy, query = policy_of(session, driver, request)
        assert policy.on_request_error(query, None, error=error, retry_num=0)[0] == decision


@pytest.mark.parametrize("cls", [protocol.OverloadedErrorMessage, protocol.IsBootstrappingErrorMessage])
@pytest.mark.parametrize("idempotent", [True, False])
def test_a_server_that_did_not_begin_is_passed_over(session: Any, driver: Any, cls: Any, idempotent: bool) -> None:
    for request in requests(idempotent):
        policy, query = policy_of(session, driver, request)
        assert policy.on_request_error(query, None, error=of_server(cls), retry_num=0)[0] == NEXT
        answer = policy.on_unavailable(query, consistency=1, required_replicas=1, alive_replicas=0, retry_num=0)
        assert answer[0] == NEXT


@pytest.mark.parametrize(("idempotent", "decision"), [(True, AGAIN), (False, RAISE)])
def test_a_batch_log_that_timed_out_may_be_played_back(
    session: Any, driver: Any, idempotent: bool, decision: int
) -> None:
    policy, query = policy_of(session, driver, requests(idempotent)[1])
    info = {"consistency": 1, "required_responses": 1, "received_responses": 0, "retry_num": 0}
    assert policy.on_write_timeout(query, write_type=WriteType.BATCH_LOG, **info)[0] == decision
    assert policy.on_write_timeout(query, write_type=WriteType.SIMPLE, **info)[0] == RAISE


def test_a_condition_is_not_tried_again_after_its_reading_phase_timed_out(session: Any, driver: Any) -> None:
    policy, query = policy_of(session, driver, Statement(INSERT, (1, "a"), kind=Kind.CONDITIONAL))
    info = {"consistency": ConsistencyLevel.ONE, "required_responses": 1, "received_responses": 1, "retry_num": 0}
    assert policy.on_read_timeout(query, data_retrieved=False, **info)[0] == RAISE


def test_the_users_policy_is_asked_each_time(session: Any, driver: Any) -> None:
    policy, query = policy_of(session, driver, requests(True)[0])
    session.profile.retry_policy = FallthroughRetryPolicy()
    assert policy.on_request_error(query, None, error=LOST, retry_num=0)[0] == RAISE


def test_a_policy_set_the_old_way_is_asked_too(session: Any, driver: Any) -> None:
    policy, query = policy_of(session, driver, requests(True)[0])
    session.cluster.default_retry_policy = FallthroughRetryPolicy()
    assert policy.on_request_error(query, None, error=LOST, retry_num=0)[0] == RAISE


def answers(policy: Any, query: Any) -> list[int]:
    """What the policy says where the vendor's own would always send it again."""
    timeout = {"consistency": 1, "required_responses": 1, "received_responses": 1, "retry_num": 0}
    return [
        policy.on_request_error(query, None, error=LOST, retry_num=0)[0],
        policy.on_unavailable(query, consistency=1, required_replicas=1, alive_replicas=0, retry_num=0)[0],
        policy.on_write_timeout(query, write_type=WriteType.BATCH_LOG, **timeout)[0],
        policy.on_read_timeout(query, data_retrieved=False, **timeout)[0],
    ]


def test_reads_are_left_to_the_users_policy(session: Any, driver: Any) -> None:
    policy, query = policy_of(session, driver, Statement(SELECT, (1,), kind=Kind.READ))
    assert answers(policy, query) == [NEXT, NEXT, AGAIN, AGAIN]
    session.profile.retry_policy = FallthroughRetryPolicy()
    assert answers(policy, query) == [RAISE] * 4


def test_on_a_closed_session_nothing_is_sent_again(session: Any, driver: Any) -> None:
    for request in (Statement(SELECT, (1,), kind=Kind.READ, idempotent=True), *requests(True)):
        session.is_shutdown = False
        policy, query = policy_of(session, driver, request)
        session.is_shutdown = True
        assert answers(policy, query) == [RAISE] * 4
        assert (query.unsure, query.moves) == (False, 0)
