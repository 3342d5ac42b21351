"""Snapshots of what was sent, one readable ``.cql`` file per test, through syrupy.

The form itself is ``cql/show.py``; here it only gets its head and its file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from typing import Any, cast

from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from typing_extensions import Self

from coodie.cql.message import Batch, Statement
from coodie.cql.show import FORMAT, Shown, Window, show
from coodie.testing.calls import Call, entries
from coodie.testing.recording import RecordingDriver

HEAD = f"-- coodie cql snapshot {FORMAT}"


def snapshot_text(data: object, *, exact: bool = False, window: Window | None = None) -> str:
    """The content of a snapshot file: for a recorder, calls, or single requests.

    Identities are named by first appearance, unless ``exact``; ``window`` is first and last instant of the test. Raises
    TypeError for anything else.
    """
    shown = show(_entries(data), exact=exact, window=window)
    return f"{HEAD}\n\n{shown}\n" if shown else f"{HEAD}\n"


def _entries(data: object) -> Iterator[Shown]:
    if isinstance(data, RecordingDriver):
        yield from entries(data.calls)
    elif isinstance(data, Call):
        yield from entries([data])
    elif isinstance(data, (Statement, Batch)):
        yield data
    elif isinstance(data, (list, tuple)):
        for item in cast("Iterable[object]", data):
            yield from _entries(item)
    else:
        raise TypeError(
            f"a cql_snapshot takes a RecordingDriver, its calls, a Statement or a Batch, not a {type(data).__name__}"
        )


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
