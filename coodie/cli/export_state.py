"""What an export has written so far, beside its file, so that the next call goes on; and the rows that were refused."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from coodie.cli.files import write_whole
from coodie.cli.stop import Stop
from coodie.cli.table_files.formats import Format


class ExportState:
    """The state of an export at its last checkpoint.

    ``scan`` covers exactly the rows that are in the first ``bytes`` bytes of ``FILE.partial`` and in the first
    ``refused_bytes`` bytes of ``FILE.refused.jsonl``. What was written behind them is dropped, and written again.
    """

    def __init__(self, path: Path, target: str, columns: tuple[str, ...], format_: Format) -> None:
        self.path: Path = path
        self.target: str = target
        self.format: Format = format_
        self.partial: Path = path.with_name(f"{path.name}.partial")
        self.refused_path: Path = path.with_name(f"{path.name}.refused.jsonl")
        self._state_path = path.with_name(f"{path.name}.state.json")
        self._about: dict[str, Any] = {"table": target, "columns": list(columns), "format": format_.value}
        self._refused: BinaryIO | None = None
        self._refused_bytes = 0
        self.scan: str | None = None
        self.bytes: int = 0
        self.rows: int = 0
        self.refused: int = 0
        self.resumed: bool = False
        self.force: bool = False

    def open(self, *, restart: bool) -> None:
        """Take up what an earlier call has left, if anything. Raises `Stop` if that was another export."""
        if restart or not self._state_path.exists() or not self.partial.exists():
            return
        try:
            found = json.loads(self._state_path.read_text("utf-8"))
            self.scan, self.bytes, self.rows = str(found["scan"]), int(found["bytes"]), int(found["rows"])
            self.refused, self._refused_bytes = int(found["refused"]), int(found["refused_bytes"])
            self.force = bool(found["force"])
            about = {name: found[name] for name in self._about}
        except (ValueError, KeyError, TypeError) as error:
            raise Stop(f"{self._state_path} cannot be read; --restart begins anew") from error
        if about != self._about:
            raise Stop(
                f"{self._state_path} is about another table, other columns or another format; --restart begins anew"
            )
        if self.partial.stat().st_size < self.bytes:
            raise Stop(f"{self.partial} is shorter than it was; --restart begins anew")
        self.resumed = True

    def refuse(self, key: Mapping[str, Any], reason: str) -> None:
        """Add a row that cannot be written."""
        if self._refused is None:
            self._refused = self.refused_path.open("r+b" if self._refused_bytes else "wb")
            self._refused.truncate(self._refused_bytes)
            self._refused.seek(self._refused_bytes)
        told = {"key": key, "reason": reason}
        self._refused.write(json.dumps(told, ensure_ascii=False, default=str).encode() + b"\n")
        self.refused += 1

    def keep(self, size: int, scan: str) -> None:
        """Write the state of a checkpoint at which the partial file has so many bytes."""
        if self._refused is not None:
            self._refused.flush()
            os.fsync(self._refused.fileno())
            self._refused_bytes = self._refused.tell()
        counts = {"rows": self.rows, "bytes": size, "refused": self.refused, "refused_bytes": self._refused_bytes}
        write_whole(self._state_path, json.dumps({**self._about, **counts, "force": self.force, "scan": scan}))

    def done(self) -> None:
        """Take the state away, since the file is complete."""
        self._state_path.unlink(missing_ok=True)
        if not self.refused:
            self.refused_path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file of refused rows."""
        if self._refused is not None:
            self._refused.close()

    def document(self) -> dict[str, Any]:
        """What ``--json`` tells."""
        return {
            "table": self.target,
            "file": str(self.path),
            "format": self.format.value,
            "columns": self._about["columns"],
            "rows": self.rows,
            "refused": self.refused,
            "refused_file": str(self.refused_path) if self.refused else None,
            "resumed": self.resumed,
        }
