import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from time import sleep
from uuid import UUID, uuid4

import pytest

from coodie.cql.message import UNSET, Batch, BatchKind, Kind, Mark, Options, Page, Statement
from coodie.cql.types import parse_type
from coodie.cql.values import Secret, Token
from coodie.exceptions import InvalidQueryError, OutcomeUnknown, Timeout, Unavailable
from coodie.testing import (
    ANY,
    Approx,
    Clock,
    ImpossibleReply,
    RecordingDriver,
    UnexpectedCall,
    UnusedReply,
    Where,
    faults,
)

NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)


class User:
    """As much of a model as a rule may ask for."""

    @classmethod
    def table_name(cls):
        return "users"


def select(where="id", *values, columns="id, email", **more):
    text = f"SELECT {columns} FROM shop.users WHERE {where} = ?"
    return Statement(text, values or (7,), kind=Kind.READ, **more)


def insert(condition=" IF NOT EXISTS", values=(7, "a@x")):
    kind = Kind.CONDITIONAL if condition else Kind.WRITE
    types = (Mark("id", parse_type("int")), Mark("email", parse_type("text")))
    return Statement(f"INSERT INTO shop.users (id, email) VALUES (?, ?){condition}", values, types, kind)


UPDATE = Statement("UPDATE shop.users SET email = ? WHERE id = ? IF email = ? AND n > ?", ("b", 7, "a", 1))
PLAIN = Statement("UPDATE shop.users USING TTL ? SET email = ?, tags = tags + ? WHERE id = ?", (60, "b", {"x"}, 7))
DELETE = Statement("DELETE email FROM shop.users WHERE id = ? AND ts > ? AND k IN ?", (7, 3, [1, 2]))


def answers(rule, request):
    """Whether the rule, made by ``rule(recorder)``, is for the request."""
    recorder = RecordingDriver(strict=False)
    made = rule(recorder)
    with suppress(ImpossibleReply):  # it has no reply: it was asked for one
        recorder.execute(request)
    return made.uses == 1


