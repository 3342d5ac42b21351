"""The content of snapshot files, used by the syrupy extension and available to other test frameworks.

``cql/show.py`` defines the printed form; this module adds the head.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from coodie._words import a_type
from coodie.cql.message import Batch, Statement
from coodie.cql.show import FORMAT, Shown, Window, show
from coodie.testing.arguments import a_flag, a_moment, is_a
from coodie.testing.calls import Call, entries
from coodie.testing.recording import RecordingDriver

HEAD: Final = f"-- coodie cql snapshot {FORMAT}"


def snapshot_text(data: object, *, exact: bool = False, window: Window | None = None) -> str:
    """The content of a snapshot file, for a recorder, calls or single requests. Raises TypeError for anything else.

    Unless ``exact`` is set, identities are replaced by names in order of appearance; ``window`` is the first and last
    instant of the test.
    """
    a_flag("exact", exact)
    if window is not None:
        _check_window(window)
    shown = show(_entries(data), exact=exact, window=window)
    return f"{HEAD}\n\n{shown}\n" if shown else f"{HEAD}\n"


def _check_window(window: Any) -> None:
    if not is_a(window, list, tuple) or len(window) != 2:
        raise TypeError(f"window is the first and the last instant of the test, not {a_type(window)}")
    for instant in window:
        a_moment("an end of the window", instant)


def _entries(data: object) -> Iterator[Shown]:
    if isinstance(data, RecordingDriver):
        yield from entries(data.calls)
    elif isinstance(data, Call):
        yield from entries([data])
    elif isinstance(data, (Statement, Batch)):
        yield data
    elif isinstance(data, (list, tuple)):
        for item in cast("list[object]", data):
            yield from _entries(item)
    else:
        raise TypeError(f"a snapshot takes a RecordingDriver, its calls, a Statement or a Batch, not {a_type(data)}")
