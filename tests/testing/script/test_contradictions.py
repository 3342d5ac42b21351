"""Scripted replies that contradict their statement. The integration tests hold the same against a cluster's answers."""

import re
from decimal import Decimal
from ipaddress import IPv4Address
from typing import Annotated

import pytest
from pydantic import SecretStr

from coodie.cql.message import UNSET, Batch, Kind, Statement
from coodie.cql.murmur3 import token
from coodie.fields import ClusteringKey, Frozen, Indexed, PrimaryKey, Static, Vector
from coodie.sync import Document
from coodie.testing import ANY, ImpossibleReply, RecordingDriver
from coodie.types import Unreadable


class Event(Document):
    p: Annotated[int, PrimaryKey()]
    a: Annotated[int, ClusteringKey(clustering_key_index=0)]
    b: Annotated[int, ClusteringKey(order="DESC", clustering_key_index=1)]
    s: Annotated[int | None, Static()] = None
    n: int | None = None
    address: Annotated[IPv4Address | None, Indexed(using="sai")] = None
    folded: Annotated[str, Indexed(using="sai", options={"case_sensitive": "false"})] = ""
    price: Decimal | None = None
    near: Annotated[list[float], Vector(2)] = [0, 0]
    tags: set[int] = set()
    attrs: dict[str, int] = {}
    kept: Annotated[list[int], Frozen()] = []


class Pair(Document):
    p: Annotated[int, PrimaryKey()]
    q: Annotated[int, PrimaryKey()]


class Plain(Document):
    id: Annotated[int, PrimaryKey()]
    n: int | None = None
    m: int | None = None


def row(a, b, p=1, **others):
    return {"p": p, "a": a, "b": b, **others}


def place(key):
    return token(key.to_bytes(8, "big"))


ROW, ROWS = row(1, 1), [row(1, 2), row(1, 1), row(2, 5)]
MANY = [row(1, 2), row(1, 1), row(1, 3, p=2)]

EXCLUDED = [
    ("p = ?", (1,), [row(1, 1, p=2)], r"row 1 has p 2, which WHERE p = \? excludes"),
    ("p = 1", (), [ROW, row(2, 1, p=3)], "row 2 has p 3, which WHERE p = 1 excludes"),
    ("p IN ?", ([1, 2],), [ROW, row(1, 1, p=3)], r"row 2 has p 3, which WHERE p IN \? excludes"),
    ("p IN (?, 2)", (1,), [row(1, 1, p=3)], r"WHERE p IN \(\?, 2\) excludes"),
    ("p = ? AND a > ?", (1, 1), [ROW], r"row 1 has a 1, which WHERE a > \? excludes"),
    ("p = ? AND a >= ?", (1, 2), [ROW], "excludes"),
    ("p = ? AND a < ?", (1, 1), [ROW], "excludes"),
    ("p = ? AND a > ? AND a <= ?", (1, 0, 2), [ROW, row(3, 1)], r"row 2 has a 3, which WHERE a <= \? excludes"),
    ("p = ? AND (a, b) > (?, ?)", (1, 1, 2), [ROW], r"has a 1, b 1, which WHERE \(a, b\) > \(\?, \?\) excludes"),
    ("p = ? AND (a, b) = ?", (1, (1, 2)), [ROW], "has a 1, b 1"),
    ("p = ? AND (a, b) IN ?", (1, [(1, 2), (2, 1)]), [ROW], "has a 1, b 1"),
    ("p = ? AND (a, b) IN ((1, 2))", (1,), [ROW], "has a 1, b 1"),
    ("token(p) > token(?)", (1,), [ROW], r"has p 1, which WHERE token\(p\) > token\(\?\) excludes"),
    ("token(p) > ?", (place(1),), [ROW], "has p 1"),
    ("token(p) <= ? AND token(p) > 5", (place(1) - 1,), [ROW], "has p 1"),
    ("p = ? AND n = ?", (1, 5), [row(1, 1, n=6)], "has n 6"),
    ("p = ? AND n = ?", (1, 5), [row(1, 1, n=None)], "has n null"),
    ("p = ? AND price = ?", (1, Decimal("1.0")), [row(1, 1, price=Decimal("1.01"))], "has price 1.01"),
    ("p = ? AND tags CONTAINS ?", (1, 5), [row(1, 1, tags={6})], r"has tags \{6\}, which WHERE tags CONTAINS \? excl"),
    ("p = ? AND kept CONTAINS ?", (1, 5), [row(1, 1, kept=[6])], r"kept CONTAINS \?"),
    ("p = ? AND kept = ?", (1, [5, 6]), [row(1, 1, kept=[6, 5])], r"kept = \?"),
    ("p = ? AND attrs CONTAINS ?", (1, 5), [row(1, 1, attrs={"5": 6})], r"attrs CONTAINS \?"),
    ("p = ? AND attrs CONTAINS KEY ?", (1, "x"), [row(1, 1, attrs={"y": 6})], r"attrs CONTAINS KEY \?"),
    ("p = ? AND attrs[?] = ?", (1, "x", 5), [row(1, 1, attrs={"x": 6})], r"attrs\[\?\] = \?"),
    ("p = ? AND attrs['x'] = 5", (1,), [row(1, 1, attrs=None)], r"attrs\['x'\] = 5"),
    ("p = ? AND a = ?", (1, 1), [row(None, None, s=3)], "has a null"),
]


