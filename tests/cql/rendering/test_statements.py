"""From a node to its text and the names of its marks."""

import pytest

from coodie.cql.nodes import (
    BIND,
    Assignment,
    Call,
    Delete,
    Element,
    FieldOf,
    Insert,
    Name,
    OrderBy,
    Ref,
    Relation,
    Select,
    Selector,
    Star,
    TokenCall,
    Update,
    Using,
)
from coodie.cql.rendering.statements import mark_type, render
from coodie.cql.types import parse_type
from coodie.exceptions import InvalidQueryError

T = Name("t")
KEY = (Relation(Ref("id")),)
NAME = (Selector(Ref("name")),)


@pytest.mark.parametrize(
    ("node", "cql", "names"),
    [
        (Select(T, NAME), "SELECT name FROM t", ()),
        (Select(Name("Order", "Shop"), NAME), 'SELECT name FROM "Shop"."Order"', ()),
        (Select(T, (Selector(Ref("select")), Selector(Ref("a"), "B"))), 'SELECT "select", a AS "B" FROM t', ()),
        (Select(T, (Selector(Call("count", (Star(),))),)), "SELECT count(*) FROM t", ()),
        (Select(T, (Selector(Call("writetime", (Ref("A"),))),)), 'SELECT writetime("A") FROM t', ()),
        (Select(T, (Selector(Element("attrs")),)), "SELECT attrs[?] FROM t", ("key(attrs)",)),
        (Select(T, (Selector(FieldOf("a", "Zip")),)), 'SELECT a."Zip" FROM t', ()),
        (Select(T, NAME, json=True), "SELECT JSON name FROM t", ()),
        (Select(T, NAME, distinct=True), "SELECT DISTINCT name FROM t", ()),
        (
            Select(T, NAME, (Relation(Ref("a")), Relation(Ref("a"), "<"), Relation(Ref("b"), "IN"))),
            "SELECT name FROM t WHERE a = ? AND a < ? AND b IN ?",
            ("a", "a", "in(b)"),
        ),
        (
            Select(T, NAME, (Relation(Ref("a"), "CONTAINS"), Relation(Ref("b"), "CONTAINS KEY"))),
            "SELECT name FROM t WHERE a CONTAINS ? AND b CONTAINS KEY ?",
            ("value(a)", "key(b)"),
        ),
        (
            Select(T, NAME, (Relation(Element("attrs")),)),
            "SELECT name FROM t WHERE attrs[?] = ?",
            ("key(attrs)", "value(attrs)"),
        ),
        (
            Select(T, NAME, (Relation(TokenCall((Ref("a"), Ref("b"))), ">", TokenCall((BIND, BIND))),)),
            "SELECT name FROM t WHERE token(a, b) > token(?, ?)",
            ("a", "b"),
        ),
        (
            Select(T, NAME, (Relation(TokenCall((Ref("a"),)), "<="),)),
            "SELECT name FROM t WHERE token(a) <= ?",
            ("partition key token",),
        ),
        (
            Select(
                T,
                NAME,
                KEY,
                ("a",),
                (OrderBy("b", True), OrderBy("c"), OrderBy("v", ann=True)),
                True,
                True,
                True,
            ),
            "SELECT name FROM t WHERE id = ? GROUP BY a ORDER BY b DESC, c ASC, v ANN OF ? PER PARTITION LIMIT ? "
            "LIMIT ? ALLOW FILTERING",
            ("id", "v", "[per_partition_limit]", "[limit]"),
        ),
        (Insert(T, ("id", "Name")), 'INSERT INTO t (id, "Name") VALUES (?, ?)', ("id", "Name")),
        (
            Insert(T, ("id",), True, Using(True, True)),
            "INSERT INTO t (id) VALUES (?) IF NOT EXISTS USING TTL ? AND TIMESTAMP ?",
            ("id", "[ttl]", "[timestamp]"),
        ),
        (Update(T, (Assignment(Ref("a")),), KEY), "UPDATE t SET a = ? WHERE id = ?", ("a", "id")),
        (
            Update(T, (Assignment(Ref("a"), "+"), Assignment(Ref("b"), "-"), Assignment(Ref("c"), "prepend")), KEY),
            "UPDATE t SET a = a + ?, b = b - ?, c = ? + c WHERE id = ?",
            ("a", "removed(b)", "c", "id"),
        ),
        (
            Update(T, (Assignment(Element("m")), Assignment(FieldOf("u", "f"))), KEY, (), True, Using(True)),
            "UPDATE t USING TTL ? SET m[?] = ?, u.f = ? WHERE id = ? IF EXISTS",
            ("[ttl]", "key(m)", "value(m)", "u.f", "id"),
        ),
        (
            Update(T, (Assignment(Ref("a")),), KEY, (Relation(Ref("b"), "!="), Relation(Ref("c"), "IN"))),
            "UPDATE t SET a = ? WHERE id = ? IF b != ? AND c IN ?",
            ("a", "id", "b", "in(c)"),
        ),
        (Delete(T, KEY), "DELETE FROM t WHERE id = ?", ("id",)),
        (
            Delete(T, KEY, (Ref("a"), Element("m"), FieldOf("u", "f")), (), True, Using(timestamp=True)),
            "DELETE a, m[?], u.f FROM t USING TIMESTAMP ? WHERE id = ? IF EXISTS",
            ("key(m)", "[timestamp]", "id"),
        ),
        (
            Delete(T, KEY, conditions=(Relation(Ref("a"), ">="),)),
            "DELETE FROM t WHERE id = ? IF a >= ?",
            ("id", "a"),
        ),
    ],
)
def test_the_text_of_a_node(node, cql, names):
    text = render(node)
    assert (text.cql, text.names) == (cql, names)
    assert cql.count("?") == len(names)


