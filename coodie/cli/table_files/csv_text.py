"""Lines of CSV (RFC 4180) in which null and the empty string differ: null is nothing, the empty string ``""``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_QUOTED: Final = re.compile(r'[",\r\n]')
_CELL: Final = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\Z)')


def csv_line(cells: Iterable[str | None]) -> str:
    """A line of CSV."""
    return ",".join(["" if each is None else _quoted(each) for each in cells]) + "\r\n"


def _quoted(text: str) -> str:
    needs = not text or _QUOTED.search(text) is not None or text != text.strip()
    return '"' + text.replace('"', '""') + '"' if needs else text


def read_csv(lines: Iterable[str]) -> Iterator[list[str | None]]:
    """The cells of each record. ``lines`` are those of a file opened with ``newline=""``.

    Raises ValueError, which names the line, where quotes do not fit.
    """
    record, quotes, begun = "", 0, 1
    for number, line in enumerate(lines, 1):
        record += line
        quotes += line.count('"')
        if quotes % 2:
            continue
        yield _cells(record.removesuffix("\n").removesuffix("\r"), begun)
        record, quotes, begun = "", 0, number + 1
    if record:
        raise ValueError(f"line {begun}: a quote is not closed")


def _cells(record: str, line: int) -> list[str | None]:
    if '"' not in record:
        return [cell or None for cell in record.split(",")]
    cells: list[str | None] = []
    place = 0
    while True:
        found = _CELL.match(record, place)
        if found is None:
            raise ValueError(f"line {line}: a cell with quotes begins and ends with one, and doubles those inside")
        quoted, plain, end = found.groups()
        cells.append((plain or None) if quoted is None else quoted.replace('""', '"'))
        if not end:
            return cells
        place = found.end()
