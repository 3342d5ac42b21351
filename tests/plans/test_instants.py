"""Instants are compared truthfully, though columns hold whole milliseconds: what a bound means stays the same."""

import operator
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Annotated

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, SecretStr

from coodie.cql.values import EPOCH, milliseconds
from coodie.cql_builder import build_delete, build_select, build_update
from coodie.exceptions import InvalidQueryError
from coodie.fields import ClusteringKey, PrimaryKey
from coodie.sync import Document
from coodie.types import NaiveDatetime
from coodie.usertype import UserType

# A machine under load is slow, and no failure of ours.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

COMPARE = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}
FINE = datetime(2030, 1, 1, 0, 0, 0, 123_456, tzinfo=timezone.utc)
CUT, NEXT = FINE.replace(microsecond=123_000), FINE.replace(microsecond=124_000)


class Era(Enum):
    START = FINE


class Span(UserType):
    start: datetime
    word: SecretStr | None = None


class Event(Document):
    id: Annotated[int, PrimaryKey()]
    ts: Annotated[datetime, ClusteringKey()]
    pair: Annotated[tuple[int, datetime | None], ClusteringKey()] = (0, None)
    naive: NaiveDatetime | None = None
    later: Annotated[datetime, AfterValidator(lambda moment: moment + timedelta(microseconds=500))] | None = None
    era: Era = Era.START
    span: Span | None = None


MOMENTS = st.datetimes(datetime(1, 1, 2), datetime.max, timezones=st.none() | st.just(timezone.utc) | st.timezones())


@unhurried
@given(MOMENTS, st.sampled_from(sorted(COMPARE)), st.integers(-3, 3))
def test_rule_28_a_bound_means_the_same_for_every_instant_that_a_column_can_hold(moment, name, distance):
    try:
        exact = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    except OverflowError:
        return
    stored, key = milliseconds(exact) + distance, f"ts__{name}"
    bounds = (
        Event.find({"id": 1, key: moment}).statement().values[-1],
        Event.find({"id": 1, key: exact.isoformat()}).statement().values[-1],
        build_select("t", None, ["a"], {key: exact})[1][0],
    )
    for bound in bounds:
        sent = bound if isinstance(bound, int) else milliseconds(bound)
        assert COMPARE[name](stored, sent) is COMPARE[name](timedelta(milliseconds=stored), exact - EPOCH)


EVERY_BOUND = [("ts__lt", NEXT), ("ts__lte", CUT), ("ts__gt", CUT), ("ts__gte", NEXT)]


@pytest.mark.parametrize(("key", "bound"), EVERY_BOUND)
def test_rule_28_bounds_of_queries_and_of_ranges_to_delete(coodie_recorder, key, bound):
    query = Event.find({"id": 1, key: FINE})
    query.delete()
    assert query.statement().values == coodie_recorder.last.values == (1, bound)


@pytest.mark.parametrize(
    ("key", "value", "bound"),
    [
        *((key.replace("ts", "naive"), FINE.replace(tzinfo=None), bound) for key, bound in EVERY_BOUND),
        ("naive__gte", None, None),
        ("later__lt", FINE.replace(microsecond=500), FINE.replace(microsecond=1000)),
        ("naive", FINE.replace(tzinfo=None), CUT),
        ("naive__ne", FINE.replace(tzinfo=None), CUT),
        ("naive__in", [FINE.replace(tzinfo=None)], [CUT]),
        ("era__lt", Era.START, CUT),
        ("era__gte", Era.START, CUT),
    ],
)
def test_rule_28_bounds_in_conditions(coodie_recorder, key, value, bound):
    if bound is None:
        with pytest.raises(InvalidQueryError, match="null has no order"):
            Event(id=1, ts=CUT).update(naive=None, if_conditions={key: value})
        return
    coodie_recorder.on("update").applied()
    Event(id=1, ts=CUT).update(naive=None, if_conditions={key: value})
    assert coodie_recorder.last.values[-1] == bound


@pytest.mark.parametrize("key", ["lt", "lte", "gt", "gte"])
@pytest.mark.parametrize(
    ("field", "fine", "cut"),
    [
        ("pair", (1, FINE), (1, CUT)),
        ("span", Span.model_construct(start=FINE), None),
        ("span", {"start": FINE, "word": "hidden"}, None),
    ],
)
def test_rule_28_inside_other_types_a_finer_bound_is_refused(key, field, fine, cut):
    with pytest.raises(InvalidQueryError, match=rf"Event\.{field} .*whole milliseconds") as caught:
        Event.find({"id": 1, f"{field}__{key}": fine}).allow_filtering()
    assert "2030" not in str(caught.value)
    if cut is not None:
        assert Event.find({"id": 1, f"{field}__{key}": cut}).statement().values == (1, cut)


def test_rule_28_equality_and_in_are_cut_as_stored_values_are():
    query = Event.find(id=1, ts=FINE, pair__in=[(1, FINE)])
    assert query.statement().values == (1, CUT, [(1, CUT)])
    assert Event(id=1, ts=FINE).ts == CUT


def test_rule_28_a_bound_at_the_end_of_time_is_a_number_of_milliseconds():
    end = datetime.max.replace(tzinfo=timezone.utc)
    assert Event.find(id=1, ts__lt=end).statement().values == (1, 253_402_300_800_000)
    assert Event.find(id=1, ts__lte=end).statement().values == (1, end.replace(microsecond=999_000))


def test_rule_28_the_text_is_the_same_however_fine_the_bound_is():
    fine, whole = (Event.find(id=1, ts__gte=each, ts__lt=each).statement() for each in (FINE, CUT))
    assert fine.cql == whole.cql


def test_rule_28_the_builder_binds_bounds_that_mean_the_same():
    where = {"id": 1, "ts__lt": FINE, "ts__gt": FINE}
    assert build_delete("t", None, where)[1] == [1, NEXT, FINE]
    assert build_update("t", None, {"a": FINE}, {"id": 1}, if_conditions=where)[1] == [FINE, 1, 1, NEXT, FINE]


@pytest.mark.parametrize("value", ["no moment", datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))])
def test_a_bound_that_does_not_fit_is_refused(value):
    with pytest.raises(InvalidQueryError, match=r"Event\.ts"):
        Event.find(id=1, ts__lt=value)
