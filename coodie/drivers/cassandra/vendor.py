"""Every name of the vendor's driver that coodie uses, typed as Any, since the vendor ships no types.

All are public except two attributes, which ``statements`` documents where it uses them: the handler of a single
request, and the list inside a batch.
"""

# pyright: basic

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import cassandra
from cassandra import cluster, connection, cqltypes, policies, pool, protocol, query

ConsistencyLevel: Final[Any] = cassandra.ConsistencyLevel
ProtocolVersion: Final[Any] = cassandra.ProtocolVersion
WriteType: Final[Any] = cassandra.WriteType

AuthenticationFailed: Final[Any] = cassandra.AuthenticationFailed
CDCWriteFailure: Final[Any] = cassandra.CDCWriteFailure
FunctionFailure: Final[Any] = cassandra.FunctionFailure
OperationTimedOut: Final[Any] = cassandra.OperationTimedOut
ReadFailure: Final[Any] = cassandra.ReadFailure
ReadTimeout: Final[Any] = cassandra.ReadTimeout
RequestValidationException: Final[Any] = cassandra.RequestValidationException
Unavailable: Final[Any] = cassandra.Unavailable
UnresolvableContactPoints: Final[Any] = cassandra.UnresolvableContactPoints
UnsupportedOperation: Final[Any] = cassandra.UnsupportedOperation
WriteFailure: Final[Any] = cassandra.WriteFailure
WriteTimeout: Final[Any] = cassandra.WriteTimeout

EXEC_PROFILE_DEFAULT: Final[Any] = cluster.EXEC_PROFILE_DEFAULT
Cluster: Final[Any] = cluster.Cluster
ExecutionProfile: Final[Any] = cluster.ExecutionProfile
NoHostAvailable: Final[Any] = cluster.NoHostAvailable
default_lbp_factory: Final[Any] = cluster.default_lbp_factory

ConnectionBusy: Final[Any] = connection.ConnectionBusy
ConnectionException: Final[Any] = connection.ConnectionException
NoConnectionsAvailable: Final[Any] = pool.NoConnectionsAvailable

ColDesc: Final[Any] = policies.ColDesc
RetryPolicy: Final[Any] = policies.RetryPolicy

CassandraType: Final[Any] = cqltypes.CassandraType
ListType: Final[Any] = cqltypes.ListType
TupleType: Final[Any] = cqltypes.TupleType
UserType: Final[Any] = cqltypes.UserType
VectorType: Final[Any] = cqltypes.VectorType


UNSET_VALUE: Final[Any] = query.UNSET_VALUE
BatchStatement: Final[Any] = query.BatchStatement
BatchType: Final[Any] = query.BatchType
BoundStatement: Final[Any] = query.BoundStatement
PreparedStatement: Final[Any] = query.PreparedStatement
SimpleStatement: Final[Any] = query.SimpleStatement

# Messages of the protocol: answers and errors of servers, and the handler that reads them.
BatchMessage: Final[Any] = protocol.BatchMessage
ErrorMessage: Final[Any] = protocol.ErrorMessage
ExecuteMessage: Final[Any] = protocol.ExecuteMessage
RESULT_KIND_ROWS: Final[Any] = protocol.RESULT_KIND_ROWS
RESULT_KIND_VOID: Final[Any] = protocol.RESULT_KIND_VOID
PrepareMessage: Final[Any] = protocol.PrepareMessage
ProtocolHandler: Final[Any] = protocol.ProtocolHandler
ResultMessage: Final[Any] = protocol.ResultMessage
read_int: Final[Any] = protocol.read_int
read_value: Final[Any] = protocol.read_value
messages: Final[Any] = protocol

# The parts of which the vendor's compiled handler makes its reader of rows. They have public names, but no
# documentation, and a build without Cython has none of them; `text_handler` works without, too.
try:
    bytesio: Any = import_module("cassandra.bytesio")
    deserializers: Any = import_module("cassandra.deserializers")
    obj_parser: Any = import_module("cassandra.obj_parser")
    parsing: Any = import_module("cassandra.parsing")
except ImportError:  # pragma: no cover
    bytesio = deserializers = obj_parser = parsing = None
BytesIOReader: Final[Any] = getattr(bytesio, "BytesIOReader", None)
make_deserializers: Final[Any] = getattr(deserializers, "make_deserializers", None)
ListParser: Final[Any] = getattr(obj_parser, "ListParser", None)
ParseDesc: Final[Any] = getattr(parsing, "ParseDesc", None)