@pytest.mark.parametrize(
    ("options", "request_", "fits"),
    [
        ({"verb": "select"}, select(), True),
        ({"verb": "SELECT"}, select(), True),
        ({"verb": "insert"}, select(), False),
        ({"verb": "batch"}, Batch((PLAIN,)), True),
        ({"verb": "update"}, Batch((PLAIN,)), False),
        ({"verb": "update", "table": "users"}, Batch((PLAIN,)), False),
        ({"verb": "create"}, Statement("CREATE TABLE t (a int PRIMARY KEY)", kind=Kind.SCHEMA), True),
        ({"table": User}, select(), True),
        ({"table": "shop.t"}, Statement("CREATE TABLE IF NOT EXISTS shop.t (a int PRIMARY KEY)"), True),
        ({"table": "t"}, Statement("CREATE INDEX i ON t (a)", kind=Kind.SCHEMA), True),
        ({"table": "t"}, Statement("TRUNCATE t", kind=Kind.SCHEMA), True),
        ({"table": "t"}, Statement("CREATE KEYSPACE t", kind=Kind.SCHEMA), False),
        ({"table": "t", "where": {"a": 1}}, Statement("TRUNCATE t", kind=Kind.SCHEMA), False),
        ({"table": "t", "values": {"a": 1}}, Statement("TRUNCATE t", kind=Kind.SCHEMA), False),
        ({"table": "users"}, PLAIN, True),
        ({"table": "shop.users"}, DELETE, True),
        ({"table": "other.users"}, DELETE, False),
        ({"table": "user"}, insert(), False),
        ({"table": "Users"}, Statement('DELETE FROM "Users" WHERE a = 1'), True),
        ({"table": '"Users"'}, Statement('DELETE FROM "Users" WHERE a = 1'), True),
        ({"table": "Users"}, Statement("DELETE FROM Users WHERE a = 1"), False),
        ({"table": "users"}, Batch((Statement("DELETE FROM a WHERE b = 1"), PLAIN)), True),
        ({"verb": "batch", "where": {"id": 7}}, Batch((insert("", (8, "b")), PLAIN)), True),
        ({"verb": "batch", "where": {"id": 9}}, Batch((insert("", (8, "b")), PLAIN)), False),
        ({"verb": "batch", "values": {"email": "b"}}, Batch((PLAIN,)), True),
        ({"verb": "batch", "values": {"email": "c"}}, Batch((PLAIN,)), False),
        ({"verb": "batch", "where": {"id": 7}}, Batch(()), False),
        ({"table": "users", "where": {"id": 7}}, Batch((insert("", (8, "b")),)), False),
        ({"table": "users", "where": {"id": 7}}, Batch((Statement("DELETE FROM a WHERE id = 7"),)), False),
        (
            {"table": "users", "where": {"id": 7}},
            Batch((insert("", (8, "b")), Statement("DELETE FROM a WHERE id = 7"))),
            False,
        ),
        ({"verb": "select", "where": {"id": 7}}, select(), True),
        ({"verb": "select", "where": {"id": 8}}, select(), False),
        ({"verb": "select", "where": {"id": ANY}}, select(), True),
        ({"verb": "select", "where": {"id": True}}, select("id", 1), False),
        ({"verb": "select", "where": {"v": float("nan")}}, select("v", float("nan")), True),
        ({"verb": "select", "where": {"v": [1.5, float("nan")]}}, select("v", [1.5, float("nan")]), True),
        ({"verb": "select", "where": {"v": float("nan")}}, select("v", 1.5), False),
        ({"verb": "select", "where": {}}, select(), False),
        ({"verb": "select", "where": {"id": 7, "n": 1}}, select(), False),
        ({"verb": "select", "where": {"id": 7}}, Statement("SELECT a FROM t WHERE id = 7 LIMIT 1"), True),
        ({"verb": "select", "where": {"id": "O'H"}}, Statement("SELECT a FROM t WHERE id = 'O''H'"), True),
        ({"verb": "select", "where": {"id": UUID(int=7)}}, Statement(f"SELECT a FROM t WHERE id={UUID(int=7)}"), True),
        ({"verb": "select", "where": {"id": -1.5}}, Statement("SELECT a FROM t WHERE id = -1.5"), True),
        ({"verb": "select", "where": {"id": 1.1}}, Statement("SELECT a FROM t WHERE id = 1.1"), True),
        ({"verb": "select", "where": {"id": {1, 2}}}, Statement("SELECT a FROM t WHERE id = {2, 1}"), True),
        ({"table": "shop.t"}, Statement("SELECT a FROM shop.t BYPASS CACHE", kind=Kind.READ), True),
        ({"table": "t"}, Statement("UPDATE t USING TIMEOUT 5ms SET a = 1 WHERE b = 2"), True),
        ({"where": {"a": True, "b": None}, "table": "t"}, Statement("SELECT x FROM t WHERE a=true AND b=NULL"), True),
        ({"verb": "select", "where": {"id": ANY}}, Statement("SELECT a FROM t WHERE id = now()"), True),
        ({"verb": "select", "where": {"Id": 7}}, Statement('SELECT a FROM t WHERE "Id" = :key', (7,)), True),
        ({"table": "t", "where": {"token__gt": Token(5)}}, Statement("SELECT a FROM t WHERE token(a,b)>?", (5,)), True),
        ({"table": "t", "where": {"token__gt": Token(5)}}, Statement("SELECT a FROM t WHERE token(a, b) > 5"), True),
        ({"table": "t", "where": {"a__token__gt": 5}}, Statement("SELECT a FROM t WHERE token(a) > ?", (5,)), False),
        ({"table": "t", "where": {"a__token__gt": 5}}, Statement("SELECT a FROM t WHERE token(a)>token(5)"), True),
        ({"table": "t", "where": {"a__token__lt": 5}}, Statement("DELETE FROM t WHERE token(a)<token(?)", (5,)), True),
        (
            {"table": "t", "where": {"token__gte": (1, 2), "c": 3}},
            Statement("SELECT a FROM t WHERE token(a, b) >= token(?, 2) AND c = ?", (1, 3)),
            True,
        ),
        (
            {"table": "t", "where": {"token__gte": (1, 3)}},
            Statement("SELECT a FROM t WHERE token(a, b) >= token(?, ?)", (1, 2)),
            False,
        ),
        ({"table": "t", "where": {"id__in": [1, 2]}}, Statement("SELECT a FROM t WHERE id IN (?, ?)", (1, 2)), True),
        (
            {"verb": "select", "where": {"a__contains": 1, "b__contains_key": 2, "c__like": "x%"}},
            Statement("SELECT a FROM t WHERE a CONTAINS ? AND b CONTAINS KEY ? AND c LIKE 'x%' LIMIT 1", (1, 2)),
            True,
        ),
        (
            {"verb": "select", "where": {"attrs__entry": ("k", 5), "b": 6}},
            Statement("SELECT a FROM t WHERE attrs[?] = ? AND b = ?", ("k", 5, 6)),
            True,
        ),
        ({"verb": "select", "where": {"m__entry": (1, 2)}}, Statement("SELECT a FROM t WHERE m[1] = 2"), True),
        ({"verb": "delete", "where": {"id": 7, "ts__gt": 3, "k__in": [1, 2]}}, DELETE, True),
        ({"verb": "delete", "where": {"id": 7}}, DELETE, False),
        ({"verb": "insert", "where": {"id": 7}}, insert(), True),
        ({"verb": "insert", "where": {"id": 8}}, insert(), False),
        ({"verb": "insert", "values": {"email": "a@x"}}, insert(), True),
        ({"verb": "update", "values": {"email": "b", "[ttl]": 60}}, PLAIN, False),
        ({"verb": "update", "values": {"email": "b", "tags": {"x"}}}, PLAIN, True),
        ({"verb": "update", "values": {"email": "b", "[1]": 60}}, PLAIN, True),
        ({"verb": "update", "values": (60, "b", {"x"}, 7)}, PLAIN, True),
        ({"verb": "update", "values": (60, ANY, ANY)}, PLAIN, False),
        ({"verb": "delete", "values": {"email": None}}, DELETE, True),
        ({"verb": "insert", "conditional": True}, insert(), True),
        ({"verb": "insert", "conditional": True}, insert(""), False),
        ({"verb": "insert", "conditional": False}, insert(), False),
        ({"verb": "update", "conditional": True}, UPDATE, True),
        ({"verb": "update", "where": {"id": 7}}, UPDATE, True),
        ({"cql": "delete  EMAIL from shop.users\nWHERE id=? and ts > ? AND k IN ?;"}, DELETE, True),
        ({"cql": "DELETE email FROM shop.users WHERE id = ? AND ts > ? AND k IN (?)"}, DELETE, False),
        ({"cql": "SELECT 'A' FROM t"}, Statement("SELECT 'a' FROM t"), False),
        ({"cql": "SELECT f(?) FROM t"}, Statement("select F ( ? ) from T", (1,)), True),
        ({"cql": "BEGIN BATCH A; B; APPLY BATCH"}, Batch((Statement("A"), Statement("B"))), True),
        ({"cql": "BEGIN BATCH A; APPLY BATCH"}, Batch((Statement("A"),), BatchKind.UNLOGGED), False),
    ],
)  # fmt: skip
def test_what_a_rule_is_for(options, request_, fits):
    assert answers(lambda recorder: recorder.on(**options), request_) is fits


