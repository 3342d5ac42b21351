"""What a statement says about itself."""

from decimal import Decimal
from uuid import UUID

import pytest

from coodie.cql.message import Kind
from coodie.cql.nodes import BIND, Call, Name, Ref
from coodie.cql.parsing.columns import columns
from coodie.cql.parsing.facts import clause_items, kind, marks, normal_form, table
from coodie.cql.parsing.statements import parse
from coodie.cql.values import Duration


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("SELECT a FROM t", Kind.READ),
        ("INSERT INTO t (a) VALUES (?)", Kind.WRITE),
        ("INSERT INTO t (a) VALUES (?) IF NOT EXISTS", Kind.CONDITIONAL),
        ("INSERT INTO t JSON ? IF NOT EXISTS", Kind.CONDITIONAL),
        ("UPDATE t SET a = 'IF' WHERE k = 1", Kind.WRITE),
        ("UPDATE t SET a = 1 WHERE k = 1 IF EXISTS", Kind.CONDITIONAL),
        ("DELETE FROM t WHERE k = 1 IF a = 1", Kind.CONDITIONAL),
        ("BEGIN BATCH DELETE FROM t WHERE k = 1 APPLY BATCH", Kind.WRITE),
        ("BEGIN BATCH DELETE FROM t WHERE k = 1 IF EXISTS APPLY BATCH", Kind.CONDITIONAL),
        ("BEGIN COUNTER BATCH UPDATE t SET a += 1 WHERE k = 1 APPLY BATCH", Kind.COUNTER),
        ("CREATE TABLE IF NOT EXISTS t (a int PRIMARY KEY)", Kind.SCHEMA),
        ("TRUNCATE t", Kind.SCHEMA),
        ("USE ks", Kind.SCHEMA),
        ("GRANT SELECT ON t TO bob", Kind.SCHEMA),
        ("list roles", Kind.READ),
    ],
)
def test_what_it_does(text, wanted):
    assert kind(parse(text)) is wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('SELECT a FROM "Ks".t', Name("t", "Ks")),
        ("INSERT INTO t JSON ?", Name("t")),
        ("BEGIN BATCH DELETE FROM ks.t WHERE k = 1 APPLY BATCH", Name("t", "ks")),
        ("BEGIN BATCH APPLY BATCH", None),
        ("CREATE INDEX i ON t (a)", Name("t")),
        ("CREATE MATERIALIZED VIEW v AS SELECT * FROM t WHERE a > 1 PRIMARY KEY (a)", Name("v")),
        ("ALTER TABLE t RENAME a TO b", Name("t")),
        ("ALTER TYPE ks.u ADD a int", Name("u", "ks")),
        ("DROP TABLE t", Name("t")),
        ("TRUNCATE ks.t", Name("t", "ks")),
        ("DROP KEYSPACE ks", None),
        ("LIST ROLES", None),
    ],
)
def test_its_table(text, wanted):
    assert table(parse(text)) == wanted


@pytest.mark.parametrize(
    ("selected", "wanted"),
    [
        ("*", None),
        ("JSON a, b", ("[json]",)),
        ('a, "B", c AS "D"', ("a", "B", "D")),
        ("count(*), COUNT(1), count(a)", ("count", "count", "system.count(a)")),
        ("count('x'), system.count(5), count(null)", ("count", "count", "system.count(NULL)")),
        (
            "max(a), ks.f(a, 'it''s'), writetime(m['x']), ttl(a)",
            ("system.max(a)", "ks.f(a, 'it's')", "writetime(m['x'])", "ttl(a)"),
        ),
        ("token(a, b), CAST(a AS text)", ("system.token(a, b)", "cast(a as text)")),
        ("m[?], m['a'..], u.f, (int) ?", ("m[?]", "m['a'..]", "u.f", "(int)?")),
        ("(a + 1) * 2, a - (b - c), a + b * c, -a", ("(a + 1) * 2", "a - (b - c)", "a + b * c", "-a")),
        ("(a * b) + c, ((a)) + (1), -(a), -(1)", ("(a * b) + c", "((a)) + (1)", "-(a)", "-(1)")),
        ("[a, 1], {a}, (a, null), {'x': a}", ("[a, 1]", "{a}", "(a, NULL)", "{'x': a}")),
    ],
)
def test_the_columns_of_its_answer(selected, wanted):
    assert columns(parse(f"SELECT {selected} FROM t")) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("select a from t;", "SELECT a FROM t"),
        ("use KS", "USE ks"),
        ("begin batch apply batch", "BEGIN BATCH\nAPPLY BATCH"),
        ("alter table t add (a int)", "ALTER TABLE t ADD a int"),
        ("create index on t (a)", "CREATE INDEX ON t (a)"),
        ("list  roles ;", "list  roles"),
    ],
)
def test_its_normal_form(text, wanted):
    assert normal_form(parse(text)) == wanted


