"""What each part of a query makes of its statement: exact texts and values, and what is refused with which words."""

import warnings
from decimal import Decimal
from typing import Annotated, Any

import pytest

from coodie.cql.message import Kind, Options
from coodie.exceptions import InvalidQueryError, QueryWarning
from coodie.fields import ClusteringKey, Indexed, PrimaryKey, Static, Vector, VectorIndex
from coodie.sync import Document
from coodie.testing import RecordingDriver
from coodie.types import Token


class Reading(Document):
    site: Annotated[int, PrimaryKey()]
    sensor: Annotated[str, PrimaryKey()]
    day: Annotated[int, ClusteringKey(order="DESC")]
    number: Annotated[int, ClusteringKey()]
    unit: Annotated[str | None, Static()] = None
    value: float | None = None
    price: Decimal | None = None
    tags: set[str] = set()
    attrs: dict[str, int] = {}

    class Settings:
        name = "readings"


class Article(Document):
    id: Annotated[int, PrimaryKey()]
    title: Annotated[str, Indexed(using="org.apache.cassandra.index.sasi.SASIIndex")] = ""
    place: Annotated[list[float] | None, Vector(3), VectorIndex()] = None


class Login(Document):
    token: Annotated[str, PrimaryKey()]
    user: str = ""


def shown(query: Any) -> tuple[str, tuple[Any, ...]]:
    statement = query.statement()
    return statement.cql, statement.values


KEY = "site, sensor, day, number"
ALL = f"SELECT {KEY}, unit, value, price, tags, attrs FROM readings"


@pytest.mark.parametrize(
    ("query", "rest", "values"),
    [
        (lambda q: q.filter(day=1), " WHERE day = ?", (1,)),
        (lambda q: q.filter(day__gt=1), " WHERE day > ?", (1,)),
        (lambda q: q.filter(day__gte=1), " WHERE day >= ?", (1,)),
        (lambda q: q.filter(day__lt=1), " WHERE day < ?", (1,)),
        (lambda q: q.filter(day__lte=1), " WHERE day <= ?", (1,)),
        (lambda q: q.filter(day__in=[3, 1, 1]), " WHERE day IN ?", ([3, 1, 1],)),
        (lambda q: q.filter(day__in=(n for n in (1, 2))), " WHERE day IN ?", ([1, 2],)),
        (lambda q: q.filter(tags__contains="x"), " WHERE tags CONTAINS ?", ("x",)),
        (lambda q: q.filter(attrs__contains=1), " WHERE attrs CONTAINS ?", (1,)),
        (lambda q: q.filter(attrs__contains_key="k"), " WHERE attrs CONTAINS KEY ?", ("k",)),
        (lambda q: q.filter(attrs__entry=("k", 1)), " WHERE attrs[?] = ?", ("k", 1)),
        (lambda q: q.filter(token__gt=(1, "a")), " WHERE token(site, sensor) > token(?, ?)", (1, "a")),
        (lambda q: q.filter(token__gte=(1, "a")), " WHERE token(site, sensor) >= token(?, ?)", (1, "a")),
        (
            lambda q: q.filter(token__gt=Token(-5), token__lte=Token(5)),
            " WHERE token(site, sensor) > ? AND token(site, sensor) <= ?",
            (-5, 5),
        ),
        (
            lambda q: q.filter(token__gt=(1, "a"), token__lt=Token(9)),
            " WHERE token(site, sensor) > token(?, ?) AND token(site, sensor) < ?",
            (1, "a", 9),
        ),
        (lambda q: q.filter(site=1).filter(sensor="a"), " WHERE site = ? AND sensor = ?", (1, "a")),
        (lambda q: q.order_by("-day", "number"), " ORDER BY day DESC, number ASC", ()),
        (lambda q: q.order_by("day").order_by("-day"), " ORDER BY day DESC", ()),
        (lambda q: q.per_partition_limit(2).limit(9), " PER PARTITION LIMIT ? LIMIT ?", (2, 9)),
        (lambda q: q.group_by("site", "sensor"), " GROUP BY site, sensor", ()),
        (lambda q: q.group_by("site", "sensor", "day").limit(2), " GROUP BY site, sensor, day LIMIT ?", (2,)),
        (lambda q: q.filter(site=1).group_by("sensor"), " WHERE site = ? GROUP BY sensor", (1,)),
        (
            lambda q: q.filter(site=1, sensor="a").group_by("day"),
            " WHERE site = ? AND sensor = ? GROUP BY day",
            (1, "a"),
        ),
        (
            lambda q: q.filter(site=1, sensor__in=["a"]).group_by("site", "sensor", "day"),
            " WHERE site = ? AND sensor IN ? GROUP BY site, sensor, day",
            (1, ["a"]),
        ),
    ],
)
def test_the_rest_of_the_text(query, rest, values):
    assert shown(query(Reading.find())) == (ALL + rest, values)


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        (lambda q: q.only("value"), f"{KEY}, value"),
        (lambda q: q.only("value", "value", "unit"), f"{KEY}, unit, value"),
        (lambda q: q.only(), KEY),
        (lambda q: q.only("value").only("unit"), f"{KEY}, unit"),
        (lambda q: q.defer("tags", "attrs", "price"), f"{KEY}, unit, value"),
        (lambda q: q.only("value", "unit").defer("unit"), f"{KEY}, value"),
        (lambda q: q.defer("tags").defer("attrs"), f"{KEY}, unit, value, price"),
        (lambda q: q.values_list("value", "day"), "value, day"),
        (lambda q: q.values_list("value", "value"), "value, value"),
        (lambda q: q.distinct(), "DISTINCT site, sensor, unit"),
        (lambda q: q.distinct().only("unit"), "DISTINCT site, sensor, unit"),
        (lambda q: q.distinct().only(), "DISTINCT site, sensor"),
        (lambda q: q.only("value").distinct(), "DISTINCT site, sensor"),
        (lambda q: q.distinct().defer("unit"), "DISTINCT site, sensor"),
        (lambda q: q.distinct().values_list("site", "sensor"), "DISTINCT site, sensor"),
    ],
)
def test_the_columns(query, columns):
    assert shown(query(Reading.find())) == (f"SELECT {columns} FROM readings", ())


