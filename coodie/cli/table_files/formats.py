"""The formats of files, and how they are told by the names of files."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Final

from coodie.cli.stop import Stop


class Format(Enum):
    """The formats of files."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


_SUFFIXES: Final = {
    ".csv": Format.CSV,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSONL,
    ".parquet": Format.PARQUET,
}


def format_of(path: Path) -> Format:
    """The format by the suffix. Raises `Stop` for an unknown one."""
    if (found := _SUFFIXES.get(path.suffix.lower())) is None:
        raise Stop(f"the format of {path} cannot be told by its name; give it by --format")
    return found
