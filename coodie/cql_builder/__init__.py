"""Builds CQL from plain names and values: pure functions that return ``(cql, params)``, or just a text for DDL.

Names are quoted where necessary, and values are always bound. The results can be passed to ``batch.add(*...)`` and
``execute_raw(*...)``, DDL to ``execute_raw(...)``.

.. code-block:: python

    from coodie.cql_builder import build_select

    cql, params = build_select("users", "shop", ["id", "email"], {"id": 7, "age__gte": 18}, limit=10)
    assert cql == "SELECT id, email FROM shop.users WHERE id = ? AND age >= ? LIMIT ?"
    assert params == [7, 18, 10]

In ``where`` and ``if_conditions``, a name may end in ``__gt``, ``__gte``, ``__lt``, ``__lte``, ``__ne``, ``__in``,
``__contains``, ``__contains_key``, ``__like`` or ``__entry``; ``__in`` takes a list, ``__entry`` a pair of key and
value. In ``sets``, it may end in ``__append``, ``__prepend``, ``__add``, ``__update``, ``__remove``, ``__put`` (a pair
of key and value) or ``__set`` (a pair of index and value). Any other name is taken as the name of a column.

Each function raises `InvalidQueryError` for an invalid name, for an argument of the wrong kind, and for a statement
that would be incomplete.
"""

from __future__ import annotations

from coodie.cql_builder.data import (
    build_batch,
    build_count,
    build_counter_update,
    build_delete,
    build_insert,
    build_insert_json,
    build_select,
    build_update,
)
from coodie.cql_builder.schema import (
    build_alter_keyspace,
    build_create_index,
    build_create_keyspace,
    build_create_materialized_view,
    build_create_table,
    build_create_type,
    build_drop_index,
    build_drop_keyspace,
    build_drop_materialized_view,
    build_drop_table,
    build_drop_type,
    build_truncate,
)

__all__ = [
    "build_alter_keyspace",
    "build_batch",
    "build_count",
    "build_counter_update",
    "build_create_index",
    "build_create_keyspace",
    "build_create_materialized_view",
    "build_create_table",
    "build_create_type",
    "build_delete",
    "build_drop_index",
    "build_drop_keyspace",
    "build_drop_materialized_view",
    "build_drop_table",
    "build_drop_type",
    "build_insert",
    "build_insert_json",
    "build_select",
    "build_truncate",
    "build_update",
]
