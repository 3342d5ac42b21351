"""Reads that burden a cluster warn, once per place, with the line of the user, and can be switched off."""

import warnings
from pathlib import Path
from typing import Annotated, ClassVar

import pytest

from coodie.aio import Document, find
from coodie.exceptions import InvalidQueryError, ModelError
from coodie.fields import ClusteringKey, Indexed, PrimaryKey, Vector, VectorIndex
from coodie.types import Token
from coodie.warnings import (
    AggregateWarning,
    FilteringWarning,
    IndexReadWarning,
    ManyPartitionsWarning,
    QueryWarning,
    WholeTableWarning,
)

pytestmark = pytest.mark.coodie(strict=False)


class Reading(Document):
    site: Annotated[int, PrimaryKey()]
    sensor: Annotated[int, PrimaryKey()]
    n: Annotated[int, ClusteringKey()] = 0
    kind: Annotated[str, Indexed()] = ""
    value: int = 0
    place: Annotated[list[float] | None, Vector(2), VectorIndex()] = None


class Quiet(Reading):
    class Settings:
        name = "quiet"
        warn_whole_table = False
        warn_filtering = False
        warn_index_reads = False
        warn_aggregates = False
        warn_in_partitions = None


MANY = list(range(5))
BURDENS = [
    (lambda q: q.all(), WholeTableWarning, r"whole table of Reading into memory: give a limit\(\), iterate"),
    (lambda q: q.fetch_size(5).per_partition_limit(2).all(), WholeTableWarning, "whole table"),
    (lambda q: q.values_list("n").all(), WholeTableWarning, "whole table of"),
    (lambda q: q.distinct().values_list("site", "sensor").all(), WholeTableWarning, "whole table"),
    (lambda q: q.json(), WholeTableWarning, "whole table"),
    (
        lambda q: q.filter(value=1).allow_filtering().all(),
        FilteringWarning,
        r"key \(site, sensor\), so every node",
    ),
    (lambda q: q.filter(site=1).allow_filtering().first(), FilteringWarning, "reads all of its rows"),
    (lambda q: q.filter(value=1).allow_filtering().count(), FilteringWarning, "reads all of its rows"),
    (lambda q: q.filter(kind="x").all(), IndexReadWarning, r"partition key \(site, sensor\), so it asks every node"),
    (lambda q: q.filter(kind="x").limit(5).all(), IndexReadWarning, "asks every node"),
    (lambda q: q.filter(kind="x").first(), IndexReadWarning, "asks every node"),
    (lambda q: q.filter(kind="x").exists(), IndexReadWarning, "asks every node"),
    (lambda q: q.count(), AggregateWarning, r"partition key \(site, sensor\), so the server reads all rows for it"),
    (lambda q: q.sum("value"), AggregateWarning, "reads all rows"),
    (lambda q: q.aggregate(top="max(value)"), AggregateWarning, "reads all rows"),
    (lambda q: q.group_by("site", "sensor").aggregate(n="count(*)"), AggregateWarning, "reads all rows"),
    (lambda q: q.filter(kind="x").count(), AggregateWarning, "reads all rows"),
    (lambda q: q.filter(site__in=MANY, sensor__in=MANY).all(), ManyPartitionsWarning, r"for 25 partitions \(over 20\)"),
    (lambda q: q.filter(site=1, sensor__in=range(21)).first(), ManyPartitionsWarning, r"for 21 partitions \(over 20\)"),
]


@pytest.mark.parametrize(("call", "category", "told"), BURDENS)
async def test_a_read_that_burdens_the_cluster_warns_with_the_line_of_the_caller(coodie_recorder, call, category, told):
    coodie_recorder.on("select", table=Reading).returns([])
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        await call(Reading.find())
    assert [(each.category, Path(each.filename)) for each in found] == [(category, Path(__file__))]
    with pytest.warns(QueryWarning, match=told):
        await call(find(Reading))


@pytest.mark.parametrize(("call", "category", "told"), BURDENS)
async def test_each_warning_has_a_switch_per_query_and_in_settings(coodie_recorder, call, category, told):
    coodie_recorder.on("select", table=Reading).returns([])
    coodie_recorder.on("select", table=Quiet).returns([])
    await call(Reading.find().warn(False))
    await call(Quiet.find())
    with pytest.warns(category):
        await call(Reading.find().warn(False).warn())


@pytest.mark.parametrize(
    "call",
    [
        lambda q: q.limit(5).all(),
        lambda q: q.first(),
        lambda q: q.exists(),
        lambda q: q.paged_all(),
        lambda q: q.filter(site=1, sensor=2).all(),
        lambda q: q.filter(site=1, sensor=2).count(),
        lambda q: q.filter(site=1, sensor=2, kind="x").all(),
        lambda q: q.filter(site=1, sensor=2, value=1).allow_filtering().all(),
        lambda q: q.filter(site__in=MANY, sensor=1).all(),
        lambda q: q.filter(token__gt=Token(5)).all(),
        lambda q: q.filter(token__gt=Token(5), token__lte=Token(9)).count(),
        lambda q: q.order_by_ann("place", [1.0, 2.0]).limit(3).all(),
    ],
)
async def test_other_reads_do_not_warn(coodie_recorder, call):
    coodie_recorder.on("select", table=Reading).returns([])
    await call(Reading.find())


async def test_iteration_and_scans_do_not_warn(coodie_recorder):
    assert [each async for each in Reading.find()] == []
    assert [each async for each in Reading.scan()] == []


async def test_a_warning_comes_once_per_place(coodie_recorder):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for _ in range(3):
            await Reading.find().all()
        await Reading.find().all()
    assert len({each.lineno for each in found}) == len(found) == 2


async def test_what_is_refused_does_not_warn_before(coodie_recorder):
    with pytest.raises(InvalidQueryError, match=r"distinct\(\) gives partitions"):
        await Reading.find().distinct().values_list("value").all()
    with pytest.raises(InvalidQueryError, match="on must be True or False"):
        Reading.find().warn("no")


async def test_the_number_of_partitions_is_a_setting(coodie_recorder):
    class Few(Reading):
        class Settings:
            name = "few"
            warn_in_partitions = 2

    await Few.find(site=1, sensor__in=[1, 2]).all()
    with pytest.warns(ManyPartitionsWarning, match=r"Few asks one coordinator for 3 partitions \(over 2\); get_many"):
        await Few.find(site=1, sensor__in=[1, 2, 3]).all()
    with pytest.raises(ModelError, match="warn_in_partitions must be a number of at least 0"):

        class Wrong(Reading):
            Settings: ClassVar = {"name": "wrong", "warn_in_partitions": -1}
