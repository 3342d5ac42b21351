"""The pairs of the guide for those who come from cqlengine: both do the same to the same tables, on one session."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cassandra.cluster import Session
from cassandra.cqlengine import connection as connections
from cassandra.cqlengine import models

from coodie.sync import close, init_coodie, read_schema, verify_all

from .conftest import Look

PAIRS = Path(__file__).parent.parent / "docs/examples/cqlengine"
NAMES = ("saving objects updating conditions batches types time_zones widths counters expiring deleting").split()


def program(name: str) -> ModuleType:
    spec = spec_from_file_location(name, PAIRS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


THEIRS, OURS = program("theirs"), program("ours")


@pytest.fixture
def both(vendor_session: Session, keyspace: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One session, for both mappers. cqlengine changes it: it makes the rows of its own answers dictionaries."""
    monkeypatch.setenv("CQLENG_ALLOW_SCHEMA_MANAGEMENT", "1")
    monkeypatch.setattr(models, "DEFAULT_KEYSPACE", keyspace)
    connections.register_connection("pairs", session=vendor_session, default=True)
    init_coodie(session=vendor_session, keyspace=keyspace)
    yield
    close()
    connections.unregister_connection("pairs")


def content(look: Look) -> list[Any]:
    """What is in the tables, seen without either of them; of a TTL only that there is one."""
    columns = "town, name, age, mail, tags, home, seen, score, ttl(age)"
    people = look(f"SELECT {columns} FROM {{}}.people")
    visits = look("SELECT page, views FROM {}.visits")
    return [sorted((*map(repr, row[:-1]), row[-1] is None) for row in people), sorted(visits)]


def naive(value: Any) -> Any:
    """The moments of an answer as cqlengine gives them."""
    if isinstance(value, (list, tuple)):
        return [naive(each) for each in value]
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(timezone.utc).replace(tzinfo=None)
    return value


def told(value: Any) -> str:
    if isinstance(value, (set, frozenset)) or type(value).__name__ == "SortedSet":
        return repr(sorted(value))
    return repr([told(each) for each in value]) if isinstance(value, (list, tuple)) else repr(value)


def test_each_mapper_wants_the_tables_that_the_other_one_makes(both: None, keyspace: str) -> None:
    THEIRS.tables()
    verify_all(OURS.Person, OURS.Visits, exact=True)
    made = read_schema(keyspace)
    for model in (OURS.Person, OURS.Visits):
        model.drop_table()
    OURS.tables()
    THEIRS.tables()
    assert read_schema(keyspace) == made


@pytest.mark.parametrize("name", NAMES)
def test_both_mappers_do_the_same(both: None, look: Look, name: str) -> None:
    THEIRS.tables()
    found = []
    for mapper in (THEIRS, OURS):
        for model in (OURS.Person, OURS.Visits):
            model.truncate()
        answer = getattr(mapper, name)()
        found.append((told(naive(answer)), content(look)))
    theirs, ours = found
    assert theirs == ours
    assert any(ours[1])


def test_every_function_is_a_pair() -> None:
    for mapper in (THEIRS, OURS):
        functions = [name for name, each in vars(mapper).items() if getattr(each, "__module__", "") == mapper.__name__]
        assert [name for name in functions if name.islower()] == ["tables", *NAMES]
