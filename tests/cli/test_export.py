"""`coodie export`: each row once in a file, in three formats, also when it was interrupted and gone on with."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from coodie.exceptions import Unavailable
from coodie.testing.memory.driver import MemoryDriver

SCRIPT = """
CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
CREATE TYPE shop.place (city text, tags frozen<set<text>>);
CREATE TABLE shop.things (
    "Key" int, at int, note text, room text static, places list<frozen<place>>, counts map<int, text>,
    PRIMARY KEY ("Key", at)
);
INSERT INTO shop.things ("Key", at, note, places) VALUES (1, 1, '', [{city: 'Bo, "x"', tags: {'b', 'a'}}]);
INSERT INTO shop.things ("Key", at, counts) VALUES (1, 2, {2: 'b', 1: 'a'});
INSERT INTO shop.things ("Key", room) VALUES (2, 'hall');
CREATE TABLE shop.numbers (id int PRIMARY KEY, v timestamp);
CREATE TABLE shop.hits (url text PRIMARY KEY, n counter);
UPDATE shop.hits SET n = n + 5 WHERE url = '/';
CREATE MATERIALIZED VIEW shop.by_v AS SELECT id, v FROM shop.numbers
    WHERE v IS NOT NULL AND id IS NOT NULL PRIMARY KEY (v, id);
"""
COUNT = 120


@pytest.fixture
def shop(empty, monkeypatch):
    rows = "".join(f"INSERT INTO shop.numbers (id, v) VALUES ({each}, {each});\n" for each in range(COUNT))
    empty.write({"shop.cql": SCRIPT + rows})
    monkeypatch.setenv("COODIE_HOSTS", "memory:shop.cql")
    monkeypatch.setenv("COODIE_KEYSPACE", "shop")
    return empty


@contextmanager
def failing(pages, error):
    """A block in which the server fails after so many pages of a scan."""
    execute, left = MemoryDriver.execute, iter(range(pages))

    def execute_or_fail(driver, request, /):
        if "token(" in getattr(request, "cql", "") and next(left, None) is None:
            raise error
        return execute(driver, request)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MemoryDriver, "execute", execute_or_fail)
        yield


def files(project) -> Iterator[str]:
    return sorted(each.name for each in project.folder.iterdir() if each.name != "shop.cql")


def ids(project, name="numbers.csv"):
    return [int(row["id"]) for row in csv.DictReader(io.StringIO(project.read(name)))]


def test_csv_keeps_null_the_empty_string_and_what_is_nested(shop):
    ended = shop("export", "things", "things.csv")
    assert (ended.status, ended.lines[0]) == (0, "exporting shop.things, 6 columns, to things.csv")
    assert ended.lines[1].startswith("wrote 3 rows to things.csv in ")
    header, *rows = (shop.folder / "things.csv").read_bytes().decode().split("\r\n")
    assert header == "Key,at,counts,note,places,room"
    assert sorted(rows) == [
        "",
        '1,1,,"","[{""city"":""Bo, \\""x\\"""",""tags"":[""a"",""b""]}]",',
        '1,2,"[[1,""a""],[2,""b""]]",,,',
        "2,,,,,hall",
    ]
    assert files(shop) == ["things.csv"]


def test_json_lines_are_objects_with_every_column(shop):
    assert shop("export", "things", "things.jsonl").status == 0
    rows = sorted((json.loads(line) for line in shop.read("things.jsonl").splitlines()), key=str)
    assert rows[0] == {
        "Key": 1,
        "at": 1,
        "counts": None,
        "note": "",
        "places": [{"city": 'Bo, "x"', "tags": ["a", "b"]}],
        "room": None,
    }
    assert [row["at"] for row in rows] == [1, 2, None]


def test_a_link_is_not_replaced_by_the_file(shop):
    shop.write({"other.csv": "kept"})
    (shop.folder / "link.csv").symlink_to("other.csv")
    ended = shop("export", "things", "link.csv", "--force")
    assert (ended.status, ended.err) == (2, "link.csv is a link; name the file that it leads to\n")
    assert shop.read("link.csv") == "kept"


