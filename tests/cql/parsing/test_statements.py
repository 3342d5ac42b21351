"""From a text to its node: what is written in several ways is one node."""

import pytest

from coodie.cql.message import BatchKind
from coodie.cql.nodes import (
    BIND,
    NULL,
    Arithmetic,
    Assignment,
    BeginBatch,
    Bind,
    Call,
    Cast,
    Delete,
    Element,
    Entries,
    FieldOf,
    Fields,
    Hint,
    Insert,
    InsertJson,
    Items,
    Literal,
    Name,
    Negative,
    NestedElement,
    Opaque,
    OrderBy,
    Range,
    Ref,
    Relation,
    Select,
    Selector,
    Star,
    TokenCall,
    Update,
    Use,
    Using,
)
from coodie.cql.parsing.statements import parse
from coodie.cql.rendering.statements import render
from coodie.cql.types import NATIVE
from coodie.exceptions import InvalidQueryError

T = Name("t")
A = (Selector(Ref("a")),)
KEY = (Relation(Ref("k")),)
ONE, TWO, X = Literal("integer", "1"), Literal("integer", "2"), Literal("string", "x")
COUNT = Call("count", (Star(),))


def tuple_of(*terms):
    return Items("(", terms)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("SELECT * FROM t", Select(T, (Selector(Star()),))),
        ('select A from "Shop".T ;', Select(Name("t", "Shop"), A)),
        ("SELECT DISTINCT a FROM t", Select(T, A, distinct=True)),
        ("SELECT JSON a FROM t", Select(T, A, json=True)),
        ("SELECT JSON * FROM t", Select(T, (Selector(Star()),), json=True)),
        ("SELECT JSON DISTINCT a FROM t", Select(T, A, json=True, distinct=True)),
        ("SELECT json, a FROM t", Select(T, (Selector(Ref("json")), *A))),
        ("SELECT json AS a FROM t", Select(T, (Selector(Ref("json"), "a"),))),
        ("SELECT json AS as, a FROM t", Select(T, (Selector(Ref("json"), "as"), *A))),
        ("SELECT JSON as FROM t", Select(T, (Selector(Ref("as")),), json=True)),
        ("SELECT JSON as, a FROM t", Select(T, (Selector(Ref("as")), *A), json=True)),
        ("SELECT JSON as.a FROM t", Select(T, (Selector(FieldOf("as", "a")),), json=True)),
        ("SELECT JSON as AS a FROM t", Select(T, (Selector(Ref("as"), "a"),), json=True)),
        ("SELECT DISTINCT as FROM t", Select(T, (Selector(Ref("as")),), distinct=True)),
        ("SELECT distinct AS x FROM t", Select(T, (Selector(Ref("distinct"), "x"),))),
        ("SELECT a /* b */ FROM t -- c\n", Select(T, A)),
        ("SELECT a FROM t // c\n;", Select(T, A)),
        (
            "SELECT a FROM t WHERE k = ? GROUP BY k, floor(c, 1h) ORDER BY c DESC, d "
            "PER PARTITION LIMIT 2 LIMIT :n ALLOW FILTERING",
            Select(
                T,
                A,
                KEY,
                ("k", Call("floor", (Ref("c"), Literal("duration", "1h")))),
                (OrderBy("c", True), OrderBy("d")),
                TWO,
                Bind("n"),
                True,
            ),
        ),
        ("SELECT a FROM t ORDER BY v ANN OF ? LIMIT ?", Select(T, A, order_by=(OrderBy("v", ann=True),), limit=True)),
        ("SELECT a FROM t ORDER BY v ANN OF [1]", Select(T, A, order_by=(OrderBy("v", ann=Items("[", (ONE,))),))),
    ],
)
def test_a_select(text, node):
    assert parse(text) == node


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("count(*)", COUNT),
        ("COUNT(1)", Call("count", (ONE,))),
        ("shop.vat(a, ?)", Call("vat", (Ref("a"), BIND), "shop")),
        ("now()", Call("now", ())),
        ("writetime(m['x'])", Call("writetime", (Element("m", X),))),
        ("token(a, b)", TokenCall((Ref("a"), Ref("b")))),
        ("m[?]", Element("m")),
        ("m['x'..]", Element("m", Range(X))),
        ("m[..'x']", Element("m", Range(None, X))),
        ("m[1..2]", Element("m", Range(ONE, TWO))),
        ("u.zip", FieldOf("u", "zip")),
        ('u."Zip".x[1]', NestedElement(NestedElement(FieldOf("u", "Zip"), "x"), ONE)),
        ("CAST(a AS varchar)", Cast(Ref("a"), NATIVE["text"])),
        ("(int) ?", Hint(NATIVE["int"], BIND)),
        ("(double) -1.50", Hint(NATIVE["double"], Literal("float", "-1.50"))),
        ("(a)", tuple_of(Ref("a"))),
        ("(a) + 1", Arithmetic(Ref("a"), "+", ONE)),
        ("(a, b)", tuple_of(Ref("a"), Ref("b"))),
        ("a + b * 2 - c", Arithmetic(Arithmetic(Ref("a"), "+", Arithmetic(Ref("b"), "*", TWO)), "-", Ref("c"))),
        ("a - (b - c) % 2", Arithmetic(Ref("a"), "-", Arithmetic(Arithmetic(Ref("b"), "-", Ref("c")), "%", TWO))),
        ("-a", Negative(Ref("a"))),
        ("-1", Literal("integer", "-1")),
        ("- 1", Negative(ONE)),
        ("- - a", Negative(Negative(Ref("a")))),
        ("[a, 1]", Items("[", (Ref("a"), ONE))),
        ("{a, 1}", Items("{", (Ref("a"), ONE))),
        ("{'x': a}", Entries(((X, Ref("a")),))),
    ],
)
def test_what_may_be_selected(text, term):
    assert parse(f"SELECT {text} FROM t") == Select(T, (Selector(term),))
    assert parse(f"SELECT z, {text} AS y FROM t") == Select(T, (Selector(Ref("z")), Selector(term, "y")))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("varchar", "varchar"),
        ("LIST<shop . U>", "LIST<shop.U>"),
        ("frozen<list<int>>", ""),
        ("int", ""),
    ],
)
def test_a_hint_keeps_its_type_as_it_was_written(text, written):
    (selector,) = parse(f"SELECT ({text}) ? FROM t").selectors
    assert selector.term.written == written


