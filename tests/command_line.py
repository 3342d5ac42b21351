"""A project in a folder of its own, on which the command line is called as a user calls it, without a server."""

from __future__ import annotations

import json
import re
import sys
from importlib import invalidate_caches
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

import pytest

MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "YYYY-MM-DD HH:MM:SS"),
    (re.compile(r"\d+\.\d\d s\b"), "0.00 s"),
    (re.compile(r"\d+\.\d\d(?= +\S+@)"), "0.00"),
    (re.compile(r"\S+@\S+:\d+"), "me@here:1"),
    (re.compile(r"\d{8}T\d{6}(?=_)"), "20261128T141500"),
)

# A run of tests in the background has Ctrl-C ignored, and so have the programs that it starts.
PROGRAM = (
    *(sys.executable, "-B", "-W", "ignore", "-c"),
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('coodie', run_name='__main__', alter_sys=True)",
)
"""The command line in a process of its own."""


class Ended(NamedTuple):
    """How a call ended: its exit status, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Project:
    """A folder with files, from which `coodie` is called."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"), "utf-8")
        invalidate_caches()  # of the modules in the folders

    def read(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    def __call__(self, *arguments: str) -> Ended:
        from coodie.cli.app import run

        forget_modules(self.folder)  # a process has none of the last one's
        self._capsys.readouterr()
        status = run(list(arguments))
        return Ended(status, *self._capsys.readouterr())


def masked(text: str) -> str:
    """A text without what differs from run to run."""
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return "\n".join(re.sub(r"(?<=\S) {2,}", "  ", line).rstrip() for line in text.strip().splitlines())


def forget_modules(folder: Path) -> None:
    """Forget what was imported from a folder, so that the next project may have modules of the same names."""
    for name, module in list(sys.modules.items()):
        # A package without an `__init__.py` has no file.
        places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
        if any(f"{place}/".startswith(f"{folder}/") for place in places):
            del sys.modules[name]


def commands() -> list[str]:
    """All commands and groups of them, as they are written."""
    import typer.main

    from coodie.cli.app import program

    def walk(command: Any, path: str) -> Any:
        if path:
            yield path
        for name, each in sorted(getattr(command, "commands", {}).items()):
            yield from walk(each, f"{path} {name}".strip())

    return list(walk(typer.main.get_command(program()), ""))
