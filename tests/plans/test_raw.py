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


@pytest.mark.parametrize("params", ["ab", b"ab", {"a": 1}, 5, {1, 2}, iter([1])])
def test_values_that_are_no_list_are_refused(params):
    with pytest.raises(InvalidQueryError, match="list or tuple"):
        raw_statement("SELECT a FROM t WHERE b = ?", params)
