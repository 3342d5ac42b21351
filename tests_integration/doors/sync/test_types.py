# Derived by tests/derive.py: edit tests_integration/doors/aio/test_types.py,
# then run `tox -e sync`.
"""Every CQL type, there and back on a real cluster: what is loaded equals what was saved, in the very same types."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Optional
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coodie import Counter, DecodeError, Frozen, InvalidQueryError, PrimaryKey, Vector
from coodie.sync import CounterDocument, Document, execute_raw
from coodie.cql.natives import NATIVES
from coodie.cql.types import is_multicell
from coodie.fields import ClusteringKey, Date, Time, Timestamp, VarInt
from coodie.types import CqlDuration, Unreadable, cql_type_of

from . import kinds
from .kinds import INNER, NUMBERS, OUTER, SCALARS, TIMEDELTA, exactly

# One connection serves all examples of a test; and a machine under load is slow, which is no failure of ours.
examples = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def columns():
    """Every type alone, in each collection, in a tuple and in a vector; and trees of them, the same in every run."""
    found = {**SCALARS, **NUMBERS, "timedelta": TIMEDELTA, "udt": INNER, "udt_outer": OUTER}
    for name, kind in [*found.items()]:
        found[f"list_{name}"] = kinds.list_of(kind)
        found[f"pair_{name}"] = kinds.pair_of(kind, kind)
        found[f"vector_{name}"] = kinds.vector_of(kind)
        found[f"map_to_{name}"] = kinds.map_of(SCALARS["text"], kind)
        if kind.hashable:
            found[f"set_{name}"] = kinds.set_of(kind)
            found[f"map_of_{name}"] = kinds.map_of(kind, SCALARS["text"])
    source = random.Random(4)
    for number in range(60):
        found[f"tree_{number}"] = kinds.tree(source, 2 + number % 4)
    found["udt_open"] = kinds.Kind(Annotated[INNER.annotation, Frozen(False)], INNER.values)
    return found


COLUMNS = columns()


Everything = type(Document)(
    "Everything",
    (Document,),
    {
        "__module__": __name__,
        "__annotations__": {"id": Annotated[UUID, PrimaryKey()]}
        | {name: Optional[kind.annotation] for name, kind in COLUMNS.items()},  # noqa: UP045 - made of values
        **dict.fromkeys(COLUMNS),
    },
)
# Types that can be in a key, which durations and collections that are not frozen cannot.
KEYS = {name: kind for name, kind in {**SCALARS, **NUMBERS}.items() if kind.hashable} | {
    "udt": INNER,
    "frozenset_udt": kinds.frozenset_of(INNER),
    "tuple_udt": kinds.pair_of(INNER, SCALARS["int"]),
    "several": kinds.tuple_of(SCALARS["timestamp"]),
    "frozen_list": kinds.frozen(kinds.list_of(SCALARS["decimal"])),
    "frozen_map": kinds.frozen(kinds.map_of(SCALARS["text"], SCALARS["inet"])),
}
Keyed = type(Document)(
    "Keyed",
    (Document,),
    {
        "__module__": __name__,
        "__annotations__": {f"p_{name}": Annotated[kind.annotation, PrimaryKey()] for name, kind in KEYS.items()}
        | {
            f"c_{name}": Annotated[
                kind.annotation, ClusteringKey(order="DESC" if number % 2 and name in SCALARS else "ASC")
            ]
            for number, (name, kind) in enumerate(KEYS.items())
        }
        | {"note": str | None},
        "note": None,
    },
)


class Votes(CounterDocument):
    id: Annotated[UUID, PrimaryKey()]
    ups: Annotated[int | None, Counter()] = None


class Limits(Document):
    id: Annotated[UUID, PrimaryKey()]
    at: datetime | None = None
    day: date | None = None
    hour: time | None = None
    span: timedelta | None = None
    many: list[datetime] = []


class Fossil(Document):
    id: Annotated[UUID, PrimaryKey()]
    day: Annotated[int, Date()] = 0
    hour: Annotated[int, Time()] = 0
    at: Annotated[int, Timestamp()] = 0


class Long(Document):
    id: Annotated[UUID, PrimaryKey()]
    exact: Decimal = Decimal(0)
    whole: Annotated[int, VarInt()] = 0


class Sets(Document):
    tags: Annotated[frozenset[str], PrimaryKey()]
    kinds: Annotated[tuple[frozenset[str], ...], ClusteringKey()]
    at: Annotated[dict[str, int], Frozen(), ClusteringKey()]
    note: str = ""


MADE: set[str] = set()


@pytest.fixture(autouse=True)
def tables(connection, keyspace):
    """All tables, made once for the module: one of them has 200 columns."""
    if keyspace not in MADE:
        for model in (Everything, Keyed, Votes, Limits, Fossil, Long, Sets):
            model.sync_table()
        MADE.add(keyspace)


def test_every_cql_type_is_among_them():
    found = {str(cql_type_of(kind.annotation)).partition("<")[0] for kind in COLUMNS.values()}
    assert found - {"inner", "frozen", "outer"} == {*SCALARS, "list", "set", "map", "vector"}
    assert SCALARS.keys() == NATIVES.keys() - {"counter"}


@pytest.mark.parametrize("name", COLUMNS)
@examples
@given(data=st.data())
def test_what_is_saved_is_what_is_loaded(name, data):
    row = Everything(id=uuid4(), **{name: data.draw(COLUMNS[name].values)})
    row.save()
    value = getattr(row, name)
    # The server keeps a collection that is empty as null, unless it is frozen.
    empty = isinstance(value, (list, set, dict)) and not value and is_multicell(Everything.column_types()[name])
    wanted = exactly(None if empty else value)
    assert exactly(getattr(Everything.find(id=row.id).only(name).one(), name)) == wanted
    assert [exactly(value) for (value,) in Everything.find(id=row.id).values_list(name).all()] == [wanted]


@settings(examples, max_examples=10)
@given(data=st.data())
def test_a_row_of_all_types_is_loaded_as_it_was_saved(data):
    row = Everything(id=uuid4(), **{name: data.draw(COLUMNS[name].values) for name in [*SCALARS, "udt", "udt_outer"]})
    row.save()
    found = Everything.get(id=row.id)
    assert exactly(found) == exactly(row)
    # What was loaded can be saved as it is.
    found.id = uuid4()
    found.save()
    assert exactly(Everything.get(id=found.id)) == exactly(found)


@pytest.mark.parametrize("name", COLUMNS)
@settings(examples, max_examples=2)
@given(data=st.data())
def test_update_and_conditions_take_what_save_takes(name, data):
    row = Everything(id=uuid4())
    row.save()
    value = data.draw(COLUMNS[name].values)
    row.update({name: value})
    (other := Everything(id=uuid4(), **{name: value})).save()
    found = [Everything.find(id=each.id).only(name).one() for each in (row, other)]
    assert exactly(getattr(found[0], name)) == exactly(getattr(found[1], name))
    assert row.update({name: None}, if_conditions={name: value})
    assert getattr(Everything.find(id=row.id).only(name).one(), name) is None


@examples
@given(data=st.data())
def test_every_type_that_can_be_a_key_is_found_by_it(data):
    key = {f"{place}_{name}": data.draw(kind.values) for place in "pc" for name, kind in KEYS.items()}
    partition = {name: value for name, value in key.items() if name.startswith("p_")}
    Keyed.find(partition).delete()  # an example that failed may have left a row there
    row = Keyed(**key, note="here")
    row.save()
    found = Keyed.get(**key)
    assert exactly(found) == exactly(row)
    found.update(note="there")
    (same,) = Keyed.find(partition).all()
    assert (same.note, exactly(same)) == ("there", exactly(found))
    same.delete()
    assert Keyed.find_one(**key) is None


@examples
@given(one=kinds.whole(62), other=kinds.whole(62))
def test_counters_hold_what_is_added(one, other):
    votes = Votes(id=uuid4())
    votes.increment(ups=one)
    votes.decrement(ups=other)
    found = Votes.get(id=votes.id)
    assert exactly(found.ups) == exactly(one - other)


@pytest.mark.parametrize(
    ("column", "literal", "why"),
    [
        ("at", "9223372036854775807", "years 1 to 9999"),
        ("at", "-9223372036854775808", "years 1 to 9999"),
        ("at", "253402300800000", "years 1 to 9999"),
        ("at", "-62135596800001", "years 1 to 9999"),
        ("many", "[0, 253402300800000]", "years 1 to 9999"),
        ("day", "'-5000-01-01'", "years 1 to 9999"),
        ("day", "2151115200", "years 1 to 9999"),
        ("hour", "'23:59:59.999999999'", "nanoseconds"),
        ("span", "1mo", "months"),
        ("span", "1ns", "nanoseconds"),
        ("span", "-2147483647d", "days"),
    ],
)
def test_what_python_cannot_hold_is_an_error_that_names_column_and_key(column, literal, why):
    key = uuid4()
    execute_raw(f"INSERT INTO limits (id, {column}) VALUES (?, {literal})", [key])
    for query in (Limits.find(id=key), Limits.find(id=key).only(column)):
        with pytest.raises(DecodeError, match=f"(?s){column}.*{why}") as caught:
            query.all()
        assert caught.value.key["id"] == key
    # Nothing else is harmed, and the rest of the row can be read.
    assert (Limits.find(id=key).defer(column).one()).id == key


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", datetime.min),
        ("at", datetime.max.replace(microsecond=999_000)),
        ("day", date.min),
        ("day", date.max),
        ("hour", time.min),
        ("hour", time.max),
        ("span", timedelta.min + timedelta(days=1)),
        ("span", timedelta.max),
        ("span", timedelta(microseconds=-1)),
    ],
)
def test_the_first_and_the_last_that_python_can_hold(column, value):
    row = Limits(id=uuid4(), **{column: value})
    row.save()
    assert exactly(Limits.get(id=row.id)) == exactly(row)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (INNER.annotation, INNER.annotation(number=1)),
        (list[time], [time(1, 2, 3)]),
        (dict[str, CqlDuration], {"a": CqlDuration(1, 2, 3)}),
    ],
)
def test_what_is_frozen_in_a_vector(annotation, value):
    class Pair(Document):
        id: Annotated[UUID, PrimaryKey()]
        pair: Annotated[list[annotation], Vector(2)]

        class Settings:
            name = f"pair_{uuid4().hex[:8]}"

    Pair.sync_table()
    row = Pair(id=uuid4(), pair=[value, value])
    row.save()
    assert exactly(Pair.get(id=row.id)) == exactly(row)


@pytest.mark.parametrize("order", [1, -1])
def test_a_set_in_a_key_is_found_in_whatever_order_it_comes(order):
    """Python's order of a set of texts is another in every process."""

    class InOrder(frozenset):
        def __iter__(self):
            return iter(sorted(frozenset.__iter__(self))[::order])

    row = Sets(tags=frozenset({"a", "b", "c"}), kinds=({"x", "y"}, set()), at={"k": 1, "l": 2}, note=str(order))
    row.tags, row.kinds = InOrder(row.tags), (InOrder(row.kinds[0]), InOrder())
    row.at = dict(sorted(row.at.items())[::order])
    row.save()
    found = Sets.find(tags={"c", "b", "a"}).all()
    assert [(each.tags, each.kinds, each.at, each.note) for each in found] == [
        (frozenset({"a", "b", "c"}), (frozenset({"x", "y"}), frozenset()), {"k": 1, "l": 2}, str(order))
    ]
    assert (Sets.get(tags=row.tags, kinds=row.kinds, at={"l": 2, "k": 1})).note == str(order)


