"""Writes files: whole or not at all, and over none that is there unless that was asked for."""

from __future__ import annotations

import os
from pathlib import Path

from coodie.cli.stop import Stop


def check_new(path: Path, *, force: bool) -> None:
    """Raise `Stop` for a file that is there already, and for one whose folder is not, or cannot be written."""
    if path.is_dir():
        raise Stop(f"{path} is a folder; name a file")
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
