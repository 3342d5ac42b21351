"""Names and values of any kind in every place that takes one: the text is read back, and is no other statement.

``COODIE_INJECTIONS`` is how many are tried of each kind; a few, unless it is set.
"""

import os
import re
import warnings
from typing import Annotated

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coodie import cql_builder as b
from coodie.cql.names import RESERVED
from coodie.cql.parsing.statements import parse
from coodie.exceptions import InvalidQueryError, QueryWarning
from coodie.fields import Column, PrimaryKey
from coodie.sync import Document
from coodie.testing import RecordingDriver

MANY = int(os.environ.get("COODIE_INJECTIONS", "40"))
often = settings(max_examples=MANY, deadline=None, database=None, suppress_health_check=list(HealthCheck))

PIECES = [
    *(
        "'",
        '"',
        '""',
        "''",
        ";",
        "--",
        "//",
        "/*",
        "*/",
        "$$",
        "?",
        ":a",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ".",
        "=",
        "%s",
    ),
    *(
        "\n",
        "\r",
        "\t",
        "\0",
        "\\",
        " ",
        "\u2019",
        "\uff02",
        "\uff07",
        "\u037e",
        "\u0000",
        "\u200b",
        "\u2028",
        "\ud800",
    ),
    *(" DROP TABLE t", " IF EXISTS", " AND a = 1", " OR 1=1", " USING TTL 1", " ALLOW FILTERING", "APPLY BATCH", "k"),
    *("a" * 47, "a" * 48, "a" * 49, "\u00e9", "\u0430", "A", "aB", "x_1", "__", "__in"),
]
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
    st.sampled_from(sorted(RESERVED)).flatmap(lambda word: st.sampled_from([word, word.upper(), word.title()])),
    st.text(max_size=60),
)
WHERE, HOME = {"id": 1}, "zzz"

# Each takes a name where the others have `zzz`, and gives a text.
NAMES = {
    "table": lambda n: b.build_insert(n, "ks", {"a": 1})[0],
    "keyspace": lambda n: b.build_insert("t", n, {"a": 1})[0],
    "column of an insert": lambda n: b.build_insert("t", "ks", {n: 1, "k0": 2})[0],
    "column of an update": lambda n: b.build_update("t", "ks", {n: 1}, WHERE)[0],
    "column that grows": lambda n: b.build_update("t", "ks", {f"{n}__add": {1}}, WHERE)[0],
    "element": lambda n: b.build_update("t", "ks", {f"{n}__put": ("k", 1)}, WHERE)[0],
    "column of a select": lambda n: b.build_select("t", "ks", [n, "k0"])[0],
    "column of a filter": lambda n: b.build_select("t", "ks", ["a"], {n: 1})[0],
    "column of a comparison": lambda n: b.build_select("t", "ks", ["a"], {f"{n}__gt": 1})[0],
    "column of an order": lambda n: b.build_select("t", "ks", ["a"], order_by=[f"-{n}"])[0],
    "write time": lambda n: b.build_select("t", "ks", ["a"], writetime=[n])[0],
    "condition": lambda n: b.build_update("t", "ks", {"a": 1}, WHERE, if_conditions={n: 1})[0],
    "deleted column": lambda n: b.build_delete("t", "ks", WHERE, columns=[n, ("attrs", "k")])[0],
    "deleted element": lambda n: b.build_delete("t", "ks", WHERE, columns=[(n, "k")])[0],
    "counter": lambda n: b.build_counter_update("t", "ks", {n: 1}, WHERE)[0],
    "column of a table": lambda n: b.build_create_table("t", "ks", {"k0": "int", n: "int"}, ["k0"], [n]),
    "new table": lambda n: b.build_create_table(n, "ks", {"a": "int"}, ["a"]),
    "dropped table": lambda n: b.build_drop_table(n, "ks"),
    "emptied table": lambda n: b.build_truncate("t", n),
    "new keyspace": lambda n: b.build_create_keyspace(n),
    "dropped keyspace": lambda n: b.build_drop_keyspace(n),
    "index": lambda n: b.build_create_index("t", "ks", "a", index_name=n),
    "indexed column": lambda n: b.build_create_index("t", "ks", n, target="keys"),
    "class of an index": lambda n: b.build_create_index("t", "ks", "a", using=n),
    "option of an index": lambda n: b.build_create_index("t", "ks", "a", using="x", options={n: n}),
    "data centre": lambda n: b.build_create_keyspace("ks", dc_replication_map={n: 3}),
    "comment": lambda n: b.build_create_table("t", "ks", {"a": "int"}, ["a"], options={"comment": n}),
    "field of a type": lambda n: b.build_create_type("u", "ks", {n: "int"}),
    "type": lambda n: b.build_drop_type(n, "ks"),
    "view": lambda n: b.build_create_materialized_view(n, "ks", "t", ["a"], ["a"]),
    "keyspace of a query": lambda n: Item.find(id=1).using(keyspace=n).statement().cql,
}


class Item(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    attrs: dict[str, str] = {}


@pytest.mark.parametrize("place", NAMES)
def test_a_name_is_a_name_wherever_it_stands(place):
    build = NAMES[place]
    pattern = repr(parse(build(HOME)))

    @often
    @given(texts)
    def is_a_name(name):
        if not name or A_LOOKUP.search(name) or HOME in name:
            return  # it says more than a name
        try:
            text = build(name)
        except InvalidQueryError:
            return
        assert repr(parse(text)) == pattern.replace(repr(HOME), repr(name))

    is_a_name()


A_LOOKUP = re.compile(r"__[a-z_]*\Z")
"""``name__gt``, and whatever else is written like it."""


@often
@given(texts)
def test_a_column_of_a_model_is_a_name(name):
    try:

        class Made(Document):
            id: Annotated[int, PrimaryKey()]
            value: Annotated[int, Column(name=name)] = 0

    except InvalidQueryError:
        return
    with RecordingDriver() as recorder:
        Made(id=1, value=2).save()
        Made.find(id=1).update(value=3)
    insert, update = map(parse, recorder.cql)
    assert (insert.columns, update.assignments[0].target.column) == (("id", name), name)


@often
@given(texts)
def test_a_value_is_in_no_text(value):
    """Whatever it is, the texts are those of any other value, so that a thousand of them are prepared once."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return  # no text of CQL

    assert sent(value) == sent("a")


def sent(value):
    with RecordingDriver(strict=False) as recorder, warnings.catch_warnings():
        warnings.simplefilter("ignore", QueryWarning)
        item = Item(id=1, name=value, attrs={value: value})
        item.save()
        item.insert()
        item.update(name=value, attrs__put=(value, value), if_conditions={"name": value})
        item.delete_columns(("attrs", value))
        Item.find(id=1).update({"attrs__remove": {value}, "name": value})
        Item.find(name=value).allow_filtering().all()
        Item.find(attrs__entry=(value, value), name__in=[value]).allow_filtering().all()
    return recorder.cql
