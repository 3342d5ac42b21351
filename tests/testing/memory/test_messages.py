"""Each message that is marked exact was said by a server, to a line of the corpus that makes the engine say it, too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from corpus_runner import CORPUS, KEYSPACE, Line, lines, run

from coodie.testing.clock import Clock
from coodie.testing.memory.answers import Paging
from coodie.testing.memory.engine import Engine
from coodie.testing.memory.errors.base import CqlError, ErrorText, NotSupportedByMemoryDriver

TABLES = ("statements", "schema", "options", "views", "vectors", "terms", "describe", "protocol")
ELSEWHERE = {
    *("statements.NO_KEYSPACE", "statements.WRONG_COUNT_OF_VALUES", "statements.KEY_TOO_LONG"),
    *("statements.PAGING_STATE", "statements.BATCH_STATEMENT", "statements.BATCH_TOO_LARGE", "describe.NO_KEYSPACE"),
    "protocol.UNKNOWN_STATEMENT",
}
"""What takes more than a line of CQL: ``tests_integration/memory`` compares these with the server."""
OVERFLOW = "n=n-9223372036854775808"
"""The server's own slip: it takes a literal that it refuses everywhere else."""


def table() -> dict[int, tuple[str, ErrorText]]:
    """Each row by its identity, with its name."""
    return {
        id(row): (f"{name}.{key}", row)
        for name in TABLES
        for key, row in vars(import_module(f"coodie.testing.memory.errors.{name}")).items()
        if isinstance(row, ErrorText)
    }


@pytest.fixture
def raised(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """The rows that are called, with their messages."""
    found: list[tuple[int, str]] = []
    original = ErrorText.__call__

    def call(self: ErrorText, *parts: object, **fields: object) -> CqlError:
        error = original(self, *parts, **fields)
        found.append((id(self), error.message))
        return error

    monkeypatch.setattr(ErrorText, "__call__", call)
    return found


def refused(path: Path, raised: list[tuple[int, str]]) -> Iterator[tuple[Line, str, list[tuple[int, str]]]]:
    """The lines of a file that the engine refuses, with its message and the rows that were called."""
    engine = Engine(Clock())
    run(engine, f"CREATE KEYSPACE {KEYSPACE} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    for line in lines(path):
        raised.clear()
        try:
            if "prepare" in line.said:
                engine.prepare(line.text, KEYSPACE)
            else:
                run(engine, line.text, line.values, Paging(line.said.get("fetch", 0)))
        except CqlError as error:
            yield line, error.message, list(raised)
        except NotSupportedByMemoryDriver:
            pass


def test_each_exact_message_is_a_server_s(raised: list[tuple[int, str]]) -> None:
    rows = table()
    said: set[str] = set()
    others: dict[str, list[str]] = defaultdict(list)
    for path in sorted(CORPUS.glob("*.jsonl")):
        for line, message, called in refused(path, raised):
            theirs = line.said.get("message", "")
            said |= {rows[row][0] for row, own in called if row in rows and message == theirs and own in theirs}
            row, own = called[-1] if called else (0, "")
            if own == message != theirs and row in rows and rows[row][1].exact and OVERFLOW not in line.text:
                others[rows[row][0]].append(f"{line.text}\n    engine: {message}\n    server: {theirs}")
    exact = {name for name, row in rows.values() if row.exact}
    assert not others, "\n".join(each for held in others.values() for each in held)
    assert exact - said - ELSEWHERE == set(), "provoke these in corpus/messages.cql, or delete them"
    assert ELSEWHERE.isdisjoint(said)


def test_each_row_is_used() -> None:
    package = Path(import_module("coodie.testing.memory").__file__ or "").parent
    text = "".join(path.read_text("utf-8") for path in package.rglob("*.py") if path.parent.name != "errors")
    unused = [name for name, _ in table().values() if "._" not in name and name.split(".")[1] not in text]
    assert not unused
