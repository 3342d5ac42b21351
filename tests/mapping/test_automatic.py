"""Fields that coodie sets itself: which classes may have them, and how."""

from copy import deepcopy
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import ConfigDict, Field

from coodie import aio, sync
from coodie.exceptions import ModelError
from coodie.fields import (
    ClusteringKey,
    Counter,
    CreatedAt,
    Discriminator,
    Int,
    PrimaryKey,
    SmallInt,
    Static,
    TimeUUID,
    TinyInt,
    UpdatedAt,
    VarInt,
    Version,
)
from coodie.types import NaiveDatetime
from coodie.usertype import UserType

Key = Annotated[int, PrimaryKey()]


def made(annotation: Any, *default: Any, base: Any = sync.Document, **body: Any) -> Any:
    annotations = {"id": Key, "n": Annotated[int, ClusteringKey()], "v": annotation}
    body |= {"__annotations__": annotations, "__module__": __name__, "__qualname__": "Bad"}
    return type(base)("Bad", (base,), {**body, **({"v": default[0]} if default else {})})


V = Annotated[int, Version()]


@pytest.mark.parametrize("door", [aio, sync])
@pytest.mark.parametrize(
    ("annotation", "default", "cql"),
    [
        (V, (1,), "bigint"),
        (Annotated[int, Version], (1,), "bigint"),
        (Annotated[int, Version(), Int()], (1,), "int"),
        (Annotated[int, Version(), VarInt(), Field(ge=1)], (1,), "varint"),
        (Annotated[int | None, Version()], (None,), "bigint"),
        (Annotated[int | None, Version()], (1,), "bigint"),
        (V | None, (None,), "bigint"),
    ],
)
def test_a_version_is_an_int_that_begins_at_one(door, annotation, default, cql):
    assert str(made(annotation, *default, base=door.Document).column_types()["v"]) == cql


@pytest.mark.parametrize(
    ("annotation", "default", "why"),
    [
        *((Annotated[kind, Version()], (1,), "counts in a bigint, an int or a varint") for kind in (str, float, UUID)),
        (Annotated[datetime, Version()], (), "not in a timestamp"),
        (Annotated[list[int], Version()], ([],), "not in a list<bigint>"),
        (Annotated[int, Version(), TinyInt()], (1,), "not in a tinyint"),
        (Annotated[int, Version(), SmallInt()], (1,), "not in a smallint"),
        (V, (), "needs the default 1"),
        (V, (0,), "needs the default 1"),
        (V, (2,), "needs the default 1"),
        (V, (True,), "needs the default 1"),
        (V, (None,), "needs the default 1"),
        (Annotated[int | None, Version()], (), "needs the default 1"),
        (V, (Field(default_factory=int),), "needs the default 1"),
        (Annotated[int | None, Version()], (Field(default_factory=int),), "needs the default 1"),
        (V, (Field(default=1, frozen=True),), "cannot be frozen"),
        (Annotated[int, Version(), PrimaryKey()], (1,), "no part of a key"),
        (Annotated[int, Version(), ClusteringKey()], (1,), "no part of a key"),
        (Annotated[int, Version(), Discriminator()], (1,), r"no Discriminator\(\) can"),
        (Annotated[int, Version(), Static()], (1,), r"a Static\(\) column to all rows"),
        (list[V], ([],), "Version\\(\\) means nothing inside another type"),
    ],
)
def test_rule_31_what_cannot_be_a_version_is_refused(annotation, default, why):
    with pytest.raises(ModelError, match=rf"Bad\.v: .*{why}"):
        made(annotation, *default)


MOMENT = datetime | None


@pytest.mark.parametrize("marker", [CreatedAt, UpdatedAt, CreatedAt(), UpdatedAt()])
@pytest.mark.parametrize(
    ("annotation", "default"),
    [(MOMENT, None), (datetime, Field(default_factory=datetime.now)), (NaiveDatetime | None, None)],
)
def test_an_instant_of_writes_is_a_timestamp_with_a_default(marker, annotation, default):
    assert str(made(Annotated[annotation, marker], deepcopy(default)).column_types()["v"]) == "timestamp"