@pytest.fixture
def recorder():
    return RecordingDriver(strict=False)


def select(where, values, *, columns="*", tail=""):
    clause = f"WHERE {where} " if where else ""
    return Statement(f"SELECT {columns} FROM event {clause}{tail}ALLOW FILTERING", values, kind=Kind.READ)


def answer(recorder, statement, rows, model=Event):
    recorder.on(table=model).returns(rows)
    return recorder.execute(statement)


@pytest.mark.parametrize(("where", "values", "rows", "why"), EXCLUDED)
def test_a_row_that_where_excludes_is_impossible(recorder, where, values, rows, why):
    with pytest.raises(ImpossibleReply, match=why):
        answer(recorder, select(where, values), rows)


ORDERS = [
    ("", [row(2, 1), row(1, 1)], "row 2 comes before row 1 in their partition, whose order is a, b DESC"),
    ("", [row(1, 1), row(1, 2)], "row 2 comes before row 1"),
    ("ORDER BY a ", [row(2, 1), row(1, 1)], "ORDER BY a gives row 2 before row 1"),
    ("ORDER BY a DESC, a ", [row(2, 1), row(1, 1)], "ORDER BY a gives row 2 before row 1"),
    ("ORDER BY a DESC ", [row(1, 1), row(2, 1)], "ORDER BY a DESC gives row 2 before row 1"),
    ("ORDER BY a DESC, b ", [row(1, 2), row(1, 1)], "ORDER BY a DESC, b gives row 2 before row 1"),
    (
        "ORDER BY a DESC ",
        [row(1, 2), row(1, 1)],
        "row 2 comes before row 1 in their partition, whose order is a DESC, b",
    ),
    ("", [row(1, 1), row(1, 1, p=2), row(2, 1)], "row 3 is of the partition of row 1, whose rows come together"),
    ("ORDER BY a DESC ", [row(1, 1), row(2, 1, p=2)], "ORDER BY a DESC gives row 2 before row 1"),
    (
        "",
        [row(1, 1), row(2, 1), row(1, 1)],
        r"row 3 has the same key as row 1 \(p, a, b\), which the table has but once",
    ),
    ("", [row(None, None), row(None, None)], "row 2 has the same key as row 1"),
    ("PER PARTITION LIMIT 1 ", [row(1, 1), row(2, 1)], "at most 1 rows of a partition, and the reply has 2 of one"),
]


@pytest.mark.parametrize(("tail", "rows", "why"), ORDERS)
@pytest.mark.parametrize("pages", [False, True])
def test_rows_against_the_order_or_the_key_are_impossible(recorder, tail, rows, why, pages):
    statement = select("p IN ?", ([1, 2],), tail=tail)
    if pages:
        recorder.on(table=Event).pages([[each] for each in rows])
    else:
        recorder.on(table=Event).returns(rows)
    with pytest.raises(ImpossibleReply, match=why):
        recorder.execute(statement)


