"""Connections and what a process does with itself: forks through both doors, and a connect that is given up."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from .server import Found
from .server.client import PATIENT

HEAD = """
    import asyncio, os, sys, threading
    from typing import Annotated
    from coodie import ConfigurationError, PrimaryKey, aio, sync
    from coodie.drivers import get_driver

    hosts, keyspace = sys.argv[1].split(","), sys.argv[2]

    class Row(sync.Document):
        id: Annotated[int, PrimaryKey()]

        class Settings:
            name = "forked"

    class AsyncRow(aio.Document):
        id: Annotated[int, PrimaryKey()]

        class Settings:
            name = "forked"

    def in_child(work):
        '''Fork, work in the child, and give its exit code.'''
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = work()
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


def script(cluster: Found, keyspace: str, body: str) -> None:
    """Run in a process of its own: one that forks must not have the threads of a test run."""
    hosts = ",".join(f"{host}:{cluster.port}" for host in cluster.hosts)
    text = f"PATIENT = {PATIENT!r}\n{textwrap.dedent(HEAD)}{textwrap.dedent(body)}"
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", text, hosts, keyspace],
        check=True,
        timeout=120,
        cwd=Path(__file__).parent,
    )


def test_a_connection_from_before_a_fork_says_so_in_both_doors_and_is_opened_anew_there(
    cluster: Found, keyspace: str
) -> None:
    body = """
        sync.init_coodie(hosts, keyspace=keyspace, **PATIENT)
        Row.sync_table()
        Row(id=1).save()

        def work():
            for ask in (lambda: Row.find(id=1).all(), lambda: asyncio.run(AsyncRow.find(id=1).all())):
                try:
                    ask()
                except ConfigurationError as error:
                    assert "before this process was forked" in str(error) and "lazy=True" in str(error)
                else:
                    return 2
            sync.init_coodie(hosts, keyspace=keyspace, **PATIENT)
            Row(id=2).save()
            assert asyncio.run(AsyncRow.get(id=1)).id == 1
            sync.close()
            return 0

        assert in_child(work) == 0
        assert [row.id for row in Row.find(id__in=[1, 2]).all()] == [1, 2], "the parent's connection lives on"
        sync.close()
    """
    script(cluster, keyspace, body)


@pytest.mark.parametrize("used", [True, False])
def test_a_lazy_connection_is_made_anew_in_each_process(cluster: Found, keyspace: str, used: bool) -> None:
    body = f"""
        sync.init_coodie(hosts, keyspace=keyspace, lazy=True, **PATIENT)
        if {used}:
            Row.sync_table()
            Row(id=1).save()

        def work():
            Row.sync_table()
            Row(id=1).save()
            assert asyncio.run(AsyncRow.get(id=1)).id == 1
            grandchild = in_child(lambda: 0 if Row.find(id=1).one().id == 1 else 3)
            sync.close()
            return grandchild

        assert [in_child(work), in_child(work)] == [0, 0]
        assert Row.find(id=1).one().id == 1
        sync.close()
    """
    script(cluster, keyspace, body)


def test_a_connect_that_is_given_up_leaves_no_connection(cluster: Found) -> None:
    body = """
        before = {thread.name for thread in threading.enumerate()}

        async def give_up():
            for ticks in (0, 1, 2, 100, 10_000):
                task = asyncio.ensure_future(aio.init_coodie(hosts, **PATIENT))
                for _ in range(ticks):
                    await asyncio.sleep(0)
                task.cancel()
                try:
                    await task
                except asyncio.CancelledError:
                    pass
                else:
                    await aio.close()
            try:
                get_driver()
            except ConfigurationError:
                return
            raise AssertionError("a connection is known that nobody waited for")

        asyncio.run(give_up())
        # the vendor's one reactor thread lives as long as the process
        left = [each for each in threading.enumerate() if each.name not in before | {"event_loop"}]
        for thread in left:
            thread.join(60)
        assert not [each for each in left if each.is_alive()], left
    """
    script(cluster, "", body)
