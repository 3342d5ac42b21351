"""The server still says what the corpus has of it, and the messages that take more than a line of CQL are its own."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import Session
from cassandra.query import BatchStatement, SimpleStatement

from coodie.cql.message import BatchKind
from coodie.testing.clock import Clock
from coodie.testing.memory.answers import Paging
from coodie.testing.memory.engine import Engine
from coodie.testing.memory.errors.base import CqlError
from tests_integration.conftest import connected
from tests_integration.memory import raw
from tests_integration.memory.play import CORPUS, play

pytestmark = pytest.mark.needs_server("the engine is compared with it")

RANDOM = re.compile(
    r"Unexpected receiver type|Unsupported target type|NullPointerException|ClassCastException|Operation failed"
)
"""What differs from one start of the server to the next: the first of several signatures, texts of its machine."""


@pytest.fixture(scope="module")
def session(cluster: Any) -> Iterator[Session]:
    with connected(cluster) as session:
        raw.set_up(session)
        session.cluster.schema_metadata_enabled = False
        yield session


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.cql")), ids=lambda path: path.stem)
def test_the_server_says_what_the_corpus_has(session: Session, path: Path) -> None:
    differing = _differing(session, path)
    if any(raw.is_busy(new.get("code"), new.get("message", "")) for new, _ in differing):
        differing = _differing(session, path)
    assert not differing


def _differing(session: Session, path: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    recorded = [json.loads(line) for line in path.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines()]
    answers = list(play(session, path.read_text(encoding="utf-8").splitlines()))
    assert len(answers) == len(recorded)
    return [
        (new, old)
        for new, old in zip(answers, recorded, strict=True)
        if (new.get("code"), new.get("message")) != (old.get("code"), old.get("message"))
        and not RANDOM.search(str(old.get("message")))
    ]


@pytest.fixture(scope="module")
def space(session: Session) -> Iterator[str]:
    name = f"messages_{secrets.token_hex(4)}"
    session.execute(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    session.execute(f"CREATE TABLE {name}.t (k text PRIMARY KEY, v int)")
    yield name
    session.execute(f"DROP KEYSPACE {name}")


@pytest.fixture
def memory(space: str) -> Engine:
    memory = Engine(Clock())
    for text in (
        f"CREATE KEYSPACE {space} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}",
        f"CREATE TABLE {space}.t (k text PRIMARY KEY, v int)",
    ):
        memory.execute(memory.prepare(text))
    return memory


def memory_says(memory: Engine, text: str, paging: Paging | None = None) -> tuple[int, str]:
    with pytest.raises(CqlError) as caught:
        memory.execute(memory.prepare(text), (), paging or Paging())
    return caught.value.code, caught.value.message


@pytest.mark.parametrize("text", ["SELECT * FROM t", "DESCRIBE TABLE t"])
def test_without_a_keyspace(cluster: Any, memory: Engine, text: str) -> None:
    with connected(cluster) as session:
        raw.set_up(session)
        answer = raw.ask(session, text)
    assert memory_says(memory, text) == (answer.code, answer.message)


def test_too_few_values(session: Session, memory: Engine, space: str) -> None:
    text = f"SELECT * FROM {space}.t WHERE k = ?"
    prepared = raw.prepare(session, text)
    assert isinstance(prepared, tuple)
    answer = raw.ask(session, raw.bound(prepared[1], ()))
    assert memory_says(memory, text) == (answer.code, answer.message)


def test_a_key_that_is_too_long(session: Session, memory: Engine, space: str) -> None:
    text = f"INSERT INTO {space}.t (k) VALUES ('{'x' * 65_536}')"
    answer = raw.ask(session, text)
    assert memory_says(memory, text) == (answer.code, answer.message)


def test_a_paging_state_that_is_none(cluster: Any, memory: Engine, space: str) -> None:
    text = f"SELECT * FROM {space}.t"
    with connected(cluster) as session:  # which ends with this answer
        raw.set_up(session)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the vendor's, whatever it is
            session.execute(SimpleStatement(text, fetch_size=1), paging_state=b"nonsense")
    answer = raw.refusal(caught.value)
    assert memory_says(memory, text, Paging(1, b"nonsense")) == (answer.code, answer.message)


def test_a_query_in_a_batch(session: Session, memory: Engine, space: str) -> None:
    text = f"SELECT * FROM {space}.t"
    batch = BatchStatement()
    batch.add(SimpleStatement(text))
    answer = raw.ask(session, batch)
    with pytest.raises(CqlError) as caught:
        memory.batch(BatchKind.LOGGED, [(memory.prepare(text), ())])
    assert (caught.value.code, caught.value.message) == (answer.code, answer.message)