def test_what_where_says_counts_where_the_rows_leave_it_out(recorder):
    with pytest.raises(ImpossibleReply, match="row 2 comes before row 1"):
        answer(recorder, select("p = ?", (1,), columns="a, b"), [(2, 1), (1, 1)])
    with pytest.raises(ImpossibleReply, match="same key"):
        answer(recorder, select("p = ? AND a = ? AND b = ?", (1, 1, 1), columns="n"), [(2,), (3,)])
    with pytest.raises(ImpossibleReply, match="of a partition"):
        answer(recorder, select("p = ?", (1, 1), columns="n", tail="PER PARTITION LIMIT ? "), [(2,), (3,)])
    with pytest.raises(ImpossibleReply, match="which DISTINCT gives but once"):
        answer(recorder, Statement("SELECT DISTINCT p FROM event", kind=Kind.READ), [(2,), (3,), (2,)])


POSSIBLE = [
    ("SELECT * FROM event WHERE p = ?", (1,), ROWS),
    ("SELECT * FROM event WHERE p = ? ORDER BY a DESC", (1,), ROWS[::-1]),
    ("SELECT * FROM event WHERE p = ?", (1,), [{"p": 1, "s": 2, "a": None, "b": None}]),
    ("SELECT * FROM event", (), [row(1, 1, p=3), row(1, 1, p=1), row(1, 1, p=2)]),
    ("SELECT * FROM event WHERE p IN ? ORDER BY a", ([1, 2],), [row(1, 1), row(1, 5, p=2), row(2, 1), row(2, 2, p=2)]),
    ("SELECT p, n FROM event", (), [(1, 2), (1, 2)]),
    ("SELECT b FROM event WHERE p = ?", (1,), [(1,), (2,), (2,)]),
    ("SELECT a AS b, b AS a FROM event WHERE p = ?", (1,), [(1, 2), (1, 1), (2, 5)]),
    ("SELECT * FROM event WHERE p = ? AND a > ?", (1, 3), [{"p": 1}, {"b": 4}]),
    ("SELECT * FROM event WHERE p = ? AND n > ? ALLOW FILTERING", (1, 3), [row(1, 1, n=Unreadable("broken"))]),
    ("SELECT * FROM event WHERE p = ? AND n < ? ALLOW FILTERING", (1, 3), [row(1, 1, n=None)]),
    ("SELECT * FROM event WHERE address < ?", (IPv4Address(1),), [row(1, 1, address=IPv4Address(2))]),
    ("SELECT * FROM event WHERE folded = ?", ("ANN",), [row(1, 1, folded="ann")]),
    (
        "SELECT * FROM event WHERE p = ? AND price = ? ALLOW FILTERING",
        (1, Decimal(1)),
        [row(1, 1, price=Decimal("1.0"))],
    ),
    ("SELECT * FROM event WHERE p = ? AND a > someint()", (1,), ROWS),
    ("SELECT * FROM event WHERE p = ? AND a = ?", (1, UNSET), ROWS),
    ("SELECT * FROM pair WHERE token(p, q) > somewhere()", (), [{"p": 1, "q": 1}]),
    ("SELECT * FROM event WHERE token(p) > 5 AND token(p) <= -9223372036854775808", (), [ROW]),
    ("SELECT p, max(a) AS a FROM event WHERE p = ? AND a > ?", (1, 5), [(None, None)]),
    ("SELECT p, count(*) FROM event WHERE p = ?", (1,), [(None, 0)]),
    ("SELECT p, a, sum(n) FROM event WHERE p = ? GROUP BY p, a", (1,), [(1, 1, 2), (1, 2, 3)]),
    ("SELECT p, n FROM event GROUP BY p, a", (), [(1, 1), (1, 2)]),
    ("SELECT * FROM event ORDER BY near ANN OF ? LIMIT 3", ([0.5, 1.5],), [row(2, 1), row(1, 1), row(1, 1, p=2)]),
    ("SELECT JSON p, a FROM event WHERE p = 1", (), [('{"p": 2}',)]),
    ("SELECT * FROM event WHERE p = ? AND attrs[?] = ? ALLOW FILTERING", (1, "x", 5), [row(1, 1, attrs={"x": 5})]),
    ("SELECT * FROM event WHERE p = ? AND tags CONTAINS ? ALLOW FILTERING", (1, 5), [row(1, 1, tags={5, 6})]),
    ("SELECT * FROM event WHERE p = ? AND (a, b) > (?, ?)", (1, 1, 2), [row(1, 3), row(2, 5), row(2, 1)]),
    ("SELECT * FROM somewhere WHERE p = ?", (1,), [row(1, 1, p=2)]),
]


