"""One table of operators: all that reads or writes relations agrees with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest

from coodie import sync
from coodie.cql.nodes import Select
from coodie.cql.operators import CONDITIONS, ENTRY, LOOKUPS, OPERATORS, Operator, Takes
from coodie.cql.parsing.statements import parse
from coodie.cql_builder import build_select
from coodie.drivers import Kind, Statement
from coodie.fields import PrimaryKey
from coodie.testing import ANY, RecordingDriver, UnexpectedCall

pytestmark = pytest.mark.filterwarnings("ignore::coodie.exceptions.QueryWarning")

DOCS = Path(__file__).parents[2] / "docs"


class Item(sync.Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""
    tags: dict[str, str] = {}

    class Settings:
        name = "items"
        keyspace = "shop"


RELATIONS = {
    Takes.VALUE: "name {} ?",
    Takes.LIST: "name {} ?",
    Takes.PATTERN: "name {} ?",
    Takes.RANGE: "name {} ? AND ?",
    Takes.ELEMENT: "tags {} ?",
    Takes.KEY: "tags {} ?",
}
OTHERS = {"is_not": "name IS NOT NULL", "expr": "expr(name, ?)"}
GIVEN: dict[Takes, Any] = {Takes.LIST: ["a"], Takes.PATTERN: "a%"}


def text_of(operator: Operator) -> str:
    relation = OTHERS.get(operator.suffix) or RELATIONS[operator.takes].format(operator.cql)
    return f"SELECT id FROM shop.items WHERE {relation} ALLOW FILTERING"


def name_of(operator: Operator) -> str:
    column = "tags" if operator.takes in (Takes.ELEMENT, Takes.KEY) else "name"
    return f"{column}__{operator.suffix}" if operator.suffix else column


def statement(operator: Operator) -> Statement:
    cql = text_of(operator)
    value = ["a"] if operator.takes is Takes.LIST else "a"
    return Statement(cql, (value,) * cql.count("?"), kind=Kind.READ)


each = pytest.mark.parametrize("operator", OPERATORS, ids=[operator.cql for operator in OPERATORS])


@each
def test_the_parser_reads_it(operator: Operator) -> None:
    node = parse(text_of(operator))
    assert isinstance(node, Select)
    assert [relation.operator for relation in node.where] == [operator.cql]


@each
def test_a_rule_that_names_it_answers_it_and_no_other(operator: Operator) -> None:
    ask(operator, operator)
    for other in OPERATORS:
        if other is not operator:
            with pytest.raises(UnexpectedCall):
                ask(operator, other)


def ask(rule: Operator, asked: Operator) -> None:
    with RecordingDriver() as recorder:
        recorder.on("select", table="items", where={name_of(rule): ANY}).returns_nothing().optional()
        recorder.execute(statement(asked))


@pytest.mark.parametrize("operator", LOOKUPS.values(), ids=lambda each: each.cql)
def test_a_filter_and_the_builder_say_the_same(operator: Operator) -> None:
    given = {name_of(operator): GIVEN.get(operator.takes, "a")}
    statement = Item.find(**given).only("id").allow_filtering().statement()
    built, values = build_select("items", "shop", ["id"], given, allow_filtering=True)
    assert statement.cql == built
    assert list(statement.values) == values
    assert f" {operator.cql} ?" in built


@pytest.mark.parametrize("operator", CONDITIONS.values(), ids=lambda each: each.cql)
def test_a_condition_says_it(operator: Operator) -> None:
    with RecordingDriver() as recorder:
        recorder.on("update", table=Item, conditional=True).applied(True)
        Item(id=1).update(name="x", if_conditions={name_of(operator): GIVEN.get(operator.takes, "a")})
        name = name_of(operator).removesuffix(f"__{operator.suffix}")
        assert recorder.last.cql.endswith(f"IF {name} {operator.cql} ?")


@pytest.mark.parametrize("operator", LOOKUPS.values(), ids=lambda each: each.cql)
def test_the_guide_to_reading_has_each_lookup(operator: Operator) -> None:
    rows = [line for line in (DOCS / "reading.md").read_text().splitlines() if line.startswith("| `")]
    assert any(f"__{operator.suffix}" in row and f"{operator.cql}" in row for row in rows) or operator.suffix == ""
    assert any(f"__{ENTRY}" in row for row in rows)


@pytest.mark.parametrize("operator", CONDITIONS.values(), ids=lambda each: each.cql)
def test_the_guide_to_conditions_has_each_operator(operator: Operator) -> None:
    assert f"`__{operator.suffix}`" in (DOCS / "lwt.md").read_text() or operator.suffix == ""
