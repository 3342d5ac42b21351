"""Dates, times and timestamps as numbers: what Python's own types cannot hold has a way in and out."""

from datetime import date, datetime, time, timedelta, timezone
from enum import IntEnum
from typing import Annotated, NewType
from zoneinfo import ZoneInfo

import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mapping.tape import value_of
from pydantic import (
    ConfigDict,
    Field,
)

from coodie.cql.show import show
from coodie.cql.values import Unreadable
from coodie.drivers import Page
from coodie.exceptions import DecodeError, InvalidQueryError, ModelError
from coodie.fields import (
    ClusteringKey,
    Date,
    Frozen,
    PrimaryKey,
    Time,
    Timestamp,
    Vector,
)
from coodie.mapping.model import mapper_of
from coodie.sync import Document
from coodie.testing import RecordingDriver
from coodie.types import NaiveDatetime, cql_type_of
from coodie.usertype import UserType

# A machine under load is slow, and no failure of ours.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

Nanoseconds = NewType("Nanoseconds", int)
DAY, HOUR, AT = Annotated[int, Date()], Annotated[Nanoseconds, Time()], Annotated[int, Timestamp()]


class Era(IntEnum):
    START = 0
    END = 2**60


class Span(UserType):
    model_config = ConfigDict(frozen=True)
    at: AT
    hour: HOUR | None = None


class Event(Document):
    id: Annotated[AT, PrimaryKey()]
    day: Annotated[DAY, ClusteringKey(order="DESC")] = 0
    hour: HOUR | None = None
    at: Annotated[AT, Field(ge=-(2**63))] = 0
    era: Annotated[Era, Timestamp()] = Era.START
    days: set[DAY] = set()
    hours: list[HOUR] = []
    by_day: dict[DAY, AT] = {}
    pair: tuple[DAY, AT | None] | None = None
    near: Annotated[list[AT], Vector(2)] | None = None
    span: Annotated[Span, Frozen(False)] | None = None
    spans: list[Span] = []


FAR = 2**60
FULL = Event(
    id=FAR,
    day=-(2**31),
    hour=1,
    at=-(2**63),
    era=Era.END,
    days={0, 2**31 - 1},
    hours=[0, 86_399_999_999_999],
    by_day={2**30: FAR, 0: 1},
    pair=(2**30, FAR),
    near=[FAR, 5],
    span=Span(at=FAR, hour=1001),
    spans=[Span(at=5)],
)


def test_raw_widths_have_the_types_of_their_markers():
    names = {name: str(kind) for name, kind in Event.column_types().items()}
    assert (names["id"], names["day"], names["hour"], names["era"]) == ("timestamp", "date", "time", "timestamp")
    assert names["by_day"] == "map<date, timestamp>"
    assert str(cql_type_of(HOUR | None)) == "time"


@pytest.mark.parametrize("annotation", [Annotated[str, Time()], Annotated[float, Timestamp()], Annotated[bool, Date()]])
def test_only_whole_numbers_are_raw_widths(annotation):
    with pytest.raises(ModelError, match="does not fit"):
        cql_type_of(annotation)


def test_numbers_are_bound_and_shown_as_they_are(coodie_recorder):
    FULL.save()
    assert coodie_recorder.last.params["hour"] == 1
    assert coodie_recorder.last.params["hours"] == [0, 86_399_999_999_999]
    assert "--   day     date                            0\n--   hour    time                            1\n" in show(
        [coodie_recorder.last.request]
    )
    assert f"({FAR}, 0, 1, " in coodie_recorder.to_cqlsh()


@pytest.mark.parametrize(
    "document", [FULL, Event(id=0), Event(id=1_600_000_000_000, day=19_000, hour=3_600_000_001_000)]
)
def test_numbers_come_back_from_a_scripted_row_and_from_a_document(coodie_recorder, document):
    coodie_recorder.on("select").returns([document])
    assert Event.get(id=document.id, day=document.day) == document


