"""Reads a migration in CQL: its markers, its statements, and the comments that mean something.

::

    -- coodie migration 1
    -- Free text up to the first marker is the description.

    -- up
    ALTER TABLE users ADD email text;

    -- down
    ALTER TABLE users DROP email;

A file without markers is all ``up``. ``-- coodie: allow C003 why`` before a statement allows that finding there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from coodie._errors import InvalidQueryError, MigrationError
from coodie.cql.lexer import marks, tokens
from coodie.cql.nodes import Node, Select, Use
from coodie.cql.parsing.facts import normal_form
from coodie.cql.parsing.statements import parse
from coodie.cql.script import places_of
from coodie.migrations.migration import DOWN, UP, FileStatement, Kind, Migration
from coodie.migrations.names import REPEATABLE
from coodie.migrations.qualify import names_in
from coodie.tables.own import OWN_TABLES

VERSION: Final = 1
_COMMENT: Final = re.compile(r"--[^\n]*|//[^\n]*|/\*.*?\*/", re.DOTALL)
_MARKER: Final = re.compile(r"--\s*(up|down)\s*", re.IGNORECASE)
_HEADER: Final = re.compile(r"--\s*coodie\s+migration\s+(\d+)\s*", re.IGNORECASE)
_ALLOW: Final = re.compile(r"--\s*coodie:\s*(?P<verb>\w+)\s*(?P<code>\S*)\s*(?P<why>.*)", re.IGNORECASE | re.DOTALL)
_CODE: Final = re.compile(r"C\d{3}")
_PLACE: Final = re.compile(r"line (\d+), column (\d+): (.*)", re.DOTALL)


def read_cql(path: Path, script: str) -> Migration:
    """The migration of a file. Raises `MigrationError` with line and column for what is wrong in it."""
    script = script.replace("\r\n", "\n")
    try:
        comments = list(_comments(script))
        places = list(places_of(script))
    except InvalidQueryError as error:
        _refuse_text(path, error)
    parts = _parts(path, script, comments, places)
    up, down = parts.get(UP, ()), parts.get(DOWN)
    kind = Kind.REPEATABLE if REPEATABLE.fullmatch(path.stem) else Kind.UP
    if kind is Kind.REPEATABLE and down is not None:
        raise MigrationError(f"{path}: a repeatable migration has no way down; take out its `-- down` part")
    first = min([at for at, text in comments if _MARKER.fullmatch(text)] + [start for start, _ in places], default=None)
    description = _description(path, script, comments, first)
    # The way down is not part of it: what is applied stays as it is if only that changes.
    checksum = checksum_of(*(each.checksum for each in up))
    return Migration(path.stem, path, description, kind, up, down, checksum, script, has_down=down is not None)


def checksum_of(*texts: str) -> str:
    """A checksum of texts in their order."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]


class _Comment(NamedTuple):
    at: int
    text: str


def _comments(script: str) -> Iterator[_Comment]:
    """The comments between the tokens. Text that looks like one inside of a string is none."""
    end = 0
    for start, after in [*((each.start, each.end) for each in tokens(script)), (len(script), len(script))]:
        for found in _COMMENT.finditer(script, end, start):
            yield _Comment(found.start(), found[0])
        end = after


def _parts(
    path: Path, script: str, comments: list[_Comment], places: list[tuple[int, int]]
) -> dict[str, tuple[FileStatement, ...]]:
    markers = [(each.at, word[1].lower()) for each in comments if (word := _MARKER.fullmatch(each.text))]
    for at, name in markers:
        if [each for _, each in markers].count(name) > 1:
            _refuse(path, script, max(at for at, each in markers if each == name), f"a second `-- {name}`")
        if any(start < at < end for start, end in places):
            _refuse(path, script, at, f"`-- {name}` inside of a statement; does a `;` lack before it?")
    if not markers:
        return {UP: _statements(path, script, comments, places)}
    if places and places[0][0] < markers[0][0]:
        _refuse(path, script, places[0][0], "a statement before the first marker, which is `-- up` or `-- down`")
    if all(name != UP for _, name in markers):
        _refuse(path, script, markers[0][0], "a `-- down` without an `-- up`")
    found: dict[str, tuple[FileStatement, ...]] = {}
    for (at, name), (end, _) in zip(markers, [*markers[1:], (len(script), "")], strict=True):
        inside = [each for each in places if at < each[0] < end]
        found[name] = _statements(path, script, [each for each in comments if at <= each.at < end], inside)
    return found


def _statements(
    path: Path, script: str, comments: list[_Comment], places: list[tuple[int, int]]
) -> tuple[FileStatement, ...]:
    before = 0
    found: list[FileStatement] = []
    for start, end in places:
        allowed = _allowed(path, script, [each for each in comments if before <= each.at < start])
        node = _parsed(path, script, start, end)
        cql = normal_form(node)
        line, column = place_in(script, start)
        found.append(FileStatement(cql, node, line, column, allowed, checksum_of(cql)))
        before = end
    return tuple(found)


def _parsed(path: Path, script: str, start: int, end: int) -> Node:
    # What stands before the statement becomes blanks, so that errors give the place in the file.
    blank = re.sub(r"[^\n]", " ", script[:start])
    try:
        node = parse(f"{blank}{script[start:end]}\n")
    except InvalidQueryError as error:
        _refuse_text(path, error)
    if found := marks(script[start:end]):
        _refuse(path, script, start + found[0].start, "a bind mark, for which a file has no value; write the value")
    if isinstance(node, Use):
        _refuse(path, script, start, "USE has no effect here: names without a keyspace are in the one at hand")
    if own := next((each.name for each in names_in(node) if each.name in OWN_TABLES), None):
        _refuse(path, script, start, f"{own} is kept by coodie itself; no migration changes it")
    if isinstance(node, Select):
        _refuse(path, script, start, "a SELECT changes nothing, so it is no part of a migration")
    return node


def _allowed(path: Path, script: str, comments: list[_Comment]) -> dict[str, str]:
    allowed: dict[str, str] = {}
    for each in comments:
        found = _ALLOW.fullmatch(each.text)
        if found is None:
            continue
        if found["verb"].lower() != "allow" or not _CODE.fullmatch(found["code"].upper()) or not found["why"].strip():
            _refuse(path, script, each.at, "write `-- coodie: allow CODE why`, as in `-- coodie: allow C001 not used`")
        allowed[found["code"].upper()] = found["why"].strip()
    return allowed


def _description(path: Path, script: str, comments: list[_Comment], end: int | None) -> str:
    lines: list[str] = []
    for at, text in comments:
        if end is not None and at >= end:
            break
        if found := _HEADER.fullmatch(text):
            if int(found[1]) != VERSION:
                _refuse(path, script, at, f"version {found[1]} of these files is from a newer coodie; update coodie")
        elif not _ALLOW.fullmatch(text):
            lines += [line.strip("-/* \t") for line in text.splitlines()]
    return " ".join(filter(None, lines))


def place_in(script: str, at: int) -> tuple[int, int]:
    """Line and column of a position, both counted from 1."""
    return script.count("\n", 0, at) + 1, at - script.rfind("\n", 0, at)


def _refuse(path: Path, script: str, at: int, why: str) -> NoReturn:
    line, column = place_in(script, at)
    raise MigrationError(f"{path}:{line}:{column}: {why}")


def _refuse_text(path: Path, error: InvalidQueryError) -> NoReturn:
    found = _PLACE.fullmatch(str(error))
    where, why = (f"{found[1]}:{found[2]}", found[3]) if found else ("1:1", str(error))
    raise MigrationError(f"{path}:{where}: {why}") from error
