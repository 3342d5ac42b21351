"""The parser beside the server's own grammar: what each takes and refuses, and what each calls marks and columns.

A statement is sent to be prepared, never executed. The server has taken it if it finds no syntax error in it, whatever
else it has against it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from itertools import product

import pytest
import statements
from cassandra import DriverException, OperationTimedOut
from cassandra.cluster import Session
from cassandra.protocol import ErrorMessage, SyntaxException
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from coodie.cql.lexer import tokens
from coodie.cql.message import BatchKind
from coodie.cql.nodes import BeginBatch
from coodie.cql.parsing.columns import columns
from coodie.cql.parsing.cursor import RESERVED
from coodie.cql.parsing.facts import marks, normal_form
from coodie.cql.parsing.statements import parse
from coodie.cql.rendering.statements import render
from coodie.exceptions import InvalidQueryError

from .conftest import connected
from .parser_statements import NAMED_OTHERWISE, ONLY_OURS, ONLY_THEIRS, REFUSED, TABLES, TAKEN
from .server import Found

NEEDS_SERVER = pytest.mark.needs_server("the engine reads statements with the same parser")


@pytest.fixture(scope="module")
def tables(cluster: Found, keyspace: str) -> Iterator[Session]:
    with connected(cluster) as session:
        session.set_keyspace(keyspace)
        for statement in TABLES:
            session.execute(statement)
        yield session


@pytest.fixture
def silent_driver() -> Iterator[None]:
    """The driver logs each refusal with its traceback: here they come by the thousand."""
    logger = logging.getLogger("cassandra.cluster")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(before)


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


def refused_by_server(session: Session, cql: str) -> str | None:
    """The syntax error that the server finds; what it has against the meaning of a statement does not count."""
    try:
        session.prepare(cql)
    except SyntaxException as error:
        return str(error)
    except (ErrorMessage, DriverException):
        return None
    return None


def refused_by_parser(cql: str) -> str | None:
    try:
        parse(cql)
    except InvalidQueryError as error:
        return str(error)
    return None


@pytest.mark.parametrize("cql", lines(TAKEN))
def test_both_take_it_and_its_normal_form(tables: Session, cql: str) -> None:
    assert refused_by_parser(cql) is None
    assert refused_by_server(tables, cql) is None
    assert refused_by_server(tables, normal_form(parse(cql))) is None


@pytest.mark.parametrize(
    "cql", [line for line in lines(TAKEN) if line.split()[0] in "SELECT INSERT UPDATE DELETE BEGIN"]
)
def test_marks_and_columns_have_the_names_of_the_server(tables: Session, cql: str) -> None:
    prepared = tables.prepare(cql)
    assert marks(parse(cql)) == tuple(column.name for column in prepared.column_metadata or ())
    if cql.startswith("SELECT") and columns(parse(cql)) is not None:
        assert columns(parse(cql)) == tuple(column[2] for column in prepared.result_metadata)


@pytest.mark.parametrize("cql", lines(REFUSED))
def test_both_refuse_it(tables: Session, cql: str) -> None:
    assert refused_by_parser(cql) is not None
    assert refused_by_server(tables, cql) is not None


@pytest.mark.parametrize("cql", ONLY_OURS)
def test_a_known_difference_that_only_the_parser_takes(tables: Session, cql: str) -> None:
    assert refused_by_parser(cql) is None
    assert refused_by_server(tables, cql) is not None


@NEEDS_SERVER
@pytest.mark.parametrize("cql", ONLY_THEIRS)
def test_a_known_difference_that_only_the_server_takes(tables: Session, cql: str) -> None:
    assert refused_by_parser(cql) is not None
    assert refused_by_server(tables, cql) is None


@pytest.mark.parametrize("cql", NAMED_OTHERWISE)
def test_a_known_difference_of_names(tables: Session, cql: str) -> None:
    theirs = tuple(column.name for column in tables.prepare(cql).column_metadata)
    assert (marks(parse(cql)), theirs) == NAMED_OTHERWISE[cql]


WORDS = sorted(
    {*RESERVED, "DEFAULT", "UNSET", "REPLACE", "MBEAN", "KEY", "VALUES", "JSON", "COUNT", "CAST", "AS", "TTL", "LIKE"}
    | {"CONTAINS", "EXISTS", "GROUP", "PER", "CLUSTERING", "STATIC", "TEXT", "LIST", "FROZEN", "EXPR", "ANN", "P1D"}
)
PLACES = (
    "SELECT a FROM t WHERE {} = 1",
    "INSERT INTO t ({}) VALUES (1)",
    "SELECT a AS {} FROM t",
    "DELETE FROM {} WHERE k=1",
)


@pytest.mark.parametrize(("word", "place"), list(product(WORDS, PLACES)))
def test_a_word_is_a_name_to_both_or_to_none(tables: Session, word: str, place: str) -> None:
    cql = place.format(word)
    assert (refused_by_parser(cql) is None) == (refused_by_server(tables, cql) is None)


TYPES = (
    *("int", "set<text>", "list<int>", "map<text, int>", "set <text>", "SET<frozen<addr>>", "map<int, set<text>>"),
    *("set<map<int, text>>", "list<set<int>>", "tuple<int, set<text>>", "vector<set<int>, 2>", "frozen<set<text>>"),
    *("addr", "frozen<addr>", '"addr"', "set", "set<", "set<>", "set<int", '"set"', "tuple<>"),
)
TYPE_PLACES = (
    "CREATE TABLE x (k int, v {}, w int, PRIMARY KEY (k))",
    "CREATE TABLE x (k int, c int, v {} STATIC, PRIMARY KEY (k, c))",
    "CREATE TYPE x (v {})",
    "ALTER TABLE one ADD z {}",
    "ALTER TYPE addr ADD z {}",
    "SELECT ({}) ? FROM t",
)


@pytest.mark.parametrize(("cql_type", "place"), list(product(TYPES, TYPE_PLACES)))
def test_rule_19_a_type_is_one_to_both_or_to_none(tables: Session, cql_type: str, place: str) -> None:
    cql = place.format(cql_type)
    assert (refused_by_parser(cql) is None) == (refused_by_server(tables, cql) is None)


KEPT_AS_TEXT = ("GRANT", "REVOKE", "LIST", "DESCRIBE", "DESC", "ADD")


MEANT = ("Multiple incompatible setting of column", "Multiple definition for property", "NumberFormatException")
"""What the server calls errors of syntax and finds in the meaning of a statement: which only a schema judges here."""


def is_known(cql: str) -> bool:
    """Whether the two are known to differ.

    It is about what servers have since 5.1, what is kept as its text, and the options of keyspaces, which the server
    looks at when it executes.
    """
    words = [token.keyword for token in tokens(cql)]
    return "BETWEEN" in words or words[0] in KEPT_AS_TEXT or "KEYSPACE" in words[:2]


@NEEDS_SERVER
@pytest.mark.usefixtures("silent_driver")
def test_generated_statements_and_mutants_of_them_are_taken_by_both_or_by_none(tables: Session) -> None:
    count = int(os.environ.get("COODIE_STATEMENTS", "600"))
    drawn: set[str] = set()

    @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(st.booleans().flatmap(lambda whole: statements.texts if whole else statements.mutated()))
    def draw(cql: str) -> None:
        drawn.add(cql)

    draw()
    taken = {cql for cql in drawn if refused_by_parser(cql) is None}
    verdicts = {cql: verdict(tables, cql) for cql in drawn}
    differ = [cql for cql in drawn if verdicts[cql] not in (None, cql in taken) and not is_known(cql)]
    assert "\n".join(differ) == ""
    assert 0.3 * len(drawn) < len(taken) < 0.9 * len(drawn)  # or else it shows nothing


def verdict(session: Session, cql: str) -> bool | None:
    """Whether the server takes it; None where it has something else against it, of which nobody knows what else."""
    try:
        session.prepare(cql)
    except SyntaxException as error:
        return None if any(meant in str(error) for meant in MEANT) else False
    except OperationTimedOut:
        return None
    except (ErrorMessage, DriverException):
        # A schema statement is only read, so what it says of one, such as a column that is there twice, it says while
        # it reads. All else was read to its end.
        return None if cql.split()[0] in ("CREATE", "ALTER", "DROP") else True
    return True


@pytest.mark.parametrize("kind", BatchKind)
def test_the_server_takes_a_rendered_batch(tables: Session, kind: BatchKind) -> None:
    assert refused_by_server(tables, render(BeginBatch((), kind)).cql) is None
