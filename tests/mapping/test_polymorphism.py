"""Classes that share one table: whose each row is, and what a class may hold and write."""

from enum import Enum
from typing import Annotated

import pytest
from pydantic import ValidationError

from coodie.exceptions import DecodeError, InvalidQueryError, ModelError
from coodie.fields import ClusteringKey, Discriminator, PrimaryKey
from coodie.sync import Document

Key = Annotated[int, PrimaryKey()]


class Kind(Enum):
    DOG = "dog"
    CAT = "cat"


class Animal(Document):
    id: Key
    kind: Annotated[str, Discriminator()]
    name: str = ""


class Dog(Animal):
    barks: int = 0

    class Settings:
        discriminator_value = "dog"


class Puppy(Dog):
    weeks: int | None = None

    class Settings:
        discriminator_value = "puppy"


class Cat(Animal):
    lives: int = 9

    class Settings:
        discriminator_value = "cat"


def row(number, kind, **more):
    return {"id": number, "kind": kind, "name": "n", **more}


def select(recorder, *rows):
    recorder.on("select", table="animal").returns(list(rows))


def test_all_classes_have_the_table_of_the_first():
    assert {each.table_name() for each in (Animal, Dog, Puppy, Cat)} == {"animal"}
    columns = "(id bigint, kind text, name text, barks bigint, weeks bigint, lives bigint, PRIMARY KEY (id))"
    assert Animal.sync_table(dry_run=True) == [f"CREATE TABLE IF NOT EXISTS animal {columns}"]


@pytest.fixture(autouse=True)
def recorder(coodie_recorder):
    return coodie_recorder


def test_a_class_fills_in_its_value_and_takes_no_other(recorder):
    assert Dog(id=1).kind == "dog"
    with pytest.raises(ValidationError, match="kind is 'dog' in a Dog"):
        Dog(id=1, kind="cat")
    dog = Dog(id=1, kind="dog")
    with pytest.raises(InvalidQueryError, match="kind is 'dog' in every Dog and cannot be updated"):
        dog.update(kind="cat")
    with pytest.raises(InvalidQueryError, match="kind is 'dog' in every Dog"):
        Dog.find(id=1).update(kind="cat")
    assert recorder.calls == []
    dog.update(kind="dog", barks=1)
    Animal(id=1, kind="zebra").update(kind="horse")
    assert [call.params for call in recorder.calls] == [
        {"kind": "dog", "barks": 1, "id": 1},
        {"kind": "horse", "id": 1},
    ]


def test_each_row_is_of_its_class(recorder):
    rows = [
        row(1, "dog", barks=1, weeks=None, lives=None),
        row(2, "cat", barks=None, weeks=None, lives=7),
        row(3, "puppy", barks=None, weeks=2, lives=None),
        row(4, "zebra", barks=None, weeks=None, lives=None),
    ]
    select(recorder, *rows)
    dog, cat, puppy, other = Animal.find().warn(False).all()
    assert (dog, cat) == (Dog(id=1, name="n", barks=1), Cat(id=2, name="n", lives=7))
    assert (puppy, other) == (Puppy(id=3, name="n", weeks=2), Animal(id=4, name="n", kind="zebra"))
    assert [type(each) for each in (dog, cat, puppy, other)] == [Dog, Cat, Puppy, Animal]
    select(recorder, *({name: each[name] for name in ("id", "kind", "name", "barks", "weeks")} for each in rows))
    assert Dog.find().warn(False).all() == [dog, puppy]


def test_the_discriminator_is_loaded_with_whatever_is(recorder):
    for query in (Animal.find().only("name"), Cat.find().defer("kind", "lives")):
        recorder.on("select", table="animal").returns([row(1, "cat")])
        (cat,) = query.warn(False).all()
        assert (type(cat), cat.kind, cat.name) == (Cat, "cat", "n")
        assert recorder.last.cql == "SELECT id, kind, name FROM animal"


def test_the_row_in_the_way_is_of_its_own_class(recorder):
    there = row(1, "cat", barks=None, weeks=None, lives=7)
    recorder.on("insert", table="animal").applied(False, there)
    result = Dog(id=1).insert()
    assert (result.applied, result.existing) == (False, Cat(id=1, name="n", lives=7))
    recorder.on("update", table="animal").applied(False, {"kind": "cat"})
    result = Dog(id=1).update(barks=1, if_conditions={"kind": "dog"})
    assert (type(result.existing), result.existing.id, result.existing.kind) == (Cat, 1, "cat")
    recorder.on("update", table="animal").applied(False, {"barks": 5})
    result = Dog(id=1).update(barks=1, if_conditions={"barks": 0})
    assert (type(result.existing), result.existing.barks) == (Dog, 5)


class Closed(Document):
    id: Key
    kind: Annotated[Kind, Discriminator()] = Kind.DOG

    class Settings:
        discriminator_value = Kind.DOG


class ClosedCat(Closed):
    class Settings:
        discriminator_value = Kind.CAT


def test_values_may_be_those_of_an_enum(recorder):
    recorder.on("select", table=Closed).returns([{"id": 1, "kind": "cat"}, {"id": 2, "kind": "dog"}])
    assert Closed.find().warn(False).all() == [ClosedCat(id=1), Closed(id=2)]
    ClosedCat(id=1).save()
    assert recorder.last.params == {"id": 1, "kind": "cat"}


