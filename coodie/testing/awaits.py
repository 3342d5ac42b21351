"""Calls of the async door that nobody waited for: they send nothing, and without help a test that makes one passes."""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import CoroutineType
from typing import Any, Final
from unittest.mock import patch

from coodie.testing.errors import MissingAwait

_PACKAGE: Final = str(Path(__file__).parents[1])


@contextmanager
def missing_awaits() -> Generator[list[MissingAwait]]:
    """Gives the list of coodie's coroutines that were dropped in the block without an ``await``, as errors.

    Python warns of each; of those of others it still does.
    """
    missing: list[MissingAwait] = []
    warn = warnings._warn_unawaited_coroutine  # type: ignore[attr-defined] # noqa: SLF001 - what the interpreter calls

    def note(coroutine: CoroutineType[Any, Any, Any]) -> None:
        if coroutine.cr_code.co_filename.startswith(_PACKAGE):
            missing.append(_missing(coroutine))
        else:
            warn(coroutine)

    depth = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(max(depth, 1))  # so that each knows where it was made
    try:
        with patch.object(warnings, "_warn_unawaited_coroutine", note):
            yield missing
            gc.collect(1)  # what a test left in a frame that an exception refers to
    finally:
        sys.set_coroutine_origin_tracking_depth(depth)


def _missing(coroutine: CoroutineType[Any, Any, Any]) -> MissingAwait:
    origin = coroutine.cr_origin
    where = f" at {origin[0][0]}:{origin[0][1]}, in {origin[0][2]}()," if origin else ""
    return MissingAwait(
        f"{coroutine.__name__}() was called{where} and never awaited, so it did nothing: write `await` before it, or "
        "allow it with @pytest.mark.coodie(unawaited='ignore')"
    )
