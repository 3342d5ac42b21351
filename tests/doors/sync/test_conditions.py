# Derived by tests/derive.py: edit tests/doors/aio/test_conditions.py,
# then run `tox -e sync`.
"""What the answer to a condition makes of the document, and the answers that are none."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import pytest
from pydantic import BeforeValidator

from coodie.sync import BatchQuery, Document
from coodie.drivers import Page
from coodie.drivers.registry import replaced
from coodie.exceptions import (
    ConditionNotMet,
    DecodeError,
)
from coodie.fields import ClusteringKey, PrimaryKey
from coodie.types import Unreadable


class Player(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    tries: int = 0


class Answering:
    def __init__(self, page):
        self.page = page

    def execute(self, request):
        return self.page

    def close(self):
        pass


def batched(write):
    with BatchQuery() as batch:
        write(batch=batch)


@pytest.mark.parametrize("told", [None, "true", 1, 0])
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: Player(id=1).insert(), id="insert"),
        pytest.param(lambda: Player(id=1).update(tries=1, if_exists=True), id="update"),
        pytest.param(lambda: batched(Player(id=1).insert), id="batch"),
    ],
)
def test_an_answer_that_is_neither_yes_nor_no_is_an_error(write, told):
    with replaced("default", Answering(Page(("[applied]",), [(told,)]))), pytest.raises(DecodeError):
        write()


@pytest.mark.parametrize("told", [[True, False], [False, True]])
def test_what_was_applied_in_part_was_not_applied(told):
    player = Player(id=1, name="ann")
    batch = BatchQuery(allow_multiple_conditions=True)
    player.update(name="bo", if_conditions={"tries": 5}, batch=batch)
    with replaced("default", Answering(Page(("[applied]", "id"), [(each, 1) for each in told]))):
        batch.execute()
    assert (batch.result.applied, len(batch.result.rows), player.name) == (False, 2, "ann")


class Mood(Enum):
    GOOD = "good"


class Note(Document):
    book: Annotated[int, PrimaryKey()]
    page: Annotated[int, ClusteringKey()]
    text: str
    at: datetime | None = None
    mood: Mood = Mood.GOOD

    class Settings:
        name = "notes"


GOOD = {"book": 1, "page": 1, "text": "a"}


BAD = {
    "a null": ({"book": 1, "page": 2, "text": None}, "text"),
    "no member": ({"book": 1, "page": 2, "text": "b", "mood": "bad"}, "mood"),
    "a far year": ({"book": 1, "page": 2, "text": "b", "at": 2**60}, "at"),
    "a broken cell": ({"book": 1, "page": 2, "text": Unreadable("it is no text that Python can hold")}, "text"),
}


def notes(recorder, *pages):
    recorder.on("select", table=Note).pages(pages)


NOTE = Note(book=1, page=2, text="mine")


@pytest.mark.parametrize(("row", "column"), BAD.values(), ids=BAD)
def test_rule_26_the_outcome_of_a_condition_is_never_hidden(coodie_recorder, row, column):
    if column == "text" and row["text"] is None:
        return  # a null counts as not loaded
    coodie_recorder.on("insert", table=Note).applied(False, row)
    result = NOTE.insert()
    assert not result
    assert result.applied is False
    assert result.rows[0]["page"] == 2
    assert "LWTResult(applied=False" in repr(result)
    for _ in range(2):
        with pytest.raises(DecodeError, match=rf"table notes .*'{column}'"):
            result.existing  # noqa: B018
    with pytest.raises(ConditionNotMet) as caught:
        result.raise_if_lost()
    with pytest.raises(DecodeError):
        caught.value.existing  # noqa: B018


def test_rule_26_updates_deletes_and_batches_tell_their_outcome_too(coodie_recorder):
    lost = {"mood": "bad"}
    given = {"mood": Mood.GOOD}
    for verb, call in (
        ("update", lambda: NOTE.update(text="x", if_conditions=given)),
        ("delete", lambda: NOTE.delete(if_conditions=given)),
        ("update", lambda: Note.find(book=1, page=2).update(text="x", if_conditions=given)),
        ("delete", lambda: Note.find(book=1, page=2).delete(if_conditions=given)),
    ):
        coodie_recorder.on(verb, table=Note).applied(False, lost)
        result = call()
        assert (result.applied, list(result.rows)) == (False, [lost])
        with pytest.raises(DecodeError, match="'mood'"):
            result.existing  # noqa: B018

    coodie_recorder.on("batch").applied(False, {"book": 1, "page": 2, "mood": "bad"})
    batch = BatchQuery()
    NOTE.update(text="x", if_conditions=given, batch=batch)
    result = batch.execute() or batch.result
    assert result.applied is False
    with pytest.raises(DecodeError, match="'mood'"):
        result.existing  # noqa: B018


def test_rule_26_create_if_not_exists_says_that_it_was_lost(coodie_recorder):
    coodie_recorder.on("insert", table=Note).applied(False, {**GOOD, "mood": "bad"})
    with pytest.raises(ConditionNotMet) as caught:
        Note.find().if_not_exists().create(GOOD)
    with pytest.raises(DecodeError, match="'mood'"):
        caught.value.existing  # noqa: B018


def test_rule_26_a_validator_of_the_model_that_fails_hides_no_outcome(coodie_recorder):
    def strict(value):
        if value == "theirs":
            raise TypeError("no error of Pydantic's")
        return value

    class Word(Document):
        id: Annotated[int, PrimaryKey()]
        word: Annotated[str, BeforeValidator(strict)] = "mine"

    coodie_recorder.on("insert", table=Word).applied(False, {"id": 1, "word": "theirs"})
    result = Word(id=1).insert()
    assert result.applied is False
    with pytest.raises(TypeError):
        result.existing  # noqa: B018


def test_an_outcome_that_can_be_read_is_as_it_was(coodie_recorder):
    coodie_recorder.on("insert", table=Note).applied(False, GOOD)
    lost = Note(**GOOD).insert()
    assert lost.existing == Note(**GOOD)
    coodie_recorder.on("insert", table=Note).applied(False, GOOD)
    assert Note(**GOOD).insert() == lost
    coodie_recorder.on("insert", table=Note).applied()
    assert (Note(**GOOD).insert()).existing is None
