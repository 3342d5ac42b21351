"""What a real server answered, the engine answers: each line of the corpus, without a server."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from corpus_runner import CORPUS, Line, lines, replay, settled

FILES = sorted(CORPUS.glob("*.jsonl"))

KNOWN = {
    r"\(1 \+ 2\) \* 3 |SELECT -?\(i\)": "the parser forgets the brackets of an operand, which stand in texts and names",
    r"n=n-9223372036854775808": "the server's own slip: the number overflows only when it is negated",
    r"SELECT n, writetime\(n\) FROM cn": "one of its rows was added to after it had been deleted, which is refused",
    r"system_schema|system_virtual_schema|system\.peers_v2": "system tables are not there yet",
}
"""What differs, and why: patterns of statements. A line here is a debt."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_engine_answers_as_the_server_did(path: Path) -> None:
    results = list(replay(path))
    wrong = [each for each in results if each.kind == "wrong" and not known(each.text)]
    assert not wrong, "\n".join(f"{each.text}\n    {each.why}" for each in wrong[:20])
    assert Counter(each.kind for each in results)["agree"] > len(results) * 0.8


def known(text: str) -> bool:
    return any(re.search(pattern, text) for pattern in KNOWN)


def test_each_statement_has_an_answer() -> None:
    played = {path.stem for path in FILES}
    asked = {path.stem for path in CORPUS.glob("*.cql")}
    assert played == asked
    assert sum(len(lines(path)) for path in FILES) > 10_000


def test_signatures_are_compared_whatever_comes_first() -> None:
    line = Line({"cql": "SELECT 1", "values": [None, "unset", "00"]})
    assert len(line.values) == 3
    assert settled("Unexpected receiver type 'int'; only list") == settled("Unexpected receiver type 'text'; only list")
