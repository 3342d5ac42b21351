"""Every name of acsylla that coodie uses, typed as Any, since the vendor's types say less than its code does.

All are public. ``VERSION`` is named in the messages about what this driver cannot do.
"""

# pyright: basic

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

import acsylla
from acsylla import errors

VERSION: Final = version("acsylla")

Consistency: Final[Any] = acsylla.Consistency
create_batch_counter: Final[Any] = acsylla.create_batch_counter
create_batch_logged: Final[Any] = acsylla.create_batch_logged
create_batch_unlogged: Final[Any] = acsylla.create_batch_unlogged
create_cluster: Final[Any] = acsylla.create_cluster
create_statement: Final[Any] = acsylla.create_statement

CassException: Final[Any] = errors.CassException
SourceLib: Final[Any] = errors.CassErrorSourceLib
SourceServer: Final[Any] = errors.CassErrorSourceServer
SourceSsl: Final[Any] = errors.CassErrorSourceSsl

NoHostsAvailable: Final[Any] = errors.CassErrorLibNoHostsAvailable
NoStreams: Final[Any] = errors.CassErrorLibNoStreams
RequestQueueFull: Final[Any] = errors.CassErrorLibRequestQueueFull
RequestTimedOut: Final[Any] = errors.CassErrorLibRequestTimedOut
UnableToSetKeyspace: Final[Any] = errors.CassErrorLibUnableToSetKeyspace

AlreadyExists: Final[Any] = errors.CassErrorServerAlreadyExists
BadCredentials: Final[Any] = errors.CassErrorServerBadCredentials
ConfigError: Final[Any] = errors.CassErrorServerConfigError
FunctionFailure: Final[Any] = errors.CassErrorServerFunctionFailure
InvalidQuery: Final[Any] = errors.CassErrorServerInvalidQuery
IsBootstrapping: Final[Any] = errors.CassErrorServerIsBootstrapping
Overloaded: Final[Any] = errors.CassErrorServerOverloaded
ProtocolError: Final[Any] = errors.CassErrorServerProtocolError
ReadFailure: Final[Any] = errors.CassErrorServerReadFailure
ReadTimeout: Final[Any] = errors.CassErrorServerReadTimeout
ServerError: Final[Any] = errors.CassErrorServerServerError
SyntaxError_: Final[Any] = errors.CassErrorServerSyntaxError
TruncateError: Final[Any] = errors.CassErrorServerTruncateError
Unauthorized: Final[Any] = errors.CassErrorServerUnauthorized
Unavailable: Final[Any] = errors.CassErrorServerUnavailable
WriteFailure: Final[Any] = errors.CassErrorServerWriteFailure
WriteTimeout: Final[Any] = errors.CassErrorServerWriteTimeout
