"""What the guide shows of coodie; `theirs.py` beside it does the same with cqlengine, and a test compares them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated, Any

from coodie.fields import ClusteringKey, Column, Counter, Float, Indexed, Int, PrimaryKey
from coodie.sync import BatchQuery, CounterDocument, Document
from coodie.usertype import UserType


class Place(UserType):
    street: str | None = None
    zip_code: Annotated[int | None, Int(), Column(name="zip")] = None


class Person(Document):
    town: Annotated[str, PrimaryKey()]
    name: Annotated[str, ClusteringKey()]
    age: Annotated[int | None, Int()] = None
    email: Annotated[str | None, Column(name="mail"), Indexed()] = None
    tags: set[str] = set()
    home: Place | None = None
    seen: datetime | None = None
    score: Annotated[float | None, Float()] = None

    class Settings:
        name = "people"


class Visits(CounterDocument):
    page: Annotated[str, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None

    class Settings:
        name = "visits"


def tables() -> None:
    Person.sync_table()
    Visits.sync_table()


def saving() -> Any:
    ann = Person.create(town="Bern", name="Ann", age=40, tags={"a"})
    ann.age = 41
    ann.tags.add("b")
    ann.save()  # sends the two that changed
    Person.create(town="Bern", name="Ann", email="ann@example.org")  # keeps the others
    ann = Person.get(town="Bern", name="Ann")
    ann.email = None
    ann.save()
    return ann.age, ann.tags


def objects() -> Any:
    for number, name in enumerate(["Ann", "Bo", "Cy"]):
        Person.create(town="Bern", name=name, age=20 + number)
    everyone = Person.find(town="Bern")
    return [
        [person.name for person in everyone],
        everyone.limit(1).one().name,  # or first(), which may give None
        everyone.filter(name="Bo").one().age,
        Person.find(town="Bern", name__gt="Ann").count(),
        [person.name for person in everyone.order_by("-name").limit(2)],
        [name for (name,) in everyone.values_list("name")],
        [person.name for person in Person.find(town__in=["Bern", "Rome"])],
        [person.name for person in everyone.filter(age__gte=21).allow_filtering()],
    ]


def updating() -> None:
    Person.create(town="Bern", name="Ann", age=40, tags={"a", "b"})
    ann = Person.find(town="Bern", name="Ann")
    ann.update(age=41, tags__add={"c"})
    ann.update(tags__remove={"a"})


def conditions() -> Any:
    ann = Person(town="Bern", name="Ann", age=40)
    assert ann.insert().applied
    lost = Person(town="Bern", name="Ann", age=5).insert()
    before = lost.existing and lost.existing.age
    ann.update(age=41, if_conditions={"age": 40}).raise_if_lost()
    lost = ann.update(age=42, if_conditions={"age": 40})
    return before, lost.existing and lost.existing.age


def batches() -> None:
    with BatchQuery() as batch:
        Person.create(town="Bern", name="Ann", age=40, batch=batch)
        Person.create(town="Bern", name="Bo", age=30, batch=batch)
        Person.find(town="Bern", name="Bo").update(score=0.5, batch=batch)


def types() -> Any:
    Person.create(town="Bern", name="Ann", home=Place(street="Main", zip_code=3000))
    ann = Person.get(town="Bern", name="Ann")
    assert ann.home is not None
    ann.home = Place(street=ann.home.street, zip_code=3001)
    ann.save()
    return ann.home.street, ann.home.zip_code


def time_zones() -> Any:
    noon = datetime(2030, 7, 1, 12)
    there = timezone(timedelta(hours=2))
    Person.create(town="Bern", name="Ann", seen=noon)  # taken as UTC
    Person.create(town="Bern", name="Bo", seen=noon.replace(tzinfo=there))
    return [person.seen for person in Person.find(town="Bern")]  # aware, in UTC


def widths() -> Any:
    Person.create(town="Bern", name="Ann", age=2**31 - 1, score=0.1)
    ann = Person.get(town="Bern", name="Ann")
    return ann.age, ann.score  # 32 bits each: without Int() and Float() they would be 64


def counters() -> Any:
    Visits(page="/").increment(views=5)
    Visits(page="/").decrement(views=2)
    return Visits.get(page="/").views


def expiring() -> None:
    Person(town="Bern", name="Ann", age=40).save(ttl=600)
    Person.find(town="Bern", name="Bo").ttl(600).update(age=30)
    later = datetime.now(timezone.utc) + timedelta(seconds=30)
    Person(town="Bern", name="Cy", age=20).save(timestamp=later)


def deleting() -> None:
    ann = Person.create(town="Bern", name="Ann", age=40)
    Person.create(town="Bern", name="Bo", age=30)
    Person.create(town="Rome", name="Cy", age=20)
    ann.delete()
    Person.find(town="Rome").delete()
