# Derived by tests/derive.py: edit tests_integration/doors/aio/test_where.py,
# then run `tox -e sync`.
"""Conditions on fields of a class, and what the server makes of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated
from uuid import UUID

import pytest

from coodie import ClusteringKey, Frozen, Indexed, PrimaryKey, TimeUUID, UserType
from coodie.sync import Document, execute_raw
from coodie.types import Token
from coodie.where import (
    asc,
    contains,
    contains_key,
    desc,
    entry,
    in_,
    max_timeuuid,
    min_timeuuid,
    part,
    token,
    tuple_,
)

START = datetime(2026, 1, 2, 3, 4, 5, 123000, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


class Address(UserType):
    zip: str | None = None
    floor: int = 0


class Event(Document):
    user: Annotated[int, PrimaryKey()]
    ts: Annotated[datetime, ClusteringKey(order="DESC")]
    n: Annotated[int, ClusteringKey()]
    kind: str = ""
    tags: Annotated[set[str], Indexed()] = set()
    attrs: Annotated[dict[str, int], Indexed(target="entries")] = {}
    items: list[int] = []
    address: Address | None = None
    open: Annotated[Address | None, Frozen(False)] = None

    class Settings:
        name = "events"


class Log(Document):
    day: Annotated[int, PrimaryKey()]
    id: Annotated[UUID, TimeUUID(), ClusteringKey()]


EVENTS = [(second, n) for second in range(3) for n in range(3)]


@pytest.fixture(autouse=True)
def events(connection: None) -> None:
    Event.sync_table()
    for second, n in EVENTS:
        Event(user=1, ts=START + second * SECOND, n=n, kind=f"k{n}", tags={"all", f"t{n}"}, attrs={"n": n}).save()


def after(second: int, n: int) -> list[tuple[int, int]]:
    """The events after this one, in the order of the table: the latest first, then by number."""
    return sorted((each for each in EVENTS if each > (second, n)), key=lambda each: (-each[0], each[1]))


def found(*conditions: object) -> list[tuple[int, int]]:
    rows = Event.find(*conditions, user=1).values_list(Event.ts, Event.n).all()  # type: ignore[arg-type]
    return [((ts - START) // SECOND, n) for ts, n in rows]


def test_tuples_compare_in_turn_whatever_the_orders() -> None:
    at = (START + SECOND, 1)
    key = tuple_(Event.ts, Event.n)
    assert found(key > at) == after(1, 1)
    assert found(key == at) == [(1, 1)]
    assert set(found(key <= at)) == set(EVENTS) - set(after(1, 1))
    assert found(key >= at, tuple_(Event.ts) < (START + 2 * SECOND,)) == [(1, 1), (1, 2)]
    assert found(in_(key, [at, (START, 0), (START, 9)])) == [(1, 1), (0, 0)]
    assert found(in_(key, [])) == []


def test_single_columns_and_orders() -> None:
    assert found(Event.ts == START, Event.n > 0) == [(0, 1), (0, 2)]
    assert found(Event.ts > START + timedelta(microseconds=1)) == after(0, 2)
    assert found(in_(Event.ts, [START]), in_(Event.n, [0, 2])) == [(0, 0), (0, 2)]
    query = Event.find(Event.user == 1).order_by(asc(Event.ts), desc(Event.n))
    assert [each.n for each in query.limit(3).all()] == [2, 1, 0]
    assert (Event.get(Event.user == 1, Event.ts == START, Event.n == 2)).kind == "k2"


def test_collections_and_tokens() -> None:
    assert {n for _, n in found(contains(Event.tags, "t1"))} == {1}
    assert {n for _, n in found(entry(Event.attrs, "n") == 2)} == {2}
    assert len(Event.find(token(Event.user) >= 1).all()) >= len(EVENTS)
    assert Event.find(token(Event.user) > Token(2**63 - 1)).all() == []


def test_conditions_of_a_write() -> None:
    event = Event(
        user=2,
        ts=START,
        n=1,
        kind="a",
        tags={"vip"},
        attrs={"k": 5},
        items=[7],
        address=Address(zip="1", floor=2),
        open=Address(zip="2"),
    )
    event.save()
    met = [
        [Event.kind == "a", Event.kind != "b"],
        [part(Event.address, "zip") == "1", part(Event.address, "floor") > 1],
        [part(Event.open, "zip") == "2", in_(part(Event.open, "floor"), [0, 1])],
        [contains(Event.tags, "vip"), contains_key(Event.attrs, "k"), contains(Event.attrs, 5)],
        [entry(Event.attrs, "k") >= 5, in_(entry(Event.attrs, "k"), [5]), entry(Event.items, 0) == 7],
        [in_(Event.kind, ["a", "b"]), Event.tags == {"vip"}],
    ]
    for conditions in met:
        assert (event.update({"kind": "a"}, if_conditions=conditions)).applied
    unmet = [
        [part(Event.address, "zip") == "2"],
        [part(Event.open, "zip") == None],  # noqa: E711
        [contains(Event.tags, "none")],
        [entry(Event.attrs, "k") != 5],
        [entry(Event.items, 0) < 7],
    ]
    for conditions in unmet:
        lost = event.update({"kind": "b"}, if_conditions=conditions)
        assert (lost.applied, event.kind) == (False, "a")
    lost = event.update({"kind": "b"}, if_conditions={"attrs__entry": ("k", 6)})
    assert lost.existing is not None
    assert lost.existing.attrs == {"k": 5}


def test_ranges_of_tuples_are_deleted() -> None:
    event = Event(user=3, ts=START, n=1)
    event.save()
    Event.find(tuple_(Event.ts, Event.n) > (START, 1), user=3).delete()
    assert Event.find(Event.user == 3).exists()
    Event.find(tuple_(Event.ts, Event.n) >= (START, 1), user=3).delete()
    assert not Event.find(Event.user == 3).exists()


@pytest.mark.parametrize(
    "moment", [START, datetime(1970, 1, 1, tzinfo=timezone.utc), datetime(1600, 2, 3, 4, 5, 6, 7000)]
)
def test_bounds_of_timeuuids_are_those_of_the_server(moment: datetime) -> None:
    rows = execute_raw(
        "SELECT mintimeuuid(?) AS least, maxtimeuuid(?) AS most FROM system.local", [moment, moment]
    )
    assert (rows[0]["least"], rows[0]["most"]) == (min_timeuuid(moment), max_timeuuid(moment))


def test_moments_are_bounds_of_timeuuids() -> None:
    Log.sync_table()
    moments = [START + timedelta(milliseconds=each) for each in range(3)]
    ids = [bound(moment) for moment in moments for bound in (min_timeuuid, max_timeuuid)]
    for each in ids:
        Log(day=1, id=each).save()

    def logged(*conditions: object) -> list[UUID]:
        return [log.id for log in Log.find(*conditions, day=1).all()]  # type: ignore[arg-type]

    fine = moments[1] + timedelta(microseconds=1)
    assert logged() == ids
    assert logged({"id__gte": moments[1]}) == ids[2:]
    assert logged({"id__gt": moments[1]}) == ids[4:]
    assert logged({"id__gt": fine}, {"id__lte": moments[2]}) == ids[4:]
    assert logged({"id__lt": fine}) == ids[:4]
    assert logged({"id__lt": moments[1]}) == ids[:2]
    assert logged(Log.id <= min_timeuuid(moments[1])) == ids[:3]