def test_the_nearest_by_vector():
    nearest = Article.find().order_by_ann("place", [1, 2, 3]).limit(2)
    assert shown(nearest) == (
        "SELECT id, title, place FROM article ORDER BY place ANN OF ? LIMIT ?",
        ([1.0, 2.0, 3.0], 2),
    )
    assert shown(nearest.filter(id=1))[1] == (1, [1.0, 2.0, 3.0], 2)


def test_a_pattern():
    assert shown(Article.find(title__like="An%").warn(False)) == (
        "SELECT id, title, place FROM article WHERE title LIKE ?",
        ("An%",),
    )


def test_a_field_called_token_is_a_field():
    where = 'SELECT "token", user FROM login WHERE'
    assert shown(Login.find(token__in=["a"])) == (f'{where} "token" IN ?', (["a"],))
    assert shown(Login.find(token__gt="a")) == (f'{where} "token" > ?', ("a",))
    assert shown(Login.find(token__token__gt="a")) == (f'{where} token("token") > token(?)', ("a",))
    assert shown(Login.find(token__token__gt=Token(1))) == (f'{where} token("token") > ?', (1,))


class Odd(Document):
    id: Annotated[int, PrimaryKey()]
    class_: int = 0
    a: int = 0
    a__in: int = 0
    a__b: list[int] = []


@pytest.mark.parametrize(
    ("lookups", "where", "values"),
    [
        ({"class_": 1}, "class_ = ?", (1,)),
        ({"class___in": [1]}, "class_ IN ?", ([1],)),
        ({"a__in": 1}, "a__in = ?", (1,)),
        ({"a__in__in": [1]}, "a__in IN ?", ([1],)),
        ({"a__gt": 1}, "a > ?", (1,)),
        ({"a__b__contains": 1}, "a__b CONTAINS ?", (1,)),
    ],
)
def test_a_field_may_have_a_name_that_looks_like_a_lookup(lookups, where, values):
    assert shown(Odd.find(**lookups)) == (f"SELECT id, class_, a, a__in, a__b FROM odd WHERE {where}", values)


def test_a_part_of_a_field_whose_name_has_underscores_can_be_changed(coodie_recorder):
    Odd(id=1).update(a__b__append=[1], class_=5)
    assert coodie_recorder.cql == ["UPDATE odd SET a__b = a__b + ?, class_ = ? WHERE id = ?"]


