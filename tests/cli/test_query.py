"""`coodie query`: parameters by their types, and rows as a table, JSON and CSV."""

import pytest

SCRIPT = """
CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
CREATE TABLE shop.everything (
    key int, id uuid, name text, at timestamp, day date, hour time, address inet, amount decimal, data blob,
    ok boolean, tags set<text>, PRIMARY KEY (key, id)
);
INSERT INTO shop.everything (key, id, name, at, day, hour, address, amount, data, ok, tags) VALUES
    (1, 00000000-0000-4000-8000-000000000001, 'it''s', '2030-01-01 09:00:00+0000', '2030-01-01', '09:05:00',
     '10.0.0.1', 1.50, 0xcafe, true, {'a', 'b'});
INSERT INTO shop.everything (key, id, name) VALUES (1, 00000000-0000-4000-8000-000000000002, '');
INSERT INTO shop.everything (key, id, name) VALUES (1, 00000000-0000-4000-8000-000000000003, 'a,"b"');
"""
FILTERED = "SELECT id FROM everything WHERE {} = :it ALLOW FILTERING"


@pytest.fixture
def shop(empty, monkeypatch):
    empty.write({"shop.cql": SCRIPT})
    monkeypatch.setenv("COODIE_HOSTS", "memory:shop.cql")
    monkeypatch.setenv("COODIE_KEYSPACE", "shop")
    return empty


def test_rows_are_a_table(shop):
    ended = shop("query", "SELECT name, data, amount, ok FROM everything")
    assert (ended.status, ended.lines) == (
        0,
        [
            "name   data    amount  ok",
            "it's   0xcafe  1.50    true",
            "       null    null    null",
            'a,"b"  null    null    null',
            "3 rows",
        ],
    )
    assert shop("query", "SELECT name FROM everything WHERE key = 9").out == "0 rows\n"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("name", "it's"),
        ("at", "2030-01-01T09:00:00Z"),
        ("at", "2030-01-01T09:00:00+00:00"),
        ("day", "2030-01-01"),
        ("hour", "09:05:00"),
        ("address", "10.0.0.1"),
        ("amount", "1.5"),
        ("data", "0xcafe"),
        ("ok", "true"),
        ("id", "00000000-0000-4000-8000-000000000001"),
    ],
)
def test_a_parameter_is_read_by_the_type_of_its_column(shop, column, value):
    ended = shop("query", FILTERED.format(column), "--param", f"it={value}", "--json")
    assert ended.status == 0, ended
    assert ended.json == {"rows": [{"id": "00000000-0000-4000-8000-000000000001"}]}


def test_lists_and_limits_are_parameters_too(shop):
    text = "SELECT name FROM shop.everything WHERE key IN :keys LIMIT :most"
    ended = shop("query", text, "--param", "keys=[1, 2]", "--param", "most=2", "--format", "json")
    assert (ended.status, len(ended.json["rows"])) == (0, 2)


def test_in_csv_null_and_the_empty_string_differ(shop):
    ended = shop("query", "SELECT name, amount FROM everything", "--format", "csv", "--fetch-size", "1")
    assert (ended.status, ended.out) == (0, 'name,amount\r\nit\'s,1.50\r\n"",\r\n"a,""b""",\r\n')


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["SELECT * FROM everything WHERE key = ?"], "write a parameter as :name"),
        (["SELECT * FROM everything WHERE key = :k"], "the parameter k has no value; give it by --param k=VALUE"),
        (["SELECT * FROM everything WHERE key = :k", "--param", "k"], "write --param NAME=VALUE, not k"),
        (["SELECT * FROM everything", "--param", "k=1"], "the statement has no parameter :k"),
        (["SELECT * FROM everything WHERE key = :k", "--param", "k=x1"], "the parameter k is no int"),
        (["SELECT * FROM everything WHERE key = :k", "--param", "k=1 AND id = 2"], "the parameter k is no int"),
        (["SELECT * FROM everything WHERE key = :k", "--param", "k=now()"], "the parameter k is no int"),
        (["SELECT * FROM nowhere WHERE key = :k", "--param", "k=1"], "there is no table nowhere in shop"),
        (["DELETE FROM everything WHERE key = 1"], "query takes a SELECT; it writes nothing"),
        (["SELEC"], "line 1, column 1"),
    ],
)
def test_what_cannot_be_sent_ends_with_2_and_a_sentence_without_the_value(shop, arguments, said):
    ended = shop("query", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert "x1" not in ended.err


def test_what_the_server_refuses_ends_with_1(shop):
    ended = shop("query", "SELECT nothing FROM everything")
    assert (ended.status, ended.out) == (1, "")
    assert "nothing" in ended.err
