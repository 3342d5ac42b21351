"""A call of the sync door on the thread of a running event loop warns, once per place."""

import asyncio
import sys
import warnings
from pathlib import Path
from typing import Annotated

import pytest

from coodie import aio, sync
from coodie.cql.message import Page
from coodie.drivers import Adapter, register_adapter, register_driver, unregister_adapter, unregister_driver
from coodie.fields import PrimaryKey
from coodie.testing import MemoryDriver, RecordingDriver
from coodie.warnings import BlockingCallWarning


class Blocking:
    """A driver that is no double."""

    def execute(self, request):
        return Page()

    async def aexecute(self, request):
        return Page()

    def close(self):
        pass

    async def aclose(self):
        pass


class User(sync.Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""


@pytest.fixture(autouse=True)
def connection(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(sys, "ps1", raising=False)  # a shell that another test opened leaves it
    register_driver("blocking", Blocking(), keyspace="ks", default=True)
    yield
    unregister_driver("blocking")


def save_in_a_batch():
    with sync.BatchQuery() as batch:
        User(id=1).save(batch=batch)


class Served(Blocking):
    """The same, with a Cassandra behind it."""

    def __init__(self):
        self.memory = MemoryDriver()
        self.memory.run("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")

    def execute(self, request):
        return self.memory.execute(request)


MIGRATION = """
async def up(m):
    await m.execute("CREATE TABLE IF NOT EXISTS users (id int PRIMARY KEY)")
"""


def test_a_migration_in_python_runs_on_a_loop_of_its_own_which_nothing_else_waits_for(tmp_path: Path):
    register_driver("blocking", Served(), keyspace="ks", default=True)
    (tmp_path / "1_users.py").write_text(MIGRATION)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sync.Migrations(tmp_path).up()
    assert sync.execute_raw("SELECT id FROM ks.users") == []


CALLS = {
    "save": lambda: User(id=1).save(),
    "batch": lambda: save_in_a_batch(),
    "all": lambda: User.find(id=1).all(),
    "iteration": lambda: list(User.find(id=1)),
    "first": lambda: User.find(id=1).first(),
    "scan": lambda: list(User.scan()),
    "many": lambda: sync.save_many([User(id=1)]),
    "get_many": lambda: sync.get_many(User, [1]),
    "raw": lambda: sync.execute_raw("SELECT a FROM t"),
    "schema": lambda: User.truncate(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_call_that_sends_something_warns_with_the_line_of_the_caller(call):
    with pytest.warns(
        BlockingCallWarning, match=r"blocks the event loop.*use coodie\.aio, or call it in a thread"
    ) as found:
        call()
    assert {Path(each.filename) for each in found} == {Path(__file__)}


async def test_it_warns_once_per_place():
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for _ in range(3):
            User(id=1).save()
        User(id=1).save()
    assert [each.lineno for each in found] == sorted({each.lineno for each in found})
    assert len(found) == 2


async def test_opening_and_closing_a_connection_warns_unless_nothing_waits():
    register_adapter("opened", Adapter(connect=lambda settings: Blocking()))
    sync.init_coodie("here", driver="opened", name="later", lazy=True)
    for call in (lambda: sync.init_coodie("here", driver="opened", name="one"), lambda: sync.close("one")):
        with pytest.warns(BlockingCallWarning) as found:
            call()
        assert {Path(each.filename) for each in found} == {Path(__file__)}
    await aio.close("later")
    unregister_adapter("opened")
    sync.init_coodie("memory:", name="here")
    sync.close("here")


async def test_what_blocks_no_loop_does_not_warn(monkeypatch):
    await asyncio.to_thread(User(id=1).save)
    await aio.save(User(id=1))
    User.find(id=1).limit(5)
    for double in (RecordingDriver(strict=False), MemoryDriver(), RecordingDriver(MemoryDriver())):
        register_driver("double", double)
        sync.execute_raw("SELECT key FROM system.local", connection="double")
        unregister_driver("double")
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    User(id=1).save()  # at a prompt, or in a notebook, the loop has nothing else to do


def test_without_a_loop_nothing_is_said():
    for call in CALLS.values():
        call()


async def test_a_spy_around_a_driver_that_blocks_does_not_hide_it():
    with RecordingDriver(Blocking()), pytest.warns(BlockingCallWarning):
        User(id=1).save()
