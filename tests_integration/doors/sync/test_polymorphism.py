# Derived by tests/derive.py: edit tests_integration/doors/aio/test_polymorphism.py,
# then run `tox -e sync`.
"""One table for several classes on a real cluster: whose rows are found, counted, changed and deleted."""

from __future__ import annotations

from enum import Enum
from typing import Annotated
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from coodie import (
    ClusteringKey,
    DecodeError,
    Discriminator,
    DocumentNotFound,
    Indexed,
    InvalidQueryError,
    PrimaryKey,
    SchemaMismatch,
    UserType,
)
from coodie.sync import BatchQuery, Document, execute_raw

from .kinds import exactly


class Chip(UserType):
    number: int
    country: str | None = None


# The discriminator is an ordinary column here: the server cannot be asked for one class.
class Animal(Document):
    owner: Annotated[UUID, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]
    kind: Annotated[str, Discriminator()]
    name: str = ""

    class Settings:
        name = "animals"
        consistency = "QUORUM"


class Dog(Animal):
    chip: Chip | None = None
    tricks: set[str] = set()

    class Settings:
        discriminator_value = "dog"


class Puppy(Dog):
    weeks: int | None = None

    class Settings:
        discriminator_value = "puppy"


class Cat(Animal):
    lives: Annotated[int | None, Indexed()] = None

    class Settings:
        discriminator_value = "cat"


# Here it has an index.
class Shape(Document):
    id: Annotated[UUID, PrimaryKey()]
    kind: Annotated[str, Discriminator(), Indexed()]
    label: str = ""

    class Settings:
        name = "shapes"


class Circle(Shape):
    radius: float = 1.0

    class Settings:
        discriminator_value = "circle"


class Square(Shape):
    side: float = 1.0

    class Settings:
        discriminator_value = "square"


# And here it is the first clustering column, with the values of an Enum.
class Kind(Enum):
    NOTE = "note"
    TASK = "task"


class Entry(Document):
    owner: Annotated[UUID, PrimaryKey()]
    kind: Annotated[Kind, Discriminator(), ClusteringKey()] = Kind.NOTE
    number: Annotated[int, ClusteringKey()]
    text: str = ""

    class Settings:
        name = "journal"
        discriminator_value = Kind.NOTE


class Task(Entry):
    done: bool = False

    class Settings:
        discriminator_value = Kind.TASK


@pytest.fixture(autouse=True)
def tables(connection):
    for model in (Animal, Shape, Entry):
        model.sync_table()


@pytest.fixture
def owner():
    """One who has a dog, a puppy and a cat."""
    made = uuid4()
    Dog(owner=made, number=1, name="Rex", chip=Chip(number=7), tricks={"sit"}).save()
    Puppy(owner=made, number=2, name="Pip", weeks=8).save()
    Cat(owner=made, number=3, name="Tom", lives=9).save()
    return made


def names(found):
    return [(type(each).__name__, each.name) for each in found]


def test_the_table_has_the_columns_of_all_classes_whoever_syncs_it(look, spy):
    question = "SELECT column_name FROM system_schema.columns WHERE keyspace_name = '{}' AND table_name = 'animals'"
    expected = {"owner", "number", "kind", "name", "chip", "tricks", "weeks", "lives"}
    assert {column for (column,) in look(question)} == expected
    for model in (Animal, Dog, Puppy, Cat):
        assert model.sync_table() == []
        model.verify_table()

    class First(Document):
        id: Annotated[UUID, PrimaryKey()]
        kind: Annotated[str, Discriminator()]

        class Settings:
            name = "firsts"

    class Second(First):
        a: int | None = None

        class Settings:
            discriminator_value = "second"

    assert len(Second.sync_table()) == 1

    class Third(First):
        b: Chip | None = None

        class Settings:
            discriminator_value = "third"

    with pytest.raises(SchemaMismatch, match="b"):
        First.verify_table()
    assert [text.split(" ADD ")[1] for text in First.sync_table()] == ["b frozen<chip>"]
    assert Second.sync_table() == Third.sync_table() == []


