import copy
import pickle

import pytest

from coodie.cql.message import (
    UNSET,
    Batch,
    BatchKind,
    Kind,
    Mark,
    Options,
    Page,
    Statement,
    mark_names,
)


def test_unset_is_one_object_and_false():
    assert copy.deepcopy(UNSET) is UNSET
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET
    assert not UNSET
    assert repr(UNSET) == "UNSET"
    assert UNSET is not None


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        (Statement("INSERT INTO t (a, b) VALUES (?, ?)", (1, 2), (Mark("a"), Mark("b"))), ("a", "b")),
        (Statement("x ? ? ?", (1, 2, 3), (Mark("a"), Mark("a"), Mark("a"))), ("a", "a#2", "a#3")),
        (Statement("x ? ?", (1, 2)), ("[1]", "[2]")),
        (Statement("x"), ()),
    ],
)
def test_each_mark_has_a_name_of_its_own(statement, names):
    assert mark_names(statement) == names
    assert dict(statement.params) == dict(zip(names, statement.values, strict=True))


def test_requests_are_values():
    statement = Statement("x ?", (1,), (Mark("a"),), Kind.READ, True, Options("ONE"))
    assert statement == Statement("x ?", (1,), (Mark("a"),), Kind.READ, True, Options("ONE"))
    assert statement != statement.with_options(Options("TWO"))
    other = statement.with_options(Options("TWO", timeout=1.0))
    assert (other.cql, other.values, other.marks, other.kind, other.idempotent) == (
        "x ?",
        (1,),
        (Mark("a"),),
        Kind.READ,
        True,
    )
    assert other.options == Options("TWO", None, 1.0, None, None)
    assert len({statement, Statement("x ?", (1,), (Mark("a"),), Kind.READ, True, Options("ONE"))}) == 1
    assert pickle.loads(pickle.dumps(Batch((statement,)))) == Batch((statement,))


def test_the_model_of_a_statement_makes_no_difference_and_is_not_pickled():
    class Local:
        pass

    statement = Statement("x ?", (1,), model=Local)
    assert statement.with_options(Options("ONE")).model is Local
    assert statement == Statement("x ?", (1,))
    assert hash(statement) == hash(Statement("x ?", (1,)))
    assert repr(statement) == repr(Statement("x ?", (1,)))
    assert pickle.loads(pickle.dumps(statement)) == statement
    assert pickle.loads(pickle.dumps(statement)).model is None


@pytest.mark.parametrize(
    ("idempotent", "kinds", "answers"),
    [
        ([True, True], [Kind.WRITE, Kind.WRITE], (True, False)),
        ([True, False], [Kind.WRITE, Kind.WRITE], (False, False)),
        ([True, False], [Kind.WRITE, Kind.CONDITIONAL], (False, True)),
    ],
)
def test_a_batch_is_what_its_statements_are(idempotent, kinds, answers):
    batch = Batch(tuple(Statement("x", kind=k, idempotent=i) for k, i in zip(kinds, idempotent, strict=True)))
    assert (batch.idempotent, batch.conditional) == answers


def test_what_is_not_said_is_the_drivers_choice():
    statement, batch, page = Statement("x"), Batch(()), Page()
    assert (statement.kind, statement.idempotent, statement.options) == (Kind.WRITE, False, Options())
    assert (batch.kind, batch.timestamp, batch.options) == (BatchKind.LOGGED, None, Options())
    assert (page.columns, list(page.rows), page.paging_state, page.warnings) == ((), [], None, ())


def test_a_request_and_an_answer_are_shown_without_a_value():
    secret = Statement("SELECT a FROM t WHERE b = ?", ("secret",), kind=Kind.READ, idempotent=True)
    assert repr(secret) == "<Statement 'SELECT a FROM t WHERE b = ?', read, idempotent, 1 value>"
    options = Options("ONE", timeout=2.5, fetch_size=5, paging_state=b"secret", page_number=2, trace=True)
    assert repr(secret.with_options(options)).endswith(
        "1 value, consistency=ONE, timeout=2.5, fetch_size=5, page_number=2, trace=True>"
    )
    batch = Batch((secret,) * 5, BatchKind.UNLOGGED, options=Options("ONE"))
    text = "'SELECT a FROM t WHERE b = ?'"
    assert repr(batch) == f"<Batch unlogged of 5 statements, consistency=ONE: {text}, {text}, {text}, and 2 more>"
    assert repr(Batch(())) == "<Batch logged of 0 statements>"
    assert repr(Page(("a", "b"), [(1, "secret")], b"secret")) == "<Page of 1 row: a, b, more follow>"
    assert repr(Page()) == "<Page of 0 rows: no columns>"
