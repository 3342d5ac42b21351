"""`coodie schema`: what a keyspace has, and how it differs from the models."""

import pytest
from command_line import masked

AGE = "    age: int | None = None\n    email:"


@pytest.fixture
def older(applied):
    """A keyspace whose models have a column more."""
    applied.write({"app/models.py": applied.read("app/models.py").replace("    email:", AGE)})
    return applied


def test_show_lists_what_is_there_and_the_columns_of_one(applied):
    ended = applied("schema", "show")
    assert ended.status == 0
    assert masked(ended.out) == masked(
        """
keyspace shop
kind   name   columns  key
table  users  3  ((id uuid))
"""
    )
    assert masked(applied("schema", "show", "users").out) == masked(
        """
column  type  kind
id      uuid  partition key
email   text  regular
name    text  regular
PRIMARY KEY ((id uuid))
index users_email on email using sai
"""
    )
    assert applied("schema", "show", "orders").status == 2
    assert applied("schema", "show", "users", "--json").json["key"] == "PRIMARY KEY ((id uuid))"


def test_show_lists_types_and_views(empty):
    types = "CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};"
    types += "CREATE TYPE shop.place (street text, zip int); CREATE TABLE shop.t (a int, b int, PRIMARY KEY (a, b));"
    types += "CREATE MATERIALIZED VIEW shop.v AS SELECT * FROM shop.t WHERE a IS NOT NULL AND b IS NOT NULL "
    empty.write({"dev.cql": f"{types}PRIMARY KEY (b, a);"})
    place = ("--hosts", "memory:dev.cql", "--keyspace", "shop")
    listed = empty("schema", "show", *place, "--json").json["objects"]
    assert [(each["kind"], each["name"]) for each in listed] == [("type", "place"), ("table", "t"), ("view", "v")]
    assert empty("schema", "show", "place", *place).lines[1:] == ["street  text", "zip     int"]
    assert empty("schema", "show", "v", *place).status == 0


def test_diff_shows_both_sides_and_the_statement_and_ends_with_1(older):
    ended = older("schema", "diff")
    assert ended.status == 1
    assert masked(ended.out) == masked(
        """
- column shop.users.age is missing
    wanted: age bigint (regular)
    found:  nothing
    safe: a new column is null in every row that is there; nothing is rewritten
    ALTER TABLE shop.users ADD age bigint;
1 difference between the models and keyspace shop
"""
    )
    assert older("schema", "diff", "--json").json["changes"] == [
        {
            "statement": "ALTER TABLE shop.users ADD age bigint",
            "danger": "safe",
            "why": "a new column is null in every row that is there; nothing is rewritten",
            "about": "column",
            "name": "shop.users.age",
        }
    ]


def test_verify_names_each_difference_and_ends_with_1(older):
    ended = older("schema", "verify")
    assert (ended.status, ended.lines) == (
        1,
        ["column shop.users.age is missing (safe)", "keyspace shop differs from the models"],
    )
    assert older("schema", "sync").status == 0
    ended = older("schema", "verify")
    assert (ended.status, ended.lines) == (0, ["keyspace shop is what the models want"])


def test_exact_counts_what_only_the_keyspace_has(applied):
    applied.write({"migrations/0003_more.cql": "-- up\nCREATE TABLE IF NOT EXISTS more (id int PRIMARY KEY);\n"})
    assert applied("migrate", "up").status == 0
    assert applied("schema", "verify").status == 0
    ended = applied("schema", "verify", "--exact")
    assert (ended.status, ended.lines[0]) == (1, "table shop.more is extra (destroys data)")