def test_a_double_gives_what_a_driver_gives(coodie_recorder):
    class Plain(Document):
        id: Annotated[datetime, PrimaryKey()]
        day: date | None = None
        hour: time | None = None
        days: set[date] = set()

    row = {"id": 1000, "day": -1, "hour": 3_600_000_000_000, "days": {0}}
    coodie_recorder.on("select", table=Plain).returns([row])
    found = Plain.get(id=datetime(1970, 1, 1, 0, 0, 1))
    assert found == Plain(
        id=datetime(1970, 1, 1, 0, 0, 1), day=date(1969, 12, 31), hour=time(1), days={date(1970, 1, 1)}
    )


CLASSES = {
    "ts": (datetime, 2**60, "outside the years 1 to 9999"),
    "naive": (NaiveDatetime, 2**60, "outside the years 1 to 9999"),
    "day": (date, 2**30, "outside the years 1 to 9999"),
    "hour": (time, 1, "nanoseconds"),
    "many": (list[datetime], [0, 2**60], "outside the years 1 to 9999"),
    "by_day": (dict[date, int], {2**30: 1}, "outside the years 1 to 9999"),
    "pair": (tuple[int, NaiveDatetime | None], (1, 2**60), "outside the years 1 to 9999"),
}


@pytest.mark.parametrize(("annotation", "number", "why"), CLASSES.values(), ids=CLASSES)
def test_rule_27_what_python_cannot_hold_is_named_and_where_it_has_a_way_in(coodie_recorder, annotation, number, why):
    class Row(Document):
        id: Annotated[int, PrimaryKey()]
        v: annotation | None = None

    for query in (Row.find(id=1), Row.find(id=1).only("v"), Row.find(id=1).values_list("v")):
        coodie_recorder.on("select", table=Row).returns([{"v": number}])
        with pytest.raises(
            DecodeError, match=rf"table row does not fit Row: column 'v'.*{why}.*Annotated\[int"
        ) as caught:
            query.all()
        assert caught.value.column == "v"
        assert str(2**60) not in str(caught.value)


def test_a_cell_that_is_broken_is_named_and_the_key_of_its_row_told():
    class Row(Document):
        id: Annotated[int, PrimaryKey()]
        word: str
        at: AT = 0

    broken = Unreadable("Python cannot hold this text")
    mapper = mapper_of(Row)
    for row in (
        (1, broken, datetime(2030, 1, 1, tzinfo=timezone.utc)),
        (1, "a", Unreadable("Python cannot hold this timestamp")),
    ):
        with pytest.raises(DecodeError, match=r"column '(word|at)'.*: Python cannot hold this t") as caught:
            mapper.read_page(Page(("id", "word", "at"), [row]))
        assert caught.value.key == {"id": 1}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("day", 2**31),
        ("hour", -1),
        ("hour", 86_400 * 10**9),
        ("at", 2**63),
        ("days", {2**31}),
        ("spans", [Span(at=2**63)]),
    ],
)
def test_a_number_that_the_type_does_not_hold_is_refused_before_sending(coodie_recorder, field, value):
    with pytest.raises(InvalidQueryError, match=field):
        Event(**{"id": 1, field: value}).save()
    assert coodie_recorder.executed == []


def test_numbers_are_looked_up_and_compared_as_they_are():
    query = Event.find(id=FAR, day__gte=-5, day__lt=2**31 - 1)
    assert query.statement().values == (FAR, -5, 2**31 - 1)