@pytest.mark.parametrize(
    ("relation", "values", "named"),
    [
        ("n > ?", (1,), {"n__gt": 1}),
        ("n < ?", (1,), {"n__lt": 1}),
        ("n >= ? AND n <= ?", (1, 2), {"n__gte": 1, "n__lte": 2}),
        ("n != ?", (1,), {"n__ne": 1}),
        ("n IN ?", ([1],), {"n__in": [1]}),
        ("n BETWEEN ? AND ?", (1, 2), {"n__between": (1, 2)}),
        ("n BETWEEN 1 AND ?", (2,), {"n__between": (1, 2)}),
        ("n BETWEEN 1 AND now()", (), {"n__between": (1, ANY)}),
        ("n IS NOT NULL", (), {"n__is_not": None}),
        ("n LIKE ?", ("a%",), {"n__like": "a%"}),
        ("n CONTAINS ?", (1,), {"n__contains": 1}),
        ("n CONTAINS ? AND n CONTAINS ?", (1, 2), {"n__contains": 1, "n__contains#2": 2}),
        ("n CONTAINS KEY ?", (1,), {"n__contains_key": 1}),
        ("n[?] = ?", ("k", 1), {"n__entry": ("k", 1)}),
        ("(n, m) > (?, ?)", (1, 2), {"(n, m)__gt": (1, 2)}),
        ("(n, m) IN ((?, ?))", (1, 2), {"(n, m)__in": [(1, 2)]}),
        ("token(id) > ?", (5,), {"id__token__gt": Token(5)}),
        ("expr(i, ?)", ("x",), {"i__expr": "x"}),
    ],
)
@pytest.mark.parametrize("verb", ["select", "delete"])
def test_rule_19_where_names_every_relation_of_whatever_operator(relation, values, named, verb):
    head = "SELECT id FROM t" if verb == "select" else "DELETE FROM t"
    kind = Kind.READ if verb == "select" else Kind.WRITE
    request = Statement(f"{head} WHERE id = ? AND {relation}", (7, *values), kind=kind)

    assert not answers(lambda recorder: recorder.on(verb, where={"id": 7}), request)
    for name in named:
        some = {key: value for key, value in named.items() if key != name}
        assert not answers(lambda recorder, some=some: recorder.on(verb, where={"id": 7, **some}), request)
        wrong = {"id": 7, **named, name: "?"}
        assert not answers(lambda recorder, wrong=wrong: recorder.on(verb, where=wrong), request)
    assert answers(lambda recorder: recorder.on(verb, where={"id": 7, **named}), request)


