"""Snapshots of requests with syrupy, one readable ``.cql`` file per test.

``text.py`` defines the content of such a file; this module manages the files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.base import AbstractSyrupyExtension
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex
from typing_extensions import Self

from coodie.testing.plugin import ALIKE, folded, real_now
from coodie.testing.text import HEAD, snapshot_text

__all__ = ["HEAD", "CqlSnapshot", "CqlSnapshotExtension", "cql_snapshot", "snapshot_text"]


class CqlSnapshotExtension(SingleFileSnapshotExtension):
    """A syrupy extension: ``snapshot.use_extension(CqlSnapshotExtension)``; `cql_snapshot` also knows when a test
    began.
    """

    _write_mode = WriteMode.TEXT
    file_extension = "cql"
    _file_extension = "cql"  # its name before syrupy 5

    def serialize(self, data: Any, **_: Any) -> str:
        """The text of the file; a text made by `snapshot_text` is kept as it is."""
        return data if isinstance(data, str) and data.startswith(HEAD) else snapshot_text(data)

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        """The name of the file without extension: that of the test, with a digest if it is unsuitable or ambiguous.

        That is so if it is too long or has characters that file names cannot have, so that it may clash with another.
        """
        name = super().get_snapshot_name(test_location=test_location, index=index)
        full = _full_name(test_location, index)
        if len(full.encode()) <= _LONGEST and not _is_shared(test_location, full):
            return name
        room = _LONGEST - _DIGITS - 1
        head = name.encode()[:room].decode(errors="ignore")
        return f"{head}~{_digest(_full_name(test_location))}{_digest(full)}"

    @classmethod
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:
        """Whether a file belongs to any snapshot of the test; called for files that seem unused."""
        digests = _DIGESTS.search(Path(snapshot_location).stem)
        if digests is not None:
            return digests[1] == _digest(_full_name(test_location))
        return super().matches_test_location(test_location=test_location, snapshot_location=snapshot_location)


_DIGITS: Final = 16
_LONGEST: Final = 255 - len(".cql")
"""The most bytes of a file name."""

_DIGESTS: Final = re.compile(r"~([0-9a-f]{8})[0-9a-f]{8}$")
_NAMES: Final = pytest.StashKey[dict[str, str]]()


def _digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()[: _DIGITS // 2]


def _full_name(test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
    return AbstractSyrupyExtension.get_snapshot_name(test_location=test_location, index=index)


def _is_shared(test_location: PyTestLocation, full: str) -> bool:
    """Whether another test, or another snapshot of this one, could have the same file."""
    chain = test_location.item.listchain()
    alike = any(
        node.name in parent.stash.get(ALIKE, ()) and node.name != folded(node.name) for parent, node in pairwise(chain)
    )
    # The snapshots of a test are unknown before it runs: the first one requested gets the plain name.
    names = test_location.item.stash.setdefault(_NAMES, {})
    return alike or "][" in test_location.testname or names.setdefault(folded(full), full) != full


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
        """The same snapshot, with other options for the next comparison."""
        super().__call__(**options)
        self._exact = exact
        return self

    def __eq__(self, other: object) -> bool:
        exact, self._exact = self._exact, False
        window = (self.started, real_now()) if self.started is not None else None
        return super().__eq__(snapshot_text(other, exact=exact, window=window))

    __hash__ = None  # type: ignore[assignment]


def cql_snapshot(base: SnapshotAssertion, started: datetime) -> CqlSnapshot:
    """The snapshot of a test that began at ``started``, based on the one that syrupy made for it."""
    options: dict[str, Any] = {field.name: getattr(base, field.name) for field in fields(base) if field.init}
    options["extension_class"] = CqlSnapshotExtension
    return CqlSnapshot(**options, started=started)
