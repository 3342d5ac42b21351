import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timezone
from typing import Annotated
from uuid import uuid4

import pytest

from coodie import aio, sync
from coodie.cql.message import UNSET, Batch, BatchKind, Kind, Mark, Options, Page, Statement
from coodie.cql.types import parse_type
from coodie.drivers.registry import get_driver, names, register_driver, replaced
from coodie.exceptions import ConfigurationError, InvalidQueryError
from coodie.fields import PrimaryKey
from coodie.testing import Clock, RecordingDriver, UnexpectedCall

INSERT = "INSERT INTO t (id, tags) VALUES (?, ?)"
SELECT = Statement("SELECT id FROM t", kind=Kind.READ)
CONDITION = Statement("UPDATE t SET a = ? WHERE id = ? IF a = ?", (1, 2, 3), kind=Kind.CONDITIONAL)
DDL = Statement("CREATE TABLE t (id int PRIMARY KEY)", kind=Kind.SCHEMA)


def marks(**types):
    return tuple(Mark(name, parse_type(kind)) for name, kind in types.items())


def insert(number=1, tags=()):
    return Statement(INSERT, (number, set(tags)), marks(id="int", tags="set<text>"))


class Inner:
    """A driver of both flavours that answers everything with one row."""

    def __init__(self):
        self.seen = []
        self.closed = 0

    def execute(self, request):
        self.seen.append(request)
        return Page(("n",), [(len(self.seen),)])

    async def aexecute(self, request):
        return self.execute(request)

    def close(self):
        self.closed += 1

    async def aclose(self):
        self.closed += 1


class Failing(Inner):
    def execute(self, request):
        raise ValueError("broken")


class SyncOnly:
    def execute(self, request):
        return Page()

    def close(self):
        pass