def test_parquet_has_arrow_types(shop):
    parquet = pytest.importorskip("pyarrow.parquet")
    assert shop("export", "numbers", "numbers.parquet").status == 0
    table = parquet.read_table(shop.folder / "numbers.parquet")
    assert {field.name: str(field.type) for field in table.schema} == {"id": "int32", "v": "timestamp[ms, tz=UTC]"}
    assert sorted(table.column("id").to_pylist()) == list(range(COUNT))
    assert files(shop) == ["numbers.parquet"]


def test_parquet_without_pyarrow_says_what_to_install(shop, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    ended = shop("export", "numbers", "numbers.parquet")
    assert (ended.status, ended.err) == (2, "Arrow and Parquet need pyarrow: pip install pyarrow\n")
    assert "numbers.parquet" not in files(shop)


def test_counters_views_and_some_columns(shop):
    assert shop("export", "hits", "hits.csv").status == 0
    assert shop.read("hits.csv").splitlines() == ["url,n", "/,5"]
    assert shop("export", "by_v", "by_v.csv").status == 0
    assert shop.read("by_v.csv").splitlines()[0] == "v,id"
    assert len(shop.read("by_v.csv").splitlines()) == COUNT + 1
    assert shop("export", "things", "some.csv", "--column", "note").status == 0
    assert shop.read("some.csv").splitlines()[0] == "Key,at,note"


def test_the_summary_is_one_json_document(shop):
    ended = shop("export", "numbers", "numbers.data", "--format", "jsonl", "--json")
    assert ended.status == 0
    told = ended.json
    assert told.pop("seconds") >= 0
    assert told == {
        "table": "shop.numbers",
        "file": "numbers.data",
        "format": "jsonl",
        "columns": ["id", "v"],
        "rows": COUNT,
        "refused": 0,
        "refused_file": None,
        "resumed": False,
    }


def test_a_dry_run_reads_nothing_and_writes_nothing(shop):
    with failing(0, AssertionError("it was read")):
        ended = shop("export", "numbers", "numbers.csv", "--dry-run")
    assert (ended.status, ended.lines) == (
        0,
        [
            "exporting shop.numbers, 2 columns, to numbers.csv",
            "SELECT id, v FROM shop.numbers WHERE token(id) > ? AND token(id) <= ?",
            "nothing was read, since this is a dry run",
        ],
    )
    assert files(shop) == []
    assert shop("export", "numbers", "numbers.csv", "--dry-run", "--json").json["dry_run"] is True


def test_a_file_that_is_there_is_kept_unless_forced(shop):
    shop.write({"numbers.csv": "mine"})
    ended = shop("export", "numbers", "numbers.csv")
    assert (ended.status, ended.out, ended.err) == (2, "", "numbers.csv is there already; --force writes over it\n")
    assert shop.read("numbers.csv") == "mine"
    assert shop("export", "numbers", "numbers.csv", "--force").status == 0
    assert sorted(ids(shop)) == list(range(COUNT))


@pytest.mark.parametrize("pages", [0, 1, 7, 20])
@pytest.mark.parametrize("name", ["numbers.csv", "numbers.jsonl", "numbers.parquet"])
def test_an_export_that_fails_goes_on_without_a_row_lost_or_doubled(shop, pages, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    few = ("--fetch-size", "5", "--concurrency", "2", "--checkpoint", "7")
    with failing(pages, Unavailable("no node")):
        ended = shop("export", "numbers", name, *few)
    assert ended.status == 3
    assert ended.err.endswith("the export is not complete; the same command goes on from there\n")
    assert files(shop) == [f"{name}.partial", f"{name}.state.json"]
    with (shop.folder / f"{name}.partial").open("ab") as partial:
        partial.write(b"what was written after the last checkpoint, before kill -9")
    with failing(6, KeyboardInterrupt()):
        ended = shop("export", "numbers", name, *few)
    assert ended.status == 130
    ended = shop("export", "numbers", name, "--json")
    assert (ended.status, ended.json["resumed"], ended.json["rows"]) == (0, True, COUNT)
    assert sorted(found(shop, name)) == list(range(COUNT))
    assert files(shop) == [name]


def found(project, name):
    if name.endswith("csv"):
        return ids(project)
    if name.endswith("jsonl"):
        return [json.loads(line)["id"] for line in project.read(name).splitlines()]
    table = pytest.importorskip("pyarrow.parquet").read_table(project.folder / name)
    return table.column("id").to_pylist()


def test_what_is_left_of_another_export_is_told_and_restart_begins_anew(shop):
    with failing(3, Unavailable("no node")):
        assert shop("export", "numbers", "numbers.csv", "--concurrency", "1", "--fetch-size", "9").status == 3
    ended = shop("export", "things", "numbers.csv")
    assert ended.status == 2
    assert "is about another table, other columns or another format; --restart begins anew" in ended.err
    (shop.folder / "numbers.csv.state.json").write_text("{")
    assert "numbers.csv.state.json cannot be read" in shop("export", "numbers", "numbers.csv").err
    ended = shop("export", "numbers", "numbers.csv", "--restart", "--json")
    assert (ended.json["resumed"], ended.json["rows"]) == (False, COUNT)
    assert sorted(ids(shop)) == list(range(COUNT))


def test_force_need_not_be_repeated_to_go_on(shop):
    shop.write({"numbers.csv": "mine"})
    with failing(3, Unavailable("no node")):
        assert shop("export", "numbers", "numbers.csv", "--force").status == 3
    assert shop.read("numbers.csv") == "mine"
    assert shop("export", "numbers", "numbers.csv").status == 0
    assert sorted(ids(shop)) == list(range(COUNT))


def test_rows_that_cannot_be_written_are_in_a_file_of_their_own(shop, monkeypatch):
    from coodie.types import Unreadable

    execute = MemoryDriver.execute

    def spoil(driver, request, /):
        page = execute(driver, request)
        if "token(" in getattr(request, "cql", ""):
            page.rows = [(id_, Unreadable("bad bytes") if id_ % 50 == 7 else v) for id_, v in page.rows]
        return page

    monkeypatch.setattr(MemoryDriver, "execute", spoil)
    ended = shop("export", "numbers", "numbers.csv")
    assert ended.status == 1
    assert ended.lines[-1].endswith(" 3 refused, see numbers.csv.refused.jsonl")
    refused = [json.loads(line) for line in shop.read("numbers.csv.refused.jsonl").splitlines()]
    assert sorted(each["key"]["id"] for each in refused) == [7, 57, 107]
    assert {each["reason"] for each in refused} == {"Python cannot hold one of its values"}
    assert sorted(ids(shop)) == [each for each in range(COUNT) if each % 50 != 7]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing", "a.csv"], "there is no table nothing in shop"),
        (["numbers", "a.txt"], "the format of a.txt cannot be told by its name; give it by --format"),
        (["numbers", "a.csv", "--column", "nope"], "numbers has no column nope; it has id, v"),
        (["numbers", "/dev/null", "--format", "csv", "--force"], "/dev/null is no file of its own"),
        (["numbers", "none/a.csv"], "none/a.csv cannot be written"),
        (["numbers", "a.csv", "--concurrency", "0"], "--concurrency"),
        (["numbers", "a.csv", "--rate", "0"], "rate= takes a positive number"),
        (["numbers", "a.csv", "--fetch-size", "0"], "--fetch-size"),
        (["numbers", "a.csv", "--checkpoint", "0"], "--checkpoint"),
    ],
)
def test_wrong_arguments_end_with_2_and_leave_no_file(shop, arguments, said):
    ended = shop("export", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert files(shop) == []
