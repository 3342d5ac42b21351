"""`coodie import`: what is read, what is refused and why, and how an import goes on that was ended before its end."""

import json

import pytest

from coodie.testing import MemoryDriver

SCRIPT = """
CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
CREATE TABLE shop.users (id int PRIMARY KEY, name text, tags set<text>);
CREATE TABLE shop.events (user int, at timestamp, plan text static, note text, PRIMARY KEY (user, at));
CREATE TABLE shop.views (url text PRIMARY KEY, views counter);
"""
MODELS = """
from typing import Annotated

from pydantic import field_validator

from coodie.fields import Int, PrimaryKey
from coodie.sync import Document


class User(Document):
    id: Annotated[int, Int(), PrimaryKey()]
    name: str
    tags: set[str] = set()

    class Settings:
        name = "users"

    @field_validator("name")
    @classmethod
    def _is_short(cls, name: str) -> str:
        if len(name) > 5:
            raise ValueError("too long")
        return name
"""


@pytest.fixture
def shop(empty, monkeypatch):
    empty.write({"shop.cql": SCRIPT})
    monkeypatch.setenv("COODIE_HOSTS", "memory:shop.cql")
    monkeypatch.setenv("COODIE_KEYSPACE", "shop")
    return empty


def rows(shop, text):
    return shop("query", text, "--json").json["rows"]


def refused(shop, name):
    return [json.loads(line) for line in shop.read(f"{name}.refused.jsonl").splitlines()]


def files(shop):
    return sorted(each.name for each in shop.folder.iterdir() if each.name.startswith("users."))


def test_a_csv_file_is_imported(shop):
    shop.write({"users.csv": 'id,name,tags\n1,ann,"[""a"",""b""]"\n2,"",\n3,"a ""b"",\nc",\n'})
    ended = shop("import", "users", "users.csv")
    assert (ended.status, ended.err) == (0, "")
    assert ended.lines == ["importing users.csv into shop.users", "3 rows written, 0 refused"]
    found = rows(shop, "SELECT id, name, tags FROM users")
    assert sorted((each["id"], each["name"], each["tags"]) for each in found) == [
        (1, "ann", "{'a', 'b'}"),
        (2, "", None),
        (3, 'a "b",\nc', None),
    ]
    assert files(shop) == ["users.csv"]


def test_json_lines_are_imported_and_each_names_its_own_columns(shop):
    shop.write({"users.jsonl": '{"id": 1, "name": "ann", "tags": ["a"]}\n\n{"name": null, "id": 2}\n'})
    assert shop("import", "users", "users.jsonl").status == 0
    found = rows(shop, "SELECT id, name FROM users")
    assert sorted((each["id"], each["name"]) for each in found) == [(1, "ann"), (2, None)]


def test_parquet_is_imported(shop):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.table({"id": [1, 2], "name": ["ann", None]}), shop.folder / "users.parquet")
    assert shop("import", "users", "users.parquet").lines[-1] == "2 rows written, 0 refused"
    assert sorted(each["id"] for each in rows(shop, "SELECT id, name FROM users")) == [1, 2]


def test_what_is_named_twice_is_refused(shop):
    shop.write(
        {
            "users.csv": "id,name,name\n1,ann,bo\n",
            "users.jsonl": '{"id": 1, "name": "ann", "name": "bo"}\n',
            "cell.csv": 'id,tags\n1,"{""a"":1,""a"":2}"\n',
        }
    )
    assert "each once" in shop("import", "users", "users.csv").err
    for name in ("users.jsonl", "cell.csv"):
        assert shop("import", "users", name).status == 1
        assert "an object has a key twice" in refused(shop, name)[0]["reason"]
    assert rows(shop, "SELECT id FROM users") == []


def test_parquet_that_is_damaged_is_imported_up_to_there(shop):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = shop.folder / "users.parquet"
    parquet.write_table(pa.table({"id": range(3000)}), path, row_group_size=1000, compression="snappy")
    third = parquet.ParquetFile(path).metadata.row_group(2).column(0)
    data = bytearray(path.read_bytes())
    start = third.dictionary_page_offset
    data[start : start + third.total_compressed_size] = bytes(third.total_compressed_size)
    path.write_bytes(data)
    ended = shop("import", "users", "users.parquet")
    assert "users.parquet cannot be read behind row 2000: " in ended.err
    assert ended.status == 3
    assert len(rows(shop, "SELECT id FROM users")) == 2000


