from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timezone
from time import sleep
from uuid import UUID

import pytest
from testing.script.shop import DELETE, PLAIN, UPDATE, User, insert, select

from coodie.cql.message import Batch, BatchKind, Kind, Page, Statement
from coodie.cql.types import parse_type
from coodie.cql.values import Secret, Token
from coodie.testing import (
    ANY,
    ImpossibleReply,
    RecordingDriver,
    UnexpectedCall,
    UnusedReply,
    Where,
    faults,
)

NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)


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


def test_inside_in_order_the_failure_says_that_the_order_is_wrong_and_what_was_expected():
    recorder = RecordingDriver()
    with recorder.in_order():
        recorder.on("select", where={"id": 7}).returns([])
        recorder.on("select", where={"id": 8}).returns([])
    with pytest.raises(UnexpectedCall, match=r"the order is wrong; in_order\(\) expects this call next: .*'id': 7"):
        recorder.execute(select("id", 8))
