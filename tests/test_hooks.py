"""Hooks hear of each trip, change nothing, and cannot break anything."""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated, Any
from uuid import UUID

import pytest

from coodie import aio, sync
from coodie.drivers import Hook, Page, Request, Trip, hooked
from coodie.exceptions import ConfigurationError, CoodieError, OutcomeUnknown
from coodie.fields import PrimaryKey


class Thing(sync.Document):
    id: Annotated[UUID, PrimaryKey()]


class AsyncThing(aio.Document):
    id: Annotated[UUID, PrimaryKey()]


class Server:
    """Answers with its pages, one after another, or raises them."""

    def __init__(self, *answers: Page | Exception) -> None:
        self.answers = list(answers)

    def execute(self, request: Request, /) -> Page:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def aexecute(self, request: Request, /) -> Page:
        return self.execute(request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


class Ear(Hook):
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def before(self, request: Request) -> None:
        self.heard.append(request)

    def after(self, trip: Trip, token: object) -> None:
        self.heard.append(trip)


ROWS = [Page(("id",), [(UUID(int=1),), (UUID(int=2),)], b"more"), Page(("id",), [(UUID(int=3),)])]


def told(ear: Ear) -> list[tuple[int, int]]:
    return [(trip.page_number, trip.rows) for trip in ear.heard if isinstance(trip, Trip)]


def test_each_page_is_a_trip_with_its_number_and_rows() -> None:
    ear = Ear()
    sync.init_coodie(driver=Server(*ROWS), hooks=[ear])
    try:
        assert len(Thing.find().warn(False).all()) == 3
    finally:
        sync.close()
    assert told(ear) == [(1, 2), (2, 1)]
    assert ear.heard[0] is ear.heard[1].request
    assert all(trip.seconds >= 0 for trip in ear.heard if isinstance(trip, Trip))


async def test_the_async_door_tells_the_same() -> None:
    ear = Ear()
    await aio.init_coodie(driver=Server(*ROWS), hooks=[ear])
    try:
        assert len(await AsyncThing.find().warn(False).all()) == 3
    finally:
        await aio.close()
    assert told(ear) == [(1, 2), (2, 1)]


def test_an_error_is_told_and_comes_out() -> None:
    ear, lost = Ear(), CoodieError("lost")
    sync.init_coodie(driver=Server(lost), hooks=[ear])
    try:
        with pytest.raises(CoodieError, match="lost"):
            Thing(id=UUID(int=1)).save()
    finally:
        sync.close()
    assert ear.heard[-1].error is lost


class Silent(Server):
    """Never answers."""

    async def aexecute(self, request: Request, /) -> Page:
        await asyncio.Event().wait()
        return Page()


async def test_a_call_that_was_cancelled_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    ear = Ear()
    await aio.init_coodie(driver=Silent(), hooks=[ear])
    caplog.set_level(logging.DEBUG, "coodie")
    try:
        call = asyncio.ensure_future(AsyncThing(id=UUID(int=1)).save())
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    finally:
        await aio.close()
    assert isinstance(ear.heard[-1].error, asyncio.CancelledError)
    assert [record.getMessage().split(",")[0] for record in caplog.records] == ["CancelledError"]


class Span(Hook):
    """Gives each call a token of its own."""

    def __init__(self) -> None:
        self.open: list[object] = []
        self.closed: list[tuple[object, BaseException | None]] = []

    def before(self, request: Request) -> object:
        self.open.append(object())
        return self.open[-1]

    def after(self, trip: Trip, token: object) -> None:
        self.closed.append((token, trip.error))


def test_what_before_gives_comes_back_after_the_same_call() -> None:
    one, other, failure = Span(), Span(), CoodieError("no")
    sync.init_coodie(driver=Server(Page(), failure), hooks=[one, other])
    try:
        Thing(id=UUID(int=1)).save()
        with pytest.raises(CoodieError):
            Thing(id=UUID(int=2)).save()
    finally:
        sync.close()
    for span in (one, other):
        assert span.closed == [(span.open[0], None), (span.open[1], failure)]


async def test_calls_that_run_at_once_have_tokens_of_their_own() -> None:
    release = asyncio.Event()

    class Waits(Server):
        async def aexecute(self, request: Request, /) -> Page:
            await release.wait()
            return Page()

    span = Span()
    await aio.init_coodie(driver=Waits(), hooks=[span])
    try:
        calls = [asyncio.ensure_future(AsyncThing(id=UUID(int=n)).save()) for n in range(3)]
        await asyncio.sleep(0)
        calls[1].cancel()
        await asyncio.wait([calls[1]])
        release.set()
        await asyncio.gather(calls[0], calls[2])
    finally:
        await aio.close()
    assert [token for token, _ in span.closed] == [span.open[1], span.open[0], span.open[2]]
    assert isinstance(span.closed[0][1], asyncio.CancelledError)


class OneArgument(Hook):
    def after(self, trip: Trip) -> None:  # type: ignore[override]
        pass


class NoRequest(Hook):
    def before(self) -> None:  # type: ignore[override]
        pass


class Asynchronous(Hook):
    async def after(self, trip: Trip, token: object) -> None:  # type: ignore[override]
        pass


class Generates(Hook):
    def before(self, request: Request) -> Any:
        yield request


class Later:
    async def __call__(self, request: Request) -> None:
        pass


class CallsLater(Hook):
    before = Later()  # type: ignore[assignment]


class NoFunction(Hook):
    before = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("hook", "wanted"),
    [
        (
            OneArgument(),
            r"OneArgument\.after\(\) must be .* that takes the trip and the token of before\(\)",
        ),
        (NoRequest(), r"NoRequest\.before\(\) must be a plain function that takes the request"),
        (Asynchronous(), r"Asynchronous\.after\(\) must be a plain function"),
        (Generates(), r"Generates\.before\(\) must be a plain function"),
        (CallsLater(), r"CallsLater\.before\(\) must be a plain function"),
        (NoFunction(), r"NoFunction\.before\(\) must be a plain function"),
    ],
)
def test_a_hook_of_another_shape_is_refused_when_the_connection_is_made(hook: Hook, wanted: str) -> None:
    with pytest.raises(ConfigurationError, match=wanted):
        sync.init_coodie(driver=Server(), hooks=[hook])


