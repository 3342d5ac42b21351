"""The table of the native types, and that each other place that knows them knows them all, and the same of each."""

import re
from pathlib import Path
from typing import Annotated

import pytest
from random_values import NATIVES as DRAWN

import coodie
from coodie import fields
from coodie.cql.border import check
from coodie.cql.literals import literal
from coodie.cql.message import Kind, Mark, Statement
from coodie.cql.natives import NATIVES, WIDEST, NativeType, type_of_value
from coodie.cql.types import NATIVE, parse_type
from coodie.exceptions import ModelError
from coodie.fields import TypeMarker
from coodie.testing import RecordingDriver
from coodie.testing.contract import VALUES
from coodie.types import cql_type_of

TYPES_PAGE = Path(__file__).parents[1] / "docs" / "types.md"
MARKERS = {kind.cql_name: kind for kind in TypeMarker.__subclasses__()}
each_type = pytest.mark.parametrize("row", NATIVES.values(), ids=NATIVES)


def test_the_types_are_in_order_and_those_of_the_language():
    assert list(NATIVES) == sorted(NATIVES) == list(NATIVE)
    assert all(parse_type(name) == NATIVE[name] == parse_type(name.upper()) for name in NATIVES)


@each_type
def test_a_type_takes_its_example(row: NativeType):
    check(NATIVE[row.name], row.example)
    assert isinstance(row.example, row.types)
    assert row.codec.decode(row.codec.encode(row.example)) == row.example
    assert literal(row.example, NATIVE[row.name]) == row.literal(row.example)


@each_type
def test_values_of_its_python_types_have_one_type_where_nobody_tells_it(row: NativeType):
    widest = {WIDEST[kind].name for kind in row.types}
    assert len(widest) == 1
    assert type_of_value(row.example) is NATIVES[widest.pop()]


@each_type
def test_the_annotations_that_mean_it_and_the_marker_that_does(row: NativeType):
    assert [str(cql_type_of(annotation)) for annotation in row.plain] == [row.name] * len(row.plain)
    assert (MARKERS[row.name].__name__ if row.name in MARKERS else None) == row.marker
    if row.marker is None:
        return
    marker = getattr(fields, row.marker)
    assert marker is getattr(coodie, row.marker) is MARKERS[row.name]
    for name, other in NATIVES.items():
        for annotation in other.plain:
            marked = Annotated[annotation, marker()]
            if name in (row.name, row.base):
                assert str(cql_type_of(marked)) == row.name
            else:
                with pytest.raises(ModelError, match=f"{row.marker}.* does not fit"):
                    cql_type_of(marked)


def test_the_contract_of_drivers_the_tests_and_the_guide_know_each_of_them():
    assert {*VALUES} >= NATIVES.keys() - {"counter"}
    assert DRAWN.keys() == NATIVES.keys()
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)$", TYPES_PAGE.read_text(encoding="utf-8"), re.M))
    assert rows.keys() == NATIVES.keys()
    for name, row in NATIVES.items():
        plain = [annotation.__name__ for annotation in row.plain if isinstance(annotation, type)]
        assert all(each in rows[name] for each in plain)
        assert bool(plain) or f"{row.marker or 'Counter'}()" in rows[name]


@each_type
def test_a_recording_keeps_its_values(row: NativeType, tmp_path):
    request = Statement("SELECT v FROM t WHERE v = ?", (row.example,), (Mark("v", NATIVE[row.name]),), Kind.READ)
    recorder = RecordingDriver()
    recorder.on("select").returns([(row.example,)])
    recorder.execute(request)
    recorder.save(tmp_path / "tape")

    page = RecordingDriver.replay(tmp_path / "tape").execute(request)
    assert page.rows == [(row.example,)]
    assert type(page.rows[0][0]) is type(row.example)
