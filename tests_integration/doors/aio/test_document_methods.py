"""Methods that a document overrides, on a real cluster: called around what truly happened."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import pytest

from coodie.aio import AsyncBatchQuery, Document, save_many
from coodie.fields import PrimaryKey


class Tag(Document):
    id: Annotated[int, PrimaryKey()]
    name: str
    told: ClassVar[list[tuple[str, int]]] = []

    def before_save(self) -> None:
        self.name = self.name.lower()
        self.told.append(("before save", self.id))

    def after_save(self) -> None:
        self.told.append(("after save", self.id))

    def before_delete(self) -> None:
        self.told.append(("before delete", self.id))

    def after_load(self) -> None:
        self.told.append(("after load", self.id))


@pytest.fixture
async def told(connection: None) -> list[tuple[str, int]]:
    await Tag.sync_table()
    await Tag.truncate()
    Tag.told.clear()
    return Tag.told


async def test_they_are_called_around_saves_loads_and_deletes(told: list[tuple[str, int]], look: Any) -> None:
    await Tag(id=1, name="NEW").save()
    assert not (await Tag(id=1, name="other").insert()).applied
    tag = await Tag.get(id=1)
    await tag.delete()
    assert told == [
        ("before save", 1),
        ("after save", 1),
        ("before save", 1),  # lost, so it was not written
        ("after load", 1),  # the row in its way
        ("after load", 1),
        ("before delete", 1),
    ]
    assert look("SELECT id, name FROM {}.tag") == []


async def test_they_are_called_for_batches_and_many_documents(told: list[tuple[str, int]], look: Any) -> None:
    async with AsyncBatchQuery() as batch:
        await Tag(id=1, name="A").save(batch=batch)
        await Tag(id=2, name="B").save(batch=batch)
        assert told == [("before save", 1), ("before save", 2)]
    assert told[2:] == [("after save", 1), ("after save", 2)]
    (await save_many(Tag(id=number, name="C") for number in range(3, 8))).raise_if_failed()
    assert sorted(told[4:]) == [(when, number) for when in ("after save", "before save") for number in range(3, 8)]
    assert sorted(look("SELECT id, name FROM {}.tag")) == [
        (1, "a"),
        (2, "b"),
        *((number, "c") for number in range(3, 8)),
    ]
