"""What `known.py` excuses, the server still does: a line there that it does no more is to go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from coodie.cql.message import UNSET
from coodie.testing import NotSupportedByMemoryDriver
from coodie.testing.memory.typed import Value
from tests_integration.memory import raw
from tests_integration.memory.line import Line, asked
from tests_integration.memory.machine.both import Both, Step, answer_of
from tests_integration.memory.machine.known import (
    KNOWN,
    dead_elements,
    descending_types,
    either_index,
    empty_page,
    null_of_several,
    order_of_columns,
    order_of_elements,
    own_state,
    static_entries,
    statics_of_null,
    unset_summand,
)
from tests_integration.memory.machine.run import made
from tests_integration.server import Found

pytestmark = pytest.mark.needs_server("it is about the server")

CASES = [
    (own_state, [], "SELECT max(v) FROM single GROUP BY p", (), 1),
    (descending_types, [], "SELECT collection_max(d) FROM odd", (), 0),
    (descending_types, [], "SELECT cast(c as text) FROM mixed", (), 0),
    (
        unset_summand,
        ["INSERT INTO plain (p, c, v) VALUES (5, 1, 1)"],
        "UPDATE plain SET v = v + ? WHERE p = 5 AND c = 1 IF EXISTS",
        (UNSET,),
        0,
    ),
    (
        unset_summand,
        ["INSERT INTO plain (p, c, v) VALUES (6, 1, blob_as_int(0x))"],
        "UPDATE plain SET v = v + 1 WHERE p = 6 AND c = 1 IF EXISTS",
        (),
        0,
    ),
    (
        empty_page,
        ["INSERT INTO all_plain (p, s) VALUES (1, 1)", "INSERT INTO all_plain (p, s) VALUES (2, 1)"],
        "SELECT * FROM all_plain WHERE token(p) < 0 AND c IN () ALLOW FILTERING",
        (),
        1,
    ),
    (
        order_of_elements,
        ["INSERT INTO parts (p, c, m) VALUES (6, 1, {'a': 1})"],
        "UPDATE parts SET tp = null WHERE p = 6 AND c = 1 IF m['a'] > -1",
        (),
        0,
    ),
    (
        static_entries,
        ["INSERT INTO all_sought (p, q, s) VALUES (9, 'z', 1)"],
        "SELECT p FROM all_sought WHERE q = 'z' AND d < 'b' ALLOW FILTERING",
        (),
        0,
    ),
    (
        statics_of_null,
        [
            "UPDATE all_sought USING TIMESTAMP 1 SET s = null WHERE p = 8 AND q = 'y'",
            "UPDATE all_sought USING TIMESTAMP 2 SET s = 1 WHERE p = 8 AND q = 'y'",
        ],
        "SELECT p FROM all_sought WHERE q = 'y'",
        (),
        0,
    ),
    (null_of_several, [], "SELECT * FROM mixed WHERE p = 1 AND q = 'a' AND (c, d) > ('a', 1) AND c <= null", (), 0),
    (
        dead_elements,
        ["INSERT INTO parts (p, c, s) VALUES (7, 1, {1, 2})", "DELETE s[1] FROM parts WHERE p = 7"],
        "SELECT c FROM parts WHERE p = 7 AND s CONTAINS 1 ALLOW FILTERING",
        (),
        0,
    ),
]
TABLES = ["single", "odd", "mixed", "parts", "plain", "all_plain", "all_sought"]
BEFORE = [
    *(f"INSERT INTO single (p, v) VALUES ({p}, 1)" for p in (1, 2, 3)),
    "INSERT INTO parts (p, c, l) VALUES (1, 1, [1])",
    "INSERT INTO parts (p, c, ud) VALUES (2, 1, {a: 1})",
]


@pytest.fixture(scope="module")
def both(cluster: Found) -> Iterator[Both]:
    with Line(cluster) as line, made(line, TABLES) as found:
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


def test_the_server_forgets_a_row_by_an_index_of_its_clustering_column_after_the_ttl_of_its_insert(both: Both) -> None:
    now = both.engine.seconds() + 100
    steps = [
        Step("INSERT INTO all_sought (p, q, c, d) VALUES (1, 'a', 1, 'a') USING TIMESTAMP 1 AND TTL 5", now=now),
        Step("UPDATE all_sought USING TIMESTAMP 2 SET v = 1 WHERE p = 1 AND q = 'a' AND c = 1 AND d = 'a'", now=now),
    ]
    for step in steps:
        assert both.line.wait(asked(step.text, now=step.now)) == answer_of(both.engine, both.keyspace, step)
    for text, is_alike in (("c = 1 ALLOW FILTERING", False), ("v = 1 ALLOW FILTERING", True)):
        step = Step(f"SELECT p, v FROM all_sought WHERE {text}", now=now + 10)
        engine = answer_of(both.engine, both.keyspace, step)
        assert [len(page) for page in engine.pages] == [1]
        assert (both.line.wait(asked(step.text, now=step.now)) == engine) is is_alike


def test_the_server_lists_columns_in_an_order_of_chance(both: Both) -> None:
    step = Step("SELECT * FROM mixed WHERE p = 1 AND q = 'a' AND (c, d) > ('a', 1) AND (c, d) > ('a', 1)")
    engine = answer_of(both.engine, both.keyspace, step)
    assert engine.message == "More than one restriction was found for the start bound on c ,d"
    server = both.line.wait(asked(step.text, now=step.now))
    assert server == engine or order_of_columns(step.text, server, engine), server


def test_of_two_indexes_in_one_partition_that_of_the_static_column_may_find_only_the_first_rows() -> None:
    text = "SELECT c FROM indexed WHERE p = 1 AND v = 1 AND s = 1 ALLOW FILTERING"
    first, second = ((b"\0\0\0\1",),), ((b"\0\0\0\2",),)
    whole, part, other = (
        raw.Answer(columns=(("c", "int"),), pages=pages) for pages in ((first + second,), (first, ()), (second,))
    )
    assert either_index(text, part, whole)
    assert not either_index(text, other, whole)
    assert not either_index(text, whole, part)
    assert not either_index(text.replace(" AND v = 1", ""), part, whole)