def test_options_go_with_the_statement_and_into_every_page():
    query = (
        Reading.find().consistency("QUORUM").serial_consistency("LOCAL_SERIAL").timeout(2.5).fetch_size(7).page(b"x")
    )
    statement = query.limit(1).using(keyspace="shop").statement()
    options = statement.options
    assert (options.consistency, options.serial_consistency, options.timeout) == ("QUORUM", "LOCAL_SERIAL", 2.5)
    assert (options.fetch_size, options.paging_state) == (7, b"x")
    assert (statement.kind, statement.idempotent) == (Kind.READ, True)
    assert " FROM shop.readings " in statement.cql


def test_several_partitions_in_one_order_come_in_one_page():
    assert Reading.find(site__in=[1, 2], sensor="a").order_by("-day").timeout(1.0).statement().options == Options(
        timeout=1.0, fetch_size=0
    )
    unordered, one, rows = Reading.find(site__in=[1]), Reading.find(site=1, sensor="a"), {"day__in": [1, 2]}
    for query in (unordered, one.order_by("day"), one.order_by("day").filter(rows)):
        assert query.statement().options == Options()
    ordered = Reading.find(site__in=[1, 2], sensor="a").order_by("day").limit(5)
    for paged in (ordered.fetch_size(10), ordered.page(b"x")):
        with pytest.raises(InvalidQueryError, match=r"no pages; leave out fetch_size\(\) and page\(\)"):
            paged.statement()


def test_options_may_be_given_together():
    query = Reading.find(site=1, sensor="a", day=1, number=1).consistency("ONE").timeout(1)
    one_by_one = query.consistency("QUORUM").serial_consistency("SERIAL").timeout(2.5)
    together = query.using(consistency="QUORUM", serial_consistency="SERIAL", timeout=2.5, fetch_size=9, keyspace="k")
    assert together.statement() == one_by_one.fetch_size(9).using(keyspace="k").statement()
    assert query.using(keyspace="k").statement().options == query.statement().options
    timed = query.ttl(5).timestamp(5)
    with RecordingDriver() as recorder:
        timed.using(ttl=60, timestamp=7).update(value=1.0)
        timed.using(keyspace="k").update(value=1.0)
    assert [call.values[:2] for call in recorder.calls] == [(60, 7), (5, 5)]
    with pytest.raises(InvalidQueryError, match="did you mean 'QUORUM'"):
        query.using(consistency="QUORUN")