@unhurried
@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**31), 2**31 - 1), st.integers(0, 86_400 * 10**9 - 1))
def test_every_number_of_the_wire_is_loaded_as_it_was_saved(at, day, hour):
    event = Event(
        id=at, day=day, hour=hour, days={day}, by_day={day: at}, pair=(day, at), spans=[Span(at=at, hour=hour)]
    )
    with RecordingDriver() as recorder:
        recorder.on("select").returns([event])
        assert Event.get(id=at, day=day) == event


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00+00:00"),
        ("2030-01-01T00:00:00", "2030-01-01T00:00:00+00:00"),
        (datetime(2030, 1, 1, 0, 0, 0, 999999), "2030-01-01T00:00:00.999000+00:00"),
        (datetime(1969, 12, 31, 23, 59, 59, 999999), "1969-12-31T23:59:59.999000+00:00"),
        (datetime(2030, 1, 1, 12, tzinfo=BERLIN), "2030-01-01T11:00:00+00:00"),
        (datetime(2030, 7, 1, 12, tzinfo=BERLIN), "2030-07-01T10:00:00+00:00"),
        (datetime(2029, 10, 28, 2, 30, tzinfo=BERLIN), "2029-10-28T00:30:00+00:00"),
        (datetime(2029, 10, 28, 2, 30, tzinfo=BERLIN, fold=1), "2029-10-28T01:30:00+00:00"),
        (datetime(2029, 3, 25, 1, 59, tzinfo=BERLIN), "2029-03-25T00:59:00+00:00"),
        (datetime(2029, 3, 25, 3, 0, tzinfo=BERLIN), "2029-03-25T01:00:00+00:00"),
        (datetime(2030, 1, 1, tzinfo=timezone(timedelta(hours=-5, minutes=-30))), "2030-01-01T05:30:00+00:00"),
        (0, "1970-01-01T00:00:00+00:00"),
    ],
)
def test_an_instant_is_kept_in_utc_and_whole_milliseconds(tape, given_, stored):
    saved, loaded = value_of(datetime, given_)
    assert saved.v.isoformat() == loaded.v.isoformat() == stored
    assert saved.v.tzinfo is timezone.utc
    assert tape.written["v"] == saved.v


@pytest.mark.parametrize("validated", [False, True])
def test_an_instant_that_is_assigned_is_cut_where_assignments_are_validated_and_else_when_it_is_sent(tape, validated):
    class Event(Document):
        model_config = ConfigDict(validate_assignment=validated)
        id: Annotated[int, PrimaryKey()]
        at: datetime | None = None

    event, exact = Event(id=1), datetime(2030, 1, 1, 0, 0, 0, 123456, tzinfo=timezone.utc)
    cut = exact.replace(microsecond=123000)
    event.at = exact
    event.save()
    assert tape.written["at"] == cut
    assert event.at == (cut if validated else exact)


def test_a_naive_instant_may_stay_naive(tape):
    saved, loaded = value_of(NaiveDatetime, datetime(2030, 1, 1, 0, 0, 0, 1999))
    assert saved.v == loaded.v == datetime(2030, 1, 1, 0, 0, 0, 1000)
    assert tape.written["v"] == datetime(2030, 1, 1, 0, 0, 0, 1000, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (list[datetime], [datetime(2030, 1, 1, 0, 0, 0, 1999)]),
        (dict[datetime, datetime | None], {datetime(2030, 1, 1, 0, 0, 0, 1999): datetime(2030, 1, 1)}),
        (tuple[datetime, ...], (datetime(2030, 1, 1, 0, 0, 0, 1),)),
        (set[NaiveDatetime], {datetime(2030, 1, 1, 0, 0, 0, 1)}),
        (datetime | None, datetime(2030, 1, 1, 0, 0, 0, 1)),
    ],
)
def test_instants_are_normalised_at_any_depth(tape, annotation, value):
    saved, loaded = value_of(annotation, value)
    assert saved == loaded


@pytest.mark.parametrize("value", [datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))), "year one"])
def test_an_instant_that_cannot_be_is_refused(value):
    with pytest.raises(pydantic.ValidationError):
        value_of(datetime, value)


def test_a_default_instant_is_normalised_too(tape):
    class Row(Document):
        id: Annotated[int, PrimaryKey()]
        made: datetime = Field(default_factory=lambda: datetime(2030, 1, 1, 0, 0, 0, 1999, tzinfo=timezone.utc))

    row = Row(id=1)
    row.save()
    assert Row.get(id=1) == row


class Moment(Document):
    id: Annotated[datetime, PrimaryKey()]


@unhurried
@given(st.datetimes(timezones=st.none() | st.timezones(), min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)))
def test_any_instant_is_loaded_as_it_was_saved(moment):
    row = Moment(id=moment)
    assert row == Moment(id=row.id)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)
    assert timedelta(0) <= aware.astimezone(timezone.utc) - row.id < timedelta(milliseconds=1)
