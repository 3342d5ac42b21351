import asyncio
import threading

import pytest
from testing.tags import INSERT, SELECT, Inner, insert, marks

from coodie.cql.message import UNSET, Batch, BatchKind, Kind, Options, Page, Statement
from coodie.exceptions import ConfigurationError, InvalidQueryError
from coodie.testing import RecordingDriver, UnexpectedCall

CONDITION = Statement("UPDATE t SET a = ? WHERE id = ? IF a = ?", (1, 2, 3), kind=Kind.CONDITIONAL)
DDL = Statement("CREATE TABLE t (id int PRIMARY KEY)", kind=Kind.SCHEMA)


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
