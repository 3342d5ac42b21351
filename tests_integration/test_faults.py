"""Faults beside the errors of a cluster: the same text, for a statement and for a batch, with values and without.

Two nodes of their own, of which one falls silent: the other then waits for it, as long as its settings say.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import ExecutionProfile
from cassandra.policies import WhiteListRoundRobinPolicy

from coodie.drivers import Batch, BatchKind, CassandraDriver, Kind, Options, Statement, get_driver
from coodie.exceptions import DriverError
from coodie.sync import close, init_coodie
from coodie.testing import RecordingDriver, faults
from coodie.testing.faults import Fault

from .conftest import require
from .server import NoCluster, Node, cluster, prepare_server

SHORT = {"read_request_timeout": "4s", "write_request_timeout": "4s"}
BOB = ("bob", "builder")
SETUP = (
    "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}",
    "CREATE TABLE shop.users (id int, n int, name text, PRIMARY KEY (id, n))",
    "CREATE FUNCTION shop.whole (word text) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java"
    " AS 'return Integer.parseInt(word);'",
    "CREATE ROLE bob WITH PASSWORD = 'builder' AND LOGIN = true",
)


@pytest.fixture(scope="module")
def nodes() -> Iterator[list[Node]]:
    try:
        prepare_server()
    except NoCluster as error:
        require(error)
    with cluster(2, authentication=True, changes=SHORT) as nodes:
        with nodes[0].session() as session:
            for cql in SETUP:
                session.execute(cql)
        yield nodes


@contextmanager
def connected(
    node: Node, login: tuple[str, str] | None = None, *, log_values: bool = False
) -> Iterator[CassandraDriver]:
    """A driver that asks one node alone, and never waits for the whole cluster."""
    profile = ExecutionProfile(WhiteListRoundRobinPolicy([node.host]), request_timeout=30)
    provider = PlainTextAuthProvider(*(login or node.login or BOB))
    init_coodie(node.host, port=node.port, auth_provider=provider, execution_profile=profile, log_values=log_values)
    try:
        driver = get_driver()
        assert isinstance(driver, CassandraDriver)
        yield driver
    finally:
        close()


def text_of(driver: CassandraDriver | RecordingDriver, request: Statement | Batch) -> tuple[type[DriverError], str]:
    with pytest.raises(DriverError) as caught:
        driver.execute(request)
    return type(caught.value), str(caught.value)


def check(driver: CassandraDriver, request: Statement | Batch, fault: Fault) -> None:
    """That a recorder's fault is what the cluster says to the same request."""
    recorder = RecordingDriver(log_values=driver.log_values)
    recorder.otherwise.raises(fault)
    assert text_of(recorder, request) == text_of(driver, request)


INSERT = "INSERT INTO shop.users (id, n, name) VALUES (?, ?, ?)"
ALL = Options(consistency="ALL", timeout=20)


def write(cql: str, *values: object, kind: Kind = Kind.WRITE, options: Options = ALL) -> Statement:
    return Statement(cql, values, kind=kind, options=options)


def read(cql: str, *values: object, options: Options = ALL) -> Statement:
    return Statement(cql, values, kind=Kind.READ, options=options)


@pytest.mark.parametrize("log_values", [False, True])
def test_what_a_server_refuses(nodes: list[Node], log_values: bool) -> None:
    ddl = "CREATE TABLE shop.users (id int PRIMARY KEY)"
    with connected(nodes[0], log_values=log_values) as driver:
        driver.execute(write(INSERT, 1, 1, "a17"))
        syntax = "line 1:0 no viable alternative at input 'SELEC' ([SELEC]...)"
        check(driver, read("SELEC id FROM shop.users"), faults.syntax(syntax))
        for request in (read("SELECT nope FROM shop.users"), write("UPDATE shop.users SET nope = ? WHERE id = 1", 1)):
            check(driver, request, faults.invalid("Undefined column name nope in table shop.users"))
        check(driver, read("SELECT a FROM shop.nope"), faults.invalid("table nope does not exist"))
        check(driver, write(ddl, kind=Kind.SCHEMA), faults.already_exists(keyspace="shop", table="users"))
        json = write("INSERT INTO shop.users JSON ?", '{"id": 1, "n": 1, "zip": 17}')
        spoken = "JSON values map contains unrecognized column: zip"
        check(driver, json, faults.invalid(spoken))
        check(driver, Batch((json, write(INSERT, 1, 2, "b"))), faults.invalid(spoken))
        function = faults.function_failure(keyspace="shop", function="whole", arg_types=["text"])
        if not log_values:  # what is thrown is the function's own
            check(driver, read("SELECT shop.whole(name) FROM shop.users WHERE id = ?", 1), function)
    with connected(nodes[0], BOB, log_values=log_values) as driver:
        for request, right in ((read("SELECT id FROM shop.users"), "SELECT"), (write(INSERT, 1, 1, "a"), "MODIFY")):
            spoken = f"User bob has no {right} permission on <table shop.users> or any of its parents"
            check(driver, request, faults.unauthorized(spoken))


@pytest.mark.parametrize("log_values", [False, True])
def test_what_times_out(nodes: list[Node], log_values: bool) -> None:
    late = {"consistency": "ALL", "received": 1, "required": 2}
    insert, host = write(INSERT, 1, 1, "a"), f"{nodes[0].host}:{nodes[0].port}"
    with connected(nodes[0], log_values=log_values) as driver:
        select = read("SELECT name FROM shop.users WHERE id = ?", 1)
        driver.execute(insert)
        driver.execute(select)
        nodes[1].pause()
        try:
            check(driver, insert, faults.write_timeout(**late))
            for kind, word in ((BatchKind.UNLOGGED, "UNLOGGED_BATCH"), (BatchKind.LOGGED, "BATCH")):
                other = write(INSERT, 2, 1, "b")
                check(driver, Batch((insert, other), kind, options=ALL), faults.write_timeout(write_type=word, **late))
            check(driver, select, faults.read_timeout(**late))
        finally:
            nodes[1].resume()
        nodes[0].pause()
        try:
            short = Options(timeout=0.5)
            for request in (select.with_options(short), insert.with_options(short), Batch((insert,), options=short)):
                check(driver, request, faults.client_timeout(host=host))
        finally:
            nodes[0].resume()
