"""Questions to ``system_schema``, and what their answers say."""

from __future__ import annotations

from coodie.cql.message import Kind, Mark, Page, Statement
from coodie.cql.types import TEXT, parse_type
from coodie.tables.table import Column, ColumnKind


def columns_question(keyspace: str, table: str) -> Statement:
    """Which columns does the table have? No rows: there is no such table."""
    return Statement(
        "SELECT column_name, type, kind, clustering_order FROM system_schema.columns "
        "WHERE keyspace_name = ? AND table_name = ?",
        (keyspace, table),
        (Mark("keyspace_name", TEXT), Mark("table_name", TEXT)),
        Kind.READ,
        True,
    )


def found_columns(page: Page) -> list[Column]:
    """The columns that the answer to `columns_question` tells of."""
    return [
        Column(name, parse_type(cql_type), ColumnKind(kind), order == "desc")
        for name, cql_type, kind, order in page.rows
    ]