@pytest.mark.parametrize("text", ["LIST x", "LIST t SET a = 1", "LIST"])
def test_only_roles_users_and_permissions_are_listed(text):
    with pytest.raises(InvalidQueryError):
        parse(text)
    assert isinstance(parse("LIST SELECT ON ALL KEYSPACES"), Opaque)


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("a = ?", Relation(Ref("a"))),
        ("a != :b", Relation(Ref("a"), "!=", Bind("b"))),
        ('a >= :"B"', Relation(Ref("a"), ">=", Bind("B"))),
        ("(a = 1)", Relation(Ref("a"), "=", ONE)),
        ("a IN ?", Relation(Ref("a"), "IN")),
        ("a IN (?, 1)", Relation(Ref("a"), "IN", tuple_of(BIND, ONE))),
        ("a IN ()", Relation(Ref("a"), "IN", tuple_of())),
        ("a CONTAINS 1", Relation(Ref("a"), "CONTAINS", ONE)),
        ("a contains key ?", Relation(Ref("a"), "CONTAINS KEY")),
        ("key = 1", Relation(Ref("key"), "=", ONE)),
        ("a LIKE 'x'", Relation(Ref("a"), "LIKE", X)),
        ("a IS NOT NULL", Relation(Ref("a"), "IS NOT", NULL)),
        ("a BETWEEN 1 AND ?", Relation(Ref("a"), "BETWEEN", Range(ONE, BIND))),
        ("m['x'] = ?", Relation(Element("m", X))),
        ("token(a, b) > token(?, 1)", Relation(TokenCall((Ref("a"), Ref("b"))), ">", TokenCall((BIND, ONE)))),
        ("token(a) <= -5", Relation(TokenCall((Ref("a"),)), "<=", Literal("integer", "-5"))),
        ("(a, b) > (?, 1)", Relation(tuple_of(Ref("a"), Ref("b")), ">", tuple_of(BIND, ONE))),
        ("(a, b) IN ((?, 1))", Relation(tuple_of(Ref("a"), Ref("b")), "IN", tuple_of(tuple_of(BIND, ONE)))),
        ("(a, b) IN (?, ?)", Relation(tuple_of(Ref("a"), Ref("b")), "IN", tuple_of(BIND, BIND))),
        ("(a, b) IN ?", Relation(tuple_of(Ref("a"), Ref("b")), "IN")),
        ("expr(ix, 'x')", Relation(Ref("ix"), "expr", X)),
        ("expr = 1", Relation(Ref("expr"), "=", ONE)),
    ],
)
def test_a_relation(text, relation):
    assert parse(f"SELECT a FROM t WHERE {text} AND z = ?") == Select(T, A, (relation, Relation(Ref("z"))))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("1", ONE),
        ("-1", Literal("integer", "-1")),
        ("1.50", Literal("float", "1.50")),
        ("1E5", Literal("float", "1e5")),
        ("nan", Literal("float", "NaN")),
        ("-Infinity", Literal("float", "-Infinity")),
        ("'it''s'", Literal("string", "it's")),
        ("$$it's$$", Literal("string", "it's")),
        ("TRUE", Literal("boolean", "true")),
        ("null", NULL),
        ("0xAB", Literal("blob", "0xab")),
        ("12345678-1234-1234-1234-123456789ABC", Literal("uuid", "12345678-1234-1234-1234-123456789abc")),
        ("1h30m", Literal("duration", "1h30m")),
        ("90M", Literal("duration", "1h30m")),
        ("1y2w", Literal("duration", "12mo14d")),
        ("PT1H30M", Literal("duration", "1h30m")),
        ("-P1Y2M", Literal("duration", "-14mo")),
        ("P0001-02-03T04:05:06", Literal("duration", "14mo3d4h5m6s")),
        ("2W3us", Literal("duration", "14d3us")),
        ("[]", Items("[")),
        ("{}", Items("{")),
        ("{1, 2}", Items("{", (ONE, TWO))),
        ("{1: 'x', 2: ?}", Entries(((ONE, X), (TWO, BIND)))),
        ("{:b: :c}", Entries(((Bind("b"), Bind("c")),))),
        ('{a: 1, "B": [?]}', Fields((("a", ONE), ("B", Items("[", (BIND,)))))),
        ("{now(): 1}", Entries(((Call("now", ()), ONE),))),
        ("(1)", tuple_of(ONE)),
        ("(1, 'x')", tuple_of(ONE, X)),
        ("(1 + 2) * 2", Arithmetic(Arithmetic(ONE, "+", TWO), "*", TWO)),
        ("(text) 'x'", Hint(NATIVE["text"], X)),
        ("CAST(1 AS text)", Cast(ONE, NATIVE["text"])),
    ],
)
def test_a_value(text, term):
    assert parse(f"INSERT INTO t (a, b) VALUES ({text}, ?)") == Insert(T, ("a", "b"), values=(term, BIND))


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ('INSERT INTO t (a, "B") VALUES (?, ?)', Insert(T, ("a", "B"))),
        (
            "INSERT INTO t (a) VALUES (?) IF NOT EXISTS USING TTL 1 AND TIMESTAMP ?",
            Insert(T, ("a",), True, Using(ONE, True)),
        ),
        ("INSERT INTO t (a) VALUES (?) USING TIMESTAMP ? AND TTL ?", Insert(T, ("a",), False, Using(True, True, True))),
        ("INSERT INTO t JSON '{}'", InsertJson(T, Literal("string", "{}"))),
        ("INSERT INTO t JSON ? DEFAULT NULL", InsertJson(T)),
        ("INSERT INTO t JSON :default", InsertJson(T, Bind("default"))),
        (
            "INSERT INTO t JSON :j DEFAULT UNSET IF NOT EXISTS USING TTL ?",
            InsertJson(T, Bind("j"), True, True, Using(True)),
        ),
        ("UPDATE t USING TTL ? SET a = ? WHERE k = ?", Update(T, (Assignment(Ref("a")),), KEY, using=Using(True))),
        (
            "UPDATE t SET a = a + ?, b = ? + b, c += 1, d = d -1, e -= ? WHERE k = ?",
            Update(
                T,
                (
                    Assignment(Ref("a"), "+"),
                    Assignment(Ref("b"), "prepend"),
                    Assignment(Ref("c"), "+", ONE),
                    Assignment(Ref("d"), "+", Literal("integer", "-1")),
                    Assignment(Ref("e"), "-"),
                ),
                KEY,
            ),
        ),
        (
            "UPDATE t SET m[?] = ?, u.f = 1, b = 1 + 2 WHERE k = ? IF EXISTS",
            Update(
                T,
                (
                    Assignment(Element("m")),
                    Assignment(FieldOf("u", "f"), "=", ONE),
                    Assignment(Ref("b"), "=", Arithmetic(ONE, "+", TWO)),
                ),
                KEY,
                if_exists=True,
            ),
        ),
        (
            "UPDATE t SET a = ? WHERE k = ? IF a IN (1, ?) AND m[?] != 1 AND u.f = ? AND s CONTAINS ? AND exists = 1",
            Update(
                T,
                (Assignment(Ref("a")),),
                KEY,
                (
                    Relation(Ref("a"), "IN", tuple_of(ONE, BIND)),
                    Relation(Element("m"), "!=", ONE),
                    Relation(FieldOf("u", "f")),
                    Relation(Ref("s"), "CONTAINS"),
                    Relation(Ref("exists"), "=", ONE),
                ),
            ),
        ),
        ("DELETE FROM t WHERE k = ?", Delete(T, KEY)),
        (
            "DELETE a, m[1], u.f FROM t USING TIMESTAMP ? WHERE k = ? IF EXISTS",
            Delete(T, KEY, (Ref("a"), Element("m", ONE), FieldOf("u", "f")), (), True, Using(False, True)),
        ),
        (
            "BEGIN UNLOGGED BATCH USING TIMESTAMP ? INSERT INTO t (a) VALUES (?) "
            "DELETE FROM t WHERE k = ? IF EXISTS; APPLY BATCH;",
            BeginBatch((Insert(T, ("a",)), Delete(T, KEY, if_exists=True)), BatchKind.UNLOGGED, Using(timestamp=True)),
        ),
        ("BEGIN COUNTER BATCH APPLY BATCH", BeginBatch((), BatchKind.COUNTER)),
        ('USE "Shop"', Use("Shop")),
    ],
)
def test_a_write(text, node):
    assert parse(text) == node


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("select  A\nfrom T;", "SELECT a FROM t"),
        ("SELECT JSON json['x'] FROM t", "SELECT JSON \"json\"['x'] FROM t"),
        ("UPDATE t SET a += ? WHERE (k = 1)", "UPDATE t SET a = a + ? WHERE k = 1"),
        ("SELECT ((a)) FROM t ORDER BY a", "SELECT ((a)) FROM t ORDER BY a ASC"),
        ("SELECT a - (b + c) FROM t", "SELECT a - (b + c) FROM t"),
        ("SELECT (a - b) + c FROM t", "SELECT a - b + c FROM t"),
        ("SELECT - -1 FROM t", "SELECT -(-1) FROM t"),
        (
            "begin batch delete from t where k=? apply batch",
            "BEGIN BATCH\n  DELETE FROM t WHERE k = ?;\nAPPLY BATCH",
        ),
    ],
)
def test_the_normal_form(text, normal):
    assert render(parse(text)).cql == normal
    assert parse(normal) == parse(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT (int) ?, m[?], f(?) FROM t", ("[selection]", "key(m)", "[selection]")),
        ("SELECT a FROM t WHERE k IN (?, :x) AND c > ?", ("k", "x", "c")),
        ("SELECT a FROM t WHERE (a, b) > (?, ?) AND (a, b) <= ?", ("a", "b", "(a,b)")),
        ("SELECT a FROM t WHERE (a, b) IN ? AND (c, d) IN (?)", ("in(a,b)", "(c,d)")),
        ("SELECT a FROM t WHERE (c, d) IN ((?, ?))", ("c", "d")),
        ("SELECT a FROM t WHERE a = f(1, ?) AND b = s.g(?)", ("arg1(system.f)", "arg0(s.g)")),
        ("SELECT a FROM t WHERE a = 1 + (int) ? AND b = -?", ("arg1(system._add)", "arg0(system._negate)")),
        ("SELECT a FROM t WHERE a = (int) ? AND expr(ix, ?)", ("a", "custom index expression")),
        (
            "INSERT INTO t (l, s, m, u, p) VALUES ([?], {?}, {?: ?}, {x: ?}, (?, ?))",
            ("value(l)", "value(s)", "key(m)", "value(m)", "u.x", "p[0]", "p[1]"),
        ),
        ("INSERT INTO t JSON ? USING TIMESTAMP ? AND TTL ?", ("[json]", "[timestamp]", "[ttl]")),
        ("BEGIN BATCH USING TIMESTAMP ? DELETE FROM t WHERE k = ? APPLY BATCH", ("[timestamp]", "k")),
    ],
)
def test_marks_are_called_as_on_the_server(text, names):
    assert render(parse(text)).names == names


def test_a_text_is_parsed_once():
    assert parse("SELECT a FROM t") is parse("SELECT a FROM t")