def test_a_value_that_no_class_has_is_an_error_where_the_first_class_has_one(recorder):
    recorder.on("select", table=Closed).returns([{"id": 1, "kind": "fish"}])
    with pytest.raises(
        DecodeError, match=r"table closed .*'kind' .*\(id\).* no class has; there are: 'dog', 'cat'"
    ) as error:
        Closed.find().warn(False).all()
    assert (error.value.key, error.value.column) == ({"id": 1}, "kind")
    assert "fish" not in str(error.value)


def test_a_class_without_a_value_of_its_own_is_refused():
    with pytest.raises(ModelError, match="Fish shares the table of Animal, so its Settings need a discriminator_value"):

        class Fish(Animal):
            pass


def test_a_value_that_another_class_has_is_refused():
    with pytest.raises(ModelError, match="Wolf has the discriminator_value 'dog', and so has Dog"):

        class Wolf(Animal):
            class Settings:
                discriminator_value = "dog"


def test_a_column_is_of_one_type_in_all_classes():
    class Pet(Document):
        id: Key
        kind: Annotated[str, Discriminator()]

    class Hen(Pet):
        lives: int = 1

        class Settings:
            discriminator_value = "hen"

    class Parrot(Pet):
        lives: int = 80

        class Settings:
            discriminator_value = "parrot"

    names = "Hen and Tortoise share the table 'pet', but its column 'lives' is"
    sides = r"lives bigint \(regular\) in one and lives text \(regular\) in the other; rename one of the fields"
    with pytest.raises(ModelError, match=f"{names} {sides}"):

        class Tortoise(Pet):
            lives: str = "many"

            class Settings:
                discriminator_value = "tortoise"

    assert Pet.find().statement().cql == "SELECT id, kind, lives FROM pet"


def test_a_class_has_the_types_of_the_one_that_it_is_derived_from():
    with pytest.raises(ModelError, match=r"Animal and Numbered .* name text \(regular\) in one and name bigint"):

        class Numbered(Animal):
            name: int = 0

            class Settings:
                discriminator_value = "numbered"


def test_all_classes_have_one_key():
    with pytest.raises(ModelError, match=r"the PRIMARY KEY \(\(id bigint\)\), and the other the .*, nest text\)"):

        class Bird(Animal):
            nest: Annotated[str, ClusteringKey()]

            class Settings:
                discriminator_value = "bird"


def test_a_class_made_anew_may_have_another_type():
    class Reptile(Document):
        id: Key
        kind: Annotated[str, Discriminator()]

    for kind in (int, str):

        class Snake(Reptile):
            length: kind | None = None

            class Settings:
                discriminator_value = "snake"


def test_a_value_without_a_field_for_it_is_refused():
    with pytest.raises(ModelError, match=r"no field is marked Annotated\[..., Discriminator\(\)\]"):

        class Plain(Document):
            id: Key

            class Settings:
                discriminator_value = "x"


def test_an_abstract_base_only_lends_its_fields():
    class Stamped(Document):
        owner: Annotated[int, PrimaryKey()]
        kind: Annotated[str, Discriminator(), ClusteringKey()]

        class Settings:
            abstract = True

    class Bill(Stamped):
        class Settings:
            discriminator_value = "bill"

    class Paid(Bill):
        class Settings:
            discriminator_value = "paid"

    class Letter(Stamped):
        class Settings:
            discriminator_value = "letter"

    assert [each.table_name() for each in (Bill, Paid, Letter)] == ["bill", "bill", "letter"]


def test_a_range_is_not_deleted_where_it_has_rows_of_other_classes(recorder):
    class Note(Document):
        owner: Annotated[int, PrimaryKey()]
        number: Annotated[int, ClusteringKey()]
        kind: Annotated[str, Discriminator()] = "plain"

    class Memo(Note):
        class Settings:
            discriminator_value = "memo"

    for query in (Memo.find(owner=1), Memo.find(owner=1, number__gt=2)):
        with pytest.raises(InvalidQueryError, match=r"delete\(\) of Memo needs the key column 'number'"):
            query.delete()
    assert recorder.calls == []
    Memo.find(owner=1, number__in=[1, 2]).delete()
    Note.find(owner=1, number__gt=2).delete()
    Note.find(owner=1).delete()
    assert [call.cql for call in recorder.calls] == [
        "DELETE FROM note WHERE owner = ? AND number IN ?",
        "DELETE FROM note WHERE owner = ? AND number > ?",
        "DELETE FROM note WHERE owner = ?",
    ]


def test_what_stands_in_the_key_before_the_discriminator_is_given_to_a_delete(recorder):
    class Log(Document):
        owner: Annotated[int, PrimaryKey()]
        day: Annotated[int, ClusteringKey()]
        kind: Annotated[str, Discriminator(), ClusteringKey()]
        number: Annotated[int, ClusteringKey()]

    class Error(Log):
        class Settings:
            discriminator_value = "error"

    for query in (Error.find(owner=1), Error.find(owner=1, day__gt=2), Error.find(owner=1, kind="error")):
        with pytest.raises(InvalidQueryError, match=r"delete\(\) of Error needs the key column 'day' in filter"):
            query.delete()
    assert recorder.calls == []
    Error.find(owner=1, day=2, number__gt=3).delete()
    Log.find(owner=1, day__gt=2).delete()
    assert [call.cql for call in recorder.calls] == [
        "DELETE FROM log WHERE kind = ? AND owner = ? AND day = ? AND number > ?",
        "DELETE FROM log WHERE owner = ? AND day > ?",
    ]


def test_a_document_of_one_class_is_not_saved_as_one_of_another(recorder):
    dog = Dog(id=1)
    dog.save()
    dog.kind = "cat"
    with pytest.raises(InvalidQueryError, match="'dog' in every Dog"):
        dog.save()
    assert len(recorder.executed) == 1