def test_the_text_depends_on_the_shape_alone():
    texts = {
        Reading.find(site=number, sensor__in=["a"] * number).limit(number + 1).per_partition_limit(1).statement().cql
        for number in range(20)
    }
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda q: q.filter(dya=1), r"Reading has no field 'dya'; did you mean 'day'\?"),
        (lambda q: q.filter(zzz=1), r"it has: site, sensor"),
        (lambda q: q.filter(day__gtt=1), r"Reading\.day has no lookup __gtt; did you mean __gt"),
        (lambda q: q.filter(day__ne=1), r"no lookup __ne; CQL cannot filter by inequality"),
        (lambda q: q.filter(tags__contain="x"), r"did you mean __contains\?"),
        (lambda q: q.filter(attrs__contains_keys="x"), r"did you mean __contains_key\?"),
        (lambda q: q.filter(attrs__entri=("k", 1)), r"did you mean __entry\?"),
        (lambda q: q.filter(token__in=(1, "a")), r"tokens are compared by token__gt"),
        (lambda q: q.filter(token__gt=(1,)), r"a tuple of 2 values"),
        (lambda q: q.filter(token__gt=[1, "a"]), r"a tuple of 2 values"),
        (lambda q: q.filter(token__gt=(1, None)), r"CQL cannot filter by null"),
        (lambda q: q.filter(token__gt=("x", "a")), r"Reading\.site"),
        (lambda q: q.filter(site__token__gt=1), r"whole partition key \(site, sensor\)"),
        (lambda q: q.filter(site=Token(1)), r"Reading\.site"),
        (lambda q: q.filter(day__in=[None]), r"Reading\.day"),
        (lambda q: q.filter(day__in=None), r"list of values"),
        (lambda q: q.filter(value=None), r"CQL cannot filter by null"),
        (lambda q: q.filter(value__gt=None), r"CQL cannot filter by null"),
        (lambda q: q.filter(tags__contains=None), r"Reading\.tags"),
        (lambda q: q.filter(attrs__entry=("k", None)), r"Reading\.attrs"),
        (lambda q: q.filter(attrs__entry=["k", 1]), r"a pair"),
        (lambda q: q.filter(value__contains=1), r"does not support CONTAINS"),
        (lambda q: q.group_by(), r"group_by\(\) takes the whole partition key"),
        (lambda q: q.group_by("site"), r"group_by\(\) takes the whole partition key"),
        (lambda q: q.group_by("sensor", "site"), r"in the order \(site, sensor, day, number\)"),
        (lambda q: q.group_by("site", "sensor", "number"), r"group_by\(\) takes"),
        (lambda q: q.group_by("site", "sensor", "value"), r"group_by\(\) takes"),
        (lambda q: q.filter(site__in=[1]).group_by("sensor"), r"group_by\(\) takes"),
        (lambda q: q.group_by("sit"), r"did you mean 'site'"),
        (lambda q: q.order_by("value"), r"clustering columns only"),
        (lambda q: q.values_list(), r"names of fields"),
        (lambda q: q.values_list("valeu"), r"did you mean 'value'"),
        (lambda q: q.only("valeu"), r"did you mean 'value'"),
        (lambda q: q.page("text"), r"a paging state is bytes"),
        (lambda q: q.consistency("QUORUN"), r"did you mean 'QUORUM'"),
        (lambda q: q.serial_consistency("QUORUM"), r"serial_consistency"),
        (lambda q: q.timeout(0), "a positive number of seconds"),
        (lambda q: q.fetch_size(0), r"of at least 1"),
        (lambda q: q.order_by_ann("value", [1.0]).limit(1), r"not a vector"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_written(call, message):
    with pytest.raises(InvalidQueryError, match=message):
        call(Reading.find())


@pytest.mark.parametrize("vector", ["abc", [1.0, 2.0, None], [1.0, 2.0, "x"], 5], ids=str)
def test_a_vector_that_does_not_fit_is_refused(vector):
    with pytest.raises(InvalidQueryError, match=r"Article\.place"):
        Article.find().order_by_ann("place", vector)


def test_a_search_by_vector_needs_a_limit():
    with pytest.raises(InvalidQueryError, match=r"needs a limit\(\)"):
        Article.find().order_by_ann("place", [1.0, 2.0, 3.0]).statement()


SCANS = [
    lambda: Reading.find(value=1.0),
    lambda: Reading.find(site=1, value=1.0),
    lambda: Reading.find(site__gt=1, sensor="a"),
    lambda: Reading.find(tags__contains="x"),
]
NO_SCANS = [
    lambda: Reading.find(site=1, sensor__in=["a", "b"], value=1.0),
    lambda: Reading.find(token__gt=(1, "a"), value=1.0),
    lambda: Reading.find(token__gt=Token(1), value=1.0),
    lambda: Article.find(title__like="a%", id__gt=1).warn(False),
]


@pytest.mark.parametrize("query", SCANS)
def test_a_scan_warns_at_the_line_of_the_user(query):
    with pytest.warns(QueryWarning, match=r"does not give the partition key \(site, sensor\)") as caught:
        query().allow_filtering().statement()
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("query", NO_SCANS)
def test_filtering_within_a_partition_a_range_or_an_index_is_no_scan(query):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert query().allow_filtering().statement().cql.endswith(" ALLOW FILTERING")


def test_nothing_of_a_query_is_shared_with_the_one_it_came_from():
    before = Reading.find(site=1)
    first = before.statement()
    for change in (
        lambda q: q.filter(day=1),
        lambda q: q.limit(1),
        lambda q: q.per_partition_limit(1),
        lambda q: q.order_by("day"),
        lambda q: q.group_by("sensor"),
        lambda q: q.distinct(),
        lambda q: q.only("value"),
        lambda q: q.defer("value"),
        lambda q: q.values_list("value"),
        lambda q: q.consistency("ONE"),
        lambda q: q.fetch_size(5),
        lambda q: q.page(b"x"),
        lambda q: q.using(keyspace="x"),
    ):
        assert change(before).statement() != first
        assert before.statement() == first


def test_a_query_is_shown_by_its_model_and_what_it_would_send_and_no_value():
    query = Login.find(token="secret").limit(1).allow_filtering()
    assert repr(query) == f"<QuerySet of Login: {query.statement().cql}>"
    assert repr(Login.find(token="secret").ttl(5)) == "<QuerySet of Login by token>"
    assert repr(Reading.find().if_exists()) == "<QuerySet of Reading by nothing>"
