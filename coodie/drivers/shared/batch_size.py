"""The limit of the protocol on batches."""

from __future__ import annotations

from typing import Final

from coodie._errors import InvalidQueryError
from coodie.cql.message import Batch

_MOST_STATEMENTS: Final = 0xFFFF


def check_size(request: Batch) -> None:
    """Raise `InvalidQueryError` for a batch of more statements than the protocol can count."""
    if len(request.statements) > _MOST_STATEMENTS:
        raise InvalidQueryError(
            f"a batch holds {_MOST_STATEMENTS} statements at most, not {len(request.statements)}; send several"
        )
