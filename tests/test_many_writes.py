"""Many writes at once, where the two APIs differ: event loops, cancellation, threads of the driver, interrupts."""

import asyncio
from collections import deque
from typing import Annotated

import pytest
import trio

from coodie import aio, sync
from coodie._sleep import asleep
from coodie.drivers import Hook, Page, hooked
from coodie.drivers.registry import replaced
from coodie.exceptions import InvalidQueryError, Unavailable
from coodie.fields import PrimaryKey
from coodie.testing import RecordingDriver, faults


class Row(sync.Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""


def rows(count):
    return [Row(id=number) for number in range(count)]


class Holding:
    """A driver that answers as told, and knows how many requests are in flight."""

    def __init__(self, at_once, *, interrupts=None):
        self.at_once = at_once
        self.interrupts = interrupts
        self.held = deque()
        self.most = 0
        self.sent = []
        self.finished = 0

    def execute(self, request):
        return Page()

    def close(self):
        pass

    def start(self, request, ready):
        self.sent.append(request.params["id"])
        self.held.append(ready)
        self.most = max(self.most, len(self.held))
        if len(self.held) == self.at_once:
            self.release()
        return self._finish

    def release(self):
        while self.held:
            self.held.pop()()  # the latest first

    def _finish(self):
        self.finished += 1
        if self.finished == self.interrupts:
            raise KeyboardInterrupt
        return Page()


def test_the_sync_api_has_as_many_requests_in_flight_as_concurrency():
    driver = Holding(7)
    with replaced(None, driver):
        assert sync.save_many(rows(70), 7).done == 70
    assert driver.most == 7
    assert sorted(driver.sent) == list(range(70))


def test_a_driver_without_start_gets_one_request_after_another():
    class Plain:
        count = 0

        def execute(self, request):
            self.count += 1
            return Page()

        def close(self):
            pass

    driver = Plain()
    with replaced(None, driver):
        assert sync.save_many(rows(20), 7).done == 20
    assert driver.count == 20


def test_an_interrupt_sends_nothing_more_and_takes_the_answers_that_are_due():
    driver = Holding(5, interrupts=3)
    documents = rows(50)
    with replaced(None, driver), pytest.raises(KeyboardInterrupt):
        sync.save_many(documents, 5)
    assert driver.finished == len(driver.sent) < 15
    changed = [document.id for document in documents if document.changes()]
    assert len(changed) == 50 - driver.finished + 1  # the answer that was interrupted is not known


def test_the_sync_api_refuses_an_asynchronous_iterable():
    async def read():
        yield Row(id=1)

    with RecordingDriver(), pytest.raises(InvalidQueryError, match=r"asynchronous; use coodie\.aio"):
        sync.save_many(read())


@pytest.mark.parametrize("run", [asyncio.run, lambda coroutine: trio.run(lambda: coroutine)], ids=["asyncio", "trio"])
def test_an_asynchronous_iterable_is_read_by_one_task_at_a_time(run):
    reading = []

    async def read():
        for row in rows(50):
            reading.append(row)
            await asleep(0)
            assert reading.pop() is row
            yield row

    async def main():
        with RecordingDriver() as recorder:
            recorder.on("insert", table=Row, values={"id": 7}).raises(faults.overloaded())
            report = await aio.save_many(read(), 8)
            assert (report.done, len(recorder.executed)) == (50, 51)
            assert (await aio.save_many(read(), 8, rate=1000, by_partition=True)).done == 50

    run(main())


def test_an_error_of_an_asynchronous_iterable_is_raised_after_what_it_gave_is_written():
    async def read():
        for row in rows(5):
            yield row
        raise ZeroDivisionError

    async def main():
        with RecordingDriver() as recorder:
            with pytest.raises(ZeroDivisionError):
                await aio.save_many(read(), 8)
            assert len(recorder.executed) == 5

    asyncio.run(main())


class Hanging:
    """Answers the first requests, and then none."""

    def __init__(self, answers):
        self.answers = answers
        self.cancelled = 0
        self.full = asyncio.Event()
        self.hanging = 0

    async def aexecute(self, request):
        if self.answers:
            self.answers -= 1
            return Page()
        self.hanging += 1
        if self.hanging == 4:
            self.full.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    async def aclose(self):
        pass


@pytest.mark.parametrize("by_partition", [False, True])
def test_cancelling_leaves_no_task_behind_and_the_documents_tell_what_was_answered(by_partition):
    async def main():
        documents, driver = rows(50), Hanging(10)
        complaints = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        with replaced(None, driver):
            task = asyncio.ensure_future(aio.save_many(documents, 4, by_partition=by_partition))
            await driver.full.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert driver.cancelled == 4
        assert sum(not document.changes() for document in documents) == 10
        assert complaints == []

    asyncio.run(main())


def test_other_tasks_run_while_nothing_has_to_be_sent():
    async def main():
        documents, ran = rows(10), []
        with RecordingDriver():
            await aio.save_many(documents)

            def told(report):
                ran.append(report.done)
                if report.done == 1:
                    asyncio.get_running_loop().call_soon(ran.append, "other")

            await aio.save_many(iter(documents), 1, progress=told)
        assert ran.index("other") < 10

    asyncio.run(main())


def test_hooks_see_each_trip_of_the_sync_api():
    trips = []

    class Ear(Hook):
        def before(self, request):
            return request.params["id"]

        def after(self, trip, token):
            trips.append((token, type(trip.error)))

    with RecordingDriver() as recorder:
        recorder.on("insert", table=Row, values={"id": 1}).raises(faults.unavailable()).times(2)
        with replaced(None, hooked(recorder, [Ear()])):
            assert sync.save_many(rows(3), attempts=2).failed[0].error.__class__ is Unavailable
    assert sorted(trips, key=str) == sorted(
        [(0, type(None)), (1, Unavailable), (1, Unavailable), (2, type(None))], key=str
    )


def test_a_recorder_around_a_driver_records_what_is_started():
    driver = Holding(5)
    with RecordingDriver(driver) as recorder:
        recorder.on("insert", table=Row, values={"id": 3}).raises(faults.overloaded())
        assert sync.save_many(rows(20), 5).done == 20
    assert len(recorder.executed) == 21
    assert driver.most == 5
    assert [call.error for call in recorder.executed].count(None) == 20
