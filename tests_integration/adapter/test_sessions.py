"""The sessions and threads behind the adapter: connecting, forks, servers that come and go."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import ExecutionProfile
from cassandra.policies import WhiteListRoundRobinPolicy

from coodie.cql.message import Batch, Statement
from coodie.drivers.connect import connect
from coodie.exceptions import (
    DriverError,
    OutcomeUnknown,
    Unavailable,
)

from ..conftest import PATIENT  # noqa: TID252 - the checkout's root is not on the path
from ..server import Found, Node  # noqa: TID252 - the checkout's root is not on the path
from ..server.proxy import Proxy  # noqa: TID252 - as above
from .requests import ddl, read, write


def script(cluster: Found, body: str, *flags: str) -> None:
    """Run a program of its own that connects to the cluster."""
    hosts = ",".join(f"{host}:{cluster.port}" for host in cluster.hosts)
    head = f"""
        import asyncio, os, sys, threading
        from coodie.cql.message import Kind, Statement
        from coodie.drivers.connect import connect
        from coodie.exceptions import *
        hosts, PATIENT = {hosts!r}, {PATIENT!r}
        ask = Statement("SELECT release_version FROM system.local", kind=Kind.READ)
    """
    text = textwrap.dedent(head) + textwrap.dedent(body)
    subprocess.run([sys.executable, *flags, "-c", text], check=True, timeout=120, cwd=Path(__file__).parent)


def test_connecting_warns_of_nothing_and_leaves_no_thread(cluster: Found) -> None:
    body = """
        before = set(threading.enumerate())
        for lazy in (False, True):
            driver = connect(hosts, lazy=lazy, **PATIENT)
            assert driver.execute(ask).rows
            driver.close()
        for attempt in (dict(hosts="127.0.0.1:1"), dict(hosts=hosts, keyspace="nope")):
            try:
                connect(**attempt)
            except (Unavailable, RequestRejected) as error:
                assert error.__cause__ is not None
        # the vendor's one reactor thread lives as long as the process
        left = [thread.name for thread in set(threading.enumerate()) - before if not thread.name.endswith("event_loop")]
        assert not left, left
    """
    # The oldest drivers use a module that Python 3.10 warns about.
    script(cluster, body, "-W", "error", "-W", "ignore:The asyncore module is deprecated:DeprecationWarning")


def test_answers_that_come_in_small_pieces(cluster: Found) -> None:
    """In version 5, the vendor loses a connection that a read leaves inside the header of a segment, as here soon."""
    with Proxy(cluster.hosts[0], cluster.port, size=3) as proxy:
        profile = ExecutionProfile(load_balancing_policy=WhiteListRoundRobinPolicy(["127.0.0.1"]), request_timeout=300)
        options: dict[str, Any] = {**PATIENT, "execution_profile": profile, "schema_metadata_enabled": False}
        driver = connect("127.0.0.1", port=proxy.port, **options)
        try:
            for _ in range(200):
                (row,) = driver.execute(read("SELECT key, cql_version FROM system.local WHERE key = ?", "local")).rows
                assert row[0] == "local"
        finally:
            driver.close()


def test_forks(cluster: Found) -> None:
    body = """
        eager, lazy = connect(hosts, **PATIENT), connect(hosts, lazy=True, **PATIENT)
        eager.execute(ask), lazy.execute(ask)
        child = os.fork()
        if child == 0:
            try:
                eager.execute(ask)
            except ConfigurationError:
                os._exit(0 if asyncio.run(lazy.aexecute(ask)).rows else 2)
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        eager.execute(ask), lazy.execute(ask)
        eager.close(), lazy.close()
    """
    script(cluster, body, "-W", "ignore")


@pytest.mark.needs_server("it goes away and comes back")
def test_a_server_that_goes_away_and_comes_back(cluster: Found) -> None:
    del cluster  # asked for only so that this is skipped where no server can be started
    with Node() as node:
        driver = connect(f"{node.host}:{node.port}", reconnection_policy=quick(), **PATIENT)
        driver.execute(ddl("CREATE KEYSPACE s WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"))
        driver.execute(ddl("CREATE TABLE s.t (id int PRIMARY KEY)"))
        insert, select = write("INSERT INTO s.t (id) VALUES (?)", 1), read("SELECT id FROM s.t WHERE id = ?", 1)
        driver.execute(insert)
        driver.execute(Batch((insert,)))
        driver.execute(select)
        node.stop()
        for request, expected in ((select, Unavailable), (insert, (Unavailable, OutcomeUnknown))):
            with pytest.raises(expected):
                driver.execute(request)
        with pytest.raises((Unavailable, OutcomeUnknown)):
            asyncio.run(driver.aexecute(Batch((insert,))))
        node.restart()
        until_it_answers(driver, select)
        driver.execute(insert)
        driver.execute(Batch((insert, insert)))
        assert driver.execute(select).rows == [(1,)]
        driver.close()


def quick() -> Any:
    from cassandra.policies import ConstantReconnectionPolicy

    return ConstantReconnectionPolicy(0.2, None)


def until_it_answers(driver: Any, request: Statement) -> None:
    pause = threading.Event()
    for _ in range(1200):
        with suppress(DriverError):
            driver.execute(request)
            return
        pause.wait(0.1)
    raise AssertionError("it never came back")
