"""Queries of a class among others in one table."""

from typing import Annotated

import pytest

from coodie.exceptions import InvalidQueryError
from coodie.fields import ClusteringKey, Discriminator, Indexed, PrimaryKey
from coodie.sync import Document


class Pet(Document):
    owner: Annotated[int, PrimaryKey()]
    name: Annotated[str, ClusteringKey()]
    kind: Annotated[str, Discriminator()] = ""

    class Settings:
        name = "pets"


class Dog(Pet):
    class Settings:
        discriminator_value = "dog"


class Animal(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator(), Indexed()] = ""

    class Settings:
        name = "animals"


class Bird(Animal):
    class Settings:
        discriminator_value = "bird"


class Owl(Bird):
    class Settings:
        discriminator_value = "owl"


@pytest.mark.parametrize(
    ("query", "text", "values"),
    [
        # An index is not asked for several values; so the rows of others are passed over, unless the server may.
        (lambda: Bird.find(), "SELECT id, kind FROM animals", ()),
        (lambda: Owl.find(id__in=[1]), "SELECT id, kind FROM animals WHERE id IN ?", ([1],)),
        (lambda: Owl.find(), "SELECT id, kind FROM animals WHERE kind = ?", ("owl",)),
        (lambda: Owl.find(id=1), "SELECT id, kind FROM animals WHERE kind = ? AND id = ?", ("owl", 1)),
        (lambda: Owl.find().filter(id=1), "SELECT id, kind FROM animals WHERE kind = ? AND id = ?", ("owl", 1)),
        (lambda: Bird.find(kind="owl"), "SELECT id, kind FROM animals WHERE kind = ?", ("owl",)),
        (lambda: Bird.find().filter(kind__in=["owl"]), "SELECT id, kind FROM animals WHERE kind IN ?", (["owl"],)),
        (lambda: Animal.find(), "SELECT id, kind FROM animals", ()),
        (lambda: Dog.find(owner=1), "SELECT owner, name, kind FROM pets WHERE owner = ?", (1,)),
        (
            lambda: Dog.find(owner=1, name="rex").limit(1),
            "SELECT owner, name, kind FROM pets WHERE owner = ? AND name = ? LIMIT ?",
            (1, "rex", 1),
        ),
    ],
)
def test_a_class_among_others_in_its_table(query, text, values):
    statement = query().warn(False).statement()
    assert (statement.cql, statement.values) == (text, values)


@pytest.mark.parametrize(
    "query",
    [lambda: Dog.find().limit(1), lambda: Dog.find().distinct(), lambda: Dog.find(owner=1).per_partition_limit(1)],
)
def test_what_the_server_cannot_tell_apart_is_not_limited(query):
    with pytest.raises(InvalidQueryError, match=r"cannot tell rows of Dog from others.*mark 'kind' with Indexed\(\)"):
        query().statement()
