"""A sync connection in the module's keyspace, and names that no other test has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from uuid import uuid4

import pytest
from cassandra.cluster import Session

from coodie.sync import close, init_coodie


@pytest.fixture
def connection(session: Session, keyspace: str) -> Iterator[str]:
    """coodie on the run's session; gives the keyspace."""
    init_coodie(session=session, keyspace=keyspace)
    yield keyspace
    close()


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """`fresh("t")`: a name that begins so."""
    numbers, run = count(), uuid4().hex[:8]
    return lambda prefix: f"{prefix}_{run}_{next(numbers)}"
