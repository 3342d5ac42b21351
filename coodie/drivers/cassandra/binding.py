"""Turns requests into statements of the vendor: prepared ones with bound values, and plain texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from coodie._errors import InvalidQueryError
from coodie.cql.message import Batch, Request, Statement
from coodie.drivers.cassandra.prepared import Prepared, Stale
from coodie.drivers.cassandra.statements import RequestPolicy, batch_statement, bound_statement, simple_statement
from coodie.drivers.shared.prepared_cache import PreparedCache, check_text, is_prepared, texts_of


class StatementBinder:
    """Makes the vendor's statements. ``session`` is read only for its keyspace, which ``USE`` may change."""

    def __init__(
        self, session: Any, cache: PreparedCache[Prepared], keyspace: str | None, policy: RequestPolicy
    ) -> None:
        self._session = session
        self._cache = cache
        self._keyspace = keyspace
        self._policy = policy

    def at_once(self, request: Request) -> Any:
        """The statement if everything that it needs is already prepared, else None. Never waits."""
        try:
            if isinstance(request, Statement):
                prepared = self._known(request.cql)
                if prepared is not None:
                    return bound_statement(request, prepared, self._policy)
                return None if is_prepared(request) else self._simple(request)
            found = self._all_known(request)
            return None if found is None else batch_statement(request, found, self._policy)
        except Stale:
            for cql in texts_of(request):
                self._cache.drop(cql)
            return None

    def make(self, request: Request, found: Mapping[str, Prepared]) -> Any:
        """The statement, made with ``found``: the prepared statements, by text, for all of `to_prepare`."""
        try:
            if isinstance(request, Statement):
                return bound_statement(request, found[request.cql], self._policy)
            return batch_statement(request, found, self._policy)
        except Stale as error:
            raise InvalidQueryError(str(error)) from None

    def to_prepare(self, request: Request) -> Iterable[str]:
        """The texts that must be prepared. Raises `InvalidQueryError` for one that cannot be encoded as UTF-8."""
        texts = texts_of(request)
        for cql in texts:
            check_text(cql)
        return texts

    def _simple(self, request: Statement) -> Any:
        if request.values:
            raise InvalidQueryError(f"a schema statement takes no values\n  {request.cql}")
        check_text(request.cql)
        return simple_statement(request, self._keyspace, self._policy)

    def _known(self, cql: str) -> Prepared | None:
        prepared = self._cache.get(cql)
        # After USE, an unqualified text means a table in another keyspace.
        if prepared is not None and (prepared.stale or prepared.made_in != self._session.keyspace):
            self._cache.drop(cql)
            return None
        return prepared

    def _all_known(self, request: Batch) -> dict[str, Prepared] | None:
        found: dict[str, Prepared] = {}
        for statement in request.statements:
            if statement.cql not in found:
                prepared = self._known(statement.cql)
                if prepared is None:
                    return None
                found[statement.cql] = prepared
        return found
