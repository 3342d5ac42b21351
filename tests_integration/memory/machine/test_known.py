"""What `known.py` excuses, the server still does: a line there that it does no more is to go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from coodie.cql.message import UNSET
from coodie.testing import NotSupportedByMemoryDriver
from coodie.testing.memory.typed import Value
from tests_integration.memory.line import Line, asked
from tests_integration.memory.machine.both import Both, Step, answer_of
from tests_integration.memory.machine.known import (
    KNOWN,
    descending_types,
    empty_page,
    null_in_json,
    own_state,
    unset_summand,
)
from tests_integration.memory.machine.run import made
from tests_integration.server import Found

pytestmark = pytest.mark.needs_server("it is about the server")

CASES = [
    (own_state, [], "SELECT max(v) FROM single GROUP BY p", (), 1),
    (descending_types, [], "SELECT collection_max(d) FROM odd", (), 0),
    (descending_types, [], "SELECT cast(c as text) FROM mixed", (), 0),
    (null_in_json, [], "SELECT JSON writetime(ud) FROM parts WHERE p = 2", (), 0),
    (
        unset_summand,
        ["INSERT INTO plain (p, c, v) VALUES (5, 1, 1)"],
        "UPDATE plain SET v = v + ? WHERE p = 5 AND c = 1 IF EXISTS",
        (UNSET,),
        0,
    ),
    (
        empty_page,
        ["INSERT INTO all_plain (p, s) VALUES (1, 1)", "INSERT INTO all_plain (p, s) VALUES (2, 1)"],
        "SELECT * FROM all_plain WHERE token(p) < 0 AND c IN () ALLOW FILTERING",
        (),
        1,
    ),
]
BEFORE = [
    *(f"INSERT INTO single (p, v) VALUES ({p}, 1)" for p in (1, 2, 3)),
    "INSERT INTO parts (p, c, l) VALUES (1, 1, [1])",
    "INSERT INTO parts (p, c, ud) VALUES (2, 1, {a: 1})",
]


@pytest.fixture(scope="module")
def both(cluster: Found) -> Iterator[Both]:
    with Line(cluster) as line, made(line, ["single", "odd", "mixed", "parts", "plain", "all_plain"]) as found:
        for text in BEFORE:
            line.wait(found.both(text))
        yield found


@pytest.mark.parametrize(
    ("known", "before", "text", "values", "size"), CASES, ids=lambda each: getattr(each, "__name__", "")
)
def test_the_server_still_does_so(
    both: Both, known: object, before: list[str], text: str, values: tuple[Value, ...], size: int
) -> None:
    for statement in before:
        both.line.wait(both.both(statement))
    server = both.line.wait(asked(text, values, size))
    engine = answer_of(both.engine, both.keyspace, Step(text, values, size))
    assert server != engine
    assert [each for each in KNOWN if each(text, server, engine)] == [known], (server, engine)


def test_the_server_fails_on_an_unset_index_of_a_list_which_the_engine_refuses_by_name(both: Both) -> None:
    text = "UPDATE parts SET tp = (1, 'a') WHERE p = 1 AND c = 1 IF l[?] = 1"
    assert both.line.wait(asked(text, (UNSET,), 0)).message == "java.lang.IndexOutOfBoundsException"
    with pytest.raises(NotSupportedByMemoryDriver, match="an unset index of a list in a condition"):
        answer_of(both.engine, both.keyspace, Step(text, (UNSET,), 0))
