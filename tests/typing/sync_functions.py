"""The functions of the sync door, on models and documents of the async one."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import assert_type

from coodie import aio, sync
from coodie.fields import ClusteringKey, Counter, PrimaryKey
from coodie.results import LWTResult, Trace
from coodie.sync import (
    batch,
    create,
    decrement,
    delete,
    delete_columns,
    drop_table,
    find,
    find_one,
    get,
    get_or_none,
    increment,
    insert,
    raw,
    refresh,
    save,
    scan,
    sync_table,
    truncate,
    update,
    verify_table,
)


class Event(aio.Document):
    user: Annotated[int, PrimaryKey()]
    n: Annotated[int, ClusteringKey()]
    kind: str = ""


class Views(aio.CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None


class ByKind(aio.MaterializedView):
    kind: Annotated[str, PrimaryKey()]
    user: Annotated[int, ClusteringKey()]
    n: Annotated[int, ClusteringKey()]

    class Settings:
        base_table = Event


def reads(event: Event) -> None:
    assert_type(find(Event, Event.n > 1, user=1).all(), list[Event])
    assert_type(find(Event.using(keyspace="k"), user=1), sync.QuerySet[Event])
    assert_type(find(ByKind, kind="x").first(), ByKind | None)
    assert_type(find(Event).values_list(Event.n, Event.kind).all(), list[tuple[int, str]])
    assert_type(find_one(Event, user=1), Event | None)
    assert_type(get(Event, user=1, n=1), Event)
    assert_type(get_or_none(Event.using(connection="c"), user=1, n=1), Event | None)
    assert_type(raw(Event, "SELECT * FROM event WHERE user = :u", {"u": 1}).all(), list[Event])
    assert_type(list(scan(Event, only=["kind"])), list[Event])
    refresh(event, consistency="ONE")
    find(event)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    get(dict, user=1)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    refresh(Event)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    scan(Event, rows=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def writes(event: Event, views: Views, row: ByKind) -> None:
    with batch(logged=False, consistency="ONE") as together:
        assert_type(save(event, ttl=60, batch=together), None)
        assert_type(insert(event, batch=together), None)
        assert_type(delete(event, batch=together), None)
    assert_type(together, sync.BatchQuery)
    assert_type(create(Event, {"user": 1}, n=1), Event)
    assert_type(create(Event.using(keyspace="k"), user=1, n=1), Event)
    assert_type(insert(event, ttl=60), LWTResult[Event])
    assert_type(update(event, kind="x"), None)
    assert_type(update(event, kind="x", if_exists=True), LWTResult[Event])
    assert_type(update(event, {"kind": "x"}, if_conditions=[Event.kind == "y"]), LWTResult[Event])
    assert_type(delete(event), None)
    assert_type(delete(views), None)
    assert_type(delete(event, if_exists=True, timeout=1.0), LWTResult[Event])
    assert_type(delete_columns(event, "kind"), None)
    assert_type(delete_columns(event, "kind", if_conditions={"kind": "x"}), LWTResult[Event])
    increment(views, views=1)
    decrement(views, {"views": 1})
    assert_type(save(event, ttl=60, trace=True), Trace)
    assert_type(insert(event, trace=True), Trace)
    assert_type(update(event, kind="x", trace=True), Trace)
    assert_type(delete(views, trace=True), Trace)
    assert_type(delete_columns(event, "kind", trace=True), Trace)
    assert_type(increment(views, views=1, trace=True), Trace)
    save(row)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    save(views)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    save(Event)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    save(event, tll=60)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    create(ByKind, kind="x")  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    increment(event, n=1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    increment(views, views="1")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    batch(loged=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def tables() -> None:
    assert_type(sync_table(Event, dry_run=True), list[str])
    assert_type(sync_table(ByKind.using(keyspace="k")), list[str])
    verify_table(Event, exact=True)
    drop_table(ByKind)
    truncate(Views)
    truncate(ByKind)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
