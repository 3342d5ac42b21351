"""What the guide shows of cqlengine; `ours.py` beside it does the same with coodie, and a test compares them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from cassandra.cqlengine import columns, management
from cassandra.cqlengine.models import Model
from cassandra.cqlengine.query import BatchQuery, LWTException
from cassandra.cqlengine.usertype import UserType


class Place(UserType):
    street = columns.Text()
    zip_code = columns.Integer(db_field="zip")


class Person(Model):
    __table_name__ = "people"

    town = columns.Text(partition_key=True)
    name = columns.Text(primary_key=True)
    age = columns.Integer()
    email = columns.Text(db_field="mail", index=True)
    tags = columns.Set(columns.Text())
    home = columns.UserDefinedType(Place)
    seen = columns.DateTime()
    score = columns.Float()


class Visits(Model):
    __table_name__ = "visits"

    page = columns.Text(primary_key=True)
    views = columns.Counter()


def tables() -> None:
    management.sync_table(Person)
    management.sync_table(Visits)


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
    everyone = Person.objects(town="Bern")
    return [
        [person.name for person in everyone],
        everyone.first().name,
        everyone.get(name="Bo").age,
        Person.objects(town="Bern", name__gt="Ann").count(),
        [person.name for person in everyone.order_by("-name").limit(2)],
        list(everyone.values_list("name", flat=True)),
        [person.name for person in Person.objects(town__in=["Bern", "Rome"])],
        [person.name for person in everyone.filter(age__gte=21).allow_filtering()],
    ]


def updating() -> None:
    Person.create(town="Bern", name="Ann", age=40, tags={"a", "b"})
    ann = Person.objects(town="Bern", name="Ann")
    ann.update(age=41, tags__add={"c"})
    ann.update(tags__remove={"a"})


def conditions() -> Any:
    ann = Person.if_not_exists().create(town="Bern", name="Ann", age=40)
    try:
        Person.if_not_exists().create(town="Bern", name="Ann", age=5)
    except LWTException as lost:
        before = lost.existing["age"]
    ann.iff(age=40).update(age=41)
    try:
        ann.iff(age=40).update(age=42)
    except LWTException as lost:
        return before, lost.existing["age"]


def batches() -> None:
    with BatchQuery() as batch:
        Person.batch(batch).create(town="Bern", name="Ann", age=40)
        Person.batch(batch).create(town="Bern", name="Bo", age=30)
        Person.objects(town="Bern", name="Bo").batch(batch).update(score=0.5)


def types() -> Any:
    Person.create(town="Bern", name="Ann", home=Place(street="Main", zip_code=3000))
    ann = Person.get(town="Bern", name="Ann")
    ann.home = Place(street=ann.home.street, zip_code=3001)
    ann.save()
    return ann.home.street, ann.home.zip_code


def time_zones() -> Any:
    noon = datetime(2030, 7, 1, 12)
    there = timezone(timedelta(hours=2))
    Person.create(town="Bern", name="Ann", seen=noon)  # taken as UTC
    Person.create(town="Bern", name="Bo", seen=noon.replace(tzinfo=there))
    return [person.seen for person in Person.objects(town="Bern")]  # naive, in UTC


def widths() -> Any:
    Person.create(town="Bern", name="Ann", age=2**31 - 1, score=0.1)
    ann = Person.get(town="Bern", name="Ann")
    return ann.age, ann.score  # 32 bits each


def counters() -> Any:
    Visits.objects(page="/").update(views=5)
    Visits.objects(page="/").update(views=-2)
    return Visits.get(page="/").views


def expiring() -> None:
    Person.ttl(600).create(town="Bern", name="Ann", age=40)
    Person.objects(town="Bern", name="Bo").ttl(600).update(age=30)
    Person.timestamp(timedelta(seconds=30)).create(town="Bern", name="Cy", age=20)


def deleting() -> None:
    ann = Person.create(town="Bern", name="Ann", age=40)
    Person.create(town="Bern", name="Bo", age=30)
    Person.create(town="Rome", name="Cy", age=20)
    ann.delete()
    Person.objects(town="Rome").delete()
