"""Migrations of a keyspace as values: files, the history, plans and reports.

``coodie.aio.Migrations`` and ``coodie.sync.Migrations`` apply them.
"""

from __future__ import annotations

from coodie.migrations.checking import Check
from coodie.migrations.entry import Entry, State
from coodie.migrations.events import Done, Event, Happening, Report
from coodie.migrations.folder import load
from coodie.migrations.lint.finding import Finding, Severity
from coodie.migrations.lock import Holder
from coodie.migrations.migration import FileStatement, Kind, Migration
from coodie.migrations.operations import Operations
from coodie.migrations.planning import Plan, Step
from coodie.migrations.status import Condition, Status
from coodie.migrations.writing import Draft

__all__ = [
    "Check",
    "Condition",
    "Done",
    "Draft",
    "Entry",
    "Event",
    "FileStatement",
    "Finding",
    "Happening",
    "Holder",
    "Kind",
    "Migration",
    "Operations",
    "Plan",
    "Report",
    "Severity",
    "State",
    "Status",
    "Step",
    "load",
]
