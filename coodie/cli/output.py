"""What commands print: text and tables for people, or one JSON document for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from rich.console import Console
from rich.table import Table

WIDTH: Final = 80
"""The columns of a table where there is no terminal to ask."""


def _console(*, stderr: bool = False) -> Console:
    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal:
        made.width = WIDTH
    return made


class Output:
    """The output of one command. With ``as_json`` only `document` and errors are printed."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._documented = False
        self.console = _console()
        self._errors = _console(stderr=True)

    def say(self, text: str = "") -> None:
        """Print a line, or several, for people."""
        if not self.as_json:
            self.console.print(text, soft_wrap=True)

    def raw(self, text: str) -> None:
        """Print a text that is the result itself, such as a file, byte for byte."""
        self.console.file.write(text)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a table as wide as the terminal, or of 80 columns."""
        if self.as_json:
            return
        shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for column in columns:
            shown.add_column(column, overflow="fold")
        for row in rows:
            shown.add_row(*("" if cell is None else str(cell) for cell in row))
        if self.console.is_terminal:
            self.console.print(shown)
            return
        with self.console.capture() as captured:
            self.console.print(shown)
        self.raw("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))

    def document(self, value: Mapping[str, Any]) -> None:
        """Print the one document of ``--json``; nothing without it, nor for a second one."""
        if self.as_json and not self._documented:
            self._documented = True
            self.raw(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")

    def error(self, text: str) -> None:
        """Print what went wrong to standard error."""
        with suppress(BrokenPipeError):
            self._errors.print(text, soft_wrap=True, style="red" if self._errors.is_terminal else None)


def count(number: int, noun: str) -> str:
    """A number with its noun: ``1 migration``, ``2 migrations``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
