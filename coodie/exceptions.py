"""Every error that coodie raises, as one tree.

::

    CoodieError
    ├── ConfigurationError        no such connection, or its driver cannot serve the API; before sending
    ├── InvalidQueryError         unknown column, missing key, a batch that breaks a rule; before sending
    │   ├── ModelError            this class cannot be a table; when the class is created
    │   └── InvalidPageToken      a sealed page token that is forged, expired, or of another query
    ├── NotSupportedByDriver      the driver cannot do what the request needs; before sending
    ├── DocumentNotFound          ``get()`` or ``one()`` found no row
    ├── MultipleDocumentsFound    ``get()`` or ``one()`` found more than one row
    ├── FieldNotLoaded            a field was read that the query did not load
    ├── DecodeError               a row does not fit the model
    ├── SchemaMismatch            a table differs from its model
    ├── ConditionNotMet           ``LWTResult.raise_if_lost()``; carries the existing row
    │   └── VersionConflict       a document was not written, since its row has another version
    ├── BulkWriteError            ``Report.raise_if_failed()``; carries the report
    ├── DriverError               after sending; carries ``.request``, the vendor's error is ``__cause__``
    │   ├── RequestRejected       syntax, schema, permission, configuration: do not retry
    │   ├── Unavailable           not enough replicas, or no host, could be reached
    │   ├── Overloaded            the coordinator is shedding load or still starting
    │   ├── ServerFailure         a replica or a function failed
    │   ├── Timeout               a read, or a write that is known not to have happened
    │   ├── OutcomeUnknown        a write, a batch or a condition that may or may not have happened
    │   └── SchemaDisagreement    the nodes did not agree on a schema in time
    └── MigrationError            a migration cannot be read, planned or applied; nothing was changed
        ├── MigrationFailed       a migration stopped half way; the next ``up()`` goes on from there
        ├── MigrationLocked       another run holds the lock
        └── LockLost              this run lost the lock, and stopped before its next statement

    UserWarning
    ├── BatchWarning              a batch that is allowed, but puts a heavy load on the cluster, or is not what it seems
    └── QueryWarning              a query that is allowed, but involves every node

The errors above ``DriverError`` are raised before anything is sent, or while an answer is read. A ``DriverError`` means
that a request failed. Messages contain the texts of requests, but bound values only for a connection that was opened
with ``log_values=True``.
"""

from __future__ import annotations

from coodie._errors import (
    BatchWarning,
    BulkWriteError,
    ConditionNotMet,
    ConfigurationError,
    CoodieError,
    DecodeError,
    DocumentNotFound,
    FieldNotLoaded,
    InvalidPageToken,
    InvalidQueryError,
    LockLost,
    MigrationError,
    MigrationFailed,
    MigrationLocked,
    ModelError,
    MultipleDocumentsFound,
    QueryWarning,
    VersionConflict,
)
from coodie.drivers.errors import (
    DriverError,
    NotSupportedByDriver,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
    SchemaDisagreement,
    ServerFailure,
    Timeout,
    Unavailable,
)
from coodie.tables.change import (
    SchemaMismatch,
)

__all__ = [
    "BatchWarning",
    "BulkWriteError",
    "ConditionNotMet",
    "ConfigurationError",
    "CoodieError",
    "DecodeError",
    "DocumentNotFound",
    "DriverError",
    "FieldNotLoaded",
    "InvalidPageToken",
    "InvalidQueryError",
    "LockLost",
    "MigrationError",
    "MigrationFailed",
    "MigrationLocked",
    "ModelError",
    "MultipleDocumentsFound",
    "NotSupportedByDriver",
    "OutcomeUnknown",
    "Overloaded",
    "QueryWarning",
    "RequestRejected",
    "SchemaDisagreement",
    "SchemaMismatch",
    "ServerFailure",
    "Timeout",
    "Unavailable",
    "VersionConflict",
]
