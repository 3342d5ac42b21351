from typing import Annotated

import pytest

from coodie.aio import CounterDocument
from coodie.exceptions import InvalidQueryError
from coodie.fields import ClusteringKey, Counter, PrimaryKey, Static


class Views(CounterDocument):
    url: Annotated[str, PrimaryKey()]
    day: Annotated[int | None, ClusteringKey()] = None
    views: Annotated[int | None, Counter()] = None
    clicks: Annotated[int | None, Counter()] = None
    total: Annotated[int | None, Counter(), Static()] = None


async def test_counters_go_up_and_down(coodie_recorder, cql_snapshot):
    views = Views(url="/", day=1)
    assert await views.increment(views=1) is None
    await views.increment({"clicks": 2}, views=3, consistency="QUORUM", timeout=2.5)
    await views.decrement(clicks=1)
    await views.increment(views=-1)
    await Views(url="/").increment(total=1)
    assert views == Views(url="/", day=1)
    assert coodie_recorder == cql_snapshot
    assert not any(call.request.idempotent for call in coodie_recorder.calls)


async def test_a_counter_that_was_never_read_or_never_raised_is_none(coodie_recorder):
    coodie_recorder.on("select", table=Views).returns([{"url": "/", "day": 1, "views": 7}])
    found = await Views.get(url="/", day=1)
    assert (found.views, found.clicks, Views(url="/").views) == (7, None, None)


async def test_counters_are_deleted(coodie_recorder, cql_snapshot):
    await Views(url="/", day=1).delete()
    await Views.find(url="/").delete()
    assert coodie_recorder == cql_snapshot


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Views(url="/", day=1).increment(), "need a counter"),
        (lambda: Views(url="/", day=1).decrement({}), "need a counter"),
        (lambda: Views(url="/", day=1).increment(view=1), "did you mean 'views'"),
        (lambda: Views(url="/", day=1).increment(day=1), "not a counter"),
        (lambda: Views(url="/", day=1).increment(views=1.5), "by an int"),
        (lambda: Views(url="/", day=1).increment(views=True), "by an int"),
        (lambda: Views(url="/").increment(views=1), "primary key"),
        (lambda: Views(url="/", day=1).delete(if_exists=True), "counters"),
        (lambda: Views(url="/", day=1).delete(if_conditions={"views": 1}), "counters"),
        (lambda: Views(url="/", day=1).delete(timestamp=5), "no timestamp"),
        (lambda: Views.find(url="/").timestamp(5).delete(), "no timestamp"),
        (lambda: Views.find(url="/", day=1).if_exists().delete(), "counters"),
        (lambda: Views.find(url="/", day=1).update(views=1), "increment"),
        (lambda: Views.find().create(url="/", day=1), "increment"),
    ],
)
async def test_what_counters_cannot_is_refused(coodie_recorder, call, message):
    with pytest.raises(InvalidQueryError, match=message):
        await call()
    assert coodie_recorder.calls == []


def test_counter_documents_are_never_saved():
    assert not {"save", "insert", "update", "create", "delete_columns"} & set(dir(Views))
