"""Generic and inherited models, and models made in functions, on a real cluster."""

from __future__ import annotations

import sys
from datetime import date, datetime, time, timezone
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID, uuid4

import pytest
from pydantic import (
    field_validator,
)

from coodie import ModelError, PrimaryKey, UserType
from coodie.aio import Document

from .kinds import exactly

T = TypeVar("T")
Key = Annotated[UUID, PrimaryKey()]
UTC = timezone.utc

pytestmark = pytest.mark.usefixtures("connection")


class Pot(Document, Generic[T]):
    id: Key
    content: T
    others: list[T] = []


class Box(Document, Generic[T]):
    id: Key
    content: T
    others: list[T] = []

    class Settings:
        abstract = True


async def test_generic_models(look):
    class Numbers(Box[int]):
        pass

    class Names(Box[set[str]]):
        class Settings:
            name = "names_in_boxes"

    for model, content in ((Numbers, 5), (Names, {"a"}), (Pot[date], date(2030, 1, 1))):
        await model.sync_table()
        box = model(id=uuid4(), content=content, others=[content])
        await box.save()
        assert exactly(await model.get(id=box.id)) == exactly(box)
    assert [model.table_name() for model in (Numbers, Names, Pot[date])] == ["numbers", "names_in_boxes", "pot_date"]
    with pytest.raises(ModelError, match="abstract"):
        await Box[int].sync_table()


class Stamped(Document):
    id: Key
    made: datetime = datetime(2030, 1, 1, tzinfo=UTC)

    class Settings:
        abstract = True
        consistency = "QUORUM"


class Named(Stamped):
    name: str = "?"

    class Settings:
        timeout = 30


class Article(Named):
    made: datetime = datetime(2031, 1, 1, tzinfo=UTC)
    words: int = 0

    class Settings:
        name = "articles"

    @field_validator("name")
    @classmethod
    def _title(cls, value: str) -> str:
        return value.title()


async def test_fields_validators_and_settings_are_inherited(spy):
    await Article.sync_table()
    article = Article(id=uuid4(), name="on cats")
    await article.save()
    sent = spy.last
    assert sent.params == {"id": article.id, "made": datetime(2031, 1, 1, tzinfo=UTC), "name": "On Cats", "words": 0}
    assert (sent.request.options.consistency, sent.request.options.timeout) == ("QUORUM", 30)
    assert exactly(await Article.get(id=article.id)) == exactly(article)
    await article.update(name="on dogs")
    assert (await Article.get(id=article.id)).name == "On Dogs"
    with pytest.raises(ModelError, match="Stamped is abstract"):
        await Stamped.get(id=article.id)


async def test_models_made_in_functions_with_postponed_annotations():
    def make(table):
        class Part(UserType):
            size: int

        class Thing(Document):
            id: Key
            parts: dict[str, Part] = {}
            later: Later | None = None

            class Settings:
                name = table

        class Later(UserType):
            at: time

        Thing.model_rebuild(_types_namespace={"Later": Later, "Part": Part, **globals()})
        return Thing, Part, Later

    for table in ("made_here", "made_there"):
        thing, part, later = make(table)
        await thing.sync_table()
        row = thing(id=uuid4(), parts={"a": part(size=1)}, later=later(at=time(1, 2, 3)))
        await row.save()
        assert exactly(await thing.get(id=row.id)) == exactly(row)


NEW_SYNTAX = """
from typing import Annotated
from uuid import UUID

from coodie import PrimaryKey, UserType
from coodie.aio import Document
from coodie.fields import SmallInt

type Id = Annotated[UUID, PrimaryKey()]
type Count = Annotated[int, SmallInt()]
type Counts[K] = dict[K, list[Count]]
type Back[K, V] = dict[V, K]
type Same[T] = T

class Item[T](UserType):
    one: T
    many: Counts[str]

class Shelf[T](Document):
    id: Id
    counts: Counts[int] | None = None
    items: list[Item[T]] = []
    back: Back[Count, str] = {}
    same: Same[list[Same[Count]]] = []

class Books(Shelf[str]):
    pass
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax came with Python 3.12")
async def test_type_statements_and_type_parameters(look):
    scope: dict[str, Any] = {"__name__": __name__}
    exec(compile(NEW_SYNTAX, "new_syntax", "exec", dont_inherit=True), scope)
    books, item = scope["Books"], scope["Item"]
    await books.sync_table()
    row = books(id=uuid4(), counts={1: [2]}, items=[item[str](one="a", many={"b": [1]})], back={"a": 1}, same=[1])
    await row.save()
    assert exactly(await books.get(id=row.id)) == exactly(row)
    question = "SELECT type FROM system_schema.columns WHERE keyspace_name = '{}' AND table_name = 'books'"
    types = {"map<bigint, frozen<list<smallint>>>", "map<text, smallint>", "list<smallint>"}
    assert types <= {cql_type for (cql_type,) in look(question)}
