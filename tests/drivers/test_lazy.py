"""Connections that are opened at their first use, and those that a fork parts from their cluster."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cassandra.cluster import NoHostAvailable
from drivers.fake_cluster import FakeCluster

from coodie.cql.message import Kind, Options, Statement
from coodie.drivers.cassandra import CassandraDriver
from coodie.drivers.connect import connect
from coodie.drivers.shared.lazy import LazyDriver
from coodie.exceptions import ConfigurationError, Timeout, Unavailable

SELECT = Statement("SELECT id FROM t", kind=Kind.READ)


def test_lazy_connects_at_first_use_and_once(cluster: FakeCluster) -> None:
    driver = connect("a", lazy=True)
    assert cluster.made == []
    with ThreadPoolExecutor(4) as pool:
        for call in [pool.submit(driver.execute, SELECT) for _ in range(8)]:  # type: ignore[union-attr]
            call.result(60)
    assert cluster.connects == 1


async def test_lazy_connects_off_the_loops_thread_and_once(cluster: FakeCluster) -> None:
    threads: list[threading.Thread] = []
    cluster.gate = lambda: threads.append(threading.current_thread())
    driver: Any = connect("a", lazy=True)
    await asyncio.gather(*[driver.aexecute(SELECT) for _ in range(8)])
    assert cluster.connects == 1
    assert threading.current_thread() not in threads
    await driver.aclose()
    assert cluster.shutdowns == 1


async def test_lazy_survives_a_waiter_that_gives_up(cluster: FakeCluster) -> None:
    reached, opened = threading.Event(), threading.Event()
    cluster.gate = lambda: (reached.set(), opened.wait(60))
    driver: Any = connect("a", lazy=True)
    first = asyncio.create_task(driver.aexecute(SELECT))
    await asyncio.to_thread(reached.wait, 10)
    second = asyncio.create_task(driver.aexecute(SELECT))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    opened.set()
    await second
    assert first.cancelled()
    assert cluster.connects == 1


async def test_rule_33_a_timeout_covers_the_first_connecting(cluster: FakeCluster) -> None:
    opened = threading.Event()
    cluster.gate = lambda: opened.wait(60)
    driver: Any = connect("a", lazy=True)
    request = SELECT.with_options(Options(timeout=0.01))
    for _ in range(2):
        with pytest.raises(Timeout, match="no connection in time; nothing was sent") as caught:
            await driver.aexecute(request)
        with pytest.raises(Timeout):
            driver.execute(request)
    assert caught.value.request == request
    opened.set()
    await driver.aexecute(SELECT.with_options(Options(timeout=60)))
    assert cluster.connects == 1
    assert 0 < cluster.session.options[0]["timeout"] < 60


async def test_lazy_tries_again_after_a_failure(cluster: FakeCluster) -> None:
    driver: Any = connect("a", lazy=True)
    for _ in range(2):
        cluster.errors["connect"] = NoHostAvailable("Unable", {})
        with pytest.raises(Unavailable):
            await driver.aexecute(SELECT)
    driver.execute(SELECT)
    assert cluster.connects == 3


def test_lazy_closed_before_it_was_used(cluster: FakeCluster) -> None:
    driver: Any = connect("a", lazy=True)
    driver.close()
    driver.close()
    with pytest.raises(ConfigurationError, match="closed"):
        driver.execute(SELECT)
    assert cluster.made == []


def test_lazy_closed_while_it_connects(cluster: FakeCluster) -> None:
    reached, opened = threading.Event(), threading.Event()
    cluster.gate = lambda: (reached.set(), opened.wait(60))
    driver: Any = connect("a", lazy=True)
    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(driver.execute, SELECT) for _ in range(2)]
        calls.append(pool.submit(asyncio.run, driver.aexecute(SELECT)))
        assert reached.wait(60)
        driver.close()
        for call in calls:
            with pytest.raises(ConfigurationError, match="closed"):
                call.result(60)
    assert cluster.shutdowns == 0
    opened.set()
    wait_for_threads("coodie-connect")
    assert cluster.shutdowns == 1


def test_lazy_closed_while_a_connection_fails(cluster: FakeCluster) -> None:
    driver: Any = connect("a", lazy=True)
    cluster.gate = driver.close
    cluster.errors["connect"] = NoHostAvailable("Unable", {})
    with pytest.raises(ConfigurationError, match="closed"):
        driver.execute(SELECT)


def test_lazy_at_the_end_of_the_interpreter(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    driver: Any = connect("a", lazy=True)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    driver.execute(SELECT)
    driver.close()
    assert (cluster.connects, cluster.shutdowns) == (1, 1)


def wait_for_threads(name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(60)


def in_child(check: Callable[[], None]) -> None:
    """Fork, check in the child, and fail here if it failed there."""
    child = os.fork()
    if child == 0:
        try:
            check()
        except BaseException as error:  # noqa: BLE001 - the child must not go on with the tests
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_connection_from_before_a_fork_is_a_clear_error_and_its_cluster_the_parents(session: Any) -> None:
    driver = CassandraDriver(session, owned=True)

    def check() -> None:
        with pytest.raises(ConfigurationError, match=r"before this process was forked.*lazy=True"):
            driver.execute(SELECT)
        driver.close()
        assert session.cluster.shutdowns == 0

    in_child(check)
    driver.execute(SELECT)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_lazy_connection_is_made_anew_after_a_fork(cluster: FakeCluster) -> None:
    driver: Any = connect("a", lazy=True)
    driver.execute(SELECT)

    def check() -> None:
        driver.execute(SELECT)
        assert cluster.connects == 2
        assert cluster.shutdowns == 0

    in_child(check)
    driver.execute(SELECT)
    assert cluster.connects == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_what_was_opened_before_two_forks_is_not_collected_after_them(session: Any) -> None:
    opened: list[weakref.ref[CassandraDriver]] = []

    def opener() -> CassandraDriver:
        driver = CassandraDriver(session)
        opened.append(weakref.ref(driver))
        return driver

    lazy = LazyDriver(opener)
    lazy.execute(SELECT)
    # what was sent knows its driver
    session.sent.clear()
    session.futures.clear()

    def check() -> None:
        gc.collect()
        assert opened[0]() is not None

    in_child(lambda: in_child(check))
    lazy.close()
