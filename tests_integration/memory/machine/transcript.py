"""A difference, shrunk, as lines that replay without a server (``tests/testing/memory/transcripts``).

The format is that of the corpus, with the second of each statement as ``now``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests_integration.memory import raw
from tests_integration.memory.machine.both import Both, Difference, Step
from tests_integration.memory.machine.shapes import ALTERED, INDEXES, SCANNED, TABLES, TYPES
from tests_integration.memory.machine.told import told
from tests_integration.memory.play import KEYSPACE, value_text


def transcript(both: Both, table: str, difference: Difference) -> Iterator[str]:
    """The lines: the table, what both had agreed on, and what the server answered then."""
    made = [*TYPES, {**TABLES, **SCANNED}[table], *(text for text in INDEXES if f" ON {table} " in text)]
    yield from (json.dumps({"cql": text}) for text in made)
    server = difference.server if isinstance(difference.server, raw.Answer) else raw.Answer()
    for step, answer in (*difference.before, (difference.step, server)):
        line = {"cql": step.text, **_said(step), **_answer(answer)}
        said = json.dumps(line, ensure_ascii=False).replace(both.keyspace, KEYSPACE)
        yield re.sub(rf"\b{ALTERED}\d+\b", ALTERED, said)


def _said(step: Step) -> dict[str, Any]:
    said: dict[str, Any] = {"values": [value_text(value) for value in step.values], "now": step.now}
    return said | ({"fetch": step.size} if step.size else {})


def _answer(answer: raw.Answer) -> dict[str, Any]:
    if answer.code is not None:
        return {"code": answer.code, "message": answer.message}
    found: dict[str, Any] = {"columns": answer.columns} if answer.columns else {}
    if answer.warnings:
        found["warnings"] = answer.warnings
    if answer.columns and "recent" not in str(told(answer)):
        pages = [[[cell if cell is None else cell.hex() for cell in row] for row in page] for page in answer.pages]
        found["pages"] = pages
    elif answer.columns:
        found["count"] = sum(map(len, answer.pages))
    return found