def test_months_and_days_and_nanoseconds_are_kept_apart():
    row = Everything(id=uuid4(), duration=CqlDuration(1, 31, 86_400_000_000_000))
    row.save()
    assert (Everything.find(id=row.id).only("duration").one()).duration == CqlDuration(1, 31, 86_400_000_000_000)


@pytest.mark.parametrize(
    ("literals", "numbers"),
    [
        (("0", "'23:59:59.999999999'", "9223372036854775807"), (-(2**31), 86_399_999_999_999, 2**63 - 1)),
        (("4294967295", "1", "-9223372036854775808"), (2**31 - 1, 1, -(2**63))),
        (("'1970-01-02'", "'00:00:00.001'", "'1970-01-01T00:00:01Z'"), (1, 10**6, 1000)),
    ],
)
def test_what_python_has_no_value_for_has_a_number_both_ways(literals, numbers):
    key, other = uuid4(), uuid4()
    execute_raw(f"INSERT INTO fossil (id, day, hour, at) VALUES (?, {', '.join(literals)})", [key])
    found = Fossil.get(id=key)
    assert (found.day, found.hour, found.at) == numbers
    found.id = other
    found.save()
    columns = "SELECT day, hour, at FROM fossil WHERE id = ?"
    rows = [execute_raw(columns, [each]) for each in (key, other)]
    assert rows[0] == rows[1]
    # What the driver gave, it takes.
    execute_raw("INSERT INTO fossil (id, day, hour, at) VALUES (?, ?, ?, ?)", [other, *rows[0][0].values()])
    assert exactly(Fossil.get(id=other)) == exactly(found)


