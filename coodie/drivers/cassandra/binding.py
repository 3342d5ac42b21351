"""From a request to the vendor's statement: what must be prepared first, and what goes as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from coodie._errors import InvalidQueryError
from coodie.cql.message import Batch, Kind, Request, Statement
from coodie.drivers.cassandra.prepared import Prepared, PreparedCache, Stale
from coodie.drivers.cassandra.statements import RequestPolicy, batch_statement, bound_statement, simple_statement

_DML: Final = frozenset(("SELECT", "INSERT", "UPDATE", "DELETE"))


def is_prepared(request: Statement) -> bool:
    """Whether this text is prepared: one with values, and DML without; never DDL, ``USE``, ``TRUNCATE``, ``GRANT``."""
    if request.kind is Kind.SCHEMA:
        return False
    return bool(request.values) or request.cql[:12].lstrip()[:6].upper() in _DML


class StatementBinder:
    """Makes the vendor's statements. ``session`` is asked only for its keyspace, which ``USE`` may change."""

    def __init__(self, session: Any, cache: PreparedCache, keyspace: str | None, policy: RequestPolicy) -> None:
        self._session = session
        self._cache = cache
        self._keyspace = keyspace
        self._policy = policy

    def at_once(self, request: Request) -> Any:
        """The statement if all that it needs is prepared, else None. Never waits."""
        try:
            if isinstance(request, Statement):
                prepared = self._known(request.cql)
                if prepared is not None:
                    return bound_statement(request, prepared, self._policy)
                return None if is_prepared(request) else self._simple(request)
            found = self._all_known(request)
            return None if found is None else batch_statement(request, found, self._policy)
        except Stale:
            for cql in self.texts(request):
                self._cache.drop(cql)
            return None

    def make(self, request: Request, found: Mapping[str, Prepared]) -> Any:
        """The statement, from what was prepared just now: by text, all of `texts`."""
        try:
            if isinstance(request, Statement):
                return bound_statement(request, found[request.cql], self._policy)
            return batch_statement(request, found, self._policy)
        except Stale as error:
            raise InvalidQueryError(str(error)) from None

    def texts(self, request: Request) -> Iterable[str]:
        """The texts that must be prepared, each once."""
        if isinstance(request, Statement):
            return (request.cql,)
        return dict.fromkeys(statement.cql for statement in request.statements)

    def to_prepare(self, request: Request) -> Iterable[str]:
        """`texts`, each checked; raises `InvalidQueryError` for one that has no bytes."""
        texts = self.texts(request)
        for cql in texts:
            _check_text(cql)
        return texts

    def _simple(self, request: Statement) -> Any:
        if request.values:
            raise InvalidQueryError(f"a schema statement takes no values\n  {request.cql}")
        _check_text(request.cql)
        return simple_statement(request, self._keyspace, self._policy)

    def _known(self, cql: str) -> Prepared | None:
        prepared = self._cache.get(cql)
        # an unqualified text means another table after USE
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


def _check_text(cql: str) -> None:
    try:
        cql.encode()
    except UnicodeEncodeError as error:
        found = ascii(cql[error.start])
        shown = cql.encode(errors="backslashreplace").decode()
        raise InvalidQueryError(
            f"the statement cannot be sent: {found} at {error.start} is half of a character, a surrogate\n  {shown}"
        ) from None
