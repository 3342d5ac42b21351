"""Snapshots of what was sent, one readable ``.cql`` file per test, through syrupy.

What is in such a file is said in ``text.py``; here it gets its file.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timezone
from typing import Any

from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from typing_extensions import Self

from coodie.testing.text import HEAD, snapshot_text

__all__ = ["HEAD", "CqlSnapshot", "CqlSnapshotExtension", "cql_snapshot", "snapshot_text"]


class CqlSnapshotExtension(SingleFileSnapshotExtension):
    """A syrupy extension: ``snapshot.use_extension(CqlSnapshotExtension)``; `cql_snapshot` knows more of the test."""

    _write_mode = WriteMode.TEXT
    file_extension = "cql"
    _file_extension = "cql"  # its name before syrupy 5

    def serialize(self, data: Any, **_: Any) -> str:
        """The text of the file; a text that was made by `snapshot_text` is kept as it is."""
        return data if isinstance(data, str) and data.startswith(HEAD) else snapshot_text(data)


@dataclass(eq=False, order=False, repr=False)
class CqlSnapshot(SnapshotAssertion):
    """``assert recorder == cql_snapshot``; ``cql_snapshot(exact=True)`` prints every value as it is, this once.

    All else is syrupy's: ``cql_snapshot(name="after the update")``, ``--snapshot-update``.
    """

    started: datetime | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._exact = False

    def __call__(self, *, exact: bool = False, **options: Any) -> Self:
        """The same snapshot with other options for the next comparison."""
        super().__call__(**options)
        self._exact = exact
        return self

    def __eq__(self, other: object) -> bool:
        exact, self._exact = self._exact, False
        window = (self.started, datetime.now(timezone.utc)) if self.started is not None else None
        return super().__eq__(snapshot_text(other, exact=exact, window=window))

    __hash__ = None  # type: ignore[assignment]


def cql_snapshot(base: SnapshotAssertion, started: datetime) -> CqlSnapshot:
    """The snapshot of a test that began at ``started``, beside the one that syrupy made for it."""
    options: dict[str, Any] = {field.name: getattr(base, field.name) for field in fields(base) if field.init}
    options["extension_class"] = CqlSnapshotExtension
    return CqlSnapshot(**options, started=started)