@pytest.mark.parametrize("name", ["", "x; DROP TABLE y", "a.b", 'a"', "a" * 49])
def test_a_wrong_table_name_is_refused(name):
    for node in (Select(Name(name), NAME), Insert(Name(name), ("a",)), Select(Name("t", name), NAME)):
        with pytest.raises(InvalidQueryError):
            render(node)


TYPES = {
    "id": "int",
    "tags": "set<text>",
    "items": "list<date>",
    "attrs": "map<text, int>",
    "v": "vector<float, 2>",
    "pair": "tuple<int, frozen<list<date>>>",
}


@pytest.mark.parametrize(
    ("name", "cql_type"),
    [
        ("id", "int"),
        ("[ttl]", "int"),
        ("[timestamp]", "bigint"),
        ("[limit]", "int"),
        ("[per_partition_limit]", "int"),
        ("partition key token", "bigint"),
        ("arg0(system.mintimeuuid)", "timestamp"),
        ("arg0(system.max_timeuuid)", "timestamp"),
        ("in(id)", "list<int>"),
        ("value(tags)", "text"),
        ("value(items)", "date"),
        ("key(items)", "int"),
        ("key(attrs)", "text"),
        ("key(tags)", "text"),
        ("(id,v)", "frozen<tuple<int, vector<float, 2>>>"),
        ("pair[1]", "frozen<list<date>>"),
        ("value(pair[1])", "date"),
        ("value(attrs)", "int"),
        ("v", "vector<float, 2>"),
        ("removed(attrs)", "set<text>"),
        ("removed(tags)", "set<text>"),
        ("removed(items)", "list<date>"),
    ],
)
def test_the_type_of_a_mark_follows_from_its_name(name, cql_type):
    types = {column: parse_type(text) for column, text in TYPES.items()}
    assert mark_type(name, types) == parse_type(cql_type)


def test_the_type_of_a_field_of_a_user_defined_type():
    udt = parse_type("address", {"address": parse_type("address")})
    known = type(udt)("address", (("zip", parse_type("text")),), False)
    assert mark_type("a.zip", {"a": known}) == parse_type("text")
    outer = type(udt)("person", (("home", known), ("tags", parse_type("set<int>"))), False)
    assert mark_type("p.home.zip", {"p": outer}) == parse_type("text")
    assert mark_type("value(p.tags)", {"p": outer}) == parse_type("int")


@pytest.mark.parametrize("name", ["nobody", "in(nobody)", "value(id)", "a.b", "(id,nobody)", "id[0]", "key(id)"])
def test_where_nobody_knows_there_is_no_type(name):
    assert mark_type(name, {"id": parse_type("int")}) is None


def test_marks_carry_name_and_type():
    marks = render(Insert(T, ("id", "x"), using=Using(True))).marks({"id": parse_type("int")})
    assert [(mark.name, mark.type and str(mark.type)) for mark in marks] == [
        ("id", "int"),
        ("x", None),
        ("[ttl]", "int"),
    ]


def test_equal_nodes_have_one_text():
    assert render(Insert(Name("t"), ("a",))) is render(Insert(Name("t"), ("a",)))