def test_a_write_answers_with_no_columns():
    assert columns(parse("DELETE FROM t WHERE k = 1")) == ()


@pytest.mark.parametrize(
    ("text", "values", "wanted"),
    [
        ("SELECT a FROM t WHERE k = ? AND c > ? AND d = ?", (1, 2, 3), {"k": 1, "d": 3}),
        ("SELECT m[?] FROM t WHERE k = 7 AND e = :x", ("key", 3), {"k": 7, "e": 3}),
        ("UPDATE t USING TTL ? SET m[?] = ?, a = a + ? WHERE k = ? IF k = ?", (1, 2, 3, 4, 5, 6), {"k": 5}),
        ("DELETE m[?] FROM t USING TIMESTAMP ? WHERE k = (int) ?", (1, 2, 3), {"k": 3}),
        ("SELECT a FROM t WHERE a = f(?) AND k = ?", (1, 2), {"a": Call("f", (BIND,)), "k": 2}),
        ("SELECT a FROM t WHERE m['x'] = ? AND (k) = (?) AND c = ?", (1, 2, 3), {"c": 3}),
        ("INSERT INTO t (k) VALUES (?)", (1,), {}),
    ],
)
def test_what_where_holds_equal(text, values, wanted):
    where = [item for item in clause_items(parse(text)) if item.clause == "where" and item.operator == "="]
    assert {item.target.column: item.value(values) for item in where if isinstance(item.target, Ref)} == wanted


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1),
        ("-1.50", Decimal("-1.50")),
        ("Infinity", float("inf")),
        ("'it''s'", "it's"),
        ("true", True),
        ("null", None),
        ("0xff", b"\xff"),
        ("12345678-1234-1234-1234-123456789abc", UUID("12345678-1234-1234-1234-123456789abc")),
        ("1mo2d3ns", Duration(1, 2, 3)),
        ("-PT1S", Duration(0, 0, -(10**9))),
        ("[1, ?]", [1, "bound"]),
        ("{1, ?}", {1, "bound"}),
        ("{[1]}", [[1]]),
        ("{'a': ?}", {"a": "bound"}),
        ("{x: ?}", {"x": "bound"}),
        ("(1, ?)", (1, "bound")),
        ("now()", Call("now", ())),
    ],
)
def test_the_value_of_a_literal(written, value):
    found = clause_items(parse(f"INSERT INTO t (a) VALUES ({written})"))[0].value(["bound"])
    assert found == value
    assert type(found) is type(value) or isinstance(found, dict)


def test_the_values_of_an_in_are_a_list_bound_or_written():
    for text, values in (("a IN ?", [[1, 2]]), ("a IN (?, 2)", [1]), ("a IN (1, 2)", [])):
        assert clause_items(parse(f"SELECT a FROM t WHERE {text}"))[1].value(values) == [1, 2]


def test_the_pieces_are_in_the_order_of_the_text():
    text = "UPDATE t USING TIMESTAMP ? AND TTL ? SET m[?] = ?, l = ? + l WHERE k = ? AND (a, b) > (?, ?) IF c IN ?"
    found = clause_items(parse(text))
    assert [(item.clause, item.operator, item.mark) for item in found] == [
        ("using", "TIMESTAMP", 0),
        ("using", "TTL", 1),
        ("set", "=", 2),
        ("set", "prepend", 4),
        ("where", "=", 5),
        ("where", ">", 6),
        ("if", "IN", 8),
    ]
    assert [item.value(range(9)) for item in found] == [0, 1, 3, 4, 5, (6, 7), 8]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("UPDATE t SET m = m - ?, a = :x WHERE k IN ? IF b = ?", ("m", "x", "in(k)", "b")),
        ("SELECT a FROM t WHERE s CONTAINS ? LIMIT ?", ("value(s)", "[limit]")),
        ("TRUNCATE t", ()),
    ],
)
def test_the_names_of_its_marks(text, wanted):
    assert marks(parse(text)) == wanted
