"""What an import has done so far, beside its file, so that the next call goes on; and the rows that were refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from coodie.cli.files import check_new, write_whole
from coodie.cli.records import Record
from coodie.cli.stop import Stop

_EVERY: Final = 1000
"""After how many records the state is written."""


class ImportState:
    """The records that are settled, which means written or refused. ``begun`` are those of earlier calls.

    Every ``_EVERY`` records the number of those before which all are settled is written to ``FILE.state.json``. What
    is written once more after an import was killed are the records behind it; they give the same rows.
    """

    def __init__(self, path: Path, target: str) -> None:
        self.refused_path: Path = path.with_name(f"{path.name}.refused.jsonl")
        self._path = path.with_name(f"{path.name}.state.json")
        found = path.stat()
        self._about = {"target": target, "size": found.st_size, "modified": found.st_mtime_ns}
        self._before = 0
        self._later: set[int] = set()
        self._written = 0
        self._refused: Any = None
        self.begun = 0
        self.refused = 0

    def open(self, *, restart: bool, force: bool) -> None:
        """Take up what earlier calls have done. Raises `Stop` if the state is about another file or table."""
        if self._path.exists() and not restart:
            self._resume()
        else:
            check_new(self.refused_path, force=force or restart)
            check_new(self._path, force=True)
            self.refused_path.unlink(missing_ok=True)
            self._keep()

    def _resume(self) -> None:
        try:
            found = json.loads(self._path.read_text("utf-8"))
            self.begun = self._before = self._written = int(found.pop("settled"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Stop(f"{self._path} cannot be read; --restart begins anew") from error
        if found != self._about:
            raise Stop(f"{self._path} is about another file or table, or the file has changed; --restart begins anew")
        if self.refused_path.exists():
            self._drop_unsettled()

    def _drop_unsettled(self) -> None:
        beside = self.refused_path.with_name(f".{self.refused_path.name}")
        with self.refused_path.open("rb") as old, beside.open("wb") as new:
            for line in old:
                if self._is_settled(line):
                    new.write(line)
                    self.refused += 1
        beside.replace(self.refused_path)

    def _is_settled(self, line: bytes) -> bool:
        try:
            return int(json.loads(line)["row"]) <= self._before
        except ValueError:  # it was killed while it wrote the line
            return False

    def refuse(self, record: Record, reason: str) -> None:
        """Add a record to the refused ones."""
        if self._refused is None:
            self._refused = self.refused_path.open("a", encoding="utf-8", errors="surrogateescape")
        told = {"row": record.number, "reason": reason, "values": record.cells}
        self._refused.write(json.dumps(told, ensure_ascii=False, default=str) + "\n")
        self.refused += 1
        self.settle(record)

    def settle(self, record: Record) -> None:
        """Take note that a record is written or refused, in any order."""
        self._later.add(record.number)
        while self._before + 1 in self._later:
            self._before += 1
            self._later.remove(self._before)
        if self._before >= self._written + _EVERY:
            self._keep()

    def _keep(self) -> None:
        if self._refused is not None:
            self._refused.flush()
        write_whole(self._path, json.dumps({**self._about, "settled": self._before}))
        self._written = self._before

    def close(self, *, done: bool) -> None:
        """Write the state, or take it away when everything is done."""
        if done:
            self._path.unlink(missing_ok=True)
        else:
            self._keep()
        if self._refused is not None:
            self._refused.close()