def test_rule_19_a_where_that_cannot_be_read_is_not_taken_for_none():
    for request in (Statement("SELECT a FROM t WHERE a SIMILAR ?", (5,), kind=Kind.READ), Statement("TRUNC t")):
        assert not answers(lambda recorder: recorder.on(table="t", where={}), request)
    recorder = RecordingDriver()
    recorder.on("select", where={}).returns([])
    with pytest.raises(UnexpectedCall, match="where: the text cannot be read"):
        recorder.execute(Statement("SELECT a FROM t WHERE a SIMILAR ?", (5,), kind=Kind.READ))


class Typed(User):
    """One that knows its columns too."""

    @classmethod
    def column_types(cls):
        types = {"id": "int", "a__b": "int", "tags": "set<text>", "attrs": "map<text, int>", "token": "int"}
        return {name: parse_type(cql_type) for name, cql_type in types.items()}


@pytest.mark.parametrize(
    "options",
    [
        {"where": {"id": 1, "a__b__gt": 1, "tags__contains": "x", "attrs__entry": ("k", 1), "id__in": [1], "token": 1}},
        {"where": {"id__token__gt": 1, "token__lte": 1, "(id, a__b)__gt": (1, 2), "id__between": (1, 2), "i__expr": 1}},
        {"where": {"id#2": 1, "tags__contains#2": "y"}},
        {"values": {"id": 1, "a__b": 2, "[ttl]": 60, "value(attrs)": 1, "attrs[?]": 1, "in(id)": [1], "id#2": 3}},
        {"values": (1, 2)},
    ],
)
def test_rule_26_a_rule_may_name_all_that_a_statement_on_the_table_has(options):
    RecordingDriver().on(table=Typed, **options).optional()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"where": {"idd": 1}}, r"where=\{'idd': ...\}: Typed has no such column or lookup; did you mean 'id'\?"),
        ({"where": {"id": 1, "zzz__gt": 1}}, "'zzz__gt'.*it has: id, a__b, tags, attrs"),
        ({"where": {"id__above": 1}}, "id__above"),
        ({"where": {"zzz__token__gt": 1}}, "zzz"),
        ({"where": {"zzz__entry": 1}}, "zzz"),
        ({"where": {"(id, zzz)__gt": (1, 2)}}, "zzz"),
        ({"verb": "insert", "where": {"zzz": 1}}, "zzz"),
        ({"verb": "batch", "values": {"zzz": 1}}, r"values=\{'zzz': ...\}"),
        ({"values": {"value(zzz)": 1}}, "zzz"),
    ],
)
def test_rule_26_a_rule_for_an_unknown_column_fails_when_it_is_made(options, why):
    with pytest.raises(ValueError, match=why):
        RecordingDriver().on(**{"table": Typed, **options})