def test_parquet_with_two_columns_of_one_name_is_refused(shop):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pa.Table.from_arrays([pa.array([1]), pa.array(["ann"]), pa.array(["bo"])], names=["id", "name", "name"])
    parquet.write_table(table, shop.folder / "users.parquet")
    ended = shop("import", "users", "users.parquet")
    assert (ended.status, ended.err.strip()) == (2, "users.parquet has two columns of one name")


def test_a_null_leaves_its_column_as_it_is(shop):
    shop.write({"a.csv": "id,name\n1,ann\n", "b.csv": "id,name\n1,\n"})
    shop("import", "users", "a.csv")
    assert shop("import", "users", "b.csv").status == 0
    assert rows(shop, "SELECT name FROM users") == [{"name": "ann"}]


def test_a_partition_without_a_row_keeps_its_static_values(shop):
    shop.write({"events.csv": "user,at,plan,note\n1,,gold,\n2,2030-01-01T09:00:00.000Z,,a\n3,,,a\n"})
    assert shop("import", "events", "events.csv").status == 1
    assert rows(shop, "SELECT user, plan FROM events WHERE user = 1") == [{"user": 1, "plan": "gold"}]
    assert refused(shop, "events.csv") == [
        {
            "row": 3,
            "reason": "at, which is in the key, is null",
            "values": {"user": "3", "at": None, "plan": None, "note": "a"},
        }
    ]


def test_rows_that_are_refused_are_in_their_file_with_the_reasons(shop):
    shop.write({"users.csv": 'id,name\nx,ann\n2,bo\n,cy\n4\n"5"x,a\n'})
    ended = shop("import", "users", "users.csv", "--json")
    assert ended.status == 1
    assert ended.json == {
        "table": "shop.users",
        "file": "users.csv",
        "dry_run": False,
        "begun": 0,
        "written": 1,
        "refused": 4,
        "refused_file": "users.csv.refused.jsonl",
    }
    assert [(each["row"], each["reason"]) for each in refused(shop, "users.csv")] == [
        (1, "id: it is no int"),
        (3, "id, which is in the key, is null"),
        (4, "it has 1 cells, not 2"),
        (5, "it is no CSV: a cell with quotes begins and ends with one, and doubles those inside"),
    ]
    assert refused(shop, "users.csv")[0]["values"] == {"id": "x", "name": "ann"}


def test_json_lines_that_are_none_are_refused(shop):
    shop.write({"users.jsonl": '{"id": 1}\n{"id"\n[1]\n{"id": 2, "nmae": "a"}\n{"id": 2.5}\n'})
    assert shop("import", "users", "users.jsonl").status == 1
    assert [each["row"] for each in refused(shop, "users.jsonl")] == [2, 3, 4, 5]
    assert refused(shop, "users.jsonl")[2]["reason"] == "users has no column 'nmae'"


def test_where_there_is_a_model_it_checks_the_rows(shop):
    shop.write({"app/__init__.py": "", "app/models.py": MODELS})
    shop.write({"users.csv": "id,name\n1,ann\n2,\n3,longer than five\n"})
    ended = shop("import", "users", "users.csv", "--models", "app.models")
    assert ended.status == 1
    assert [each["row"] for each in refused(shop, "users.csv")] == [2, 3]
    assert "longer than" not in refused(shop, "users.csv")[1]["reason"]
    assert rows(shop, "SELECT id FROM users") == [{"id": 1}]


