"""Writes files: whole or not at all, and over none that is there unless that was asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from coodie.cli import output as printing
from coodie.cli.stop import Stop

Output: TypeAlias = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write to this file instead.")]
Force: TypeAlias = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def check_new(path: Path, *, force: bool) -> None:
    """Raise `Stop` for a file that is there already, and for one whose folder is not, or cannot be written."""
    if path.is_symlink():
        raise Stop(f"{path} is a link; name the file that it leads to")
    if path.is_dir():
        raise Stop(f"{path} is a folder; name a file")
    if path.exists() and not path.is_file():
        raise Stop(f"{path} is no file of its own, but a device or the like; name another one")
    if path.exists() and not force:
        raise Stop(f"{path} is there already; --force writes over it")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise Stop(f"{path} cannot be written: there is no folder {path.parent} that can be written to")


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place, then put it there."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def put(printer: printing.Output, text: str, path: Path | None) -> None:
    """Write a result to a file, or print it where there is none."""
    if path is not None:
        write_whole(path, text)
        printer.say(f"wrote {path}")
    elif not printer.as_json:
        printer.raw(text)
