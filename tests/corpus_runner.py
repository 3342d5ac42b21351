"""Plays files of ``corpus`` and ``transcripts`` on an engine, and says of each line whether the answers agree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coodie.cql.message import UNSET
from coodie.exceptions import InvalidQueryError
from coodie.testing.clock import Clock
from coodie.testing.memory.answers import Answer, Paging
from coodie.testing.memory.engine import Engine
from coodie.testing.memory.errors.base import CqlError, NotSupportedByMemoryDriver
from coodie.testing.memory.plans import Plan
from coodie.testing.memory.terms import Value

CORPUS = Path(__file__).parent / "testing" / "memory" / "corpus"
TRANSCRIPTS = CORPUS.with_name("transcripts")
KEYSPACE = "corpus"
SYNTAX, SERVER_ERROR = 0x2000, 0x0000


@dataclass(frozen=True)
class Line:
    """One line of a file: what is asked, and what the server answered."""

    said: dict[str, Any]

    @property
    def text(self) -> str:
        return self.said.get("cql") or self.said["prepare"]

    @property
    def values(self) -> list[Value]:
        return [_value(each) for each in self.said.get("values", ())]


@dataclass(frozen=True)
class Result:
    """``kind``: agree, refused (`NotSupportedByMemoryDriver`) or wrong; ``why`` is the feature, or what differs."""

    kind: str
    text: str
    why: str = ""


def lines(path: Path) -> list[Line]:
    return [Line(json.loads(text)) for text in path.read_text(encoding="utf-8").splitlines()]


def replay(path: Path) -> Iterator[Result]:
    """Each line of a file, on an engine of its own."""
    engine = Engine(Clock())
    run(engine, f"CREATE KEYSPACE {KEYSPACE} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    unwritten = ""
    for line in lines(path):
        result = outcome(engine, line)
        if result.kind == "refused" and not line.text.startswith("SELECT"):
            unwritten = result.why
        if result.kind == "wrong" and result.why.startswith("rows") and unwritten:
            result = Result("refused", line.text, f"after {unwritten}")
        yield result


def outcome(engine: Engine, line: Line) -> Result:
    try:
        why = difference(engine, line)
    except NotSupportedByMemoryDriver as error:
        return Result("refused", line.text, error.feature)
    except Exception as error:  # noqa: BLE001 - a bug is a wrong answer, too
        return Result("wrong", line.text, f"{type(error).__name__}: {error}")
    return Result("wrong" if why else "agree", line.text, why)


def run(
    engine: Engine,
    text: str,
    values: list[Value] | None = None,
    paging: Paging = Paging(),  # noqa: B008
    now: int | None = None,
) -> Answer:
    plan = engine.prepare(text, KEYSPACE)
    return engine.execute(plan, values or [], paging, now=now)


def difference(engine: Engine, line: Line) -> str:
    """What is different in the engine's answer; nothing if it is the server's."""
    said = line.said
    try:
        if "prepare" in said:
            found = told(engine.prepare(line.text, KEYSPACE))
            if "code" in said:
                return f"taken, but the server says {said['code']:#06x} {said['message']}"
            columns = [[shown(name), wire_type(kind)] for name, kind in said["columns"]]
            return _compare(found, {"marks": said["marks"], "columns": columns})
        pages, answer = asked(engine, line)
    except CqlError as error:
        return _compare_errors(error.code, error.message, error.exact, said)
    except InvalidQueryError as error:  # the parser's own
        return _compare_errors(SYNTAX, str(error), False, said)
    if "code" in said:
        return f"taken, but the server says {said['code']:#06x} {said['message']}"
    return _compare_answers(pages, answer, said)


def asked(engine: Engine, line: Line) -> tuple[list[list[list[str | None]]], Answer]:
    """All pages of an answer."""
    pages: list[list[list[str | None]]] = []
    state: bytes | None = None
    size = line.said.get("fetch", 5000)
    while True:
        answer = run(engine, line.text, line.values, Paging(size, state), line.said.get("now"))
        pages.append([[None if cell is None else cell.hex() for cell in row] for row in answer.rows])
        state = answer.paging_state
        if state is None:
            return pages, answer


def told(plan: Plan) -> dict[str, Any]:
    """What PREPARE answers."""
    marks = [[mark.name, wire_type(str(mark.type))] for mark in plan.marks]
    return {"marks": marks, "columns": [[shown(name), wire_type(str(kind))] for name, kind in plan.columns]}


def _compare_answers(pages: list[list[list[str | None]]], answer: Answer, said: dict[str, Any]) -> str:
    columns = [[shown(name), wire_type(str(kind))] for name, kind in answer.columns]
    found: dict[str, Any] = {"columns": columns} if "columns" in said else {}
    if "count" in said:
        found["count"] = sum(map(len, pages))
    elif "pages" in said:
        found["pages"] = pages
    elif "rows" in said:
        found["rows"] = [row for page in pages for row in page]
    wanted = {key: said[key] for key in found}
    if "columns" in wanted:
        wanted["columns"] = [[shown(name), wire_type(kind)] for name, kind in wanted["columns"]]
    if list(answer.warnings) != said.get("warnings", []):
        return f"warnings {list(answer.warnings)} for {said.get('warnings', [])}"
    return _compare(found, wanted)


def _compare(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    return "; ".join(f"{key} {found[key]} for {wanted[key]}" for key in found if found[key] != wanted[key])


def _compare_errors(code: int, message: str, exact: bool, said: dict[str, Any]) -> str:
    if "code" not in said:
        return f"refused: {code:#06x} {message}"
    if code != said["code"]:
        return f"{code:#06x} {message} for {said['code']:#06x} {said['message']}"
    if code in (SYNTAX, SERVER_ERROR) or not exact or settled(message) == settled(said["message"]):
        return ""
    return f"{message} for {said['message']}"


def settled(message: str) -> str:
    """Without what the server chooses by chance: which of several functions it tries first."""
    message = re.sub(r"Unexpected receiver type '.*';", "", message)
    return re.sub(r"(Error decoding JSON string:).*", r"\1", message, flags=re.DOTALL)


def shown(name: str) -> str:
    """The name of a column. The server calls both of these functions by that which was used first since its start."""
    return name.replace("system.tojson(", "system.to_json(").replace("system.fromjson(", "system.from_json(")


def wire_type(text: str) -> str:
    """A type as the wire has it, where the outermost is never frozen and a tuple always is."""
    if text.startswith("frozen<") and not text.startswith("frozen<tuple"):
        text = text[len("frozen<") : -1]
    return text if not text.startswith("tuple") else f"frozen<{text}>"


def _value(text: str | None) -> Value:
    return None if text is None else UNSET if text == "unset" else bytes.fromhex(text)
