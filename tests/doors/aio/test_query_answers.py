"""Answers of queries that are no documents, writes by a query, and what a query refuses before anything is sent."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated

import pytest

from coodie.aio import AsyncBatchQuery, Document, execute_raw
from coodie.cql.message import Page
from coodie.exceptions import DecodeError, DocumentNotFound, FieldNotLoaded, InvalidQueryError
from coodie.fields import ClusteringKey, Discriminator, Indexed, PrimaryKey, Static
from coodie.types import Token

pytestmark = pytest.mark.filterwarnings("ignore::coodie.exceptions.QueryWarning")


class Grade(Enum):
    GOOD = "good"


class Sale(Document):
    shop: Annotated[int, PrimaryKey()]
    day: Annotated[date, ClusteringKey()]
    number: Annotated[int, ClusteringKey()]
    city: Annotated[str | None, Static()] = None
    amount: int = 0
    price: Decimal = Decimal(0)
    weight: float = 0.0
    grade: Grade = Grade.GOOD
    tags: set[str] = set()

    class Settings:
        name = "sales"


class Pet(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator()] = ""
    name: str = ""

    class Settings:
        name = "pets"


class Dog(Pet):
    class Settings:
        discriminator_value = "dog"


class Animal(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator(), Indexed()] = ""
    name: str = ""

    class Settings:
        name = "animals"


class Owl(Animal):
    class Settings:
        discriminator_value = "owl"


class Note(Document):
    user: Annotated[int, PrimaryKey()]
    kind: Annotated[str, ClusteringKey(), Discriminator()] = ""
    number: Annotated[int, ClusteringKey()] = 0
    text: str = ""

    class Settings:
        name = "notes"


class Memo(Note):
    class Settings:
        discriminator_value = "memo"


DAY = date(2030, 1, 1)
KEY = {"shop": 1, "day": DAY, "number": 1}


async def test_aggregates_come_by_their_names_and_types(coodie_recorder):
    row = (3, Decimal("4.50"), DAY, "good")
    coodie_recorder.on("select", table=Sale).returns([row], columns=["n", "total", "first", "best"])
    found = await Sale.find(shop=1).aggregate(n="count(*)", total="sum(price)", first="min(day)", best="max(grade)")
    assert found == {"n": 3, "total": Decimal("4.50"), "first": DAY, "best": Grade.GOOD}
    assert coodie_recorder.cql == [
        "SELECT count(*) AS n, sum(price) AS total, min(day) AS first, max(grade) AS best FROM sales WHERE shop = ?"
    ]


async def test_aggregates_of_groups_are_a_list_over_all_pages(coodie_recorder):
    columns = ["shop", "day", "n"]
    coodie_recorder.on("select", table=Sale).pages([[(1, DAY, 2)], [], [(2, DAY, 5)]], columns=columns)
    found = await Sale.find().group_by("shop", "day").fetch_size(1).aggregate(n="count(*)")
    assert found == [{"shop": 1, "day": DAY, "n": 2}, {"shop": 2, "day": DAY, "n": 5}]
    assert coodie_recorder.cql[0] == "SELECT shop, day, count(*) AS n FROM sales GROUP BY shop, day"


async def test_documents_and_values_of_groups_are_those_of_its_first_row(coodie_recorder):
    coodie_recorder.on("select", table=Sale).returns(
        [{**KEY, "amount": 5, "price": Decimal(1), "weight": 1.0, "grade": "good"}]
    )
    coodie_recorder.on("select", table=Sale).returns([(1, 5)], columns=["shop", "amount"])
    groups = Sale.find().group_by("shop")
    assert [sale.amount for sale in await groups.all()] == [5]
    assert await groups.values_list("shop", "amount").all() == [(1, 5)]
    assert [cql[-len("GROUP BY shop") :] for cql in coodie_recorder.cql] == ["GROUP BY shop"] * 2


@pytest.mark.parametrize("name", ["count", "sum", "avg", "min", "max", "writetime", "update", "delete", "create"])
def test_a_grouped_query_has_nothing_that_would_tell_of_one_group_only(name):
    assert not hasattr(Sale.find().group_by("shop"), name)


async def test_of_an_empty_in_the_aggregates_are_those_of_no_rows(coodie_recorder):
    none = Sale.find(shop__in=[])
    asked = {"n": "count(*)", "c": "count(city)", "a": "sum(amount)", "p": "avg(price)", "w": "sum(weight)"}
    found = await none.aggregate(**asked, low="min(day)")
    assert found == {"n": 0, "c": 0, "a": 0, "p": Decimal(0), "w": 0.0, "low": None}
    assert [type(value) for value in found.values()] == [int, int, int, Decimal, float, type(None)]
    assert (await none.sum("amount"), await none.avg("price"), await none.max("day")) == (0, Decimal(0), None)
    assert (await none.writetime("amount"), await none.column_ttl("amount"), await none.json()) == (None, None, [])
    assert await none.values_list("day").all() == await none.group_by("shop", "day").aggregate(n="count(*)") == []
    with pytest.raises(DocumentNotFound):
        await none.one()
    assert coodie_recorder.calls == []


async def test_single_aggregates(coodie_recorder):
    for value in (7, Decimal("1.5"), "good", None):
        coodie_recorder.on("select", table=Sale).returns([(value,)], columns=["x"])
    sales = Sale.find(shop=1)
    assert [await sales.sum("amount"), await sales.avg("price")] == [7, Decimal("1.5")]
    assert [await sales.max("grade"), await sales.min("city")] == [Grade.GOOD, None]
    assert [cql.partition(" FROM ")[0] for cql in coodie_recorder.cql] == [
        "SELECT sum(amount)",
        "SELECT avg(price)",
        "SELECT max(grade)",
        "SELECT min(city)",
    ]


async def test_write_time_and_ttl_are_of_the_first_row(coodie_recorder):
    coodie_recorder.on("select", table=Sale).returns([(1_700_000_000_000_000,)], columns=["x"])
    coodie_recorder.on("select", table=Sale).returns([(None,)], columns=["x"])
    coodie_recorder.on("select", table=Sale).returns_nothing()
    sales = Sale.find(shop=1)
    assert await sales.writetime("amount") == 1_700_000_000_000_000
    assert await sales.column_ttl("city") is None
    assert await sales.order_by("-day").limit(1).writetime("amount") is None
    assert coodie_recorder.cql == [
        "SELECT writetime(amount) FROM sales WHERE shop = ? LIMIT ?",
        "SELECT ttl(city) FROM sales WHERE shop = ? LIMIT ?",
        "SELECT writetime(amount) FROM sales WHERE shop = ? ORDER BY day DESC LIMIT ?",
    ]


async def test_the_first_row_may_come_after_empty_pages(coodie_recorder):
    filtered = Sale.find(shop=1, amount=5).allow_filtering()
    for ask in (lambda: filtered.writetime("price"), lambda: filtered.column_ttl("price")):
        coodie_recorder.on("select", table=Sale).pages([[], [], [(7,)]], columns=["x"])
        assert await ask() == 7
    coodie_recorder.on("select", table=Sale).pages([[], [{**KEY, "grade": "good"}]])
    assert (await filtered.first()).number == 1


async def test_json_over_all_pages(coodie_recorder):
    coodie_recorder.on("select", table=Sale).pages([[('{"shop": 1}',)], [('{"shop": 2}',)]], columns=["[json]"])
    assert await Sale.find().only().json() == ['{"shop": 1}', '{"shop": 2}']
    assert coodie_recorder.cql[0] == "SELECT JSON shop, day, number FROM sales"


async def test_values_have_their_types_and_a_null_is_none_or_an_empty_container(coodie_recorder):
    rows = [("good", {"a"}, None), ("good", None, "Rome")]
    coodie_recorder.on("select", table=Sale).pages([rows[:1], rows[1:]], columns=["grade", "tags", "city"])
    query = Sale.find(shop=1).values_list("grade", "tags", "city")
    assert [values async for values in query] == [(Grade.GOOD, {"a"}, None), (Grade.GOOD, set(), "Rome")]


async def test_rule_13_values_json_and_aggregates_are_read_by_column_name(coodie_recorder):
    answers = coodie_recorder.on("select", table=Sale).answers_as
    answers(Page(("city", "grade"), [("Rome", "good")]))
    assert await Sale.find(shop=1).values_list("grade", "city").all() == [(Grade.GOOD, "Rome")]
    coodie_recorder.on("select", table=Sale).answers_as(Page(("x", "[json]"), [(5, "{}")]))
    assert await Sale.find().json() == ["{}"]
    coodie_recorder.on("select", table=Sale).answers_as(Page(("top", "n"), [(9, 2)]))
    assert await Sale.find(shop=1).aggregate(n="count(*)", top="max(amount)") == {"n": 2, "top": 9}
    coodie_recorder.on("select", table=Sale).answers_as(Page(("n", "shop"), [(2, 1)]))
    grouped = Sale.find(shop=1).group_by("shop", "day")
    with pytest.raises(DecodeError, match="the answer has no column day, only n, shop"):
        await grouped.aggregate(n="count(*)")


async def test_a_value_that_does_not_fit_names_its_column(coodie_recorder):
    coodie_recorder.on("select", table=Sale).returns([("bad",)], columns=["grade"])
    with pytest.raises(DecodeError, match="grade"):
        await Sale.find(shop=1).values_list("grade").all()


async def test_a_values_list_gives_the_fields_that_it_names_and_no_others(coodie_recorder):
    for query in (
        Sale.find().distinct().values_list("city", "shop"),
        Sale.find().values_list("city", "shop").distinct(),
    ):
        coodie_recorder.on("select", table=Sale).returns([{"shop": 1, "city": "Rome"}])
        assert await query.all() == [("Rome", 1)]
    for narrow in ("only", "defer"):
        with pytest.raises(AttributeError, match=r"values_list\(\.\.\.\) names all that there is to load"):
            getattr(Sale.find().values_list("city", "shop"), narrow)


async def test_values_lists_have_the_rest_of_a_query_too(coodie_recorder):
    coodie_recorder.on("select", table=Sale).returns([(1,)], columns=["amount"]).times(2)
    coodie_recorder.on("select", table=Sale).pages([[(1,)], [(2,)]], columns=["amount"])
    amounts = Sale.find(shop=1).values_list("amount")
    assert await amounts.first() == (1,)
    assert await amounts.one() == (1,)
    page = await amounts.fetch_size(1).paged_all()
    assert (list(page), page.paging_state is None) == ([(1,)], False)
    assert (await amounts.page(page.paging_state).paged_all()).data == [(2,)]


async def test_exists_asks_for_the_key_of_one_row(coodie_recorder):
    coodie_recorder.on("select", table=Sale).pages([[], [{"shop": 1, "day": DAY, "number": 7}]])
    coodie_recorder.on("select", table=Sale).returns_nothing()
    assert await Sale.find(shop=1, amount=5).only("price").allow_filtering().exists() is True
    assert await Sale.find(shop=2).exists() is False
    assert await Sale.find(shop__in=[]).exists() is False
    assert [(call.cql, call.values) for call in coodie_recorder.calls[:3:2]] == [
        ("SELECT shop, day, number FROM sales WHERE shop = ? AND amount = ? LIMIT ? ALLOW FILTERING", (1, 5, 1)),
        ("SELECT shop, day, number FROM sales WHERE shop = ? LIMIT ?", (2, 1)),
    ]


async def test_a_row_of_another_class_does_not_exist(coodie_recorder):
    coodie_recorder.on("select", table=Pet).returns([{"id": 1, "kind": ""}])
    coodie_recorder.on("select", table=Pet).returns([{"id": 1, "kind": "dog"}])
    assert not await Dog.find(id=1).exists()
    assert await Dog.find(id=1).exists()


async def test_a_partition_alone_knows_what_it_has(coodie_recorder):
    coodie_recorder.on("select", table=Sale).returns([{"shop": 1, "city": "Rome"}])
    sale = await Sale.find().distinct().first()
    assert (sale.shop, sale.city) == (1, "Rome")
    for name in ("day", "amount"):
        with pytest.raises(FieldNotLoaded, match=name):
            getattr(sale, name)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Sale.find().aggregate(), "at least one expression"),
        (lambda: Sale.find().aggregate(n="count"), "is not an aggregate"),
        (lambda: Sale.find().aggregate(n="median(amount)"), r"median\(\) is not an aggregate; there are: count, sum"),
        (lambda: Sale.find().aggregate(n="sum(*)"), "name a field"),
        (lambda: Sale.find().aggregate(n="sum(amonut)"), "did you mean 'amount'"),
        (lambda: Sale.find().aggregate(n="max(day) FROM sales; --"), "is not an aggregate"),
        (lambda: Sale.find().group_by("shop").aggregate(shop="count(*)"), "'shop' is the key of the groups"),
        (lambda: Sale.find().writetime("day"), "a key column has none"),
        (lambda: Sale.find().column_ttl("shop"), "a key column has none"),
        (lambda: Sale.find().writetime("tags"), "each part of a set<text>"),
        (lambda: Sale.find().column_ttl("tags"), "each part of a set<text>"),
        (lambda: Sale.find().writetime("amuont"), "did you mean 'amount'"),
        (lambda: Sale.find(**KEY).update(amuont=1), "did you mean 'amount'"),
        (lambda: Sale.find(**KEY).update(amount__append=1), "amount"),
        (lambda: Sale.find(shop=1, day=DAY).if_exists().delete(), "needs the key column 'number'"),
        (lambda: Sale.find(shop=1).delete(if_conditions={"amount": 1}), "needs the key column 'day'"),
        (lambda: Sale.find(shop=1, day__gt=DAY, number=1).delete(if_conditions={"amount": 1}), "'day'"),
        (lambda: Sale.find(shop=1, day=DAY).update(city="x"), "only static columns.*leave 'day' out"),
        (lambda: Sale.find(**KEY).if_exists().update(city="x"), "only static columns"),
        (lambda: Sale.find(shop=1).update(city="x", if_conditions={"amount": 1}), "needs the key column 'day'"),
        (lambda: Sale.find(**KEY | {"shop": 1}).update({"amount": 1}, amount=2), "given twice"),
        (lambda: Sale.find(shop=1, token__gt=Token(1)).delete(), "not 'token__gt'"),
        (lambda: Sale.find(shop=1, day=DAY, number__in=[1, 2]).if_exists().delete(), "one row"),
        (lambda: Dog.find().values_list("name").all(), "cannot tell rows of Dog"),
        (lambda: Sale.find().distinct().values_list("shop", "amount").all(), r"distinct\(\) gives partitions"),
        (lambda: Sale.find().values_list("shop", "amount").distinct().all(), r"distinct\(\) gives partitions"),
        (lambda: Sale.find().values_list("amount").distinct().first(), r"distinct\(\) gives partitions"),
        (lambda: Dog.find().json(), "cannot tell rows of Dog"),
        (lambda: Dog.find().count(), "cannot tell rows of Dog"),
        (lambda: Dog.find(id=1).writetime("name"), "cannot tell rows of Dog"),
        (lambda: Animal.find(id=1, kind="owl").delete(), "takes key columns in filter"),
        (lambda: execute_raw("SELECT a FROM t", fetch_size=0), "fetch_size takes a number of rows"),
        (lambda: execute_raw("SELECT a FROM t", fetch_size="5"), "fetch_size takes a number of rows"),
        (lambda: execute_raw("SELECT a FROM t", timeout=-1), "positive number"),
        (lambda: execute_raw("SELECT a FROM t", consistency="QUORUN"), "did you mean 'QUORUM'"),
    ],
)
async def test_what_the_server_would_refuse_or_misread_is_refused_before_sending(coodie_recorder, call, message):
    with pytest.raises(InvalidQueryError, match=message):
        await call()
    assert coodie_recorder.calls == []


async def test_the_one_row_of_a_whole_key_needs_no_telling_apart(coodie_recorder):
    coodie_recorder.on("select", table=Pet).returns([{"id": 1, "kind": "dog", "name": "rex"}])
    coodie_recorder.on("select", table=Pet).returns([{"id": 2, "kind": "", "name": "tom"}])
    assert (await Dog.find_one(id=1)).name == "rex"
    assert await Dog.find_one(id=2) is None


async def test_a_write_has_the_discriminator_only_where_it_is_in_the_key(coodie_recorder):
    await Owl.find(id=1).update(name="bo")
    await Owl.find(id=1).delete()
    await Memo.find(user=1).delete()
    await Memo.find(user=1, number=2).update(text="x")
    await Note.find(user=1).delete()
    assert [(call.cql, call.values) for call in coodie_recorder.calls] == [
        ("UPDATE animals SET name = ? WHERE id = ?", ("bo", 1)),
        ("DELETE FROM animals WHERE id = ?", (1,)),
        ("DELETE FROM notes WHERE kind = ? AND user = ?", ("memo", 1)),
        ("UPDATE notes SET text = ? WHERE kind = ? AND user = ? AND number = ?", ("x", "memo", 1, 2)),
        ("DELETE FROM notes WHERE user = ?", (1,)),
    ]


async def test_writes_go_where_and_how_the_query_says(coodie_recorder):
    query = Sale.find(**KEY).using(keyspace="archive").consistency("QUORUM").timeout(5).ttl(60).timestamp(7)
    await query.update(amount=1)
    await query.ttl(0).update(amount=1)
    await Sale.find().using(keyspace="archive").ttl(60).timestamp(7).consistency("ONE").create(**KEY)
    await Sale.find(shop=1, day=DAY).timestamp(7).delete()
    assert [(call.cql.partition(" SET ")[0].partition(" (")[0], call.values[:2]) for call in coodie_recorder.calls] == [
        ("UPDATE archive.sales USING TTL ? AND TIMESTAMP ?", (60, 7)),
        ("UPDATE archive.sales USING TTL ? AND TIMESTAMP ?", (0, 7)),
        ("INSERT INTO archive.sales", (1, DAY)),
        ("DELETE FROM sales USING TIMESTAMP ? WHERE shop = ? AND day = ?", (7, 1)),
    ]
    assert [call.request.options.consistency for call in coodie_recorder.calls] == ["QUORUM", "QUORUM", "ONE", None]
    assert coodie_recorder.calls[2].values[-2:] == (60, 7)


async def test_static_columns_need_the_partition_key_only(coodie_recorder):
    await Sale.find(shop=1).update(city="Rome")
    assert (coodie_recorder.last.cql, coodie_recorder.last.values) == (
        "UPDATE sales SET city = ? WHERE shop = ?",
        ("Rome", 1),
    )


async def test_an_empty_in_puts_nothing_into_a_batch(coodie_recorder):
    async with AsyncBatchQuery() as batch:
        await Sale.find(shop__in=[]).delete(batch=batch)
        await Sale.find(shop=1, day=DAY, number__in=[]).update(amount=1, batch=batch)
    assert coodie_recorder.calls == []
