"""Tools for testing application code without a database, and for snapshots of what it sends.

Names are resolved on first use: pytest imports this package in every project that has coodie installed, and must not
load Pydantic or a driver for that. Only tests import from here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from coodie.testing import contract, faults
    from coodie.testing.awaits import missing_awaits
    from coodie.testing.clock import Clock
    from coodie.testing.counting import assert_cql_count
    from coodie.testing.errors import ImpossibleReply, MissingAwait, NetworkRefused, UnexpectedCall, UnusedReply
    from coodie.testing.matchers import ANY, Approx, Where
    from coodie.testing.memory.driver import MemoryDriver
    from coodie.testing.memory.errors.base import NotSupportedByMemoryDriver
    from coodie.testing.network import network_refused
    from coodie.testing.recording import RecordingDriver
    from coodie.testing.text import snapshot_text

__all__ = [
    "ANY",
    "Approx",
    "Clock",
    "ImpossibleReply",
    "MemoryDriver",
    "MissingAwait",
    "NetworkRefused",
    "NotSupportedByMemoryDriver",
    "RecordingDriver",
    "UnexpectedCall",
    "UnusedReply",
    "Where",
    "assert_cql_count",
    "contract",
    "faults",
    "missing_awaits",
    "network_refused",
    "snapshot_text",
]

_HOMES: Final = {
    "ANY": "matchers",
    "Approx": "matchers",
    "Clock": "clock",
    "ImpossibleReply": "errors",
    "MemoryDriver": "memory.driver",
    "MissingAwait": "errors",
    "NetworkRefused": "errors",
    "NotSupportedByMemoryDriver": "memory.errors.base",
    "RecordingDriver": "recording",
    "UnexpectedCall": "errors",
    "UnusedReply": "errors",
    "Where": "matchers",
    "assert_cql_count": "counting",
    "contract": "contract",
    "faults": "faults",
    "missing_awaits": "awaits",
    "network_refused": "network",
    "snapshot_text": "text",
}

if not TYPE_CHECKING:  # for checkers a module with such a function has every name, misspelt ones too

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = import_module(f"{__name__}.{_HOMES[name]}")
        value = home if name == _HOMES[name] else getattr(home, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
