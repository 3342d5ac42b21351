"""Pydantic models as tables of Apache Cassandra and ScyllaDB.

The names here are those of the async door, and what both doors share; the sync door is ``coodie.sync``. Each is
loaded when it is first used, so that ``import coodie`` by itself loads neither Pydantic nor a driver.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coodie.aio import (
        AsyncBatchQuery,
        CounterDocument,
        Document,
        QuerySet,
        close,
        create_keyspace,
        drop_keyspace,
        execute_raw,
        init_coodie,
    )
    from coodie.batch import (
        BatchQuery,
        BatchWarning,
    )
    from coodie.exceptions import (
        ConditionNotMet,
        ConfigurationError,
        CoodieError,
        DecodeError,
        DocumentNotFound,
        DriverError,
        FieldNotLoaded,
        InvalidQueryError,
        MigrationError,
        ModelError,
        MultipleDocumentsFound,
        OutcomeUnknown,
        Overloaded,
        RequestRejected,
        SchemaDisagreement,
        SchemaMismatch,
        ServerFailure,
        Timeout,
        Unavailable,
    )
    from coodie.fields import (
        Ascii,
        BigInt,
        Blob,
        Boolean,
        ClusteringKey,
        Column,
        Counter,
        Date,
        Decimal,
        Discriminator,
        Double,
        Duration,
        Float,
        Frozen,
        Indexed,
        Inet,
        Int,
        PrimaryKey,
        SmallInt,
        Static,
        Text,
        Time,
        Timestamp,
        TimeUUID,
        TinyInt,
        VarInt,
        Vector,
        VectorIndex,
    )
    from coodie.results import (
        LWTResult,
        PagedResult,
    )
    from coodie.usertype import UserType

_HOMES = {
    "coodie.aio": (
        "AsyncBatchQuery",
        "CounterDocument",
        "Document",
        "QuerySet",
        "close",
        "create_keyspace",
        "drop_keyspace",
        "execute_raw",
        "init_coodie",
    ),
    "coodie.batch": (
        "BatchQuery",
        "BatchWarning",
    ),
    "coodie.exceptions": (
        "ConditionNotMet",
        "ConfigurationError",
        "CoodieError",
        "DecodeError",
        "DocumentNotFound",
        "DriverError",
        "FieldNotLoaded",
        "InvalidQueryError",
        "MigrationError",
        "ModelError",
        "MultipleDocumentsFound",
        "OutcomeUnknown",
        "Overloaded",
        "RequestRejected",
        "SchemaDisagreement",
        "SchemaMismatch",
        "ServerFailure",
        "Timeout",
        "Unavailable",
    ),
    "coodie.fields": (
        "Ascii",
        "BigInt",
        "Blob",
        "Boolean",
        "ClusteringKey",
        "Column",
        "Counter",
        "Date",
        "Decimal",
        "Discriminator",
        "Double",
        "Duration",
        "Float",
        "Frozen",
        "Indexed",
        "Inet",
        "Int",
        "PrimaryKey",
        "SmallInt",
        "Static",
        "Text",
        "Time",
        "TimeUUID",
        "Timestamp",
        "TinyInt",
        "VarInt",
        "Vector",
        "VectorIndex",
    ),
    "coodie.results": (
        "LWTResult",
        "PagedResult",
    ),
    "coodie.usertype": ("UserType",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Ascii",
    "AsyncBatchQuery",
    "BatchQuery",
    "BatchWarning",
    "BigInt",
    "Blob",
    "Boolean",
    "ClusteringKey",
    "Column",
    "ConditionNotMet",
    "ConfigurationError",
    "CoodieError",
    "Counter",
    "CounterDocument",
    "Date",
    "Decimal",
    "DecodeError",
    "Discriminator",
    "Document",
    "DocumentNotFound",
    "Double",
    "DriverError",
    "Duration",
    "FieldNotLoaded",
    "Float",
    "Frozen",
    "Indexed",
    "Inet",
    "Int",
    "InvalidQueryError",
    "LWTResult",
    "MigrationError",
    "ModelError",
    "MultipleDocumentsFound",
    "OutcomeUnknown",
    "Overloaded",
    "PagedResult",
    "PrimaryKey",
    "QuerySet",
    "RequestRejected",
    "SchemaDisagreement",
    "SchemaMismatch",
    "ServerFailure",
    "SmallInt",
    "Static",
    "Text",
    "Time",
    "TimeUUID",
    "Timeout",
    "Timestamp",
    "TinyInt",
    "Unavailable",
    "UserType",
    "VarInt",
    "Vector",
    "VectorIndex",
    "close",
    "create_keyspace",
    "drop_keyspace",
    "execute_raw",
    "init_coodie",
]


def __getattr__(name: str) -> Any:
    module = _HOME_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(module), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
