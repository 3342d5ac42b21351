"""Detects calls of the async API that were never awaited: they send nothing, and a test would pass without noticing."""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from types import CoroutineType
from typing import Any
from unittest.mock import patch

from coodie._warn import is_own
from coodie.testing.errors import MissingAwait


@contextmanager
def missing_awaits() -> Generator[list[MissingAwait]]:
    """Yields the list of errors for coodie's coroutines that were dropped in the block without an ``await``.

    These replace Python's warnings; coroutines of others are still warned about.
    """
    missing: list[MissingAwait] = []
    warn = warnings._warn_unawaited_coroutine  # type: ignore[attr-defined] # noqa: SLF001 - what the interpreter calls

    def note(coroutine: CoroutineType[Any, Any, Any]) -> None:
        if is_own(coroutine.cr_code):
            missing.append(_missing(coroutine))
        else:
            warn(coroutine)

    depth = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(max(depth, 1))  # so that each coroutine records where it was created
    try:
        with patch.object(warnings, "_warn_unawaited_coroutine", note):
            yield missing
            gc.collect(1)  # collects coroutines in frames that an exception refers to
    finally:
        sys.set_coroutine_origin_tracking_depth(depth)


def _missing(coroutine: CoroutineType[Any, Any, Any]) -> MissingAwait:
    origin = coroutine.cr_origin
    where = f" at {origin[0][0]}:{origin[0][1]}, in {origin[0][2]}()," if origin else ""
    return MissingAwait(
        f"{coroutine.__name__}() was called{where} and never awaited, so it did nothing: write `await` before it, or "
        "allow it with @pytest.mark.coodie(unawaited='ignore')"
    )