def test_a_rule_must_be_for_something():
    recorder = RecordingDriver()
    with pytest.raises(TypeError, match="what it is for"):
        recorder.on()
    with pytest.raises(ValueError, match=r"on\(\) knows select.*not 'upsert'"):
        recorder.on("upsert")
    with pytest.raises(TypeError, match="model class or a name, not 5"):
        recorder.on(table=5)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (NOW.replace(tzinfo=None), NOW),
        (NOW.replace(microsecond=1), NOW),
        (Secret("a"), Secret("b")),
        (True, 1),
        ("1", 1),
        ([1], (1,)),
    ],
)
def test_what_differs_looks_different_in_the_failure_text(wanted, found):
    recorder = RecordingDriver()
    recorder.on("select", where={"id": wanted}).returns([])
    with pytest.raises(UnexpectedCall) as caught:
        recorder.execute(select("id", found))

    (line,) = (line for line in str(caught.value).splitlines() if line.startswith("  where id: "))
    one, other = line.removeprefix("  where id: ").split(", the rule wants ")
    assert one != other or isinstance(found, Secret)  # which are shown to nobody


class TestMatchers:
    @pytest.mark.parametrize("value", [None, 5, "x", UUID(int=7), NOW, [], object()])
    def test_any_equals_everything_on_either_side(self, value):
        assert value == ANY
        assert ANY == value  # noqa: SIM300 - the other side
        assert {"a": value} == {"a": ANY}

    @pytest.mark.parametrize(
        ("matcher", "near", "far"),
        [
            (Approx(5, 0.5), 5.5, 5.6),
            (Approx(NOW, 1), NOW.replace(second=1), NOW.replace(second=2)),
            (Approx(NOW, timedelta(minutes=1)), NOW.replace(minute=1), NOW.replace(minute=2)),
            (Approx(5, 1), 4, None),
            (Where(lambda value: value > 5), 6, 5),
            (Where(lambda value: value > 5), 6, None),
            (Where(lambda value: value.hex), uuid4(), UNSET),
            (Where(lambda value: value["k"] == int("5")), {"k": 5}, {}),
            (Where(lambda value: int(value) == 5), "5", "x"),
        ],
    )
    def test_the_others_take_what_is_near_enough(self, matcher, near, far):
        assert matcher == near
        assert not matcher == far  # noqa: SIM201 - what == says is what is tested

    def test_they_say_what_they_take(self):
        def positive(value):
            return value > 0

        assert repr([ANY, Approx(5, 1), Where(positive), Where(positive, "a number above 0")]) == (
            "[ANY, Approx(5, 1), Where(positive), Where(a number above 0)]"
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


class TestWhichRule:
    def test_the_first_unused_one_that_fits(self):
        recorder = RecordingDriver()
        recorder.on("select").returns([(1, "")])
        recorder.on("select").returns([(2, "")]).times(2)

        assert [recorder.execute(select()).rows[0][0] for _ in range(3)] == [1, 2, 2]
        with pytest.raises(UnexpectedCall, match="used 1 of 1 times already"):
            recorder.execute(select())

    def test_times_none_is_as_often_as_calls_come(self):
        recorder = RecordingDriver()
        recorder.on("select").returns([]).times(None)
        with pytest.raises(UnusedReply):
            recorder.verify()
        for _ in range(3):
            recorder.execute(select())

        recorder.verify()

    def test_a_rule_is_used_at_least_once(self):
        with pytest.raises(ValueError, match="at least once, not 0"):
            RecordingDriver().on("select").times(0)

    def test_one_that_must_be_used_and_was_not_is_a_failure(self):
        recorder = RecordingDriver()
        recorder.on("select").returns([]).times(2)
        recorder.execute(select())
        with pytest.raises(UnusedReply, match=r"(?s)used 1 of 2 times.*\.optional\(\).*unused='ignore'"):
            recorder.verify()

        recorder.verify(unused="ignore")

    def test_unless_it_is_optional(self):
        recorder = RecordingDriver()
        recorder.on("select").returns([]).optional()

        recorder.verify()

    def test_the_block_verifies(self):
        def block():
            with RecordingDriver() as recorder:
                recorder.on("select").returns([])

        with pytest.raises(UnusedReply, match="never asked for"):
            block()

    def test_plain_writes_need_no_rule_but_may_have_one(self):
        recorder = RecordingDriver()
        recorder.on("update").raises(faults.overloaded())

        assert recorder.execute(DELETE) == Page()

    def test_otherwise_is_the_last_resort(self):
        recorder = RecordingDriver()
        recorder.on("select").returns([(1, "")])
        recorder.otherwise.returns_nothing()

        assert [len(recorder.execute(select()).rows) for _ in range(3)] == [1, 0, 0]
        assert recorder.execute(PLAIN) == Page()
        recorder.verify()

    def test_it_moves_the_clock_too_and_what_it_cannot_answer_says_so(self):
        recorder = RecordingDriver()
        recorder.otherwise.applied().delay(60)
        with pytest.raises(ImpossibleReply, match=r"rule: on\(\)\.applied.*\ncall:\n-- execute"):
            recorder.execute(select())

        assert recorder.clock.now() == NOW.replace(minute=1)

    def test_two_threads_never_get_the_same_answer(self):
        recorder = RecordingDriver(strict=False)

        def slow(value):
            sleep(0.05)  # the other thread looks at the rule meanwhile, if it may
            return True

        recorder.on("select", where={"id": Where(slow)}).returns([(1, "")])
        with ThreadPoolExecutor(2) as pool:
            pages = list(pool.map(lambda _: recorder.execute(select()), range(2)))

        assert sorted(len(page.rows) for page in pages) == [0, 1]

    def test_in_order_a_rule_waits_for_those_before_it(self):
        recorder = RecordingDriver()
        with recorder.in_order():
            recorder.on("select", where={"id": 1}).returns([(1, "")])
            recorder.on("select", where={"id": 2}).returns([(2, "")])
        recorder.on("select", where={"id": 3}).returns([(3, "")])

        assert recorder.execute(select("id", 3)).rows == [(3, "")]
        with pytest.raises(UnexpectedCall, match="it comes after on"):
            recorder.execute(select("id", 2))
        assert recorder.execute(select("id", 1)).rows == [(1, "")]
        assert recorder.execute(select("id", 2)).rows == [(2, "")]

    def test_in_order_an_optional_one_may_be_passed_over_but_not_gone_back_to(self):
        recorder = RecordingDriver()
        with recorder.in_order():
            recorder.on("select", where={"id": 1}).returns([]).optional()
            recorder.on("select", where={"id": 2}).returns([])
        recorder.execute(select("id", 2))

        with pytest.raises(UnexpectedCall, match="a rule that comes after it was used already"):
            recorder.execute(select("id", 1))

    def test_a_rule_without_a_reply_is_not_silently_empty(self):
        recorder = RecordingDriver()
        recorder.on("update")
        with pytest.raises(ImpossibleReply, match="has no reply"):
            recorder.execute(PLAIN)


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


def test_inside_in_order_the_failure_says_that_the_order_is_wrong_and_what_was_expected():
    recorder = RecordingDriver()
    with recorder.in_order():
        recorder.on("select", where={"id": 7}).returns([])
        recorder.on("select", where={"id": 8}).returns([])
    with pytest.raises(UnexpectedCall, match=r"the order is wrong; in_order\(\) expects this call next: .*'id': 7"):
        recorder.execute(select("id", 8))