class TestWhatIsKept:
    def test_calls_in_order_with_their_kinds(self):
        recorder = RecordingDriver(strict=False)
        page = SELECT.with_options(Options(paging_state=b"x"))
        for request in (DDL, insert(), SELECT, page, Batch((insert(),), BatchKind.UNLOGGED)):
            recorder.execute(request)

        assert [call.kind for call in recorder.calls] == ["schema", "execute", "execute", "page", "batch"]
        assert [call.kind for call in recorder.executed] == ["execute", "execute", "page", "batch"]
        assert recorder.cql[:2] == [DDL.cql, INSERT]
        assert recorder.cql[-1] == f"BEGIN UNLOGGED BATCH\n  {INSERT};\nAPPLY BATCH"

    def test_bound_values_by_mark_and_in_order(self):
        recorder = RecordingDriver()
        recorder.execute(insert(7, ["a"]))

        assert recorder.last.params == {"id": 7, "tags": {"a"}}
        assert recorder.last.values == (7, {"a"})
        assert recorder.last.cql == INSERT

    def test_a_batch_and_its_members(self):
        recorder = RecordingDriver()
        recorder.execute(Batch((insert(1), insert(2)), BatchKind.LOGGED, timestamp=5))

        (batch,) = recorder.batches
        assert batch.batch_kind == "logged"
        assert batch.timestamp == 5
        assert batch.values == (5, 1, set(), 2, set())
        assert [member.params["id"] for member in batch.statements] == [1, 2]
        assert (batch.statements[0].cql, batch.statements[0].values) == (INSERT, (1, set()))
        with pytest.raises(TypeError, match=r"statements\[0\]"):
            _ = batch.params

    def test_values_stay_as_they_were_when_they_were_sent(self):
        recorder = RecordingDriver()
        tags, nested, deep, pair = {"a"}, [[1]], {"k": [1]}, (1, [1])
        recorder.execute(Statement("INSERT INTO t (a, b, c, d) VALUES (?, ?, ?, ?)", (tags, nested, deep, pair)))
        tags.add("b")
        nested[0].append(2)
        deep["k"].append(2)
        pair[1].append(2)

        assert recorder.last.values == ({"a"}, [[1]], {"k": [1]}, (1, [1]))

    async def test_values_are_taken_when_the_call_is_made_not_when_it_runs(self):
        recorder = RecordingDriver()
        request = insert(1, ["a"])
        task = asyncio.ensure_future(recorder.aexecute(request))
        await asyncio.sleep(0)
        request.values[1].add("b")
        await task

        assert recorder.last.values == (1, {"a"})

    def test_unset_and_null_are_kept_apart(self):
        recorder = RecordingDriver()
        recorder.execute(Statement(INSERT, (None, UNSET), marks(id="int", tags="set<text>")))

        assert recorder.last.values == (None, UNSET)

    def test_the_text_of_a_user_has_numbered_values(self):
        recorder = RecordingDriver()
        recorder.execute(Statement(INSERT, (1, {2})))

        assert recorder.last.params == {"[1]": 1, "[2]": {2}}

    @pytest.mark.parametrize("text", ["create table t (a int)", "TRUNCATE t", "GRANT ALL ON t TO x"])
    def test_a_change_of_the_schema_is_told_by_its_first_word(self, text):
        recorder = RecordingDriver()
        recorder.execute(Statement(text))

        assert recorder.last.kind == "schema"
        assert recorder.executed == []

    def test_the_texts_that_a_driver_prepares(self):
        recorder = RecordingDriver()
        for request in (DDL, insert(1), insert(2), Batch((insert(3), Statement("DELETE FROM t WHERE id = 1")))):
            recorder.execute(request)
        with pytest.raises(InvalidQueryError):
            recorder.execute(Statement("UPDATE t SET a = ? WHERE id = 2", ()))

        assert recorder.prepared == [INSERT, "DELETE FROM t WHERE id = 1"]

    def test_clear_forgets(self):
        recorder = RecordingDriver()
        recorder.execute(insert())
        recorder.clear()

        assert (recorder.calls, recorder.cql) == ([], [])
        with pytest.raises(LookupError, match="nothing was sent"):
            _ = recorder.last

    def test_the_list_of_calls_is_the_reader_s_own(self):
        recorder = RecordingDriver()
        recorder.execute(insert())
        recorder.calls.clear()

        assert len(recorder.calls) == 1

    @pytest.mark.parametrize(
        ("request_", "result"), [(insert(), "void"), (SELECT, "0 rows"), (CONDITION, "1 row"), (DDL, "void")]
    )
    def test_each_call_tells_what_came_back(self, request_, result):
        recorder = RecordingDriver(strict=False)
        recorder.execute(request_)

        assert recorder.last.result == result
        assert repr(recorder.last).endswith(f"-> {result}>")

    def test_a_page_that_is_not_the_last_says_that_more_follow(self):
        recorder = RecordingDriver()
        recorder.on("select").pages([[(1,), (2,)], [(3,)]])
        state = recorder.execute(SELECT).paging_state
        recorder.execute(SELECT.with_options(Options(paging_state=state)))

        assert [call.result for call in recorder.calls] == ["2 rows, more follow", "1 row"]