def test_sync_says_what_it_sends_and_a_dry_run_sends_nothing(older):
    before = older.read("dev.cql")
    ended = older("schema", "sync", "--dry-run")
    assert (ended.status, ended.lines) == (
        0,
        ["keyspace shop: would send 1 statement", "  ALTER TABLE shop.users ADD age bigint;"],
    )
    assert older.read("dev.cql") == before
    ended = older("schema", "sync")
    assert (ended.status, ended.lines[0], ended.lines[-1]) == (0, "keyspace shop: sends 1 statement", "done")
    assert older("schema", "sync").lines == ["keyspace shop: sends 0 statements"]
    assert older("schema", "diff").status == 0


def test_sync_refuses_what_adding_cannot_change_and_sends_nothing(applied):
    applied.write({"app/models.py": applied.read("app/models.py").replace("name: str", "name: int")})
    before = applied.read("dev.cql")
    ended = applied("schema", "sync")
    assert ended.status == 1
    assert "shop.users.name" in ended.err
    assert applied.read("dev.cql") == before


def test_a_dump_makes_the_keyspace_again_and_leaves_out_what_servers_fill_in(applied):
    ended = applied("schema", "dump")
    assert ended.status == 0
    assert "gc_grace_seconds" not in ended.out
    assert "coodie_migrations" not in ended.out
    assert ended.lines[1].startswith("CREATE TABLE IF NOT EXISTS shop.users (")
    assert applied("schema", "dump", "--output", "schema.cql").out == "wrote schema.cql\n"
    assert applied.read("schema.cql") == ended.out
    assert applied("schema", "dump", "--hosts", "memory:schema.cql").out == ended.out


def test_a_file_that_is_there_is_not_written_over_without_force(applied):
    applied.write({"schema.cql": "mine"})
    ended = applied("schema", "dump", "--output", "schema.cql")
    assert (ended.status, ended.err) == (2, "schema.cql is there already; --force writes over it\n")
    assert applied.read("schema.cql") == "mine"
    assert applied("schema", "dump", "--output", "schema.cql", "--force").status == 0
    assert applied.read("schema.cql") != "mine"
    ended = applied("schema", "dump", "--output", "nowhere/schema.cql")
    assert (ended.status, ended.err) == (
        2,
        "nowhere/schema.cql cannot be written: there is no folder nowhere that can be written to\n",
    )


@pytest.mark.parametrize("door", ["aio", "sync"])
def test_generated_models_are_those_of_the_keyspace(applied, door):
    assert applied("schema", "models", "--output", "made.py", "--door", door).status == 0
    assert f"from coodie.{door} import Document" in applied.read("made.py")
    ended = applied("schema", "verify", "--exact", "--models", "made")
    assert (ended.status, ended.lines) == (0, ["keyspace shop is what the models want"])


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ("app.none", "app.none cannot be imported: ModuleNotFoundError"),
        ("app.empty", "app.empty has no models"),
        ("app.broken", "app.broken cannot be imported: ZeroDivisionError"),
    ],
)
def test_modules_without_models_end_with_2_and_a_sentence(applied, models, said):
    applied.write({"app/empty.py": "from app.models import User\n", "app/broken.py": "1 / 0\n"})
    ended = applied("schema", "diff", "--models", models)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err


def test_the_models_of_a_package_are_those_of_all_its_modules(applied):
    other = applied.read("app/models.py").replace("class User", "class Other").replace('"users"', '"others"')
    abstract = "\n\nclass Base(Document):\n    class Settings:\n        abstract = True\n"
    applied.write({"app/deep/__init__.py": "", "app/deep/more.py": other.replace('"users_email", ', "") + abstract})
    ended = applied("schema", "verify", "--models", "app")
    assert (ended.status, ended.lines[0]) == (1, "table shop.others is missing (safe)")


def test_models_that_name_their_keyspace_need_no_other(applied):
    named = applied.read("app/models.py").replace('name = "users"', 'name = "users"\n        keyspace = "shop"')
    toml = applied.read("pyproject.toml").replace('keyspace = "shop"\n', "")
    applied.write({"app/models.py": named, "pyproject.toml": toml})
    assert applied("schema", "verify").lines == ["the schema is what the models want"]