def test_a_trip_tells_how_often_it_was_sent_and_what_was_prepared_for_it() -> None:
    failed, elsewhere = OutcomeUnknown("lost"), CoodieError("no")
    failed.attempts, failed.prepared, failed.coordinator = 2, 1, "a:9042"
    ear = Ear()
    sync.init_coodie(driver=Server(Page(), Page(attempts=3, prepared=1), failed, elsewhere), hooks=[ear])
    try:
        Thing(id=UUID(int=1)).save()
        Thing(id=UUID(int=1)).save()
        for error in (OutcomeUnknown, CoodieError):
            with pytest.raises(error):
                Thing(id=UUID(int=2)).save()
    finally:
        sync.close()
    trips = [trip for trip in ear.heard if isinstance(trip, Trip)]
    assert [(trip.attempts, trip.prepared) for trip in trips] == [(1, 0), (3, 1), (2, 1), (1, 0)]
    assert [trip.coordinator for trip in trips] == [None, None, "a:9042", None]


def test_a_trip_tells_what_it_was_about() -> None:
    ear = Ear()
    sync.init_coodie(driver=Server(*[Page()] * 6), keyspace="shop", hooks=[ear])
    try:
        Thing(id=UUID(int=1)).save()
        with sync.BatchQuery() as batch:
            Thing(id=UUID(int=1)).save(batch=batch)
        sync.execute_raw("select * from other")
        sync.execute_raw("EXPLAIN SELECT * FROM other")
        sync.execute_raw("/* mine */ UPDATE other SET a = 1 WHERE b = 2")
        sync.execute_raw("'a' is no statement")
    finally:
        sync.close()
    trips = [trip for trip in ear.heard if isinstance(trip, Trip)]
    assert [(trip.operation, trip.keyspace, trip.table) for trip in trips] == [
        ("INSERT", "shop", "thing"),
        ("BATCH", "shop", "thing"),
        ("SELECT", None, "other"),
        ("EXPLAIN", None, None),
        ("UPDATE", None, "other"),
        ("", None, None),
    ]


class Deaf(Hook):
    def before(self, request: Request) -> None:
        raise RuntimeError("before")

    def after(self, trip: Trip, token: object) -> None:
        raise RuntimeError("after")


def test_a_hook_that_fails_is_logged_and_the_write_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    sync.init_coodie(driver=Server(Page()), hooks=[Deaf()])
    try:
        with caplog.at_level(logging.ERROR, "coodie"):
            Thing(id=UUID(int=1)).save()
    finally:
        sync.close()
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["before", "after"]


def test_a_driver_of_one_door_keeps_to_it() -> None:
    class Sync:
        def execute(self, request: Request, /) -> Page:
            return Page()

        def close(self) -> None: ...

    sync.init_coodie(driver=hooked(Sync(), [Ear()]))
    try:
        Thing(id=UUID(int=1)).save()
        with pytest.raises(ConfigurationError, match=r"has a Sync, which cannot serve coodie\.aio"):
            AsyncThing(id=UUID(int=1)).save().send(None)
    finally:
        sync.close()


@pytest.mark.parametrize("hooks", [[], [Ear()]])
def test_what_is_no_driver_is_refused_with_hooks_and_without(hooks: list[Hook]) -> None:
    with pytest.raises(ConfigurationError, match="object is not a driver"):
        sync.init_coodie(driver=object(), hooks=hooks)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [5, ""])
def test_a_connection_of_hooks_has_a_name(name: Any) -> None:
    with pytest.raises(ConfigurationError, match="the name of a connection must be a str"):
        hooked(Server(), [Ear()], connection=name)


def test_what_is_no_hook_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"derived from coodie\.drivers\.Hook, not a builtin_function"):
        hooked(Server(), [print])  # type: ignore[list-item]
    with pytest.raises(ConfigurationError, match="not the class Ear itself"):
        hooked(Server(), [Ear])  # type: ignore[list-item]
