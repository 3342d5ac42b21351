"""Plays files of statements against the real server and writes its answers beside them, a JSON object a line.

``COODIE_HOSTS=host:port python -m tests_integration.memory.play NAME ...``. The format of both files is told in
``tests/testing/memory/corpus/README.md``.
"""

from __future__ import annotations

import json
import re
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cassandra.cluster import Session

from coodie.cql.message import UNSET
from tests_integration.memory import raw
from tests_integration.server import find_cluster
from tests_integration.server.vendor import connected

CORPUS = Path(__file__).parents[2] / "tests" / "testing" / "memory" / "corpus"
KEYSPACE = "corpus"


def play(session: Session, lines: list[str]) -> Iterator[dict[str, Any]]:
    """The answers to the lines of one file, in a keyspace that is made for it and dropped."""
    name = f"corpus_{secrets.token_hex(4)}"
    session.execute(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    session.set_keyspace(name)
    try:
        for line in lines:
            if line and not line.startswith("#"):
                yield from _answers(session, line, name)
    finally:
        session.execute(f"DROP KEYSPACE IF EXISTS {name}")


def _answers(session: Session, line: str, name: str) -> Iterator[dict[str, Any]]:
    if line.startswith("SET "):
        written = f"UPDATE ty {line} WHERE k = 2"
        answer = _answer(session, written, name)
        yield answer
        if "code" not in answer:
            column = line.split()[1]
            yield _answer(session, f"SELECT {column} FROM ty WHERE k = 2", name)
    else:
        yield _answer(session, line, name)


def _answer(session: Session, line: str, name: str) -> dict[str, Any]:
    order, text, values, fetch = parts(line)
    told: dict[str, Any] = {"prepare" if order == "PREP" else "cql": text}
    text = re.sub(rf"\b{KEYSPACE}\b", name, text)
    statement: Any = text
    if order in ("PREP", "BIND"):
        prepared = raw.prepare(session, text)
        if isinstance(prepared, raw.Answer):
            return told | _error(prepared, name)
        if order == "PREP":
            found = prepared[0]
            columns = [(each.replace(name, KEYSPACE), kind) for each, kind in found.columns]
            return told | {"marks": found.marks, "keys": found.keys, "columns": columns}
        statement = raw.bound(prepared[1], values or ())
        told["values"] = [value_text(value) for value in values or ()]
    if fetch:
        told["fetch"] = fetch
    answer = raw.ask(session, statement, fetch)
    if answer.code is not None:
        return told | _error(answer, name)
    if answer.columns:
        told["columns"] = [(each.replace(name, KEYSPACE), kind) for each, kind in answer.columns]
        told |= _rows(answer, order, name)
    if answer.warnings:
        told["warnings"] = [warning.replace(name, KEYSPACE) for warning in answer.warnings]
    return told


def _rows(answer: raw.Answer, order: str, name: str) -> dict[str, Any]:
    if order == "LOOSE":
        return {"count": sum(map(len, answer.pages))}
    pages = [[[_cell(cell, name) for cell in row] for row in page] for page in answer.pages]
    return {"pages": pages} if order == "FETCH" else {"rows": [row for page in pages for row in page]}


def _cell(cell: bytes | None, name: str) -> str | None:
    return cell.replace(name.encode(), KEYSPACE.encode()).hex() if cell is not None else None


def _error(answer: raw.Answer, name: str) -> dict[str, Any]:
    return {"code": answer.code, "message": settled(answer.message.replace(name, KEYSPACE))}


_SIGNATURE = re.compile(r"system\.\S+ : \([^()]*\) -> [a-z]+")


_OBJECT = re.compile(r"@[0-9a-f]{5,8}\b")


def settled(message: str) -> str:
    """The order of listed functions, and the hash of an object, differ from one start of the server to the next, and
    to_json() of a type has the name that was used first.
    """
    message = _OBJECT.sub("@", message).replace("function system.tojson ", "function system.to_json ")
    found = _SIGNATURE.findall(message)
    if len(found) < 2:
        return message
    begin, end = message.index(found[0]), message.rindex(found[-1]) + len(found[-1])
    return message[:begin] + ", ".join(sorted(found)) + message[end:]


def parts(line: str) -> tuple[str, str, list[Any] | None, int | None]:
    """What to do with a line, its statement, its values and its size of a page."""
    order, _, rest = line.partition(" ")
    match order:
        case "PREP" | "LOOSE":
            return order, rest, None, None
        case "FETCH":
            size, _, text = rest.partition(" ")
            return order, text, None, int(size)
        case "BIND":
            given, _, text = rest.partition(" :: ")
            return order, text, [_value(each.strip()) for each in given.split(",")], None
        case _:
            return "", line, None, None


def _value(text: str) -> Any:
    return None if text == "null" else UNSET if text == "unset" else bytes.fromhex(text.removeprefix("0x"))


def value_text(value: Any) -> str | None:
    return value.hex() if isinstance(value, bytes) else None if value is None else "unset"


def main(names: list[str]) -> None:
    with find_cluster() as cluster, connected(cluster) as session:
        raw.set_up(session)
        session.cluster.schema_metadata_enabled = False
        for path in sorted(CORPUS.glob("*.cql")):
            if names and path.stem not in names:
                continue
            answers = list(play(session, path.read_text().splitlines()))
            text = "".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers)
            path.with_suffix(".jsonl").write_text(text)
            refused = sum("code" in answer for answer in answers)
            print(f"{path.stem}: {len(answers)} answers, {refused} of them refusals")


if __name__ == "__main__":
    main(sys.argv[1:])
