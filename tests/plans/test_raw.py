"""Statements that the user wrote: the text goes as it is."""

import pytest

from coodie.cql.message import Options
from coodie.exceptions import InvalidQueryError
from coodie.plans.raw import raw_statement


@pytest.mark.parametrize(
    ("cql", "sent"),
    [
        ("SELECT a FROM t;", "SELECT a FROM t"),
        ("  SELECT a\n FROM t ;; ", "SELECT a\n FROM t"),
        ("INSERT INTO t (a) VALUES (';')", "INSERT INTO t (a) VALUES (';')"),
    ],
)
def test_the_text_goes_as_it_is_but_for_its_end(cql, sent):
    assert raw_statement(cql).cql == sent


def test_only_reads_of_ones_own_may_be_sent_twice():
    assert raw_statement("SELECT a FROM t").idempotent
    assert not raw_statement("INSERT INTO t (a) VALUES (1)").idempotent
    assert not raw_statement("UPDATE t SET a = a + 1 WHERE b = 2").idempotent


def test_values_and_options_go_along():
    statement = raw_statement("SELECT a FROM t WHERE b = ?", [1], Options("ONE"))
    assert (statement.values, statement.marks, statement.options) == ((1,), (), Options("ONE"))


@pytest.mark.parametrize("cql", ["", " ", "\n", None, 5, b"SELECT a FROM t"])
def test_what_is_no_text_is_refused(cql):
    with pytest.raises(InvalidQueryError):
        raw_statement(cql)


@pytest.mark.parametrize("params", ["ab", b"ab", None, 5, {1, 2}, iter([1])])
def test_values_that_are_neither_a_list_nor_a_dictionary_are_refused(params):
    with pytest.raises(InvalidQueryError, match="list or tuple"):
        raw_statement("SELECT a FROM t WHERE b = ?", params)


@pytest.mark.parametrize(
    ("cql", "params", "values"),
    [
        ("SELECT a FROM t WHERE b = :b AND c IN :c LIMIT :n", {"n": 5, "c": [1], "b": "x"}, ("x", [1], 5)),
        (
            "UPDATE t USING TTL :n SET a = :n, b = b + :b WHERE m[:k] = :n",
            {"n": 5, "b": {1}, "k": 2},
            (5, 5, {1}, 2, 5),
        ),
        ("SELECT a FROM t WHERE b BETWEEN :low AND :high", {"high": 2, "low": 1}, (1, 2)),
        (
            "INSERT INTO t (a, b) VALUES ((int) :a, {street: :b, :c : :d})",
            {"a": 1, "b": 2, "c": 3, "d": 4},
            (1, 2, 3, 4),
        ),
        ("SELECT a FROM t WHERE b = :userId", {"userId": 5}, (5,)),
        ("SELECT a FROM t WHERE b = :userId", {"userid": 5}, (5,)),
        ('SELECT a FROM t WHERE b = :"user Id" AND c = :c', {"user Id": 5, "c": None}, (5, None)),
        ("SELECT a FROM t WHERE b = ':no' AND c = $$ :no $$ AND \":no\" = :yes -- :no\n/* :no */", {"yes": 1}, (1,)),
        ("SELECT a FROM t", {}, ()),
    ],
)
def test_values_by_name_go_in_the_order_of_the_text_which_is_sent_as_it_is(cql, params, values):
    statement = raw_statement(cql, params)
    assert (statement.cql, statement.values) == (cql, values)


def test_values_by_name_are_known_by_it():
    cql = "UPDATE t SET a = :user WHERE b = :user AND c = :n"
    assert raw_statement(cql, {"user": 5, "n": 1}).params == {"user": 5, "user#2": 5, "n": 1}


@pytest.mark.parametrize(
    ("cql", "params", "why"),
    [
        ("SELECT a FROM t WHERE b = :b AND c = :c", {"b": 555}, r"none for :c: SELECT a FROM t"),
        ("SELECT a FROM t WHERE b = :b", {"b": 555, "a": 555}, r"a value for 'a', but the text has :b: SELECT"),
        ("SELECT a FROM t WHERE b = :b", {"b": 555, 7: 555}, r"a value for an int, but the text has :b: SELECT"),
        ("SELECT a FROM t WHERE b = :B", {"b": 555, "B": 555}, r"a value for 'B', but the text has :B: SELECT"),
        ("SELECT a FROM t WHERE b = ':b'", {"b": 555}, r"a value for 'b', but the text has no names: SELECT"),
        ('SELECT a FROM t WHERE b = :"B"', {"b": 555}, r'none for :"B": SELECT'),
        (
            "SELECT a FROM t WHERE b = ? AND c = :c",
            {"c": 555},
            r"need :name for each \?; or give them all in a list:",
        ),
        ("SELECT a FROM t WHERE b = :1", {"1": 555}, r"line 1, column 27: a name must follow the colon, as in :id"),
        ("SELECT a FROM t WHERE b = 'x", {}, r"line 1, column 27: a string begins here and never ends"),
    ],
)
def test_values_by_name_that_do_not_fit_the_text_are_told_by_their_names(cql, params, why):
    with pytest.raises(InvalidQueryError, match=why) as refused:
        raw_statement(cql, params)
    assert "555" not in str(refused.value)