@pytest.mark.parametrize("marker", [CreatedAt(), UpdatedAt()])
@pytest.mark.parametrize(
    ("annotation", "default", "why"),
    [
        (Annotated[UUID | None, TimeUUID()], (None,), "sets a timestamp, as of a datetime, not a timeuuid"),
        (date | None, (None,), "not a date"),
        (int, (0,), "not a bigint"),
        (list[datetime], ([],), "not a list<timestamp>"),
        (datetime, (), "needs a default"),
        (MOMENT, (), "needs a default"),
        (MOMENT, (Field(default=None, frozen=True),), "cannot be frozen"),
        (Annotated[MOMENT, ClusteringKey()], (None,), "no part of a key"),
        (Annotated[MOMENT, Static()], (None,), r"a Static\(\) column to all rows"),
        (Annotated[MOMENT, Discriminator()], (None,), r"no Discriminator\(\) can"),
        (Annotated[int, Version()], (1,), r"contradict each other"),
        (Annotated[MOMENT, UpdatedAt(), CreatedAt()], (None,), r"contradict each other"),
    ],
)
def test_rule_31_what_cannot_be_an_instant_of_writes_is_refused(marker, annotation, default, why):
    with pytest.raises(ModelError, match=rf"Bad\.v: .*{why}"):
        made(Annotated[annotation, marker], *deepcopy(default))


def test_rule_31_a_row_is_created_and_changed_at_one_moment_each():
    for marker in (CreatedAt, UpdatedAt):
        with pytest.raises(ModelError, match=rf"Two\.b and \.a are both marked {marker.__name__}"):

            class Two(sync.Document):
                id: Key
                a: Annotated[MOMENT, marker] = None
                b: Annotated[MOMENT, marker] = None


def test_rule_31_a_frozen_document_has_no_version():
    with pytest.raises(ModelError, match=r"Bad\.v: .* cannot be frozen"):
        made(V, 1, model_config=ConfigDict(frozen=True))


def test_rule_31_a_row_has_one_version():
    with pytest.raises(ModelError, match=r"Two\.b and \.a are both marked Version"):

        class Two(sync.Document):
            id: Key
            a: V = 1
            b: V = 1


def test_rule_31_counters_views_and_user_defined_types_have_no_version():
    with pytest.raises(ModelError, match=r"Views\.v is not a counter"):

        class Views(sync.CounterDocument):
            id: Key
            n: Annotated[int | None, Counter()] = None
            v: V = 1

    with pytest.raises(ModelError, match=r"Views\.n: Version\(\) counts in a bigint"):

        class Views(sync.CounterDocument):
            id: Key
            n: Annotated[int | None, Counter(), Version()] = None

    class Account(sync.Document):
        id: Key
        v: V = 1

    with pytest.raises(
        ModelError, match=r"ByVersion: a view is only read; leave Version\(\), CreatedAt\(\) and UpdatedAt\(\) out"
    ):

        class ByVersion(sync.MaterializedView):
            v: V = 1
            id: Annotated[int, PrimaryKey()]

            class Settings:
                base_table = Account

    class Place(UserType):
        v: V = 1

    with pytest.raises(ModelError, match=r"Version\(\) means nothing in a user-defined type"):

        class Home(sync.Document):
            id: Key
            place: Place


def test_rule_31_classes_that_share_a_table_count_together():
    class Animal(sync.Document):
        id: Key
        kind: Annotated[str, Discriminator()] = ""

    with pytest.raises(ModelError, match=r"Cat\.v: .* Animal, .* move Version\(\) there"):

        class Cat(Animal):
            v: V = 1

            class Settings:
                discriminator_value = "cat"