class TestValuesThatDoNotFit:
    def test_name_column_and_type_and_are_not_sent(self):
        recorder = RecordingDriver()
        with pytest.raises(InvalidQueryError, match="value of n does not fit its type tinyint: a number") as caught:
            recorder.execute(Statement("UPDATE t SET n = ?", (1000,), marks(n="tinyint")))

        assert recorder.last.error is caught.value
        assert (recorder.executed, recorder.cql) == ([], [])

    async def test_are_refused_in_the_async_flavour_too(self):
        with pytest.raises(InvalidQueryError, match="n does not fit"):
            await RecordingDriver().aexecute(Statement("UPDATE t SET n = ?", ("5",), marks(n="int")))

    def test_name_the_statement_of_a_batch(self):
        wrong = Statement("UPDATE t SET n = ?", ("5",), marks(n="int"))
        with pytest.raises(InvalidQueryError, match="statement 2 of the batch: the value of n"):
            RecordingDriver().execute(Batch((insert(), wrong)))

    def test_the_second_of_two_marks_for_one_column_is_told_apart(self):
        text, two = "UPDATE t SET n = ? WHERE n = ?", (Mark("n", parse_type("int")),) * 2
        with pytest.raises(InvalidQueryError, match="n#2"):
            RecordingDriver().execute(Statement(text, (1, "2"), two))

    @pytest.mark.parametrize("values", [(1,), (1, 2, 3)])
    def test_too_few_or_too_many_are_refused_in_any_text(self, values):
        with pytest.raises(InvalidQueryError, match=f"takes 2 values, not {len(values)}"):
            RecordingDriver().execute(Statement(INSERT, values))

    def test_marks_in_strings_names_and_comments_take_no_value(self):
        RecordingDriver().execute(Statement("UPDATE t SET a = '?', \"b?\" = :x -- ?\n WHERE c = $$ ? $$", (1,)))

    @pytest.mark.parametrize("nothing", [None, UNSET])
    def test_null_and_unset_are_no_values_to_check_and_what_follows_is(self, nothing):
        columns = marks(id="int", tags="set<text>")
        RecordingDriver().execute(Statement(INSERT, (nothing, nothing), columns))
        with pytest.raises(InvalidQueryError, match="tags"):
            RecordingDriver().execute(Statement(INSERT, (nothing, [1]), columns))

    def test_an_application_may_answer_them_as_in_production(self):
        with RecordingDriver() as recorder, pytest.raises(InvalidQueryError):
            recorder.execute(Statement("UPDATE t SET n = ?", ("5",), marks(n="int")))


class TestAlone:
    @pytest.mark.parametrize("request_", [insert(), DDL, Batch((insert(),)), Statement("DELETE FROM t")])
    def test_a_write_is_done(self, request_):
        assert RecordingDriver().execute(request_) == Page()

    @pytest.mark.parametrize(
        "request_",
        [
            SELECT,
            CONDITION,
            Batch((insert(), CONDITION)),
            Statement("select * from t"),
            Statement("INSERT INTO t (a) VALUES (?) IF NOT EXISTS", (1,)),
            Statement("/* IF */ SELECT 'x'"),
        ],
    )
    def test_what_steers_the_application_wants_a_rule(self, request_):
        with pytest.raises(UnexpectedCall, match="strict=False"):
            RecordingDriver().execute(request_)

    @pytest.mark.parametrize("text", ["UPDATE t SET a = 'IF'", 'UPDATE t SET "IF" = 1', "CREATE TABLE IF NOT EXISTS t"])
    def test_no_condition_is_seen_where_there_is_none(self, text):
        assert RecordingDriver().execute(Statement(text)) == Page()

    def test_not_strict_a_select_finds_nothing_and_a_condition_is_applied(self):
        recorder = RecordingDriver(strict=False)

        assert recorder.execute(SELECT) == Page(("id",))
        assert recorder.execute(CONDITION) == Page(("[applied]",), [(True,)])
        assert recorder.execute(Batch((CONDITION,))).rows == [(True,)]

    def test_not_strict_a_count_of_nothing_is_nought_as_on_a_server(self):
        recorder = RecordingDriver(strict=False)

        assert recorder.execute(Statement("SELECT count(*) FROM t")) == Page(("count",), [(0,)])
        aggregates = recorder.execute(Statement("SELECT max(a), sum(b) AS s FROM t"))
        assert aggregates == Page(("system.max(a)", "s"), [(None, 0)])
        assert recorder.execute(Statement("SELECT k, count(*) FROM t GROUP BY k")).rows == ()

    def test_reads_of_the_schema_find_nothing_even_when_strict(self):
        question = Statement("SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?", ("k",))

        assert RecordingDriver().execute(question) == Page(("table_name",))

    def test_the_failure_shows_the_call(self):
        request = Statement("SELECT a FROM t WHERE id = ?", (5,), marks(id="int"), Kind.READ)
        with pytest.raises(UnexpectedCall, match=r"SELECT a FROM t WHERE id = \?;\n--   id  int  5"):
            RecordingDriver().execute(request)