def test_a_raw_row_has_the_number_of_what_python_cannot_hold():
    key = uuid4()
    Fossil(id=key, hour=1).save()
    (row,) = execute_raw("SELECT hour FROM fossil WHERE id = ?", [key])
    assert isinstance(row["hour"], Unreadable)
    assert row["hour"].number == 1
    assert "nanoseconds" in row["hour"].why


@pytest.mark.parametrize("digits", [4300, 4301])
def test_rule_23_numbers_that_python_could_not_read_back_are_not_sent(digits):
    key, whole = uuid4(), -int("9" * 4300) if digits == 4300 else -(10**4300)
    long = Long(id=key, exact=Decimal((1, (9,) * digits, -2)), whole=whole)
    if digits == 4300:
        long.save()
        assert exactly(Long.get(id=key)) == exactly(long)
        return
    with pytest.raises(InvalidQueryError, match="4300 digits"):
        long.save()
    long.exact = Decimal(1)
    with pytest.raises(InvalidQueryError, match="4300 digits"):
        long.save()
    assert Long.find_one(id=key) is None


def test_a_decimal_that_others_wrote_too_long_costs_its_row():
    good, bad = uuid4(), uuid4()
    Long(id=good, exact=Decimal(1)).save()
    execute_raw(f"INSERT INTO long (id, exact) VALUES (?, {'9' * 4301})", [bad])
    with pytest.raises(DecodeError, match=r"column 'exact' .* 4,300 digits") as caught:
        Long.find(id__in=[good, bad]).all()
    assert caught.value.key == {"id": bad}
    assert (Long.get(id=good)).exact == 1