def test_each_row_is_loaded_as_its_class(owner):
    found = Animal.find(owner=owner).all()
    assert names(found) == [("Dog", "Rex"), ("Puppy", "Pip"), ("Cat", "Tom")]
    dog, puppy, cat = found
    assert exactly(dog) == exactly(Dog(owner=owner, number=1, name="Rex", chip=Chip(number=7), tricks={"sit"}))
    assert (puppy.weeks, puppy.tricks, cat.lives, cat.kind) == (8, set(), 9, "cat")
    assert names(Dog.find(owner=owner).all()) == [("Dog", "Rex"), ("Puppy", "Pip")]
    assert names(Puppy.find(owner=owner).all()) == [("Puppy", "Pip")]
    assert names([each for each in Animal.find(owner=owner).fetch_size(1)]) == names(found)
    assert names([each for each in Cat.find(owner=owner).fetch_size(1)]) == [("Cat", "Tom")]


def test_one_row_by_its_key(owner):
    assert names([Animal.get(owner=owner, number=number) for number in (1, 2, 3)]) == [
        *(("Dog", "Rex"), ("Puppy", "Pip"), ("Cat", "Tom"))
    ]
    assert names([Dog.get(owner=owner, number=2), Cat.find_one(owner=owner, number=3)]) == [
        *(("Puppy", "Pip"), ("Cat", "Tom"))
    ]
    assert Dog.find_one(owner=owner, number=3) is None
    with pytest.raises(DocumentNotFound, match="Dog"):
        Dog.get(owner=owner, number=3)
    assert Cat.find(lives=9, owner=owner).all() == [Cat.get(owner=owner, number=3)]


def test_parts_of_documents(owner):
    for query in (Animal.find(owner=owner).only("name"), Animal.find(owner=owner).defer("number")):
        assert names(query.all()) == [("Dog", "Rex"), ("Puppy", "Pip"), ("Cat", "Tom")]
    part = (Dog.find(owner=owner).only("tricks").all())[0]
    part.tricks.add("roll")
    part.save()
    found = Dog.get(owner=owner, number=1)
    assert (found.name, found.tricks, found.chip) == ("Rex", {"sit", "roll"}, Chip(number=7))


def test_what_the_server_cannot_tell_apart_is_counted_and_limited_by_the_base_only(spy, owner):
    assert Animal.find(owner=owner).count() == 3
    assert names([Animal.find(owner=owner).first()]) == [("Dog", "Rex")]
    assert names(Animal.find(owner=owner).order_by("-number").limit(2).all()) == [
        ("Cat", "Tom"),
        ("Puppy", "Pip"),
    ]
    assert Animal.find(owner=owner).values_list("number", "kind").all() == [(1, "dog"), (2, "puppy"), (3, "cat")]
    spy.clear()
    dogs = Dog.find(owner=owner)
    for call in (dogs.count, dogs.first, dogs.limit(1).all, dogs.one, dogs.json, dogs.values_list("name").all):
        with pytest.raises(InvalidQueryError, match="cannot tell rows of Dog from others"):
            call()
    assert spy.calls == []


def test_an_index_tells_classes_apart():
    circles = [Circle(id=uuid4(), radius=number) for number in (1, 2, 3)]
    for each in (*circles, square := Square(id=uuid4())):
        each.save()
    assert {each.id for each in Circle.find().all()} == {each.id for each in circles}
    assert (Circle.find().count(), Square.find().count(), Shape.find().count()) == (3, 1, 4)
    assert type(Circle.find().first()) is Circle
    assert len(Circle.find().limit(2).all()) == 2
    assert sorted(Circle.find().values_list("radius").all()) == [(1.0,), (2.0,), (3.0,)]
    assert Circle.find().max("radius") == 3.0
    assert Square.find_one(id=circles[0].id) is None
    with pytest.raises(DocumentNotFound):
        Circle.get(id=square.id)
    Circle.find(id=circles[0].id).update(label="x")
    assert (Shape.get(id=circles[0].id)).label == "x"
    Circle.find(id=circles[0].id).delete()
    assert Circle.find().count() == 2


def test_a_key_tells_classes_apart():
    owner = uuid4()
    for number in (1, 2):
        Task(owner=owner, number=number, done=True).save()
        Entry(owner=owner, number=number).save()
    assert [type(each) for each in Entry.find(owner=owner).all()] == [Entry, Entry, Task, Task]
    assert [(each.number, each.kind) for each in Task.find(owner=owner).all()] == [(1, Kind.TASK), (2, Kind.TASK)]
    assert (Task.find(owner=owner).count(), Entry.find(owner=owner).count()) == (2, 4)
    assert (Task.find(owner=owner, number__gt=1).limit(5).all())[0].number == 2
    assert (Task.get(owner=owner, number=1)).done is True
    Task.find(owner=owner, number=2).update(text="late")
    Task.find(owner=owner, number__lt=2).delete()
    assert [(each.number, each.text) for each in Task.find(owner=owner).all()] == [(2, "late")]
    assert Entry.find(owner=owner).count() == 3
    Task.find(owner=owner).delete()
    assert [type(each) for each in Entry.find(owner=owner).all()] == [Entry, Entry]


