"""SELECT statements, changed at random, carried out by the server and by the engine.

``COODIE_HOSTS=host:port python -m tests_integration.memory.selects COUNT [SEED]``. First both carry out the writes of
the corpus, so that there is something to read. Then both give the same rows, or refuse with one code.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from coodie.exceptions import InvalidQueryError
from coodie.testing.memory.engine import Engine
from coodie.testing.memory.errors.base import NotSupportedByMemoryDriver
from tests_integration.memory import raw
from tests_integration.memory.line import Flow, Line, asked
from tests_integration.memory.machine.both import Step, answer_of
from tests_integration.memory.play import KEYSPACE
from tests_integration.memory.statements import (
    SERVER_ERROR,
    SYNTAX,
    WIDTH,
    Difference,
    changed,
    made,
    main,
    pieces,
    pool_of,
    schema,
    seeds,
    wire,
)

_OF_THE_TIME = r"now\(|uuid|current|random|writetime|ttl"
_BY_CHANCE = r"hash|log10|[\d)] *[-+*/%] *[(\d][\d .]*\)* *[-+*/%] *[(\d]"
LEFT_OUT = re.compile(rf"{_OF_THE_TIME}|{_BY_CHANCE}|system|token|[?:]|DROP|ALTER|CREATE", re.IGNORECASE)
"""What depends on the time; what has marks; and what a server answers by chance: sums of three numbers, whose type
depends on its start, hashes, which it makes wrongly when it makes several at once, and the zeros at the end of log10().
"""
READ_FAILURE = 0x1300


def texts() -> tuple[list[str], list[str]]:
    """The writes of the corpus without conditions, and its SELECT statements."""
    found = [text for text in seeds() if not LEFT_OUT.search(text)]
    selects = [text for text in found if text.startswith("SELECT")]
    return [text for text in found if not text.startswith("SELECT") and " IF " not in text], selects


def drawn(count: int, random: Random, selects: list[str]) -> Iterator[str]:
    """So many changed statements. Most read rows that are there: all of them, or one that was written."""
    cut = [pieces(each) for each in selects]
    pool = pool_of(cut)
    while count:
        text = changed(random.choice(cut), random, pool)
        if random.randrange(2):
            text = re.sub(r" WHERE .*?( GROUP BY| LIMIT| ALLOW|$)", r"\1", text)
        if random.randrange(5):
            text = text.replace("WHERE k = 1", "WHERE k = 2")
        if text.startswith("SELECT") and not LEFT_OUT.search(text):
            count -= 1
            yield text


def compare(engine: Engine, name: str, text: str) -> Flow[Difference | str]:
    """That they agree, what the engine has not got, which is not said to the server either, or a difference."""
    try:
        here = answer_of(engine, KEYSPACE, Step(text))
    except NotSupportedByMemoryDriver as error:
        return f"unsupported: {error.feature}"
    except InvalidQueryError as error:
        here = raw.Answer(SYNTAX, str(error))
    except Exception as error:  # noqa: BLE001 - a bug of the engine is a difference
        here = raw.Answer(-1, f"{type(error).__name__}: {error}")
    server = yield from asked(re.sub(rf"\b{KEYSPACE}\b", name, text))
    if raw.is_busy(server.code, server.message):
        return "the server was busy"
    if told(server, name) != told(here, name):
        return Difference(text, str(server), str(here), "code or rows")
    if server.code is not None:
        return f"agree on {server.code:#06x}"
    return "agree, rows" if any(server.pages) else "agree, no rows"


def told(answer: raw.Answer, name: str) -> Any:
    """What is compared of an answer: the code, or columns and rows."""
    if answer.code is not None:
        return SERVER_ERROR if answer.code == READ_FAILURE else answer.code
    return [(column.replace(name, KEYSPACE), wire(kind)) for column, kind in answer.columns], answer.pages


def run(line: Line, count: int, seed: int) -> tuple[Counter[str], list[Difference]]:
    """How many agreed, what was refused by name, and what differs."""
    name = f"selects_{seed}_{Random().getrandbits(32):08x}"
    counts: Counter[str] = Counter()
    differences: list[Difference] = []
    engine, random = made(line, name), Random(seed)

    def one(text: str) -> Flow[None]:
        found = yield from compare(engine, name, text)
        counts[found if isinstance(found, str) else f"different: {found.kind}"] += 1
        if isinstance(found, Difference):
            differences.append(found)

    def together(texts: Iterable[str], width: int) -> None:
        line.together(map(one, texts), width)

    writes, selects = texts()
    random.shuffle(writes)
    tables = [each.split()[2] for each in schema() if each.startswith("CREATE TABLE")]
    try:
        together(writes, 1)
        together([f"SELECT * FROM {table}" for table in tables], 1)
        counts.clear()
        together(drawn(count, random, selects), WIDTH)
    finally:
        if not line.lost:
            line.drain()
            line.wait(asked(f"DROP KEYSPACE IF EXISTS {name}"))
    return counts, differences


if __name__ == "__main__":
    sys.exit(main(run, sys.argv[1:]))
