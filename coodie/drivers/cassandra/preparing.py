"""Prepares texts without blocking.

The vendor's ``prepare()`` blocks: it would tie up a thread for each text while a server hangs, and then waits for all
hosts as well. Here a text is sent like any other request, through the public hook that `statements.install` uses, and
the answer is handled in a callback.
"""

from __future__ import annotations

import re
from concurrent.futures import Future
from contextlib import suppress
from inspect import signature
from typing import Any, Final
from weakref import WeakValueDictionary

from coodie.drivers.cassandra.prepared import Prepared
from coodie.drivers.cassandra.statements import Preparing, RequestPolicy, preparing_statement
from coodie.drivers.cassandra.vendor import PreparedStatement, ProtocolVersion
from coodie.drivers.shared.prepared_cache import PreparedCache

_ALL_COLUMNS: Final = re.compile(r"\s*SELECT\s+(JSON\s+|DISTINCT\s+)*\*", re.IGNORECASE)
# scylla-driver takes additional arguments
_TELLS_CONDITIONS: Final = "is_lwt" in signature(PreparedStatement.from_message).parameters


class Preparer:
    """Has the server prepare texts, each only once at a time, and stores the results in the cache.

    Each result is also stored by its id in ``known``.
    """

    def __init__(
        self,
        session: Any,
        cache: PreparedCache[Prepared],
        keyspace: str | None,
        profile: Any,
        known: WeakValueDictionary[bytes, Prepared],
        policy: RequestPolicy,
    ) -> None:
        self._session = session
        self._cache = cache
        self._keyspace = keyspace
        self._profile = profile
        self._known = known
        self._policy = policy
        self.usual: float | None = None
        """The seconds that the vendor gives a request, None as long as they are not known."""

    def ask(self, cql: str, seconds: float | None) -> tuple[Future[Prepared], bool]:
        """The future of a text, and whether this call sent it: only the first caller does.

        The preparation may take ``seconds``, but never less than a normal request, since other callers may join it.
        """
        future, first = self._cache.join(cql)
        if first:
            try:
                self._send(preparing_statement(cql, self._keyspace, self._policy), seconds, future)
            except BaseException as error:  # noqa: BLE001 - it goes to all who wait
                self._cache.fail(cql, future, error)
        return future, first

    def _send(self, statement: Preparing, seconds: float | None, future: Future[Prepared]) -> None:
        options: dict[str, Any] = {"execution_profile": self._profile}
        longer = seconds is not None and self.usual is not None and seconds > self.usual
        made_in = self._session.keyspace
        response = self._session.execute_async(statement, **options, **({"timeout": seconds} if longer else {}))
        if not longer:
            self.usual = response.timeout
        response.add_callback(self._answered, statement.query_string, made_in, future)
        response.add_errback(self._failed, statement.query_string, future)
        if self._session.cluster.prepare_on_all_hosts:
            for host in self._session.get_pool_state():
                if host.is_up and host not in response.attempted_hosts:
                    # Hosts that miss this preparation get it when they first have to execute the statement.
                    with suppress(Exception):
                        self._session.execute_async(statement, host=host, **options)

    def _answered(self, answer: Any, cql: str, made_in: str | None, future: Future[Prepared]) -> None:
        # this runs in the vendor's thread, where nothing may be raised
        try:
            vendor = self._statement(answer, cql)
            self._session.cluster.add_prepared(vendor.query_id, vendor)
            self._known[vendor.query_id] = ready = Prepared(vendor, made_in, self._policy.handler)
        except BaseException as error:  # noqa: BLE001
            self._cache.fail(cql, future, error)
        else:
            self._cache.keep(cql, future, ready)

    def _failed(self, error: BaseException, cql: str, future: Future[Prepared]) -> None:
        self._cache.fail(cql, future, error)

    def _statement(self, answer: Any, cql: str) -> Any:
        cluster, columns = self._session.cluster, answer.column_metadata
        if _ALL_COLUMNS.match(cql) and not ProtocolVersion.uses_prepared_metadata(cluster.protocol_version):
            # before v5 the server does not report added columns, and cells would be read as those of other columns
            columns = None
        return PreparedStatement.from_message(
            answer.query_id,
            answer.bind_metadata,
            answer.pk_indexes,
            cluster.metadata,
            cql,
            self._keyspace,
            cluster.protocol_version,
            columns,
            answer.result_metadata_id,
            **({"is_lwt": answer.is_lwt} if _TELLS_CONDITIONS else {}),
            column_encryption_policy=getattr(cluster, "column_encryption_policy", None),
        )
