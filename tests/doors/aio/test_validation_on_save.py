"""What cannot be loaded is not saved (rule 23)."""

from __future__ import annotations

from datetime import date, datetime, timezone
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import UUID4, AwareDatetime, Field, Json, field_validator, model_validator

from coodie.aio import AsyncBatchQuery, Document
from coodie.exceptions import InvalidQueryError
from coodie.fields import ClusteringKey, Frozen, PrimaryKey
from coodie.testing import RecordingDriver
from coodie.usertype import UserType


class Colour(Enum):
    RED = "red"


class Size(UserType):
    width: Annotated[int, Field(gt=0)] = 1


class Shelf(Document):
    id: Annotated[int, PrimaryKey()]
    place: Annotated[int, ClusteringKey()] = 0
    colour: Colour = Colour.RED
    kind: Literal["a", "b"] = "a"
    count: Annotated[int, Field(gt=0)] = 1
    name: Annotated[str, Field(max_length=5)]
    tags: Annotated[set[str], Field(max_length=2)] = set()
    size: Annotated[Size, Frozen(False)] = Size()
    sizes: list[Size] = []
    runs: int = 0
    notes: list[Json[list[int]]] = []

    @field_validator("runs")
    @classmethod
    def counted(cls, value: int) -> int:
        if value == 99:
            raise LookupError("not 99")
        return value + 1

    @model_validator(mode="after")
    def fits(self) -> Shelf:
        if self.kind == "b" and self.count > 10:
            raise ValueError(f"{self.count} are too many")
        return self


WRONG = [
    ("colour", "red-ish", "at colour: "),
    ("kind", "c", "at kind: Input should be 'a' or 'b'"),
    ("count", 0, "at count: Input should be greater than 0"),
    ("name", "too long", "at name: String should have at most 5 characters"),
    ("name", None, "at name: Input should be a valid string"),
    ("tags", {"a", "b", "c"}, "at tags: Set should have at most 2 items"),
    ("size", Size.model_construct(width=0), "at size.width: Input should be greater than 0"),
    ("sizes", [Size.model_construct(width=0)], "at sizes.0.width: Input should be greater than 0"),
    ("runs", 99, "a validator raises LookupError"),
]


def shelf(**values: Any) -> Shelf:
    return Shelf(**{"id": 1, "name": "oak", **values})


async def save(document: Shelf) -> None:
    await document.save()


async def insert(document: Shelf) -> None:
    await document.insert()


async def save_into_a_batch(document: Shelf) -> None:
    await document.save(batch=AsyncBatchQuery())


WAYS = [save, insert, save_into_a_batch]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("field", "value", "why"), WRONG)
async def test_rule_23_what_cannot_be_loaded_is_not_saved(
    coodie_recorder: RecordingDriver, way: Any, field: str, value: Any, why: str
) -> None:
    document = shelf()
    setattr(document, field, value)
    with pytest.raises(InvalidQueryError) as caught:
        await way(document)
    assert str(caught.value).startswith("Shelf is not saved, since it could not be loaded again: ")
    assert why in str(caught.value)
    assert coodie_recorder.calls == []


@pytest.mark.parametrize("way", WAYS)
async def test_rule_23_a_rule_of_the_whole_model_holds(coodie_recorder: RecordingDriver, way: Any) -> None:
    document = shelf(count=11)
    document.kind = "b"
    with pytest.raises(InvalidQueryError, match="a validator refuses it") as caught:
        await way(document)
    assert "11" not in str(caught.value)
    assert "11 are too many" in caught.value.errors[0]["msg"]
    assert coodie_recorder.calls == []


async def test_rule_23_a_document_that_was_constructed_without_what_it_needs_is_not_saved(
    coodie_recorder: RecordingDriver,
) -> None:
    with pytest.raises(InvalidQueryError, match="'name' was neither loaded nor set"):
        await Shelf.model_construct(id=1, place=0).save()
    assert coodie_recorder.calls == []


async def test_rule_23_the_result_of_the_validation_is_not_used(coodie_recorder: RecordingDriver) -> None:
    document = shelf(runs=1)  # counted once, when it was made
    await document.save()
    assert coodie_recorder.last.params["runs"] == 2
    assert document.runs == 2


async def test_rule_23_of_a_part_what_was_loaded_is_validated(coodie_recorder: RecordingDriver) -> None:
    coodie_recorder.on("select", table=Shelf).returns([{"id": 1, "place": 0, "count": 5}])
    found = await Shelf.find(id=1, place=0).only("count").one()
    found.count = 0
    with pytest.raises(InvalidQueryError, match="at count: Input should be greater than 0"):
        await found.save()
    found.count = 11
    await found.save()
    assert coodie_recorder.last.params["count"] == 11


async def test_rule_23_a_part_that_breaks_a_rule_of_the_whole_is_refused_where_that_is_known(
    coodie_recorder: RecordingDriver,
) -> None:
    document = shelf(tags={"a", "b"})
    await document.save()
    coodie_recorder.clear()
    with pytest.raises(InvalidQueryError, match=r"Shelf\.tags: Set should have at most 2 items"):
        await document.update(tags__add={"c"})
    assert coodie_recorder.calls == []
    await document.update(tags__add={"b"})
    noted = shelf(notes=["[1]"])
    await noted.save()
    await noted.update(notes__append=["[2]"])  # what it holds is another form than its validator takes
    assert noted.notes == [[1], [2]]
    unknown = shelf()
    await unknown.update(tags__add={"a", "b"})
    assert len(coodie_recorder.calls) == 4


