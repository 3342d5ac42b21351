"""Schemas as values: the one that models want, the one that a cluster has, and the changes between the two.

.. code-block:: python

    from coodie import read_schema
    from coodie.schema import Schema, diff

    found = await read_schema("shop") or Schema("shop")
    for change in diff(Schema("shop"), found):
        print(change.danger, change.statements, change.why)
"""

from __future__ import annotations

from coodie.aio.database import read_schema, sync_all, sync_type, verify_all, verify_keyspace
from coodie.mapping.schema import schema_of, table_of
from coodie.mapping.views import view_of
from coodie.tables.change import Change, Danger, Side, described
from coodie.tables.ddl import statements
from coodie.tables.diff import diff, keyspace_changes
from coodie.tables.options import TableOptions
from coodie.tables.table import Column, ColumnKind, Index, Keyspace, Schema, Table, UserType, View

__all__ = [
    "Change",
    "Column",
    "ColumnKind",
    "Danger",
    "Index",
    "Keyspace",
    "Schema",
    "Side",
    "Table",
    "TableOptions",
    "UserType",
    "View",
    "described",
    "diff",
    "keyspace_changes",
    "read_schema",
    "schema_of",
    "statements",
    "sync_all",
    "sync_type",
    "table_of",
    "verify_all",
    "verify_keyspace",
    "view_of",
]
