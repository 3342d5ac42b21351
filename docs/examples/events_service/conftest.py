"""Fixtures for the tests, which need no database.

With --coodie-hosts=memory: they run on a Cassandra in memory, with the hosts of a cluster on that cluster.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient

from coodie.aio import Document
from coodie.drivers import AsyncDriver, SyncDriver
from coodie.testing import Clock, RecordingDriver, faults

from .app import app, new_id, now, started
from .models import Account, Event


@pytest.fixture(scope="session")
def coodie_schema() -> list[type[Document]]:
    """The tables of a database."""
    return [Account, Event]


@pytest.fixture
def coodie_inner(request: pytest.FixtureRequest) -> SyncDriver | AsyncDriver | None:
    """The driver inside the recorder of each test, with empty tables; None without a database."""
    if request.config.getoption("--coodie-hosts") is None:
        return None
    database: RecordingDriver = request.getfixturevalue("coodie_cluster")
    return database.inner


@pytest.fixture
async def client(coodie_recorder: RecordingDriver, coodie_clock: Clock) -> AsyncIterator[AsyncClient]:
    """Calls the service, whose time and identities are those of clocks. Its connection is the recorder."""
    # An engine takes identities from coodie_clock, too.
    app.dependency_overrides = {now: coodie_clock.now, new_id: Clock().uuid4}
    async with started(app), AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        coodie_recorder.clear()  # what the service has sent to start
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
def before(coodie_recorder: RecordingDriver) -> Before:
    return Before(coodie_recorder, alone=coodie_recorder.inner is None)
