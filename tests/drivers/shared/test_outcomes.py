"""Which failure of which kind of statement is which error: the same for each adapter, and for the faults of tests."""

from __future__ import annotations

from typing import get_args

import pytest

from coodie.cql.message import Batch, Kind, Request, Statement
from coodie.drivers.errors import (
    DriverError,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
    SchemaDisagreement,
    ServerFailure,
    Timeout,
    Unavailable,
)
from coodie.drivers.shared.outcomes import FAILED, Failure, Sort, error_class, error_of

READ = Statement("SELECT a FROM t", kind=Kind.READ)
DDL = Statement("DROP TABLE t", kind=Kind.SCHEMA)
WRITES: list[Request] = [
    Statement("INSERT INTO t (a) VALUES (1)"),
    Statement("INSERT INTO t (a) VALUES (1) IF NOT EXISTS", kind=Kind.CONDITIONAL),
    Statement("UPDATE t SET n = n + 1 WHERE a = 1", kind=Kind.COUNTER),
    Batch((Statement("INSERT INTO t (a) VALUES (1)"),)),
]
NOT_SENT = Failure(sent=False, attempts=0)

TABLE: dict[Sort, tuple[type[DriverError], type[DriverError], type[DriverError]]] = {
    # of a read, of a write that was sent, of a write that was not
    "unavailable": (Unavailable, Unavailable, Unavailable),
    "no host": (Unavailable, Unavailable, Unavailable),
    "lost": (Unavailable, OutcomeUnknown, Unavailable),
    "read timeout": (Timeout, OutcomeUnknown, Timeout),
    "write timeout": (Timeout, OutcomeUnknown, Timeout),
    "client timeout": (Timeout, OutcomeUnknown, Timeout),
    "read failure": (ServerFailure, OutcomeUnknown, ServerFailure),
    "write failure": (ServerFailure, OutcomeUnknown, ServerFailure),
    "failure": (ServerFailure, ServerFailure, ServerFailure),
    "internal": (ServerFailure, OutcomeUnknown, ServerFailure),
    "overloaded": (Overloaded, Overloaded, Overloaded),
    "rejected": (RequestRejected, RequestRejected, RequestRejected),
    "other": (DriverError, OutcomeUnknown, DriverError),
}


def test_each_sort_has_its_errors() -> None:
    assert set(TABLE) == set(get_args(Sort))


@pytest.mark.parametrize("sort", TABLE)
def test_which_error_a_failure_is(sort: Sort) -> None:
    read, sent, not_sent = TABLE[sort]
    assert error_class(sort, READ) is error_class(sort, READ, NOT_SENT) is read
    for write in WRITES:
        assert error_class(sort, write) is sent, write
        assert error_class(sort, write, NOT_SENT) is not_sent, write
    assert error_class(sort, DDL) is (ServerFailure if sort == "internal" else sent)


@pytest.mark.parametrize("sort", TABLE)
def test_rule_15_an_attempt_that_may_have_taken_effect_leaves_the_outcome_unknown(sort: Sort) -> None:
    unsure = Failure(unsure=True)
    assert error_class(sort, READ, unsure) is TABLE[sort][0]
    for write in WRITES:
        wanted = TABLE[sort][0] if sort in ("rejected", "failure") else OutcomeUnknown
        assert error_class(sort, write, unsure) is wanted


def test_a_batch_without_a_log_may_have_happened_in_part() -> None:
    assert error_class("unavailable", WRITES[-1], Failure(partial=True)) is OutcomeUnknown
    assert error_class("unavailable", WRITES[-1], Failure(partial=True, sent=False)) is Unavailable


def test_nodes_that_disagree_are_that_whatever_it_was() -> None:
    error = error_of("lost", "x", DDL, Failure(agreed=False, closed=True))
    assert type(error) is SchemaDisagreement
    assert str(error).startswith("the nodes did not agree on one schema in time; the change itself may have been made")


@pytest.mark.parametrize(
    ("request_", "says"),
    [(READ, "in flight; open another one with init_coodie()"), (WRITES[0], "in flight; it may or may not have")],
)
def test_rule_15_a_connection_that_was_closed_meanwhile_says_so(request_: Request, says: str) -> None:
    assert says in str(error_of("lost", "broken pipe", request_, Failure(closed=True)))
    assert "broken pipe" in str(error_of("lost", "broken pipe", request_, FAILED))


def test_an_error_has_all_that_is_known_of_the_request() -> None:
    failure = Failure(attempts=3, prepared=1, coordinator="a:9042")
    error = error_of("write timeout", "late", WRITES[0], failure, write_type="BATCH_LOG")
    assert isinstance(error, OutcomeUnknown)
    assert (error.request, error.attempts, error.prepared, error.write_type) == (WRITES[0], 3, 1, "BATCH_LOG")
    assert error.coordinator == "a:9042"


def test_rule_32_values_show_only_where_that_is_asked_for() -> None:
    request = Statement("INSERT INTO t (a) VALUES (?)", ("secret",))
    assert "secret" not in str(error_of("lost", "x", request))
    assert "secret" in str(error_of("lost", "x", request, values=True))
