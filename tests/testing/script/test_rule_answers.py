"""What a rule answers: rows, pages, the outcome of a condition, and what no server would say."""

import pytest
from testing.script.shop import PLAIN, UPDATE, User, insert, select

from coodie.cql.message import Batch, Options, Page, Statement
from coodie.testing import (
    RecordingDriver,
    UnexpectedCall,
)


class TestReplies:
    def test_rows_come_in_the_order_of_the_select_list_and_what_is_left_out_is_null(self):
        recorder = RecordingDriver()
        recorder.on("select", table=User).returns([{"email": "a@x", "id": 7}, {"id": 8}, (9, "c@x")])

        assert recorder.execute(select()) == Page(("id", "email"), [(7, "a@x"), (8, None), (9, "c@x")])

    def test_columns_are_named_as_the_server_names_them(self):
        text = (
            'SELECT DISTINCT a AS b, "C", count(*), max(x), writetime(y), ttl(y), CAST(z AS text), token(a, b) FROM t'
        )
        recorder = RecordingDriver()
        recorder.on("select").returns([(1, 2, 3, 4, 5, 6, 7, 8)])

        assert recorder.execute(Statement(text)).columns == (
            *("b", "C", "count", "system.max(x)", "writetime(y)", "ttl(y)", "cast(z as text)", "system.token(a, b)"),
        )

    def test_a_function_may_be_named_without_its_keyspace(self):
        recorder = RecordingDriver()
        recorder.on("select").returns([{"max(x)": 5}])

        assert recorder.execute(Statement("SELECT max(x) FROM t")).rows == [(5,)]

    def test_json_is_one_column(self):
        recorder = RecordingDriver()
        recorder.on("select").returns([{"[json]": "{}"}])

        assert recorder.execute(Statement("SELECT JSON a, b FROM t")) == Page(("[json]",), [("{}",)])

    def test_where_only_the_server_knows_the_columns_the_reply_names_them(self):
        recorder = RecordingDriver()
        recorder.on("select").returns([{"id": 7}, {"id": 8, "email": "b"}])
        recorder.on("select").returns([(1, 2)], columns=("a", "b"))

        assert recorder.execute(Statement("SELECT * FROM t")) == Page(("id", "email"), [(7, None), (8, "b")])
        assert recorder.execute(Statement("SELECT * FROM t")) == Page(("a", "b"), [(1, 2)])

    def test_nothing_is_no_rows_for_a_select_and_done_for_a_write(self):
        recorder = RecordingDriver()
        recorder.on("select").returns_nothing()
        recorder.on("update").returns_nothing()

        assert recorder.execute(select()) == Page(("id", "email"))
        assert recorder.execute(PLAIN) == Page()

    def test_the_application_cannot_change_the_reply(self):
        recorder = RecordingDriver()
        recorder.on("select").returns([{"tags": ["a"]}]).times(2)
        recorder.execute(Statement("SELECT tags FROM t")).rows[0][0].append("b")

        assert recorder.execute(Statement("SELECT tags FROM t")).rows == [(["a"],)]

    @pytest.mark.parametrize(
        ("existing", "request_", "page"),
        [
            ({"id": 7, "email": "old"}, insert(), Page(("[applied]", "id", "email"), [(False, 7, "old")])),
            ({"id": 7, "n": 1}, insert(), Page(("[applied]", "id", "email", "n"), [(False, 7, None, 1)])),
            ({"email": "old", "n": 1}, UPDATE, Page(("[applied]", "email", "n"), [(False, "old", 1)])),
            ((), UPDATE, Page(("[applied]",), [(False,)])),
            ((), Statement("DELETE FROM t WHERE a = 1 IF EXISTS"), Page(("[applied]",), [(False,)])),
            (
                [{"id": 7, "email": "old"}, {"id": 8, "email": None}],
                Batch((UPDATE.with_options(Options()), insert())),
                Page(("[applied]", "id", "email"), [(False, 7, "old"), (False, 8, None)]),
            ),
        ],
    )
    def test_a_lost_condition_is_answered_as_a_server_does(self, existing, request_, page):
        recorder = RecordingDriver()
        recorder.on(table=User if "users" in str(request_) else "t").applied(False, existing)

        assert recorder.execute(request_) == page

    def test_an_applied_one_has_no_row_but_its_own(self):
        recorder = RecordingDriver()
        recorder.on("insert").applied()

        assert recorder.execute(insert()) == Page(("[applied]",), [(True,)])


class TestPages:
    def test_each_has_a_state_for_the_next_and_may_be_empty(self):
        recorder = RecordingDriver()
        recorder.on("select").pages([[{"id": 1}], [], [{"id": 2}]])

        states, rows = [], []
        state = None
        for _ in range(3):
            page = recorder.execute(select(options=Options(paging_state=state)))
            state = page.paging_state
            states.append(state)
            rows.append([row[0] for row in page.rows])

        assert rows == [[1], [], [2]]
        assert states[2] is None
        assert len({*states}) == 3
        assert [call.kind for call in recorder.calls] == ["execute", "page", "page"]
        recorder.verify()

    def test_two_queries_under_way_never_get_each_other_s_pages(self):
        recorder = RecordingDriver()
        recorder.on("select").pages([[(n, "")] for n in range(3)])
        recorder.on("select").pages([[(n, "")] for n in range(10, 13)])
        pages = [recorder.execute(select()), recorder.execute(select())]
        for number in (1, 2):
            pages = [recorder.execute(select(options=Options(paging_state=page.paging_state))) for page in pages]
            assert [page.rows[0][0] for page in pages] == [number, number + 10]

    def test_a_page_can_be_read_again_and_belongs_to_its_statement(self):
        recorder = RecordingDriver()
        recorder.on("select").pages([[(1, "")], [(2, "")]])
        state = recorder.execute(select()).paging_state

        for _ in range(2):
            assert recorder.execute(select(options=Options(paging_state=state))).rows == [(2, "")]
        with pytest.raises(UnexpectedCall):
            recorder.execute(select("email", options=Options(paging_state=state)))

    def test_more_rows_than_the_fetch_size_come_in_pages(self):
        recorder = RecordingDriver()
        recorder.on("select").returns([(n, "") for n in range(5)])
        page = recorder.execute(select(options=Options(fetch_size=2)))

        assert [row[0] for row in page.rows] == [0, 1]
        page = recorder.execute(select(options=Options(fetch_size=2, paging_state=page.paging_state)))
        assert [row[0] for row in page.rows] == [2, 3]
        assert page.paging_state is not None

    def test_the_caller_need_not_fetch_them_all(self):
        recorder = RecordingDriver()
        recorder.on("select").pages([[(1, "")], [(2, "")]])
        recorder.execute(select())

        recorder.verify()
