"""Values of every CQL type in files and back: JSON, cells of CSV, Arrow."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from random import Random

import pytest
import random_values
from hypothesis import given
from hypothesis import strategies as st

from coodie.cli.table_files.arrow import parquet_form, plain_rows
from coodie.cli.table_files.csv_text import csv_line, read_csv
from coodie.cli.table_files.formats import Format
from coodie.cli.table_files.forms import as_json, csv_form, json_form, read_json
from coodie.cli.table_files.sinks import sink_of
from coodie.cql.arrow import pyarrow
from coodie.cql.border import as_read
from coodie.cql.natives import NATIVES
from coodie.cql.types import NATIVE, Map, parse_type
from coodie.cql.values import Unreadable

COUNT = random_values.how_many("COODIE_FILE_VALUES", 3000)
BEYOND = [
    ("date", Unreadable("why", -(2**31))),
    ("date", Unreadable("why", 2**31 - 1)),
    ("time", Unreadable("why", 86_399_999_999_999)),
    ("timestamp", Unreadable("why", 2**63 - 1)),
    ("timestamp", Unreadable("why", -(2**63))),
]


def same(cql_type, one, other):
    """Whether two values are the same, and not only equal: 1.0 and 1.00, 0.0 and -0.0, a tuple and a list differ."""
    return repr(shown(cql_type, one)) == repr(shown(cql_type, other))


def shown(cql_type, value):
    return json.dumps(json_form(cql_type).write(value)), type(value)


def test_values_of_all_types_survive_json_and_csv():
    random = Random(12)
    for number in range(COUNT):
        cql_type = random_values.cql_type(random, depth=3)
        value = random_values.value(random, cql_type)
        json_, csv = json_form(cql_type), csv_form(cql_type)
        text = as_json(json_.write(value))
        assert "\n" not in text
        back = json_.read(read_json(text))
        assert (back, type(back)) == (value, type(value)), (number, cql_type)
        assert same(cql_type, back, value)
        assert hash_of(back) == hash_of(value)
        ((cell,),) = read_csv(csv_line([csv.write(value)]).splitlines(keepends=True))
        back = csv.read(cell)
        assert (back, type(back)) == (value, type(value)), (number, cql_type)
        assert same(cql_type, back, value)


def hash_of(value):
    return {hash(item) for item in value} if isinstance(value, (set, frozenset)) else None


@pytest.mark.parametrize("name", NATIVES)
def test_each_native_type_has_a_form_and_is_read_from_a_string_too(name):
    cql_type, value = NATIVE[name], NATIVES[name].example
    assert csv_form(cql_type).read(csv_form(cql_type).write(value)) == value
    assert json_form(cql_type).read(csv_form(cql_type).write(value)) == value


@pytest.mark.parametrize(("name", "value"), BEYOND)
def test_dates_and_times_that_python_cannot_hold_are_numbers(name, value):
    cql_type = NATIVE[name]
    assert json_form(cql_type).write(value) == value.number
    assert json_form(cql_type).read(value.number).number == value.number
    assert csv_form(cql_type).read(str(value.number)).number == value.number
    of_map = Map(cql_type, cql_type)
    back = json_form(of_map).read(read_json(as_json(json_form(of_map).write({value: value}))))
    assert [(key.number, item.number) for key, item in back.items()] == [(value.number, value.number)]


@pytest.mark.parametrize(
    ("cql", "value", "told"),
    [
        ("text", "", '""'),
        ("double", float("-inf"), '"-Infinity"'),
        ("double", -0.0, "-0.0"),
        ("decimal", Decimal("1.500"), '"1.500"'),
        ("blob", b"\xca\xfe", '"0xcafe"'),
        ("timestamp", datetime(2030, 1, 1, 9, 0, 0, 5000, timezone.utc), '"2030-01-01T09:00:00.005Z"'),
        ("map<text, int>", {"b": 1, "a": 2}, '{"a":2,"b":1}'),
        ("map<int, text>", {2: "b", 1: "a"}, '[[1,"a"],[2,"b"]]'),
        ("set<int>", {3, 1, 2}, "[1,2,3]"),
        ("tuple<int, text>", (1, None), "[1,null]"),
    ],
)
def test_the_json_of_some_values(cql, value, told):
    assert as_json(json_form(parse_type(cql)).write(value)) == told


def test_nan_is_a_word():
    found = csv_form(NATIVE["double"]).read(csv_form(NATIVE["double"]).write(float("nan")))
    assert found != found


@pytest.mark.parametrize(
    ("cql", "value", "found"),
    [
        ("timestamp", "2030-01-01 10:00:00+01:00", datetime(2030, 1, 1, 9, tzinfo=timezone.utc)),
        ("timestamp", "2030-01-01T09:00:00", datetime(2030, 1, 1, 9, tzinfo=timezone.utc)),
        ("timestamp", "2030-01-01T09:00:00.123456Z", datetime(2030, 1, 1, 9, 0, 0, 123000, timezone.utc)),
        ("timestamp", 0, datetime(1970, 1, 1, tzinfo=timezone.utc)),
        ("boolean", "TRUE", True),
        ("double", 5, 5.0),
        ("decimal", 5, Decimal(5)),
        ("map<text, int>", [["a", 1]], {"a": 1}),
    ],
)
def test_what_others_write_is_read_too(cql, value, found):
    back = json_form(parse_type(cql)).read(value)
    assert (back, type(back)) == (found, type(found))


@pytest.mark.parametrize(
    ("cql", "value", "said"),
    [
        ("int", "secret", "it is no int"),
        ("int", True, "it is no int"),
        ("int", 1.5, "it is no int"),
        ("int", None, "it is no int"),
        ("tinyint", 300, "it is no tinyint: "),
        ("boolean", "secret", "it is no boolean"),
        ("boolean", 1, "it is no boolean"),
        ("double", "secret", "it is no double"),
        ("double", True, "it is no double"),
        ("double", "1e999", "it is no double"),
        ("decimal", "secret", "it is no decimal"),
        ("decimal", "NaN", "it is no decimal"),
        ("text", 5, "a string is wanted, not an int"),
        ("text", "\ud800", "it is no text"),
        ("ascii", "é", "it is no ascii"),
        ("blob", "secret", "a blob begins with 0x"),
        ("blob", "0xsecret", "it is no blob"),
        ("uuid", "secret", "it is no uuid"),
        ("timeuuid", "00000000-0000-4000-8000-000000000001", "it is no timeuuid"),
        ("inet", 5, "a string is wanted"),
        ("timestamp", "secret", "it is no timestamp"),
        ("timestamp", 2**63, "it is no timestamp"),
        ("timestamp", "", "it is no timestamp"),
        ("date", "", "it is no date"),
        ("time", "25:00", "it is no time"),
        ("duration", "1x", "it is no duration"),
        ("duration", "P1Y", "it is no duration"),
        ("list<int>", {"a": 1}, "an array is wanted, not a dict"),
        ("list<int>", [None], "it is no list<int>"),
        ("set<text>", "secret", "an array is wanted"),
        ("map<int, int>", [[1]], "an entry of a map is an array of a key and a value"),
        ("map<text, int>", 5, "an array is wanted"),
        ("tuple<int, int>", [1], "a tuple of 2 has 1 elements"),
        ("vector<float, 2>", [1.0], "it is no vector<float, 2>: "),
    ],
)
def test_what_is_no_value_is_refused_without_being_shown(cql, value, said):
    with pytest.raises(ValueError, match=r"wanted|it is no|begins|entry|elements") as caught:
        json_form(parse_type(cql)).read(value)
    assert str(caught.value).startswith(said)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "NaN", "[1,]", "secret", "[" * 100_000])
def test_a_text_that_is_no_json_is_refused_without_being_shown(text):
    with pytest.raises(ValueError, match="it is no JSON") as caught:
        read_json(text)
    assert "secret" not in str(caught.value)


CELLS = st.lists(
    st.none() | st.text(st.sampled_from('ab",\r\n \x00\t\u2028é\ufeff'), max_size=6), min_size=2, max_size=4
)


@given(st.lists(CELLS, max_size=4))
def test_csv_keeps_null_the_empty_string_and_everything_else(records):
    text = "".join(map(csv_line, records))
    lines = text.replace("\r\n", "\n\x01").replace("\r", "\r\x01").replace("\n\x01", "\r\n\x01").split("\x01")
    assert list(read_csv(line for line in lines if line)) == records


@pytest.mark.parametrize(("text", "line"), [('a,b\r\n"c\r\n', 2), ('a"b"\r\n', 1), ('x\n"a"b,"c"\n', 2), ('"a""\n', 1)])
def test_quotes_that_do_not_fit_are_told_by_their_line(text, line):
    with pytest.raises(ValueError, match=f"^line {line}: "):
        list(read_csv(text.splitlines(keepends=True)))


def test_what_is_read_is_what_a_driver_returns():
    assert as_read(NATIVE["date"], json_form(NATIVE["date"]).read(0)) == json_form(NATIVE["date"]).read("1970-01-01")


def in_parquet(types, rows, folder):
    """Rows after a way through a Parquet file."""
    pytest.importorskip("pyarrow")
    columns = {f"c{place}": each for place, each in enumerate(types)}
    sink = sink_of(Format.PARQUET, folder / "partial", columns, 0)
    for row in rows:
        sink.write(row)
        sink.checkpoint()
    sink.finish(folder / "rows.parquet")
    file = pyarrow("pyarrow.parquet").ParquetFile(folder / "rows.parquet")
    forms = [parquet_form(each) for each in types]
    found = [row for batch in file.iter_batches() for row in plain_rows(batch)]
    return [
        [None if cell is None else form.read(cell) for form, cell in zip(forms, row.values(), strict=True)]
        for row in found
    ]


def test_values_of_all_types_survive_parquet(tmp_path):
    random = Random(5)
    for _ in range(COUNT // 100):
        types = [random_values.cql_type(random, depth=3) for _ in range(5)]
        rows = [[random_values.or_null(random, each) for each in types] for _ in range(5)]
        back = in_parquet(types, rows, tmp_path)
        for cql_type, values, found in zip(types, zip(*rows, strict=True), zip(*back, strict=True), strict=True):
            for value, one in zip(values, found, strict=True):
                assert (one, type(one)) == (value, type(value)), cql_type
                assert value is None or same(cql_type, one, value)


def test_parquet_holds_each_native_type_and_what_python_cannot(tmp_path):
    types = [NATIVE[name] for name in NATIVES]
    row = [NATIVES[name].example for name in NATIVES]
    assert in_parquet(types, [row], tmp_path) == [row]
    types, row = [NATIVE[name] for name, _ in BEYOND], [value for _, value in BEYOND]
    (back,) = in_parquet(types, [row], tmp_path)
    assert [value.number for value in back] == [value.number for value in row]
