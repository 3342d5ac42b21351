import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coodie.cql.lexer import marks, same_text, tokens
from coodie.exceptions import InvalidQueryError
from coodie.testing.reading import reading, shape


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("SELECT a", "word word"),
        ("\"a\"\"b\" 'it''s' $$ a ' b $$", "name string string"),
        ("1 1.5 1e5 2.E-3 0xAB 1h30m 12mo", "integer float float float blob duration duration"),
        ("00000000-0000-0000-0000-000000000007", "uuid"),
        ("a<=? b!=:c d[0] += {1: 2}", "word op op word op op word word op integer op op op integer op integer op"),
        ("a -- b\n// c\n/* d\n */ e", "word word"),
        ("a..b", "word op word"),
    ],
)
def test_a_text_in_tokens(text, kinds):
    assert " ".join(token.kind for token in tokens(text)) == kinds


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "'x y'", '"A"', "5", "?", ",", "(", " ", "\n", "--c\n", "/**/"])))
def test_tokens_know_their_place(parts):
    text = " ".join(parts)

    for token in tokens(text):
        assert text[token.start : token.end] == token.text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SELECT 'abc", "line 1, column 8: a string begins here and never ends"),
        ('a\n  "b', "line 2, column 3: a quoted name begins here"),
        ("a $$b", "line 1, column 3: a string begins"),
        ("a /* b", "line 1, column 3: a comment begins"),
        ("SELECT é", "line 1, column 8: 'é' is not valid CQL"),
        ("a \\ b", "is not valid CQL"),
    ],
)
def test_what_is_no_cql_is_an_error_with_its_place(text, why):
    with pytest.raises(InvalidQueryError, match=why):
        tokens(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("UPDATE t SET a = ?, b = :b WHERE c IN ? AND d IN :d LIMIT :n", 5),
        ("INSERT INTO t (a) VALUES ({'k': ?, street: :s, k : 5})", 2),
        ("UPDATE t USING TTL :ttl AND TIMESTAMP :ts SET m[:k] = :v, l = l + :x WHERE a CONTAINS KEY :c", 6),
        ("INSERT INTO t JSON ?", 1),
        ("INSERT INTO t (a) VALUES ({key: ?, ttl: 5, 'x': :x})", 2),
        ("SELECT a FROM t WHERE (a, b) > (:a, ?) ORDER BY v ANN OF :v", 3),
        ("SELECT a FROM t WHERE a BETWEEN :low AND :high AND b = (int) :b", 3),
    ],
)
def test_marks_are_told_from_other_colons(text, count):
    assert len(marks(text)) == count


def test_what_two_texts_have_in_common():
    assert same_text("select A,b from T ;") == same_text("SELECT a , B\nFROM t -- x")
    assert same_text("SELECT 'A'") != same_text("SELECT 'a'")
    assert same_text('SELECT "A"') != same_text("SELECT a")


def test_columns_with_the_names_of_clauses_are_columns():
    says = reading("UPDATE t SET values = ?, group = ? WHERE per = ? AND json = ? IF partition = ?")

    assert list(says.sets) == ["values", "group"]
    assert list(says.where) == ["per", "json"]
    assert list(says.conditions) == ["partition"]
    assert reading("SELECT distinct, json, ttl FROM t").columns == ("distinct", "json", "ttl")
    assert reading("SELECT DISTINCT k, values FROM t").columns == ("k", "values")


@pytest.mark.parametrize(
    ("selected", "column"),
    [
        ("id", "id"),
        ('"Id"', "Id"),
        ('id AS "Id"', "Id"),
        ("count(*)", "count"),
        ("COUNT(1)", "count"),
        ("COUNT(a)", "system.count(a)"),
        ('max("B")', "system.max(B)"),
        ("Max(abs(a))", "system.max(system.abs(a))"),
        ("CAST(a AS text)", "cast(a as text)"),
        ("max(cast(a as double))", "system.max(cast(a as double))"),
        ('writetime("B")', "writetime(B)"),
        ("ttl(a)", "ttl(a)"),
        ("token(id)", "system.token(id)"),
        ("m['k']", "m['k']"),
        ("ad.zip", "ad.zip"),
        ("a*2", "a * 2"),
        ("to_json(a)", "system.to_json(a)"),
        ("shop.vat(price)", "shop.vat(price)"),
        ("(int) 5", "(int)5"),
        ("JSON a", "[json]"),
    ],
)
def test_columns_are_called_as_the_server_calls_them(selected, column):
    assert reading(f"SELECT {selected} FROM t").columns == (column,)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ,",
        "SELECT a,,b FROM t",
        "UPDATE t SET , WHERE AND",
        "",
        ";",
        "SELECT",
        "INSERT",
        "INSERT INTO",
        "UPDATE",
        "DELETE",
        "DELETE FROM",
        "'",
    ],
)
def test_half_a_text_is_read_as_far_as_it_goes(text):
    reading(text)


@settings(deadline=None)
@given(st.text(alphabet="selctinuparow?()'\" ,.=*[]{};:1"))
def test_no_text_breaks_the_reader(text):
    for word in ("SELECT ", "INSERT INTO ", "UPDATE ", "DELETE "):
        reading(word + text)


def test_a_shape_has_a_mark_for_each_written_value():
    assert shape("SELECT  a\nFROM t WHERE b = 'x' AND c IN (1, 2.5)") == "SELECT a FROM t WHERE b = ? AND c IN (?, ?)"
    assert shape("no 'cql") == "no 'cql"
