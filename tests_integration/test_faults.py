"""Faults beside the errors of a server: the same text, for a statement and for a batch, with values and without.

What replicas do to each other is compared as it comes over the wire: `tests/drivers/test_fault_texts.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import ExecutionProfile
from cassandra.policies import FallthroughRetryPolicy, WhiteListRoundRobinPolicy

from coodie.drivers import Batch, BatchKind, CassandraDriver, Kind, Options, Statement, get_driver
from coodie.exceptions import DriverError
from coodie.sync import close, init_coodie
from coodie.testing import RecordingDriver, faults
from coodie.testing.faults import Fault

from .conftest import PATIENT, require
from .server import NoCluster, Node, cluster, prepare_server

pytestmark = pytest.mark.needs_server("with users, replicas and pauses")

BOB = ("bob", "builder")
SETUP = (
    "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
    "CREATE TABLE shop.users (id int, n int, name text, PRIMARY KEY (id, n))",
    "CREATE FUNCTION shop.whole (word text) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE java"
    " AS 'return Integer.parseInt(word);'",
    "CREATE ROLE bob WITH PASSWORD = 'builder' AND LOGIN = true",
)


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """A server of its own, where users log in."""
    try:
        prepare_server()
    except NoCluster as error:
        require(error)
    with Node(authentication=True) as node:
        with node.session() as session:
            for cql in SETUP:
                session.execute(cql)
        yield node


@contextmanager
def connected(
    node: Node, login: tuple[str, str] | None = None, *, log_values: bool = False
) -> Iterator[CassandraDriver]:
    profile = ExecutionProfile(WhiteListRoundRobinPolicy([node.host]), FallthroughRetryPolicy(), request_timeout=30)
    login = login or node.login
    options = {"auth_provider": PlainTextAuthProvider(*login)} if login else {}
    options |= PATIENT
    init_coodie(node.host, port=node.port, execution_profile=profile, log_values=log_values, **options)
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
USUAL = Options(timeout=20)


def write(cql: str, *values: object, kind: Kind = Kind.WRITE, options: Options = USUAL) -> Statement:
    return Statement(cql, values, kind=kind, options=options)


def read(cql: str, *values: object, options: Options = USUAL) -> Statement:
    return Statement(cql, values, kind=Kind.READ, options=options)


@pytest.mark.parametrize("log_values", [False, True])
def test_what_a_server_refuses(node: Node, log_values: bool) -> None:
    ddl = "CREATE TABLE shop.users (id int PRIMARY KEY)"
    with connected(node, log_values=log_values) as driver:
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
    with connected(node, BOB, log_values=log_values) as driver:
        for request, right in ((read("SELECT id FROM shop.users"), "SELECT"), (write(INSERT, 1, 1, "a"), "MODIFY")):
            spoken = f"User bob has no {right} permission on <table shop.users> or any of its parents"
            check(driver, request, faults.unauthorized(spoken))


@pytest.mark.parametrize("log_values", [False, True])
def test_a_server_that_does_not_answer(node: Node, log_values: bool) -> None:
    host, short = f"{node.host}:{node.port}", Options(timeout=0.5)
    insert, select = write(INSERT, 1, 1, "a"), read("SELECT name FROM shop.users WHERE id = ?", 1)
    batches = [Batch((insert,) * size, kind) for size, kind in ((1, BatchKind.LOGGED), (5, BatchKind.UNLOGGED))]
    with connected(node, log_values=log_values) as driver:
        for request in (insert, select):
            driver.execute(request)  # else it would have to be prepared
        node.pause()
        try:
            for request in (insert, select):
                check(driver, request.with_options(short), faults.client_timeout(host=host))
            for batch in batches:
                check(driver, replace(batch, options=short), faults.client_timeout(host=host))
        finally:
            node.resume()


@pytest.mark.parametrize("log_values", [False, True])
def test_more_replicas_than_there_are(node: Node, log_values: bool) -> None:
    two = Options(consistency="TWO")
    with connected(node, log_values=log_values) as driver:
        fault = faults.unavailable(consistency="TWO", required=2, alive=1)
        for request in (write(INSERT, 1, 1, "a", options=two), read("SELECT id FROM shop.users", options=two)):
            check(driver, request, fault)


@pytest.fixture(scope="module")
def pair() -> Iterator[list[Node]]:
    """Two servers with a copy of each row, which wait a second for each other and take long to call each other dead."""
    try:
        prepare_server()
    except NoCluster as error:
        require(error)
    second = dict.fromkeys(("read_request_timeout", "write_request_timeout"), "1s")
    with cluster(2, changes={"phi_convict_threshold": 16, **second}) as nodes:
        with nodes[0].session() as session:
            session.execute(
                "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 2}"
            )
            session.execute("CREATE TABLE shop.users (id int, n int, name text, PRIMARY KEY (id, n))")
        yield nodes


@pytest.mark.parametrize("log_values", [False, True])
def test_a_replica_that_does_not_answer(pair: list[Node], log_values: bool) -> None:
    every = Options(timeout=20, consistency="ALL")
    insert, select = write(INSERT, 1, 1, "a", options=every), read("SELECT name FROM shop.users", options=every)
    other = write(INSERT, 2, 1, "a", options=every)
    late = partial(faults.write_timeout, consistency="ALL", received=1, required=2)
    with connected(pair[0], log_values=log_values) as driver:
        for request in (insert, select):
            driver.execute(request)
        pair[1].pause()
        try:
            check(driver, insert, late())
            check(driver, select, faults.read_timeout(consistency="ALL", received=1, required=2))
            unlogged = Batch((insert, other), BatchKind.UNLOGGED, options=every)
            check(driver, unlogged, late(write_type="UNLOGGED_BATCH"))
        finally:
            pair[1].resume()
