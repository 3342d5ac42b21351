"""What the adapter for acsylla does without a server: options, errors, and the types that follow from a text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from acsylla import errors as vendor

from coodie.cql.message import Batch, BatchKind, Kind, Statement
from coodie.cql.nodes import BeginBatch, Select
from coodie.cql.parsing.statements import parse
from coodie.cql.rendering.statements import render
from coodie.cql.types import List, Native, Udt, parse_type
from coodie.cql.values import UdtValue
from coodie.drivers.acsylla.errors import translate
from coodie.drivers.acsylla.exact import exactly
from coodie.drivers.acsylla.rows import NEWER, NewerSchemaError, RowReader
from coodie.drivers.acsylla.text_types import read_node, types_of
from coodie.drivers.acsylla.unsupported import unreadable
from coodie.drivers.connect import aconnect, connect
from coodie.drivers.shared.outcomes import Failure
from coodie.exceptions import (
    ConfigurationError,
    DriverError,
    NotSupportedByDriver,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
    ServerFailure,
    Timeout,
    Unavailable,
)

INSERT = "INSERT INTO t (id, name) VALUES (?, ?)"
READ = Statement("SELECT id FROM t WHERE id = ?", (1,), kind=Kind.READ, idempotent=True)
WRITE = Statement(INSERT, (1, "secret"))
IDEMPOTENT = Statement(INSERT, (1, "secret"), idempotent=True)
CONDITION = Statement(INSERT, (1, "secret"), kind=Kind.CONDITIONAL)
COUNTER = Statement(INSERT, (1, "secret"), kind=Kind.COUNTER)
BATCH = Batch((WRITE, WRITE))
UNLOGGED = Batch((WRITE, WRITE), BatchKind.UNLOGGED)
WRITES = [WRITE, IDEMPOTENT, CONDITION, COUNTER, BATCH]
NAMES = ["write", "idempotent", "condition", "counter", "batch"]

# what is raised for a read, and for everything that writes
CASES: list[tuple[str, type[DriverError], type[DriverError]]] = [
    ("CassErrorServerReadTimeout", Timeout, OutcomeUnknown),
    ("CassErrorServerWriteTimeout", Timeout, OutcomeUnknown),
    ("CassErrorServerReadFailure", ServerFailure, OutcomeUnknown),
    ("CassErrorServerWriteFailure", ServerFailure, OutcomeUnknown),
    ("CassErrorServerServerError", ServerFailure, OutcomeUnknown),
    ("CassErrorServerFunctionFailure", ServerFailure, ServerFailure),
    ("CassErrorServerTruncateError", ServerFailure, ServerFailure),
    ("CassErrorLibRequestTimedOut", Timeout, OutcomeUnknown),
    ("CassErrorLibWriteError", Unavailable, OutcomeUnknown),
    ("CassErrorLibUnexpectedResponse", Unavailable, OutcomeUnknown),
    ("CassErrorSslClosed", Unavailable, OutcomeUnknown),
    ("CassErrorServerInvalidQuery", RequestRejected, RequestRejected),
    ("CassErrorServerSyntaxError", RequestRejected, RequestRejected),
    ("CassErrorServerUnauthorized", RequestRejected, RequestRejected),
    ("CassErrorServerConfigError", RequestRejected, RequestRejected),
    ("CassErrorServerAlreadyExists", RequestRejected, RequestRejected),
    ("CassErrorServerBadCredentials", RequestRejected, RequestRejected),
    ("CassErrorServerProtocolError", RequestRejected, RequestRejected),
    ("CassException", DriverError, OutcomeUnknown),
]
REFUSALS = [
    ("CassErrorServerUnavailable", Unavailable),
    ("CassErrorServerOverloaded", Overloaded),
    ("CassErrorServerIsBootstrapping", Overloaded),
    ("CassErrorLibNoHostsAvailable", Unavailable),
    ("CassErrorLibRequestQueueFull", Overloaded),
    ("CassErrorLibNoStreams", Overloaded),
]
"""What the vendor also reports of the last attempt, if an idempotent write was sent again after a connection broke."""


def of_vendor(name: str) -> Any:
    return getattr(vendor, name)("text of the vendor")


@pytest.mark.parametrize(("name", "expected", "_"), CASES)
def test_for_a_read(name: str, expected: Any, _: Any) -> None:
    found = translate(of_vendor(name), READ)
    assert type(found) is expected
    assert getattr(found, "request", None) is READ
    assert READ.cql in str(found)


@pytest.mark.parametrize("request_", WRITES, ids=NAMES)
@pytest.mark.parametrize(("name", "_", "expected"), CASES)
def test_for_what_writes(name: str, expected: Any, request_: Any, _: Any) -> None:
    found = translate(of_vendor(name), request_)
    assert type(found) is expected
    assert "secret" not in str(found)


@pytest.mark.parametrize(("name", "expected"), REFUSALS)
def test_a_refusal_is_certain_only_if_no_attempt_came_before_it(name: str, expected: Any) -> None:
    """The vendor sends idempotent writes again after a connection broke, and tells of the last attempt only."""
    for request in (READ, WRITE, CONDITION, COUNTER, BATCH):
        assert type(translate(of_vendor(name), request)) is expected
    assert type(translate(of_vendor(name), IDEMPOTENT)) is OutcomeUnknown
    assert type(translate(of_vendor(name), IDEMPOTENT, Failure(sent=False, attempts=0))) is expected


def test_an_unlogged_batch_may_be_done_in_part() -> None:
    partly = translate(of_vendor("CassErrorServerUnavailable"), UNLOGGED, Failure(partial=True))
    assert type(partly) is OutcomeUnknown


def test_what_the_vendor_does_not_tell_is_not_guessed() -> None:
    """Its errors are a text: no write type, no node."""
    found = translate(of_vendor("CassErrorServerWriteTimeout"), CONDITION)
    assert isinstance(found, OutcomeUnknown)
    assert found.write_type is None
    assert found.coordinator is None


def test_a_value_in_the_servers_words_is_masked_unless_values_are_wanted() -> None:
    for shown in (False, True):
        error = vendor.CassErrorServerInvalidQuery("Invalid value 'secret' for name")
        assert ("secret" in str(translate(error, WRITE, log_values=shown))) is shown
        assert ("secret" in str(error)) is shown


@pytest.mark.parametrize(
    ("hosts", "options", "message"),
    [
        ("a", {"compresion": True}, "no option 'compresion'"),
        ("a", {"auth_provider": object()}, "no option 'auth_provider'.*username="),
        ("a", {"execution_profile": "x"}, "no option 'execution_profile'.*consistency="),
        ("a", {"protocol_version": 5}, "no option 'protocol_version'.*speaks version 4"),
        ("a", {"contact_points": ["a"]}, "no option 'contact_points'.*'hosts'"),
        ("a", {"request_timeout": "1"}, "'request_timeout' must be a number, not a str"),
        ("a", {"consistency": "QUORUMM"}, "'QUORUMM' is no consistency; did you mean 'QUORUM'"),
        ("a", {"serial_consistency": "QUORUM"}, "'QUORUM' is no serial_consistency"),
        ("a", {"prepared_size": 0}, "prepared_size must be an int of at least 1"),
        ("a", {"schema_timeout": -1}, "schema_timeout must be a positive number"),
        ("a:1,b:2", {}, "takes one port for all hosts, not 1, 2"),
        ("ann:secret@a", {}, "no user and no password; .*username="),
        ("a,,b", {}, "is not a host"),
        (None, {}, "needs hosts="),
    ],
)
async def test_what_is_wrong_is_said_before_connecting(hosts: Any, options: dict[str, Any], message: str) -> None:
    for lazy in (True, False):
        with pytest.raises(ConfigurationError, match=message) as caught:
            await aconnect(hosts, driver="acsylla", lazy=lazy, **options)
        assert "secret" not in str(caught.value)


def test_the_sync_api_and_sessions_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'acsylla' cannot serve coodie\.sync"):
        connect("a", driver="acsylla")
    with pytest.raises(ConfigurationError, match="'acsylla' takes no session"):
        connect(driver="acsylla", session=object())


COLUMNS = {
    name: parse_type(text)
    for name, text in {
        "id": "int",
        "price": "decimal",
        "at": "timestamp",
        "tags": "set<text>",
        "days": "map<text, date>",
        "prices": "list<decimal>",
        "address": "tuple<text, int>",
        "name": "text",
        "v": "vector<float, 2>",
    }.items()
}


@pytest.mark.parametrize(
    ("selected", "sent", "types"),
    [
        ("id, tags", "id, tags", "int set<text>"),
        ("price, id", "decimalasblob(price) AS price, id", None),
        ("at AS moment", "timestampasblob(at) AS moment", None),
        ("max(at)", 'timestampasblob(max(at)) AS "system.max(at)"', None),
        ("count(*)", "count(*)", "bigint"),
        ("writetime(id), ttl(id)", "writetime(id), ttl(id)", "bigint int"),
        ("writetime(tags)", "writetime(tags)", "list<bigint>"),
        ("days['x']", "days['x']", "date"),
        ("CAST(id AS text)", "CAST(id AS text)", "text"),
        ("token(id)", "token(id)", "bigint"),
        ("intasblob(id), tojson(id)", "intasblob(id), tojson(id)", "blob text"),
        ("map_keys(days), map_values(days)", "map_keys(days), map_values(days)", "set<text> list<date>"),
        ("mask_hash(id), exp(id)", "mask_hash(id), exp(id)", "blob int"),
        ("collection_count(days), collection_max(tags)", "collection_count(days), collection_max(tags)", "int text"),
    ],
)
def test_a_column_that_is_not_read_exactly_is_selected_as_bytes(selected: str, sent: str, types: str | None) -> None:
    cql = f"SELECT {selected} FROM t"
    node = parse(cql)
    assert isinstance(node, Select)
    found = types_of(node, COLUMNS, cql).selected
    assert found is not None
    exact, kinds = exactly(node, found)

    assert render(exact).cql == f"SELECT {sent} FROM t"
    if types is not None:
        assert " ".join(map(str, kinds)) == types


@pytest.mark.parametrize(
    ("cql", "types"),
    [
        ("SELECT similarity_cosine(v, ?) FROM t WHERE id = ?", "vector<float, 2> int"),
        ("SELECT similarity_cosine(?, v) FROM t LIMIT ?", "vector<float, 2> int"),
        ("SELECT mask_inner(name, ?, ?, ?) FROM t", "int int text"),
        ("SELECT mask_replace(id, ?) FROM t", "int"),
        ("SELECT minTimeuuid(?), max_timeuuid(?) FROM t", "timestamp timestamp"),
        ("SELECT id FROM t WHERE at > minTimeuuid(?) AND at < max_timeuuid(?)", "timestamp timestamp"),
        ("SELECT days[?], (bigint) ? FROM t", "text bigint"),
        ("SELECT id FROM t WHERE id IN (?, ?)", "int int"),
        ('SELECT id FROM t WHERE id = :a /* :b */ AND name IN : "B" LIMIT :c', "int list<text> int"),
        ("INSERT INTO t (id, tags, days, address) VALUES (?, {?}, {?: ?}, (?, ?))", "int text text date text int"),
        ("UPDATE t USING TTL ? SET tags = tags - ?, days[?] = ? WHERE id = ?", "int set<text> text date int"),
        ("DELETE tags[?] FROM t WHERE id = ? IF name = ?", "text int text"),
    ],
)
def test_the_type_of_each_mark_follows_from_its_place(cql: str, types: str) -> None:
    node = read_node(cql)
    assert not isinstance(node, BeginBatch)
    assert " ".join(str(mark.type) for mark in types_of(node, COLUMNS, cql).marks) == types


def test_a_mark_of_unknown_type_is_refused_by_name() -> None:
    cql = "SELECT id FROM t WHERE id = mine(?)"
    with pytest.raises(NotSupportedByDriver, match="bind mark arg0"):
        types_of(parse(cql), COLUMNS, cql)  # type: ignore[arg-type]


@pytest.mark.parametrize(("selected", "feature"), [("mine(id)", "the function mine"), ("id + 1", "an expression")])
def test_an_expression_of_unknown_type_is_refused_with_what_helps(selected: str, feature: str) -> None:
    cql = f"SELECT {selected} FROM t"
    with pytest.raises(NotSupportedByDriver, match="CAST") as refused:
        types_of(parse(cql), COLUMNS, cql)  # type: ignore[arg-type]
    assert refused.value.feature.startswith(feature)
    assert refused.value.driver == "acsylla"


@pytest.mark.parametrize(
    ("kind", "readable"),
    [
        ("list<decimal>", False),
        ("map<text, frozen<list<decimal>>>", False),
        ("vector<decimal, 2>", True),
        ("set<frozen<list<int>>>", False),
        ("map<frozen<tuple<int, text>>, int>", True),
        ("map<int, frozen<list<int>>>", True),
    ],
)
def test_what_the_vendor_cannot_read(kind: str, readable: bool) -> None:
    assert (unreadable(parse_type(kind)) is None) is readable


class Row(tuple[Any, ...]):
    """A row of the vendor."""

    def as_tuple(self) -> tuple[Any, ...]:
        return self

    def column_value_by_index(self, index: int) -> Any:
        return self[index]


class Result(list[Row]):
    """A page of the vendor."""

    def all(self) -> list[Row]:
        return self


def test_what_is_newer_than_the_types_is_read_anew_or_unreadable_and_never_guessed() -> None:
    """A column without a type, or a field of a user-defined type, that was added by another program a moment ago."""
    reader = RowReader([parse_type("uuid"), NEWER])
    page = Result([Row(["00000000-0000-0000-0000-000000000007", 5]), Row([None, None])])
    with pytest.raises(NewerSchemaError):
        reader.rows(page, strict=True)
    assert reader.rows(page, strict=False) == [(UUID(int=7), NEWER), (None, None)]

    reader = RowReader([Native("int"), List(Udt("u", (("a", Native("int")),)))])
    page = Result([Row([1, [{"a": 1}]])])
    assert reader.rows(page, strict=True) == [(1, [UdtValue(a=1)])]
    page.append(Row([2, [{"a": 1, "b": 2}]]))
    with pytest.raises(NewerSchemaError):
        reader.rows(page, strict=True)
    assert reader.rows(page, strict=False) == [(1, [UdtValue(a=1)]), (2, NEWER)]
