"""Rules that fail, wait or fail at random, and those around a driver."""

import asyncio
from contextlib import suppress
from datetime import datetime, timezone

import pytest
from testing.script.shop import PLAIN, User, insert, select

from coodie.cql.message import Options, Page
from coodie.exceptions import InvalidQueryError, OutcomeUnknown, Timeout, Unavailable
from coodie.testing import (
    Clock,
    ImpossibleReply,
    RecordingDriver,
    UnusedReply,
    faults,
)

NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)


class Inner:
    def __init__(self):
        self.seen = []

    def execute(self, request):
        self.seen.append(request)
        return Page(("n",), [(1,)])

    async def aexecute(self, request):
        return self.execute(request)

    def close(self):
        pass

    async def aclose(self):
        pass


class TestAroundADriver:
    def test_what_no_rule_answers_goes_on_to_it(self):
        inner = Inner()
        recorder = RecordingDriver(inner)
        recorder.on("select").returns([(5, "")])

        assert recorder.execute(select()).rows == [(5, "")]
        assert recorder.execute(select()).rows == [(1,)]
        assert len(inner.seen) == 1

    def test_a_rule_can_hand_a_call_on(self):
        recorder = RecordingDriver(Inner())
        recorder.on("select").forwards()
        recorder.otherwise.returns_nothing()

        assert recorder.execute(select()).rows == [(1,)]
        assert recorder.execute(select()).rows == ()

    @pytest.mark.parametrize(("applied", "seen"), [(True, 1), (False, 0), (None, 0)])
    def test_a_write_that_timed_out_may_have_happened(self, applied, seen):
        inner = Inner()
        recorder = RecordingDriver(inner)
        recorder.on("update").raises(faults.write_timeout(), applied=applied)
        with pytest.raises(OutcomeUnknown):
            recorder.execute(PLAIN)

        assert len(inner.seen) == seen

    def test_maybe_is_decided_by_the_seed(self):
        def happened(seed):
            inner = Inner()
            recorder = RecordingDriver(inner, seed=seed)
            recorder.on("update").raises(faults.write_timeout(), applied="maybe").times(None)
            found = []
            for _ in range(30):
                before = len(inner.seen)
                with pytest.raises(OutcomeUnknown):
                    recorder.execute(PLAIN)
                found.append(len(inner.seen) - before)
            return found

        assert happened(1) == happened(1) != happened(2)
        assert set(happened(1)) == {0, 1}

    async def test_in_the_async_flavour_too(self):
        inner = Inner()
        recorder = RecordingDriver(inner)
        recorder.on("update").raises(faults.write_timeout(), applied=True)
        with pytest.raises(OutcomeUnknown):
            await recorder.aexecute(PLAIN)

        assert len(inner.seen) == 1

    def test_alone_there_is_nobody_to_hand_on_to(self):
        rule = RecordingDriver().on("select")
        with pytest.raises(ValueError, match=r"RecordingDriver\(inner\)"):
            rule.forwards()
        with pytest.raises(ValueError, match=r"RecordingDriver\(inner\)"):
            rule.raises(faults.overloaded(), applied=True)


class TestDelay:
    def test_it_moves_the_clock_and_not_the_wall(self):
        clock = Clock()
        recorder = RecordingDriver(clock=clock)
        recorder.on("select").returns([]).delay(3600)
        recorder.execute(select())

        assert clock.now() == NOW.replace(hour=1)

    @pytest.mark.parametrize(
        ("request_", "error"),
        [(select(options=Options(timeout=1)), Timeout), (PLAIN.with_options(Options(timeout=1)), OutcomeUnknown)],
    )
    def test_past_the_timeout_it_is_a_client_timeout(self, request_, error):
        recorder = RecordingDriver()
        recorder.on(table=User).returns_nothing().delay(1.5)
        with pytest.raises(error, match="no answer in time"):
            recorder.execute(request_)

    @pytest.mark.parametrize("forwards", [True, False])
    def test_a_call_that_is_handed_on_and_answered_too_late_has_happened(self, forwards):
        inner = Inner()
        recorder = RecordingDriver(inner)
        rule = recorder.on("update").delay(1.5)
        (rule.forwards if forwards else rule.returns_nothing)()
        with pytest.raises(OutcomeUnknown, match="no answer in time"):
            recorder.execute(PLAIN.with_options(Options(timeout=1)))

        assert len(inner.seen) == forwards

    def test_within_it_the_answer_comes(self):
        recorder = RecordingDriver()
        recorder.on("select").returns([]).delay(1)

        assert recorder.execute(select(options=Options(timeout=1))).rows == []


class TestRaises:
    def test_an_error_of_one_s_own(self):
        recorder = RecordingDriver()
        recorder.on("select").raises(Unavailable("all gone"))
        with pytest.raises(Unavailable, match="all gone") as caught:
            recorder.execute(select())

        assert caught.value.request == select()
        assert recorder.last.error is caught.value

    async def test_the_loop_runs_before_an_async_call_fails(self):
        recorder = RecordingDriver()
        recorder.on("select").raises(faults.overloaded())
        ran = []
        asyncio.get_running_loop().call_soon(ran.append, 1)
        with pytest.raises(Exception, match="overloaded"):
            await recorder.aexecute(select())

        assert ran == [1]


class TestChaos:
    def run(self, seed):
        recorder = RecordingDriver(strict=False)
        recorder.chaos(faults.read_timeout(), faults.write_timeout(), rate=0.5, seed=seed)
        for request in [select(), PLAIN] * 20:
            with suppress(Timeout, OutcomeUnknown):
                recorder.execute(request)
        assert all(f"seed {seed}" in str(call.error) for call in recorder.calls if call.error is not None)
        return [type(call.error).__name__ if call.error is not None else "fine" for call in recorder.calls]

    def test_the_same_seed_gives_the_same_faults(self):
        assert self.run(3) == self.run(3) != self.run(4)

    def test_each_fault_suits_its_call(self):
        found = self.run(5)

        assert set(found[::2]) == {"Timeout", "fine"}
        assert set(found[1::2]) == {"OutcomeUnknown", "fine"}

    def test_without_a_seed_one_is_made_and_told(self):
        assert isinstance(RecordingDriver().chaos(faults.overloaded(), rate=0), int)

    def test_around_a_driver_some_of_the_failed_calls_happen_all_the_same(self):
        inner = Inner()
        recorder = RecordingDriver(inner)
        recorder.chaos(faults.write_timeout(), rate=1, seed=1)
        for _ in range(30):
            with pytest.raises(OutcomeUnknown):
                recorder.execute(PLAIN)

        assert 0 < len(inner.seen) < 30

    def test_rules_come_first(self):
        recorder = RecordingDriver()
        recorder.chaos(faults.overloaded(), rate=1)
        recorder.on("select").returns([])

        assert recorder.execute(select()).rows == []


def test_rule_32_a_recorder_around_a_driver_shows_no_bound_value():
    spy = RecordingDriver(RecordingDriver(strict=False))
    with pytest.raises(InvalidQueryError, match="does not fit its type int") as refused:
        spy.execute(insert("", ("hidden", "a@x")))
    spy.on("insert").raises(faults.read_timeout()).optional()
    spy.on("select", table="users", where={"id": 8}).returns([])
    spy.on("select").returns([{"none": 1}])
    with pytest.raises(ImpossibleReply) as impossible:
        spy.execute(select("id", "hidden"))
    spy.failures.clear()
    with pytest.raises(UnusedReply) as unused:
        spy.verify()
    for caught in (refused, impossible, unused):
        assert "hidden" not in str(caught.value)