@pytest.mark.filterwarnings("ignore:a cluster refuses this SELECT")
@pytest.mark.parametrize(("cql", "values", "rows"), POSSIBLE)
def test_what_a_server_can_give_or_only_a_server_knows_is_let_be(recorder, cql, values, rows):
    name = re.search(r"FROM (\w+)", cql)[1]
    recorder.on("select", table={"event": Event, "pair": Pair}.get(name, "somewhere")).returns(rows)
    assert len(recorder.execute(Statement(cql, values, kind=Kind.READ)).rows) == len(rows)


def test_the_table_is_known_by_the_statement_or_by_the_rule(recorder):
    recorder.on("select").returns([{"id": 1}])
    with recorder.installed(), pytest.raises(ImpossibleReply, match="row 1 has id 1, which WHERE id = "):
        Plain.find(id=3).all()
    recorder.on("select", table="plain").returns([{"id": 1}])
    raw = Statement("SELECT id FROM plain WHERE id = ?", (3,), kind=Kind.READ)
    assert recorder.execute(raw).rows == [(1,)]


def test_it_is_said_at_once_where_the_text_has_the_values(recorder):
    rule = recorder.on(table=Plain, cql="SELECT id FROM plain WHERE id = 3")
    with pytest.raises(ImpossibleReply, match="row 1 has id 1, which WHERE id = 3 excludes"):
        rule.returns([{"id": 1}])


CONDITIONAL = [
    ("INSERT INTO plain (id, n) VALUES (?, ?) IF NOT EXISTS", (3, 1), {"id": 4, "n": 1}, "has id 4, which id = . excl"),
    (
        "UPDATE plain SET n = ? WHERE id = ? IF n = ?",
        (1, 3, 5),
        {"n": 5},
        "fulfils IF n = ., so the server would apply",
    ),
    (
        "UPDATE plain SET n = ? WHERE id = ? IF n > ? AND m != ?",
        (1, 3, 5, 6),
        {"n": 6, "m": None},
        "IF n > . AND m != .",
    ),
    ("UPDATE plain SET n = ? WHERE id = ? IF n = ?", (1, 3, None), {"n": None}, "fulfils IF n = ."),
    ("DELETE FROM plain WHERE id = ? IF n IN ?", (3, [5, 6]), {"n": 5}, "fulfils IF n IN ."),
    ("DELETE FROM plain WHERE id = ? IF EXISTS", (3,), {"id": 3}, "columns of the condition .none, for IF EXISTS"),
    ("DELETE FROM plain WHERE id = 3 IF n = 5", (), Plain(id=4, n=6), "the existing row has id 4, which id = 3 excl"),
]


def conditional(cql, values=()):
    return Statement(cql, values, kind=Kind.CONDITIONAL)


@pytest.mark.parametrize(("cql", "values", "existing", "why"), CONDITIONAL)
def test_an_existing_row_that_the_condition_is_not_about_is_impossible(recorder, cql, values, existing, why):
    recorder.on(table=Plain).applied(False, existing)
    with pytest.raises(ImpossibleReply, match=why):
        recorder.execute(conditional(cql, values))


def test_so_it_is_where_the_answer_is_given_as_rows(recorder):
    recorder.on(table=Plain).returns([{"[applied]": False, "n": 5}])
    with pytest.raises(ImpossibleReply, match="fulfils IF n = "):
        recorder.execute(conditional("UPDATE plain SET n = ? WHERE id = ? IF n = ?", (1, 3, 5)))


