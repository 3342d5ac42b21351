"""Fixtures for the tests, which need no database.

With --memory they run on a Cassandra in memory, with --cluster on the one named in COODIE_HOSTS.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from typing import TypeAlias

import pytest
from httpx import ASGITransport, AsyncClient

from coodie.drivers import AsyncDriver, SyncDriver, get_driver
from coodie.sync import close, create_keyspace, drop_keyspace, init_coodie
from coodie.testing import Clock, RecordingDriver, faults

from .app import app, new_id, now
from .models import KEYSPACE, Account, Event

AnyDriver: TypeAlias = SyncDriver | AsyncDriver


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--memory", action="store_true", help="run on a Cassandra in memory")
    parser.addoption("--cluster", action="store_true", help="run on the Cassandra named in COODIE_HOSTS")


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> Iterator[AnyDriver | None]:
    """The driver of a database, in a keyspace that exists only during the run; None without one."""
    if request.config.getoption("--memory"):
        init_coodie("memory:")
    elif request.config.getoption("--cluster"):
        init_coodie(os.environ["COODIE_HOSTS"])
    else:
        yield None
        return
    create_keyspace(KEYSPACE)
    yield get_driver()
    drop_keyspace(KEYSPACE)
    close()


@pytest.fixture
async def coodie_inner(database: AnyDriver | None) -> AnyDriver | None:
    """The driver inside the recorder of each test, with empty tables; None without a database."""
    if database is not None:
        with RecordingDriver(database, keyspace=KEYSPACE):
            for model in (Account, Event):
                await model.sync_table()
                await model.truncate()
    return database


@pytest.fixture
async def client(coodie_recorder: RecordingDriver, coodie_clock: Clock) -> AsyncIterator[AsyncClient]:
    """Calls the service, whose time and identities are those of the clock."""
    app.dependency_overrides = {now: coodie_clock.now, new_id: coodie_clock.uuid4}
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client
    app.dependency_overrides = {}


class Before:
    """The data that exists before a test: rows in a database, or without one the answers that it would give."""

    def __init__(self, recorder: RecordingDriver, *, alone: bool) -> None:
        self._recorder = recorder
        self._alone = alone

    def an_address_is_free(self) -> None:
        if self._alone:
            self._recorder.on("insert", table=Account, conditional=True).applied()

    async def an_account(self, account: Account) -> None:
        if self._alone:
            self._recorder.on("insert", table=Account, conditional=True).applied(False, account)
        else:
            await self._store(account)

    def a_claim_that_is_lost_on_the_way_back(self, account: Account) -> None:
        """The claim is written, but the answer is lost."""
        rule = self._recorder.on("insert", table=Account, conditional=True)
        rule.raises(faults.cas_write_unknown(), applied=None if self._alone else True)
        if self._alone:
            self._recorder.on("select", table=Account).returns([account])

    async def pages_of_events(self, *pages: list[Event]) -> None:
        """Pages of the events of one user, latest first."""
        if self._alone:
            self._recorder.on("select", table=Event).pages(pages)
        else:
            await self._store(*(event for page in pages for event in page))

    async def _store(self, *documents: Account | Event) -> None:
        for document in documents:
            await document.save()
        self._recorder.clear()


@pytest.fixture
def before(coodie_recorder: RecordingDriver, coodie_inner: AnyDriver | None) -> Before:
    return Before(coodie_recorder, alone=coodie_inner is None)
