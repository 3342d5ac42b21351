"""Preparing a text without waiting for it.

The vendor's ``prepare()`` blocks: a thread for each text that a hanging server is asked about, and its own wait for all
hosts. Here a text is sent like any other request, by the public hook that `statements.install` uses, and the answer is
taken where it comes.
"""

from __future__ import annotations

import re
from concurrent.futures import Future
from contextlib import suppress
from inspect import signature
from time import monotonic
from typing import Any, Final
from weakref import WeakValueDictionary

from coodie.drivers.cassandra.prepared import Prepared, PreparedCache
from coodie.drivers.cassandra.statements import Preparing, RequestPolicy, preparing_statement
from coodie.drivers.cassandra.vendor import PreparedStatement, ProtocolVersion

_ALL_COLUMNS: Final = re.compile(r"\s*SELECT\s+(JSON\s+|DISTINCT\s+)*\*", re.IGNORECASE)
# scylla-driver asks for more
_TELLS_CONDITIONS: Final = "is_lwt" in signature(PreparedStatement.from_message).parameters


class Budget:
    """The time of one call that has to prepare first, and how often it has.

    ``seconds`` is what the call may take from ``started`` on, by the clock of `monotonic`; None is what the vendor
    gives a request, until that is known.
    """

    __slots__ = ("anew", "seconds", "started")

    def __init__(self, seconds: float | None, started: float) -> None:
        self.seconds = seconds
        self.started = started
        self.anew = 0

    def left(self) -> float | None:
        """How many seconds are left, perhaps none; None where nobody has set a time."""
        return None if self.seconds is None else self.started + self.seconds - monotonic()


class Preparer:
    """Asks the server to prepare, each text once at a time however many want it, and keeps the answers in the cache.

    ``known`` gets each answer by its id as well.
    """

    def __init__(
        self,
        session: Any,
        cache: PreparedCache,
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

    def ask(self, cql: str, seconds: float | None) -> Future[Prepared]:
        """The future of this text; the first who wants it has it sent.

        It is given ``seconds``, but no less than a usual request, so that it serves others too. Never waits.
        """
        future, first = self._cache.join(cql)
        if first:
            try:
                self._send(preparing_statement(cql, self._keyspace, self._policy), seconds, future)
            except BaseException as error:  # noqa: BLE001 - it goes to all who wait
                self._cache.fail(cql, future, error)
        return future

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
                    # A host that does not get to know it now is told when it is first asked to execute it.
                    with suppress(Exception):
                        self._session.execute_async(statement, host=host, **options)

    def _answered(self, answer: Any, cql: str, made_in: str | None, future: Future[Prepared]) -> None:
        # in the vendor's thread, where nothing may be raised
        try:
            vendor = self._statement(answer, cql)
            self._session.cluster.add_prepared(vendor.query_id, vendor)
            self._known[vendor.query_id] = ready = Prepared(vendor, made_in)
        except BaseException as error:  # noqa: BLE001
            self._cache.fail(cql, future, error)
        else:
            self._cache.keep(cql, future, ready)

    def _failed(self, error: BaseException, cql: str, future: Future[Prepared]) -> None:
        self._cache.fail(cql, future, error)

    def _statement(self, answer: Any, cql: str) -> Any:
        cluster, columns = self._session.cluster, answer.column_metadata
        if _ALL_COLUMNS.match(cql) and not ProtocolVersion.uses_prepared_metadata(cluster.protocol_version):
            # before v5 nobody tells when a column was added, and cells would be read as their neighbours
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