@pytest.mark.parametrize(
    ("cql", "values", "existing"),
    [
        ("INSERT INTO plain (id, n) VALUES (?, ?) IF NOT EXISTS", (3, 1), {"id": 3, "n": 7}),
        ("INSERT INTO plain (id, n) VALUES (?, ?) IF NOT EXISTS", (3, 1), {"n": 7}),
        ("UPDATE plain SET n = ? WHERE id = ? IF n = ? AND m = ?", (1, 3, 5, 6), {"n": 5, "m": 7}),
        ("UPDATE plain SET n = ? WHERE id = ? IF n = ? AND m = ?", (1, 3, 5, 6), {"n": 5}),
        ("UPDATE plain SET n = ? WHERE id = ? IF n = ?", (1, 3, 5), ()),
        ("UPDATE plain SET n = ? WHERE id = ? IF n < ?", (1, 3, 5), {"n": None}),
        ("DELETE FROM plain WHERE id = ? IF EXISTS", (3,), ()),
        ("DELETE FROM somewhere WHERE id = ? IF EXISTS", (3,), {"id": 3}),
        ("UPDATE event SET s = ? WHERE p = ? IF EXISTS", (3, 1), {"p": 1, "a": 2, "b": 3, "s": None}),
    ],
)
def test_an_existing_row_that_can_be_is_let_be(recorder, cql, values, existing):
    recorder.on(table=Event if "event" in cql else None, cql=cql).applied(False, existing)
    assert recorder.execute(conditional(cql, values)).rows[0][0] is False


def test_the_existing_rows_of_a_batch_are_those_of_its_conditions(recorder):
    members = [
        conditional("INSERT INTO event (p, a, b) VALUES (1, 1, 1) IF NOT EXISTS"),
        conditional("UPDATE event SET n = 1 WHERE p = 1 AND a = 2 AND b = 1 IF n = 5"),
        Statement("UPDATE event SET n = 1 WHERE p = 1 AND a = 3 AND b = 1"),
    ]
    rows = [row(1, 1, n=7), row(2, 1, n=5), row(None, None, s=1)]
    for existing in ([], rows[:1], rows[1:2], rows):  # the second may hold and the first not
        recorder.on("batch", table=Event).applied(False, existing)
        assert recorder.execute(Batch(tuple(members))).rows[0][0] is False
    for wrong in (row(1, 1, p=2), row(1, 2), row(3, 1)):
        recorder.on("batch", table=Event).applied(False, [*rows, wrong])
        with pytest.raises(
            ImpossibleReply, match=r"an existing row has p \d, a \d, b \d, and no condition of the batch"
        ):
            recorder.execute(Batch(tuple(members)))


def test_a_condition_on_static_values_is_answered_with_whichever_row(recorder):
    member = conditional("UPDATE event SET n = 1 WHERE p = 1 AND a = 2 AND b = 1 IF s = 5")
    recorder.on("batch", table=Event).applied(False, [row(7, 7, s=6)])
    recorder.execute(Batch((member,)))
    recorder.on("batch", table=Event).applied(False, [row(7, 7, p=2, s=6)])
    with pytest.raises(ImpossibleReply, match="no condition of the batch is about that row"):
        recorder.execute(Batch((member,)))


class Login(Document):
    word: Annotated[SecretStr, PrimaryKey()]


def test_rule_32_secrets_are_masked_and_a_spy_shows_no_bound_value(recorder):
    recorder.on(table=Login).returns([{"word": "sesame"}])
    with recorder.installed(), pytest.raises(ImpossibleReply) as caught:
        Login.find(word=SecretStr("open")).all()
    assert "row 1 is one which WHERE word = ? excludes" in str(caught.value)
    assert "sesame" not in str(caught.value)
    assert "open" not in str(caught.value)

    spy = RecordingDriver(RecordingDriver())
    spy.on(table=Plain).returns([{"id": 1}])
    with spy.installed(), pytest.raises(ImpossibleReply) as caught:
        Plain.find(id=31415).all()
    assert "31415" not in str(caught.value)


def test_matchers_of_the_rule_are_no_values(recorder):
    recorder.on("select", table=Plain, where={"id": ANY}).returns([{"id": 3}])
    with recorder.installed():
        assert Plain.find(id=3).all() == [Plain(id=3)]