class TestAround:
    def test_a_driver_is_asked_and_its_answer_recorded(self):
        inner = Inner()
        recorder = RecordingDriver(inner)
        request = insert()

        assert recorder.execute(request) == Page(("n",), [(1,)])
        assert recorder.last.page.rows == [(1,)]
        assert inner.seen == [request]

    async def test_a_driver_is_asked_in_its_own_flavour(self):
        recorder = RecordingDriver(Inner())

        assert (await recorder.aexecute(SELECT)).rows == [(1,)]

    def test_its_errors_are_recorded_and_go_on(self):
        recorder = RecordingDriver(Failing())
        with pytest.raises(ValueError, match="broken") as caught:
            recorder.execute(SELECT)

        assert recorder.last.error is caught.value
        assert recorder.last.result == "ValueError"

    async def test_a_driver_of_the_other_flavour_is_told(self):
        recorder = RecordingDriver(SyncOnly())

        assert recorder.execute(SELECT) == Page()
        with pytest.raises(ConfigurationError, match=r"coodie\.aio"):
            await recorder.aexecute(SELECT)

    async def test_closing_goes_to_it(self):
        inner = Inner()
        recorder = RecordingDriver(inner)
        recorder.close()
        await recorder.aclose()

        assert inner.closed == 2

    def test_a_value_that_does_not_fit_never_gets_to_it(self):
        inner = Inner()
        with pytest.raises(InvalidQueryError):
            RecordingDriver(inner).execute(Statement("UPDATE t SET n = ?", ("5",), marks(n="int")))

        assert inner.seen == []