def test_documents_of_subclasses_are_changed_and_deleted(owner):
    dog = (Animal.find(owner=owner).all())[0]
    dog.update(tricks__add={"roll"}, chip={"number": 8})
    assert (Dog.get(owner=owner, number=1)).tricks == {"sit", "roll"}
    dog.delete_columns("chip")
    assert (Animal.get(owner=owner, number=1)).chip is None
    dog.name = "Rexy"
    dog.save()
    assert names([Animal.get(owner=owner, number=1)]) == [("Dog", "Rexy")]
    with BatchQuery() as batch:
        dog.delete(batch=batch)
        Cat(owner=owner, number=4).save(batch=batch)
    Puppy.find(owner=owner, number=2).delete()
    assert names(Animal.find(owner=owner).all()) == [("Cat", "Tom"), ("Cat", "")]
    Animal.find(owner=owner).delete()
    assert Animal.find(owner=owner).count() == 0


def test_a_range_with_rows_of_other_classes_is_not_deleted(spy, owner):
    spy.clear()
    for query in (Dog.find(owner=owner), Dog.find(owner=owner, number__gt=0)):
        with pytest.raises(InvalidQueryError, match=r"delete\(\) of Dog needs the key column 'number'"):
            query.delete()
    assert spy.calls == []
    assert Animal.find(owner=owner).count() == 3


def test_a_class_keeps_its_value(spy, owner):
    with pytest.raises(ValidationError, match="kind is 'dog' in a Dog"):
        Dog(owner=owner, number=9, kind="cat")
    dog = Dog.get(owner=owner, number=1)
    for call in (dog.update, Dog.find(owner=owner, number=1).update):
        with pytest.raises(InvalidQueryError, match="kind is 'dog' in every Dog"):
            call(kind="cat")
    assert names([Animal.get(owner=owner, number=1)]) == [("Dog", "Rex")]


def test_the_row_in_the_way_of_a_condition_is_of_its_own_class(owner):
    lost = Dog(owner=owner, number=3).insert()
    assert (lost.applied, type(lost.existing), lost.existing.lives) == (False, Cat, 9)
    lost = Cat(owner=owner, number=2).insert()
    assert (type(lost.existing), lost.existing.weeks) == (Puppy, 8)
    lost = Dog(owner=owner, number=3).update(name="x", if_conditions={"kind": "dog"})
    assert (type(lost.existing), lost.existing.kind) == (Cat, "cat")
    assert Dog(owner=owner, number=1).update(name="Max", if_conditions={"kind": "dog", "name": "Rex"})
    assert names([Animal.get(owner=owner, number=1)]) == [("Dog", "Max")]


def test_a_value_that_no_class_has(owner):
    # The base has no value of its own, so it takes whatever there is.
    execute_raw("INSERT INTO animals (owner, number, kind, name) VALUES (?, 5, 'newt', 'Ned')", [owner])
    newt = Animal.get(owner=owner, number=5)
    assert (type(newt), newt.kind) == (Animal, "newt")
    assert names(Dog.find(owner=owner).all()) == [("Dog", "Rex"), ("Puppy", "Pip")]
    Animal(owner=owner, number=6, kind="emu").save()
    assert (Animal.get(owner=owner, number=6)).kind == "emu"
    # Where it has one, a row of an unknown class is an error.
    execute_raw("INSERT INTO journal (owner, kind, number) VALUES (?, 'plan', 1)", [owner])
    with pytest.raises(DecodeError, match=r"journal .*'kind'.* no class has; there are: 'note', 'task'"):
        Entry.find(owner=owner).all()


def test_settings_are_those_of_the_base(spy, owner):
    spy.clear()
    Puppy.find(owner=owner).all()
    Cat(owner=owner, number=9).save()
    assert [call.request.options.consistency for call in spy.executed] == ["QUORUM", "QUORUM"]
