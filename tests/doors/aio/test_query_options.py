"""Rule 30: an option of a query that a verb has no use for is refused, by each verb and for each option."""

from contextlib import suppress
from typing import Annotated

import pytest

from coodie.aio import Document
from coodie.exceptions import DocumentNotFound, InvalidQueryError
from coodie.fields import ClusteringKey, PrimaryKey, Static, Vector, VectorIndex


class Reading(Document):
    site: Annotated[int, PrimaryKey()]
    day: Annotated[int, ClusteringKey()]
    city: Annotated[str | None, Static()] = None
    value: float = 0.0
    place: Annotated[list[float] | None, Vector(2), VectorIndex()] = None

    class Settings:
        name = "readings"


KEY = {"site": 1, "day": 2}

OPTIONS = {
    "filter": lambda q: q.filter(KEY),
    "limit": lambda q: q.limit(3),
    "per_partition_limit": lambda q: q.per_partition_limit(3),
    "order_by": lambda q: q.order_by("day"),
    "order_by_ann": lambda q: q.order_by_ann("place", [1.0, 2.0]),
    "distinct": lambda q: q.distinct(),
    "only": lambda q: q.only("value"),
    "defer": lambda q: q.defer("value"),
    "allow_filtering": lambda q: q.allow_filtering(),
    "fetch_size": lambda q: q.fetch_size(3),
    "page": lambda q: q.page(b"x"),
    "ttl": lambda q: q.ttl(0),
    "timestamp": lambda q: q.timestamp(0),
    "if_exists": lambda q: q.if_exists(),
    "if_not_exists": lambda q: q.if_not_exists(),
    "using": lambda q: q.using(keyspace="archive", connection="default"),
    "consistency": lambda q: q.consistency("ONE"),
    "serial_consistency": lambda q: q.serial_consistency("SERIAL"),
    "timeout": lambda q: q.timeout(2.5),
    "using ttl": lambda q: q.using(ttl=5),
    "using timestamp": lambda q: q.using(timestamp=5),
    "using fetch_size": lambda q: q.using(fetch_size=5),
    "page from the start": lambda q: q.page(None),
}

CALL = {"using", "consistency", "serial_consistency", "timeout", "page from the start"}
ROWS = CALL | {"filter", "allow_filtering", "order_by", "only", "defer", "fetch_size", "using fetch_size"}
CELLS = ROWS | {"limit", "per_partition_limit", "order_by_ann", "page"}
READ = CELLS | {"distinct"}
UPDATE = CALL | {"filter", "timestamp", "using timestamp", "if_exists", "ttl", "using ttl"}


async def iterate(query):
    return [document async for document in query]


async def in_groups(query):
    return await query.group_by("site").aggregate(n="count(*)")


async def paged(query):
    return await query.paged_all()


VERBS = {
    "all": (lambda q: q.all(), READ),
    "iteration": (iterate, READ),
    "first": (lambda q: q.first(), READ),
    "one": (lambda q: q.one(), READ),
    "paged_all": (paged, READ),
    "json": (lambda q: q.json(), READ),
    "values_list": (lambda q: q.values_list("site").all(), READ),
    "grouped": (lambda q: q.group_by("site").all(), READ),
    "writetime": (lambda q: q.writetime("value"), CELLS),
    "column_ttl": (lambda q: q.column_ttl("value"), CELLS),
    "groups": (in_groups, CELLS - {"order_by_ann"}),
    "exists": (lambda q: q.exists(), ROWS | {"distinct"}),
    "count": (lambda q: q.count(), ROWS),
    "aggregate": (lambda q: q.aggregate(n="count(*)"), ROWS),
    "sum": (lambda q: q.sum("value"), ROWS),
    "avg": (lambda q: q.avg("value"), ROWS),
    "min": (lambda q: q.min("value"), ROWS),
    "max": (lambda q: q.max("value"), ROWS),
    "update": (lambda q: q.filter(KEY).update(value=1.0), UPDATE),
    "delete": (lambda q: q.filter(KEY).delete(), UPDATE - {"ttl", "using ttl"}),
    "create": (lambda q: q.create(KEY), UPDATE - {"if_exists", "filter"} | {"if_not_exists"}),
}


# It asks for one row, so fewer are as good; and code that makes pages of any query counts it too.
AS_GOOD = {("first", "limit"), ("writetime", "limit"), ("column_ttl", "limit")}
AS_GOOD |= {(verb, option) for verb in VERBS if READ - VERBS[verb][1] for option in ("only", "defer")}
AS_GOOD |= {(verb, "page from the start") for verb in VERBS} | {("values_list", "only"), ("values_list", "defer")}


async def sent(recorder, call, query):
    with suppress(DocumentNotFound):
        await call(query)
    (made,) = recorder.calls
    recorder.clear()
    return made.request


@pytest.mark.parametrize("verb", VERBS)
async def test_rule_30_an_option_that_a_verb_does_not_use_is_refused(coodie_recorder, verb):
    call, taken = VERBS[verb]
    for option in OPTIONS.keys() - taken:
        name = option.removeprefix("using ").replace("defer", "only")
        for query in (Reading.find(), Reading.find() if verb == "create" else Reading.find(site__in=[])):
            with pytest.raises(InvalidQueryError, match=rf" takes no {name}\(\), which has no meaning there"):
                await call(OPTIONS[option](query))
    assert coodie_recorder.calls == []


@pytest.mark.coodie(strict=False)
@pytest.mark.filterwarnings("ignore::coodie.exceptions.QueryWarning")
@pytest.mark.parametrize("verb", VERBS)
async def test_rule_30_an_option_that_a_verb_takes_is_sent(coodie_recorder, verb):
    call, taken = VERBS[verb]
    for option in taken:
        query = Reading.find().limit(9) if option == "order_by_ann" else Reading.find()
        plain, told = (
            await sent(coodie_recorder, call, query),
            await sent(coodie_recorder, call, OPTIONS[option](query)),
        )
        assert (plain == told) == ((verb, option) in AS_GOOD), option


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda query: query.count(), id="count"),
        pytest.param(lambda query: query.sum("value"), id="sum"),
        pytest.param(lambda query: query.aggregate(n="count(*)"), id="aggregate"),
    ],
)
@pytest.mark.parametrize("query", [Reading.find(site=1).limit(3), Reading.find().per_partition_limit(3)])
async def test_rule_30_a_limit_that_the_server_would_not_keep_is_refused(coodie_recorder, query, ask):
    """It applies a limit to its answer, so ``limit(3).count()`` would be 10 of ten rows."""
    with pytest.raises(InvalidQueryError, match="limit"):
        await ask(query)
    assert coodie_recorder.calls == []