class Plain(Document):
    """Fields whose classes alone say that a value fits."""

    id: Annotated[int, PrimaryKey()]
    name: str = ""
    note: str | None = None
    score: float = 0.0
    at: datetime = datetime(2024, 1, 1, tzinfo=timezone.utc)
    day: date = date(2024, 1, 1)
    token: UUID = UUID(int=1)
    data: bytes = b""
    done: bool = False


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 5),
        ("note", 5),
        ("score", "much"),
        ("at", 5j),
        ("day", datetime(2024, 1, 1, 5, tzinfo=timezone.utc)),
        ("token", "none"),
        ("data", 5),
        ("done", "perhaps"),
    ],
)
async def test_rule_23_a_value_of_another_class_is_refused(
    coodie_recorder: RecordingDriver, field: str, value: Any
) -> None:
    document = Plain(id=1)
    setattr(document, field, value)
    with pytest.raises(InvalidQueryError):
        await document.save()
    assert coodie_recorder.calls == []
    setattr(document, field, getattr(Plain(id=1), field))
    await document.save()
    assert len(coodie_recorder.calls) == 1


class PlainKey(Document):
    id: Annotated[int, PrimaryKey()] = 1

    class Settings:
        abstract = True


class FiniteOnly(PlainKey):
    model_config = {"allow_inf_nan": False}
    value: float = 0.0


class ShortTexts(PlainKey):
    model_config = {"str_max_length": 3}
    value: str | None = None


class StrictlyAware(PlainKey):
    value: AwareDatetime | None = None

    @field_validator("value")
    @classmethod
    def not_so_late(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.year > 2100:
            raise ValueError("so late")
        return value


class Positive(PlainKey):
    value: Annotated[int, Field(gt=0)] = 1


class RandomOnly(PlainKey):
    value: UUID4 | None = None


class LooksAfterwards(PlainKey):
    value: int = 0

    def model_post_init(self, context: Any, /) -> None:
        if self.value == 13:
            raise ValueError("not 13")


class MadeWithCare(PlainKey):
    value: int = 0

    def __init__(self, **data: Any) -> None:
        super().__init__(**data)
        if self.value == 13:
            raise ValueError("not 13")


class LooksBefore(PlainKey):
    value: int = 0

    @model_validator(mode="before")
    @classmethod
    def not_13(cls, data: Any) -> Any:
        if data.get("value") == 13:
            raise ValueError("not 13")
        return data


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (FiniteOnly, float("inf")),
        (ShortTexts, "long"),
        (StrictlyAware, datetime(2200, 1, 1, tzinfo=timezone.utc)),
        (Positive, 0),
        (RandomOnly, UUID(int=1)),
        (LooksAfterwards, 13),
        (MadeWithCare, 13),
        (LooksBefore, 13),
    ],
)
async def test_rule_23_a_value_of_the_right_class_that_breaks_a_rule_is_refused(
    coodie_recorder: RecordingDriver, model: Any, value: Any
) -> None:
    document = model()
    document.value = value
    with pytest.raises(InvalidQueryError, match="is not saved, since it could not be loaded again"):
        await document.save()
    assert coodie_recorder.calls == []


async def test_rule_23_can_be_switched_off(coodie_recorder: RecordingDriver) -> None:
    class Loose(Document):
        id: Annotated[int, PrimaryKey()]
        count: Annotated[int, Field(gt=0)] = 1

        class Settings:
            validate_on_save = False

    document = Loose(id=1)
    document.count = 0
    await document.save()
    assert coodie_recorder.last.params["count"] == 0


async def partly_loaded(recorder: RecordingDriver, *names: str) -> Shelf:
    row = {"id": 1, "place": 0, "name": "oak", "count": 3}
    recorder.on("select").returns([{name: row[name] for name in ("id", "place", *names)}])
    return await Shelf.find(id=1).only(*names).one()


async def with_another_key(document: Shelf) -> None:
    document.id = 2
    await document.save()


async def elsewhere(document: Shelf) -> None:
    await Shelf.using(keyspace="archive").save(document)


async def inserted_elsewhere(document: Shelf) -> None:
    await Shelf.using(keyspace="archive").insert(document)


async def after_its_delete(document: Shelf) -> None:
    await document.delete()
    await document.save()


@pytest.mark.parametrize("way", [with_another_key, elsewhere, inserted_elsewhere, after_its_delete, insert])
async def test_rule_23_a_new_row_needs_the_fields_that_were_not_loaded(coodie_recorder, way):
    if way in (insert, inserted_elsewhere):
        coodie_recorder.on("insert", conditional=True).applied()
    document = await partly_loaded(coodie_recorder, "count")
    with pytest.raises(
        InvalidQueryError, match="'name' was neither loaded nor set, and the model allows no null there"
    ):
        await way(document)
    assert [call.operation for call in coodie_recorder.calls if call.request.cql.startswith("INSERT")] == []
    await way(await partly_loaded(coodie_recorder, "name"))
    assert coodie_recorder.last.params["name"] == "oak", "what has a default may be null"


class Holder(Document):
    id: Annotated[int, PrimaryKey()]
    listed: list[str] = []
    chosen: set[str] = set()
    named: dict[str, str] = {}


@pytest.mark.parametrize("name", ["listed", "chosen", "named"])
@pytest.mark.parametrize("value", ["ab", ("a", "b"), b"ab", range(2), ["a"], {"a"}, {"a": "b"}])
async def test_rule_23_a_collection_of_another_kind_is_not_made_into_the_right_one(
    coodie_recorder: RecordingDriver, name: str, value: Any
) -> None:
    """A text that was assigned to a list must not be stored as its letters."""
    holder = Holder(id=1)
    setattr(holder, name, value)
    if isinstance(value, type(getattr(Holder(id=1), name))):
        await holder.save()
        assert coodie_recorder.last.params[name] == value
    else:
        with pytest.raises(InvalidQueryError, match=name):
            await holder.save()
