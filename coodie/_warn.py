"""Warnings that point at the user's own line, however deep inside coodie they are issued."""

from __future__ import annotations

import warnings
from inspect import currentframe
from pathlib import Path
from typing import Final

_PACKAGE: Final = str(Path(__file__).parent)


def warn(message: str, category: type[Warning]) -> None:
    """Issue a warning for the nearest line outside coodie in the call stack."""
    level = 1
    frame = currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
