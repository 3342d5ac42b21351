"""Answers of a real cluster that are no plain documents: parts of them, values, aggregates, groups, JSON, vectors."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from enum import Enum
from math import dist
from typing import Annotated

import pytest

from coodie import (
    ClusteringKey,
    Discriminator,
    DocumentNotFound,
    FieldNotLoaded,
    Indexed,
    InvalidQueryError,
    MultipleDocumentsFound,
    OutcomeUnknown,
    PrimaryKey,
    RequestRejected,
    Static,
    Vector,
    VectorIndex,
)
from coodie.aio import Document, execute_raw


class Grade(Enum):
    LOW = "low"
    TOP = "top"


class Sale(Document):
    shop: Annotated[int, PrimaryKey()]
    day: Annotated[date, ClusteringKey()]
    number: Annotated[int, ClusteringKey()]
    city: Annotated[str | None, Static()] = None
    amount: int | None = None
    price: Decimal | None = None
    weight: float | None = None
    grade: Grade = Grade.LOW
    tags: set[str] = set()
    attrs: dict[str, int] | None = None

    class Settings:
        name = "sales"


class Place(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    kind: Annotated[str, Indexed(using="sai")] = ""
    at: Annotated[list[float] | None, Vector(3), VectorIndex("EUCLIDEAN")] = None

    class Settings:
        name = "places"


class Pet(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator(), Indexed()] = ""
    name: str = ""

    class Settings:
        name = "pets"


class Dog(Pet):
    barks: int | None = None

    class Settings:
        discriminator_value = "dog"


class Cat(Pet):
    class Settings:
        discriminator_value = "cat"


DAYS = (date(2030, 1, 1), date(2030, 1, 2))
SALES = [
    Sale(
        shop=shop,
        day=day,
        number=number,
        city=f"city {shop}",
        amount=shop * 10 + number,
        price=Decimal(number) / 4,
        weight=number / 8,
        grade=Grade.TOP if number == 2 else Grade.LOW,
        tags={"t"} if number else set(),
        attrs={"n": number} if number else None,
    )
    for shop in (1, 2, 3)
    for day in DAYS
    for number in range(3)
]
FULL: set[str] = set()


@pytest.fixture(autouse=True)
async def sales(connection, keyspace):
    await Sale.sync_table()
    if keyspace not in FULL:
        for sale in SALES:
            await sale.save()
        FULL.add(keyspace)


async def test_aggregates_of_all_rows():
    found = await Sale.find().aggregate(
        n="count(*)",
        cities="count(city)",
        amount="sum(amount)",
        price="sum(price)",
        weight="sum(weight)",
        first="min(day)",
        top="max(grade)",
        Name="min(number)",
    )
    assert found == {
        "n": 18,
        "cities": 18,
        "amount": sum(sale.amount for sale in SALES),
        "price": Decimal("4.5"),
        "weight": 2.25,
        "first": DAYS[0],
        "top": Grade.TOP,
        "Name": 0,
    }
    assert type(found["top"]) is Grade
    assert type(found["first"]) is date


async def test_aggregates_are_of_all_rows_however_small_the_pages_are():
    sales = Sale.find().fetch_size(2)
    assert await sales.count() == 18
    assert await sales.sum("amount") == sum(sale.amount for sale in SALES)
    assert await sales.aggregate(n="count(*)", top="max(amount)") == {"n": 18, "top": max(s.amount for s in SALES)}


async def test_single_aggregates():
    one = Sale.find(shop=1)
    assert (await one.count(), await one.sum("amount"), await one.avg("amount")) == (6, 66, 11)
    assert (await one.min("day"), await one.max("grade")) == (DAYS[0], Grade.TOP)
    assert await one.filter(day__gte=DAYS[1]).sum("price") == Decimal("0.75")
    assert await Sale.find(shop=1, amount__gt=10).allow_filtering().count() == 4


async def test_of_no_rows_the_answer_is_the_same_with_and_without_a_trip(spy):
    asked = {"n": "count(*)", "a": "sum(amount)", "p": "avg(price)", "w": "avg(weight)", "g": "max(grade)"}
    sent = await Sale.find(shop=99).aggregate(**asked)
    assert len(spy.calls) == 1
    unsent = await Sale.find(shop__in=[]).aggregate(**asked)
    assert sent == unsent == {"n": 0, "a": 0, "p": Decimal(0), "w": 0.0, "g": None}
    assert [type(value) for value in sent.values()] == [type(value) for value in unsent.values()]
    assert len(spy.calls) == 1


async def test_groups():
    by_shop = await Sale.find().group_by("shop").aggregate(n="count(*)", top="max(amount)")
    assert sorted(by_shop, key=lambda group: group["shop"]) == [
        {"shop": shop, "n": 6, "top": shop * 10 + 2} for shop in (1, 2, 3)
    ]
    by_day = await Sale.find(shop__in=[1, 2]).group_by("shop", "day").fetch_size(1).aggregate(n="count(*)")
    assert by_day == [{"shop": shop, "day": day, "n": 3} for shop in (1, 2) for day in DAYS]
    assert await Sale.find(shop=1).group_by("day").aggregate(low="min(grade)") == [
        {"day": day, "low": Grade.LOW} for day in DAYS
    ]
    assert await Sale.find(shop=1, day=DAYS[0]).group_by("number").limit(2).aggregate(s="sum(amount)") == [
        {"number": number, "s": 10 + number} for number in range(2)
    ]
    assert await Sale.find(shop=99).group_by("shop").aggregate(n="count(*)") == []


async def test_the_first_of_each_group():
    groups = Sale.find(shop=1).group_by("day")
    assert [(sale.day, sale.number) for sale in await groups.all()] == [(day, 0) for day in DAYS]
    assert [sale.day async for sale in groups.fetch_size(1)] == [*DAYS]
    assert await groups.values_list("day", "amount").all() == [(day, 10) for day in DAYS]
    assert len(await groups.only("amount").json()) == 2


async def test_distinct_gives_partitions_with_their_static_columns():
    found = await Sale.find().distinct().all()
    assert sorted((sale.shop, sale.city) for sale in found) == [(shop, f"city {shop}") for shop in (1, 2, 3)]
    with pytest.raises(FieldNotLoaded, match="amount"):
        _ = found[0].amount
    assert sorted(await Sale.find().distinct().values_list("shop").all()) == [(1,), (2,), (3,)]
    assert [sale.city async for sale in Sale.find(shop=2).distinct().only("city")] == ["city 2"]


async def test_exists(spy):
    ten = Sale.find(shop=1, amount=12).allow_filtering()
    asked = [Sale.find(shop=1), Sale.find(shop=99), Sale.find().distinct(), ten, ten.fetch_size(1)]
    assert [await query.exists() for query in asked] == [True, False, True, True, True]
    assert await Sale.find(shop=1).order_by("-day").only("amount").exists()
    assert not await ten.filter(number=99).exists()
    assert len(spy.calls) == 7


async def test_rule_30_what_a_verb_takes_the_server_takes():
    sales = Sale.find(shop=1)
    some = sales.filter(amount=11).allow_filtering()
    for query, n in ((sales.order_by("-day"), 6), (sales.only("amount"), 6), (sales.fetch_size(2), 6), (some, 2)):
        assert (await query.count(), await query.exists(), await query.max("amount") > 10) == (n, True, True)
        assert await query.group_by("shop").aggregate(n="count(*)") == [{"shop": 1, "n": n}]
        assert await query.writetime("amount") is not None
    by_day = sales.group_by("day")
    assert len(await by_day.limit(1).aggregate(n="count(*)")) == 1
    assert len(await by_day.per_partition_limit(1).aggregate(n="count(*)")) == 1
    page = await by_day.fetch_size(1).paged_all()
    assert len(await by_day.page(page.paging_state).aggregate(n="count(*)")) < len(DAYS)
    assert await sales.per_partition_limit(1).writetime("amount") == await sales.limit(1).writetime("amount")


async def test_only_and_defer(spy):
    sale = await Sale.find(shop=1).only("amount").first()
    assert (sale.shop, sale.day, sale.amount) == (1, DAYS[0], 10)
    with pytest.raises(FieldNotLoaded, match="price"):
        _ = sale.price
    rest = await Sale.find(shop=1).defer("tags", "attrs").order_by("-day").first()
    assert (rest.city, rest.grade) == ("city 1", Grade.TOP if rest.number == 2 else Grade.LOW)
    with pytest.raises(FieldNotLoaded, match="tags"):
        _ = rest.tags
    assert spy.cql[0].startswith("SELECT shop, day, number, amount FROM ")


async def test_values_come_in_the_order_asked_for_and_with_their_types():
    found = await Sale.find(shop=1, day=DAYS[0]).values_list("grade", "number", "tags", "attrs", "price").all()
    assert found == [
        (Grade.LOW, 0, set(), None, Decimal("0")),
        (Grade.LOW, 1, {"t"}, {"n": 1}, Decimal("0.25")),
        (Grade.TOP, 2, {"t"}, {"n": 2}, Decimal("0.5")),
    ]
    assert [type(values[2]) for values in found] == [set] * 3
    assert [number async for (number,) in Sale.find(shop=1).values_list("number").fetch_size(2)] == [0, 1, 2] * 2


async def test_one_of_none_and_of_several():
    with pytest.raises(DocumentNotFound):
        await Sale.find(shop=99).one()
    with pytest.raises(MultipleDocumentsFound):
        await Sale.find(shop=1).one()
    assert (await Sale.find(shop=1, day=DAYS[0], number=2).one()).amount == 12
    assert await Sale.find(shop=99).first() is None


async def test_write_time_and_ttl():
    key = {"shop": 7, "day": DAYS[0], "number": 0}
    await Sale.find().ttl(5000).timestamp(1_900_000_000_000_000).create(**key, amount=5, price=Decimal(1), tags={"x"})
    sale = Sale.find(**key)
    assert await sale.writetime("amount") == 1_900_000_000_000_000
    assert 0 < await sale.column_ttl("price") <= 5000
    await sale.timestamp(1_900_000_000_000_001).update(amount=6)
    assert await sale.writetime("amount") == 1_900_000_000_000_001
    assert await sale.column_ttl("amount") is None
    assert await sale.writetime("weight") is None
    assert await Sale.find(shop=99).writetime("amount") is None
    with pytest.raises(InvalidQueryError, match="each part"):
        await sale.writetime("tags")
    await Sale.find(shop=7).timestamp(1_900_000_000_000_002).delete()
    assert await sale.first() is None


async def test_json_is_made_by_the_server():
    rows = [json.loads(text) for text in await Sale.find(shop=1).only("grade", "tags").fetch_size(2).json()]
    assert [(row["shop"], row["number"], row["grade"]) for row in rows] == [
        (1, number, "top" if number == 2 else "low") for _ in DAYS for number in range(3)
    ]
    assert set(rows[1]) == {"shop", "day", "number", "grade", "tags"}


async def test_the_nearest_by_vector():
    await Place.sync_table()
    places = [Place(id=n, name=f"p{n}", kind="even" if n % 2 == 0 else "odd", at=[n, n / 2, 0]) for n in range(9)]
    for place in [*places, Place(id=99, name="nowhere")]:
        await place.save()
    here = [4.2, 2.0, 0.0]
    near = await Place.find().order_by_ann("at", here).limit(3).all()
    assert near == sorted(places, key=lambda place: dist(place.at, here))[:3]
    even = await Place.find(kind="even").order_by_ann("at", here).limit(2).all()
    assert [place.id for place in even] == [4, 6]
    assert await Place.find().order_by_ann("at", here).limit(1).values_list("name").all() == [("p4",)]
    assert (await Place.find().order_by_ann("at", here).first()).id == 4
    with pytest.raises(InvalidQueryError, match=r"at|vector"):
        await Place.find().order_by_ann("at", [1.0]).limit(1).all()


async def test_classes_that_share_a_table():
    await Pet.sync_table()
    await Dog.sync_table()
    await Dog(id=1, name="rex", barks=3).save()
    await Cat(id=2, name="tom").save()
    assert sorted(pet.id for pet in await Pet.find().all()) == [1, 2]
    assert [type(pet) for pet in await Dog.find().all()] == [Dog]
    assert await Dog.find().values_list("name").all() == [("rex",)]
    assert (await Dog.find().count(), await Dog.find().max("barks"), len(await Dog.find().json())) == (1, 3, 1)
    await Dog.find(id=1).update(name="bo")
    assert (await Pet.get(id=1)).name == "bo"
    await Dog.find(id=1).delete()
    assert [pet.id for pet in await Pet.find().all()] == [2]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Sale.find().sum("city"), "sum"),
        (lambda: Sale.find().order_by("day").all(), "ORDER BY"),
        (lambda: Sale.find(shop=1, number=1).all(), "number"),
        (lambda: Sale.find(shop=1).page(b"made up").all(), "paging state"),
    ],
)
async def test_what_only_the_server_knows_to_be_wrong_is_shown_with_its_text(call, message):
    with pytest.raises(RequestRejected, match=message) as caught:
        await call()
    assert caught.value.request.cql in str(caught.value)


class Angle(Document):
    id: Annotated[int, PrimaryKey()]
    cosine: Annotated[list[float] | None, Vector(2), VectorIndex()] = None
    straight: Annotated[list[float] | None, Vector(2), VectorIndex("EUCLIDEAN")] = None
    product: Annotated[list[float] | None, Vector(2), VectorIndex("DOT_PRODUCT")] = None

    class Settings:
        name = "angles"


ZERO, NAN, INF, LARGE = [0.0, 0.0], [float("nan"), 1.0], [1.0, float("inf")], [1.1e17, 0.0]


async def test_vectors_that_no_index_holds_are_refused_where_the_server_leaves_the_outcome_open(connection, keyspace):
    await Angle.sync_table()
    for name, vectors in {
        "cosine": [ZERO, [1e-46, 0.0], NAN, INF, LARGE],
        "straight": [NAN, INF, LARGE],
        "product": [NAN, INF, LARGE],
    }.items():
        for vector in vectors:
            with pytest.raises(InvalidQueryError, match=f"Angle.{name}: "):
                await Angle(id=1, **{name: vector}).save()
            with pytest.raises(OutcomeUnknown):  # and so it would be for ever
                await execute_raw(f"INSERT INTO {keyspace}.angles (id, {name}) VALUES (0, ?)", [vector])
    assert await Angle.find().count() == 0

    edges = [[1e-45, 0.0], [1e17, -1e17], [-0.0, 1e-30]]
    for number, vector in enumerate(edges):
        await Angle(id=number, cosine=vector, straight=vector, product=vector).save()
    for name in ("straight", "product"):
        await Angle(id=9, **{name: ZERO}).save()
        assert len(await Angle.find().order_by_ann(name, ZERO).limit(9).all()) > len(edges) - 1
