"""What is no CQL, or nested too deep, is refused with its place."""

import pytest

from coodie.cql.parsing.statements import parse
from coodie.exceptions import InvalidQueryError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: a statement was expected here, not the end"),
        ("EXPLAIN SELECT a FROM t", "line 1, column 1: a statement was expected here, not 'EXPLAIN'"),
        ("SELECT a\nFROM\n  t WHERE", "line 3, column 10: the name of a column was expected here, not the end"),
        ("SELECT a b FROM t", "line 1, column 10: FROM was expected here, not 'b'"),
        ("SELECT FROM t", "line 1, column 8: a value was expected here, not 'FROM'"),
        ("SELECT a FROM t WHERE a", "line 1, column 24: an operator was expected here, not the end"),
        ("SELECT a FROM t WHERE a = b", "line 1, column 27: a value was expected here, not 'b'"),
        ("SELECT CAST(a AS list<int>) FROM t", "column 18: a CAST makes values of CQL's own types only"),
        ("SELECT a FROM t WHERE (a, b) = 1", "column 32: ( was expected here, not '1'"),
        ("SELECT a FROM t WHERE (a, b) LIKE ?", "column 30: IN, or one of = < <= > >= != was expected here"),
        ("SELECT a FROM t LIMIT 1.5", "line 1, column 23: an integer was expected here, not '1.5'"),
        ("SELECT a FROM t LIMIT 1 PER PARTITION LIMIT 1", "column 25: the end of the statement was expected here"),
        ("SELECT a FROM t WHERE a = 'x", "line 1, column 27: a string begins here and never ends"),
        ("SELECT a FROM t WHERE a ! 1", "line 1, column 25: '!' is not valid CQL"),
        ("SELECT a -1 FROM t", "line 1, column 10: to the server this is a negative number"),
        ("SELECT m[..] FROM t", "column 12: an end of the range was expected here, not ']'"),
        ("SELECT a FROM t; SELECT a FROM t", "column 18: the end of the statement was expected here, not 'SELECT'"),
        ("SELECT a FROM t -- c", "a comment at the end of a statement needs a line break after it"),
        ("INSERT INTO t (a) VALUES (1, 2)", "line 1, column 26: 1 columns are given 2 values"),
        ("INSERT INTO t (a) VALUES (1) USING TTL 1 AND TTL 2", "column 46: USING names TTL a second time"),
        ("INSERT INTO t JSON 5", "column 20: a string of JSON was expected here, not '5'"),
        ("UPDATE t SET a = b + 1 WHERE k = 1", "line 1, column 18: SET a = a + ... is the only arithmetic"),
        ("UPDATE t SET m[1] += 1 WHERE k = 1", "column 19: = was expected here, not '+='"),
        ("UPDATE t SET a = 1", "line 1, column 19: WHERE was expected here, not the end"),
        ("UPDATE t SET a = 1 WHERE k = 1 IF NOT EXISTS", "the name of a column was expected here, not 'NOT'"),
        ("DELETE FROM t USING TTL 1 WHERE k = 1", "line 1, column 15: a DELETE has no TTL"),
        ("BEGIN BATCH SELECT a FROM t APPLY BATCH", "INSERT, UPDATE, DELETE or APPLY BATCH was expected here"),
        ("USE select", "the name of a keyspace was expected here, not 'select'"),
    ],
)
def test_what_is_no_cql_is_refused_with_its_place(text, message):
    with pytest.raises(InvalidQueryError) as caught:
        parse(text)
    assert message in str(caught.value)


MANY = 3_000


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "(" * MANY + "a" + ")" * MANY + " FROM t",
        "SELECT " + "f(" * MANY + "a" + ")" * MANY + " FROM t",
        "SELECT " + "+".join("1" * MANY) + " FROM t",
        "SELECT a" + "[0]" * MANY + " FROM t",
        "SELECT a" + ".b" * MANY + " FROM t",
        "SELECT " + "CAST(" * MANY + " FROM t",
        "SELECT " + "(int)" * MANY + "a FROM t",
        "INSERT INTO t (a) VALUES (" + "[" * MANY + "]" * MANY + ")",
        "INSERT INTO t (a) VALUES (" + "{1: " * MANY + "1" + "}" * MANY + ")",
        "SELECT a FROM t WHERE a = " + "- " * MANY + "1",
        "SELECT a FROM t WHERE " + "(" * MANY + "a = 1" + ")" * MANY,
        "SELECT a FROM t WHERE a = " + "1" * MANY + "h",
        "CREATE TABLE t (a " + "frozen<list<" * MANY + "int" + ">>" * MANY + " PRIMARY KEY)",
        "CREATE MATERIALIZED VIEW v AS SELECT a FROM t WHERE " + "(" * MANY,
        "BEGIN BATCH " * MANY,
    ],
    ids=lambda text: text[:60],
)
def test_a_text_that_is_nested_too_deep_is_refused(text):
    with pytest.raises(InvalidQueryError) as refused:
        parse(text)
    assert len(str(refused.value)) < 1000