def test_a_dry_run_checks_every_row_and_writes_nothing(shop):
    shop.write({"users.csv": "id,name\n" + "".join(f"{number},a\n" for number in range(20)) + "x,a\n"})
    ended = shop("import", "users", "users.csv", "--dry-run")
    assert ended.status == 1
    assert ended.lines == [
        "checking users.csv into shop.users",
        "row 21: id: it is no int",
        "20 rows can be written, 1 refused",
    ]
    assert rows(shop, "SELECT id FROM users") == []
    assert files(shop) == ["users.csv"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["users", "no.csv"], "there is no file no.csv"),
        (["users", "users.txt"], "the format of users.txt cannot be told by its name"),
        (["nothing", "users.csv"], "there is no table nothing in shop"),
        (["views", "users.csv"], "views has counters"),
        (["users", "other.csv"], "other.csv has a column 'nmae', which users has not"),
        (["users", "keyless.csv"], "keyless.csv has no column 'id', which is in the key of users"),
        (["users", "empty.csv"], "the first line of empty.csv must name the columns"),
        (["users", "users.csv", "--concurrency", "0"], "concurrency must be a number of at least 1"),
        (["users", "users.csv", "--rate", "0"], "rate takes a positive number, not 0.0"),
    ],
)
def test_what_cannot_be_imported_is_said_before_anything_is_written(shop, arguments, said):
    shop.write({"users.csv": "id,name\n1,a\n", "users.txt": "", "other.csv": "id,nmae\n", "keyless.csv": "name\n"})
    shop.write({"empty.csv": ""})
    ended = shop("import", *arguments)
    assert ended.status == 2
    assert said in ended.err


def test_a_file_of_refused_rows_is_not_written_over_without_force(shop):
    shop.write({"users.csv": "id,name\nx,a\n"})
    assert shop("import", "users", "users.csv").status == 1
    ended = shop("import", "users", "users.csv")
    assert (ended.status, "users.csv.refused.jsonl is there already; --force writes over it" in ended.err) == (2, True)
    assert shop("import", "users", "users.csv", "--force").status == 1
    assert len(refused(shop, "users.csv")) == 1


class Failing:
    """Stands around the connection of the command; fails as told from a number of writes on."""

    def __init__(self, monkeypatch, after, error):
        self.left, self.error, self.writes = after, error, []
        execute = MemoryDriver.execute

        def fails(driver, request):
            if request.cql.startswith("INSERT INTO shop.users"):
                if self.left <= 0:
                    raise self.error(request)
                self.left -= 1
                self.writes.append(request.params["id"])
            return execute(driver, request)

        monkeypatch.setattr(MemoryDriver, "execute", fails)


@pytest.fixture
def many(shop):
    lines = "".join(f"{'x' if number % 1000 == 500 else number},a\n" for number in range(1, 3501))
    shop.write({"users.csv": f"id,name\n{lines}"})
    return shop


def unavailable(request):
    from coodie.exceptions import Unavailable

    return Unavailable("there are no replicas", request=request)


def interrupt(request):
    return KeyboardInterrupt()


@pytest.mark.parametrize(("error", "status"), [(unavailable, 3), (interrupt, 130)], ids=["unavailable", "interrupted"])
def test_an_import_that_ended_early_goes_on(many, monkeypatch, error, status):
    with monkeypatch.context() as broken:
        first = Failing(broken, 2200, error)
        ended = many("import", "users", "users.csv", "--concurrency", "10")
    assert ended.status == status
    assert "users.csv.state.json" in files(many)
    with monkeypatch.context() as whole:
        second = Failing(whole, 10_000, None)
        ended = many("import", "users", "users.csv")
    assert ended.status == 1
    assert ended.lines[1].startswith("going on behind row 2")
    assert sorted({*first.writes, *second.writes}) == [number for number in range(1, 3501) if number % 1000 != 500]
    assert len(first.writes) + len(second.writes) <= 3496 + 1010
    assert [each["row"] for each in refused(many, "users.csv")] == [500, 1500, 2500, 3500]
    assert len(rows(many, "SELECT id FROM users")) == 3496
    assert files(many) == ["users.csv", "users.csv.refused.jsonl"]


def test_the_state_of_another_file_is_not_taken_up(many, monkeypatch):
    with monkeypatch.context() as broken:
        Failing(broken, 100, unavailable)
        assert many("import", "users", "users.csv").status == 3
    many.write({"users.csv": "id,name\n1,a\n"})
    ended = many("import", "users", "users.csv")
    assert (ended.status, "--restart begins anew" in ended.err) == (2, True)
    assert many("import", "users", "users.csv", "--restart").status == 0
    many.write({"users.csv.state.json": "{"})
    assert "cannot be read; --restart begins anew" in many("import", "users", "users.csv").err
