"""A small application: users, and the events of their visits.  tox -e demo

It uses the cluster named in COODIE_HOSTS, or else a Cassandra in its own memory. The CQL that each step sent is printed
below it.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta, timezone
from secrets import token_hex
from textwrap import indent
from typing import Annotated
from uuid import UUID, uuid4

from coodie import CoodieError, Counter, InvalidQueryError, PrimaryKey
from coodie.drivers import get_driver
from coodie.sync import BatchQuery, CounterDocument, Document, close, create_keyspace, drop_keyspace, init_coodie
from coodie.testing import RecordingDriver

KEYSPACE = f"coodie_demo_{token_hex(3)}"


class User(Document):
    name: Annotated[str, PrimaryKey()]
    id: UUID
    plan: str = "free"

    class Settings:
        name = "users"


class Event(Document):
    user_id: Annotated[UUID, PrimaryKey()]
    ts: Annotated[datetime, PrimaryKey(clustering=True, order="DESC")]
    event_type: str

    class Settings:
        name = "events"


class PageViews(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None


Step = Callable[[str], AbstractContextManager[None]]


def visit(step: Step) -> None:
    """Run the steps of the application."""
    now = datetime.now(timezone.utc)
    ann = User(name="ann", id=uuid4())

    def event(seconds: int, event_type: str) -> Event:
        return Event(user_id=ann.id, ts=now + timedelta(seconds=seconds), event_type=event_type)

    with step("A keyspace, and a table for each model"):
        create_keyspace(KEYSPACE)
        for model in (User, Event, PageViews):
            model.sync_table()

    with step("Ann signs up, if the name is free"):
        print("written:", ann.insert().applied)

    with step("Somebody else wants the name: the condition is lost"):
        result = User(name="ann", id=uuid4(), plan="paid").insert()
        print("written:", result.applied, "- the name belongs to", result.existing)

    with step("Ann logs in"):
        event(0, "login").save()

    with step("A logged batch: all of it or nothing"):
        with BatchQuery() as batch:
            event(1, "order").save(batch=batch)
            event(2, "payment").save(batch=batch)
            ann.update(plan="paid", batch=batch)
        print("Ann is now", ann)

    with step("An unlogged batch: one partition, no atomicity asked for"), BatchQuery(logged=False) as batch:
        for number, page in enumerate(("home", "shop", "help")):
            event(3 + number, f"view {page}").save(batch=batch)

    with step("A counter batch"), BatchQuery(batch_type="COUNTER") as batch:
        PageViews(url="/shop").increment(views=2, batch=batch)
        PageViews(url="/help").increment(views=1, batch=batch)

    with step("A batch that no server would take is refused, and nothing is sent"):
        try:
            with BatchQuery() as batch:
                event(6, "logout").save(batch=batch)
                PageViews(url="/bye").increment(views=1, batch=batch)
        except InvalidQueryError as error:
            print(error)

    with step("Ann's latest events"):
        for found in Event.find(user_id=ann.id).limit(4):
            print(f"{found.ts:%H:%M:%S}  {found.event_type}")

    with step("Her orders and payments, and the pages"):
        print(Event.find(user_id=ann.id, ts__lt=now + timedelta(seconds=3)).count(), "events before the first view")
        print("/shop was seen", PageViews.get(url="/shop").views, "times")


@contextmanager
def step(recorder: RecordingDriver, title: str) -> Generator[None]:
    """Print a title, and after the block what it sent."""
    recorder.clear()
    print(f"\n{title}")
    yield
    for cql in recorder.cql:
        print(indent(cql, "    "))


def run(hosts: str | None) -> None:
    """Connect, run the application, and leave nothing behind."""
    if hosts is None:
        print("Cassandra in memory (COODIE_HOSTS names no cluster)")
        init_coodie("memory:")
    else:
        print(f"Cassandra at {hosts} (from COODIE_HOSTS)")
        init_coodie(hosts.split(","))
    try:
        # A recorder around the real driver passes everything on and records what was sent.
        with RecordingDriver(get_driver(), keyspace=KEYSPACE) as recorder:
            try:
                visit(lambda title: step(recorder, title))
            finally:
                with step(recorder, "The end: nothing is left behind"):
                    drop_keyspace(KEYSPACE)
    finally:
        close()


def main() -> int:
    """Run the demo and return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)
    try:
        run(os.environ.get("COODIE_HOSTS"))
    except CoodieError as error:
        print(f"The demo cannot continue: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
