"""The ways back to what was loaded or is there now: rollback, without a trip, and refresh (rule 21)."""

from typing import Annotated

import pytest
from doors.aio.known_rows import ROW, User, load, sent
from pydantic import AfterValidator

from coodie.aio import CounterDocument
from coodie.exceptions import DocumentNotFound, InvalidQueryError
from coodie.fields import Counter, PrimaryKey


async def test_rule_21_a_rollback_after_an_operator_on_a_change_knows_what_the_server_has(coodie_recorder):
    user = await load(coodie_recorder, ROW)
    user.tags = {"b"}
    await user.update(tags__add={"c"})
    user.rollback()
    assert user.tags == {"a", "c"}


class Strict(User):
    must: str
    loud: Annotated[str, AfterValidator(str.upper)] = "X"


async def test_rule_21_a_rollback_after_a_required_column_was_deleted_leaves_it_not_loaded(coodie_recorder):
    strict = await load(coodie_recorder, ROW | {"must": "m", "loud": "a"}, model=Strict)
    await strict.delete_columns("must")
    strict.name = "bo"
    assert strict.changes() == {"name"}
    strict.rollback()
    assert (strict.name, strict.loud, hasattr(strict, "must"), strict.changes()) == ("ann", "A", False, set())


async def test_rule_21_rollback_goes_back_to_what_was_loaded(coodie_recorder):
    user = await load(coodie_recorder, {"id": 1, "name": "ann", "tags": {"a"}}, "name", "tags")
    user.id, user.name, user.note = 2, "bo", "y"
    user.tags.add("b")
    calls = len(coodie_recorder.calls)
    user.rollback()
    assert (user.id, user.name, user.tags) == (1, "ann", {"a"})
    assert not hasattr(user, "note")
    assert user.changes() == set()
    assert len(coodie_recorder.calls) == calls
    user.tags.add("c")
    assert user.changes() == {"tags"}, "what it goes back to is not shared with it"
    user.rollback()
    assert user.tags == {"a"}


async def test_rule_21_rollback_goes_back_to_what_was_saved(coodie_recorder):
    user = User(id=1, name="ann")
    with pytest.raises(InvalidQueryError, match="this User was neither loaded nor saved, so there is no way back"):
        user.rollback()
    await user.update(tags__add={"a"})
    with pytest.raises(InvalidQueryError, match="neither loaded nor saved"):
        user.rollback()
    await user.save()
    user.name, user.note = "bo", "y"
    user.items.append(1)
    user.rollback()
    assert user == User(id=1, name="ann")
    assert user.model_fields_set == {"id", "name"}
    assert await sent(coodie_recorder, user) is None


async def test_rule_21_rollback_after_the_own_delete_is_still_a_new_row(coodie_recorder):
    user = await load(coodie_recorder, ROW)
    user.name = "bo"
    await user.delete()
    user.rollback()
    assert await sent(coodie_recorder, user) == ROW


async def test_rule_21_refresh_loads_again_what_was_loaded(coodie_recorder):
    user = await load(coodie_recorder, {"id": 1, "name": "ann"}, "name")
    user.id, user.note = 2, "y"
    coodie_recorder.on("select").returns([{"id": 1, "name": "cy"}])
    await user.refresh(consistency="QUORUM", timeout=2.0)
    assert coodie_recorder.last.cql == "SELECT id, name FROM user WHERE id = ?"
    assert coodie_recorder.last.values == (1,)
    assert coodie_recorder.last.request.options.consistency == "QUORUM"
    assert (user.id, user.name, hasattr(user, "note")) == (1, "cy", False)
    assert user.changes() == set()


async def test_rule_21_refresh_of_a_row_that_is_gone(coodie_recorder):
    user = await load(coodie_recorder, ROW)
    user.name = "bo"
    coodie_recorder.on("select").returns([])
    with pytest.raises(DocumentNotFound, match="no User with id"):
        await user.refresh()
    assert (user.name, user.changes()) == ("bo", {"name"})


async def test_rule_21_refresh_of_a_new_document_loads_the_whole_row(coodie_recorder):
    user = User(id=1)
    coodie_recorder.on("select").returns([ROW])
    await user.refresh()
    assert coodie_recorder.last.cql == "SELECT id, name, note, tags, items, attrs, home FROM user WHERE id = ?"
    assert user.name == "ann"
    assert await sent(coodie_recorder, user) is None


async def test_rule_21_refresh_loads_what_an_operator_made_unknown(coodie_recorder):
    user = await load(coodie_recorder, {"id": 1, "items": [1]}, "items")
    await user.update(items__set=(4, 9))
    assert not hasattr(user, "items")
    coodie_recorder.on("select").returns([{"id": 1, "items": [1, 2, 3, 4, 9]}])
    await user.refresh()
    assert user.items == [1, 2, 3, 4, 9]


async def test_counters_can_be_refreshed(coodie_recorder):
    class Views(CounterDocument):
        url: Annotated[str, PrimaryKey()]
        views: Annotated[int | None, Counter()] = None

    views = Views(url="/")
    await views.increment(views=1)
    coodie_recorder.on("select").returns([{"url": "/", "views": 7}])
    await views.refresh()
    assert views.views == 7
