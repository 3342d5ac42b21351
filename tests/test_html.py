"""What notebooks show: escaped, bounded, and nothing that is secret."""

from __future__ import annotations

import re
from typing import Annotated
from uuid import UUID

import pytest
from pydantic import SecretStr

from coodie import sync
from coodie.fields import ClusteringKey, Indexed, PrimaryKey
from coodie.results import LWTResult, PagedResult, Trace, TraceEvent
from coodie.schema import table_of


class Note(sync.Document):
    owner: Annotated[str, PrimaryKey()]
    number: Annotated[int, ClusteringKey(order="DESC")] = 0
    text: Annotated[str, Indexed()] = ""
    word: SecretStr | None = None

    class Settings:
        keyspace = "shop"
        options = {"comment": "<b>"}


def cells(html: str) -> list[list[str]]:
    return [re.findall(r"<t[hd]>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", html)]


def test_a_page_is_a_table_of_its_documents() -> None:
    page = PagedResult([Note(owner="<i>ann</i>", text="a & b", word=SecretStr("hunter2"))], b"state")
    html = page._repr_html_()
    assert cells(html) == [
        ["owner", "number", "text", "word"],
        ["&lt;i&gt;ann&lt;/i&gt;", "0", "a &amp; b", "**********"],
    ]
    assert html.endswith("<p>more follow</p>")
    assert PagedResult([])._repr_html_().endswith("<p>the last page</p>")


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ([(1, "a"), (2, None)], [["1", "2"], ["1", "a"], ["2", "None"]]),
        ([{"a": 1}, {"b": 2}], [["a", "b"], ["1", ""], ["", "2"]]),
        (["ab", 5], [[""], ["ab"], ["5"]]),
    ],
)
def test_rows_of_any_kind_are_shown(rows: list[object], shown: list[list[str]]) -> None:
    assert cells(PagedResult(rows)._repr_html_()) == shown


def test_what_is_long_is_cut() -> None:
    html = PagedResult([("x" * 1000,)] * 1000)._repr_html_()
    assert html.count("<tr>") == 51
    assert "<p>and 950 more rows</p>" in html
    assert len(html) < 20_000


def test_the_answer_to_a_condition_is_shown_with_its_rows() -> None:
    lost = LWTResult(False, None, [{"owner": "<ann>"}])._repr_html_()
    assert lost.startswith("<p>not applied</p>")
    assert cells(lost) == [["owner"], ["&lt;ann&gt;"]]
    assert LWTResult(True)._repr_html_() == "<p>applied</p>"


def test_a_table_is_shown_with_its_columns_indexes_and_options() -> None:
    html = table_of(Note)._repr_html_()
    assert html.startswith("<p>shop.note</p>")
    assert cells(html) == [
        ["column", "type", "kind", "index"],
        ["owner", "text", "partition key", ""],
        ["number", "bigint", "clustering DESC", ""],
        ["text", "text", "regular", "index"],
        ["word", "text", "regular", ""],
    ]
    assert html.endswith("<p>comment = &lt;b&gt;</p>")


def test_a_trace_is_shown_as_it_is_printed() -> None:
    trace = Trace(
        UUID(int=5), "SELECT <a>", "Execute", "10.0.0.1", None, 0.5, (TraceEvent("10.0.0.1", "Reading", 0.1),)
    )
    html = trace._repr_html_()
    assert html.startswith("<pre>SELECT &lt;a&gt;\nExecute, 500.000 ms")
    assert html.endswith("Reading</pre>")