class TestAsync:
    async def test_other_tasks_run_while_a_call_is_under_way(self):
        recorder = RecordingDriver()
        order = []

        async def write(number):
            order.append(f"before {number}")
            await recorder.aexecute(insert(number))
            order.append(f"after {number}")

        await asyncio.gather(write(1), write(2))

        assert order == ["before 1", "before 2", "after 1", "after 2"]

    async def test_a_cancelled_call_is_recorded_as_cancelled(self):
        recorder = RecordingDriver()
        task = asyncio.ensure_future(recorder.aexecute(insert()))
        await asyncio.sleep(0)
        assert recorder.last.result == "under way"
        task.cancel()
        await asyncio.wait([task])

        assert recorder.last.result == "CancelledError"

    def test_two_event_loops_and_threads_share_one(self):
        recorder = RecordingDriver()

        async def write():
            await asyncio.gather(*(recorder.aexecute(insert(number)) for number in range(50)))

        asyncio.run(write())
        asyncio.run(write())
        threads = [threading.Thread(target=lambda: [recorder.execute(insert(n)) for n in range(50)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(recorder.calls) == 300


class Visit(sync.Document):
    id: Annotated[int, PrimaryKey()]

    class Settings:
        name = "visits"


class AsyncVisit(aio.Document):
    id: Annotated[int, PrimaryKey()]

    class Settings:
        name = "visits"


def test_a_program_of_both_doors_with_threads_and_loops_has_one_recorder():
    async def visit(first):
        await asyncio.gather(*(AsyncVisit(id=number).save() for number in range(first, first + 10)))
        return await AsyncVisit.find().all()

    with RecordingDriver() as recorder:
        recorder.on("select", table=Visit).returns([{"id": 1}]).times(3)
        found = [asyncio.run(visit(first)) for first in (0, 10)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: Visit(id=number).save(), range(20, 40)))
        found.append(Visit.find().all())

    assert found == [[AsyncVisit(id=1)], [AsyncVisit(id=1)], [Visit(id=1)]]
    inserts = [call.params["id"] for call in recorder.executed if call.cql.startswith("INSERT")]
    assert inserts[:20] == list(range(20))
    assert sorted(inserts) == list(range(40))
    assert len(recorder.prepared) == 2


class TestAsTheDefaultConnection:
    def test_for_the_block_and_no_longer(self):
        before = names()
        with RecordingDriver() as recorder:
            assert get_driver() is recorder

        assert names() == before

    def test_it_stands_in_for_the_default_and_its_keyspace(self):
        from coodie.connections import connection_names

        with replaced("main", Inner(), keyspace="shop"):
            with RecordingDriver() as recorder:
                assert get_driver("main") is recorder
                assert connection_names.keyspace_of(None) == "shop"
            with RecordingDriver(keyspace="other"):
                assert connection_names.keyspace_of(None) == "other"
            assert isinstance(get_driver(), Inner)

    def test_blocks_nest(self):
        with RecordingDriver() as outer:
            with RecordingDriver() as inner:
                get_driver().execute(insert())
            assert get_driver() is outer

        assert (len(inner.calls), len(outer.calls)) == (1, 0)

    def test_a_swallowed_failure_is_raised_at_the_end(self):
        def block():
            with RecordingDriver() as recorder, suppress(Exception):  # as applications do
                recorder.execute(SELECT)

        with pytest.raises(UnexpectedCall):
            block()

    def test_clear_does_not_hide_it(self):
        recorder = RecordingDriver()
        with pytest.raises(UnexpectedCall):
            recorder.execute(SELECT)
        recorder.clear()

        with pytest.raises(UnexpectedCall):
            recorder.verify()

    def test_a_test_that_expects_it_says_so(self):
        with RecordingDriver() as recorder:
            with pytest.raises(UnexpectedCall):
                recorder.execute(SELECT)
            recorder.failures.clear()

    def test_an_error_of_the_block_comes_first(self):
        def block():
            with RecordingDriver() as recorder:
                recorder.on("select")
                raise KeyError("mine")

        with pytest.raises(KeyError, match="mine"):
            block()

    def test_what_was_registered_in_the_block_goes_with_it(self):
        with RecordingDriver():
            register_driver("another", Inner())

        assert "another" not in names()


class TestClock:
    def test_it_starts_at_one_instant_and_stands_still(self):
        clock = Clock()

        assert clock.now() == clock.now() == Clock().now() == datetime(2030, 1, 1, tzinfo=timezone.utc)

    def test_it_moves_when_told(self):
        clock = Clock(datetime(2031, 1, 1, tzinfo=timezone.utc))
        clock.tick(1.5)

        assert clock.now() == datetime(2031, 1, 1, 0, 0, 1, 500_000, tzinfo=timezone.utc)
        with pytest.raises(ValueError, match="forward"):
            clock.tick(-1)

    def test_now_is_what_a_timestamp_column_keeps(self):
        clock = Clock(datetime(2031, 1, 1, 0, 0, 0, 1999, tzinfo=timezone.utc))
        clock.tick(0.0004)

        assert clock.now().microsecond == 1000

    def test_microseconds_always_grow(self):
        clock = Clock()
        first, second = clock.micros(), clock.micros()
        clock.tick(1)

        assert (first, second) == (1_893_456_000_000_000, 1_893_456_000_000_001)
        assert clock.micros() == 1_893_456_001_000_000

    def test_identities_are_the_seed_s(self):
        one, same, other = Clock(), Clock(), Clock(seed=1)

        assert one.uuid4() == same.uuid4() != other.uuid4()
        assert one.uuid4().version == 4
        assert one.uuid4() != one.uuid4()

    def test_a_timeuuid_holds_the_instant_and_later_ones_come_after(self):
        clock = Clock()
        first, second = clock.uuid1(), clock.uuid1()

        assert first.version == 1
        assert first.variant == uuid4().variant
        assert (first.time - 0x01B21DD213814000) // 10 == 1_893_456_000_000_000
        assert first.time < second.time
