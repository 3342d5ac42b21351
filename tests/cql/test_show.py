from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid1, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coodie.cql.message import UNSET, Batch, BatchKind, Kind, Mark, Options, Statement
from coodie.cql.show import batch_text, broken, show, show_request
from coodie.cql.types import Udt, parse_type
from coodie.cql.values import UdtValue
from coodie.exceptions import OutcomeUnknown

START = datetime(2031, 5, 5, 12, tzinfo=timezone.utc)
WINDOW = (START, START + timedelta(seconds=1))


def statement(cql, *bound, **more):
    """``bound`` are (name, type, value)."""
    marks = tuple(Mark(name, parse_type(kind) if kind else None) for name, kind, _ in bound)
    return Statement(cql, tuple(value for *_, value in bound), marks, **more)


def test_the_form_of_the_harness_page():
    ann, team = uuid4(), uuid4()
    insert = statement(
        "INSERT INTO shop.users (id, email, nickname, created_at, tags) VALUES (?, ?, ?, ?, ?) USING TTL ?",
        ("id", "uuid", ann),
        ("email", "text", "ann@example.org"),
        ("nickname", "text", UNSET),
        ("created_at", "timestamp", datetime(2030, 1, 1, tzinfo=timezone.utc)),
        ("tags", "set<text>", {"vip"}),
        ("[ttl]", "int", 3600),
        idempotent=True,
        options=Options(consistency="LOCAL_QUORUM"),
    )
    update = statement("UPDATE shop.users SET team = ? WHERE id = ?", ("team", "uuid", team), ("id", "uuid", ann))
    delete = statement("DELETE nickname FROM shop.users WHERE id = ?", ("id", "uuid", ann), idempotent=True)

    shown = show([insert, Batch((update, delete)), OutcomeUnknown("no answer", write_type="BATCH_LOG")])

    assert (
        shown
        == """\
-- [1] execute  cl=LOCAL_QUORUM  idempotent
INSERT INTO shop.users (id, email, nickname, created_at, tags)
VALUES (?, ?, ?, ?, ?)
USING TTL ?;
--   id          uuid       <uuid#1>
--   email       text       'ann@example.org'
--   nickname    text       unset
--   created_at  timestamp  '2030-01-01T00:00:00.000Z'
--   tags        set<text>  {'vip'}
--   [ttl]       int        3600

-- [2] batch  logged  2 statements
-- [2.1]
UPDATE shop.users SET team = ? WHERE id = ?;
--   team  uuid  <uuid#2>
--   id    uuid  <uuid#1>
-- [2.2]
DELETE nickname FROM shop.users WHERE id = ?;
--   id  uuid  <uuid#1>

-- [3] error  OutcomeUnknown  write_type=BATCH_LOG"""
    )


def test_null_unset_and_absent_look_different():
    null = show([statement("INSERT INTO t (id) VALUES (?)", ("n", "text", None))])
    unset = show([statement("INSERT INTO t (id) VALUES (?)", ("n", "text", UNSET))])
    text = show([statement("INSERT INTO t (id) VALUES (?)", ("n", "text", "null"))])

    assert (null.splitlines()[-1], unset.splitlines()[-1]) == ("--   n  text  null", "--   n  text  unset")
    assert text.splitlines()[-1] == "--   n  text  'null'"


def test_each_request_says_how_it_was_to_be_carried_out():
    options = Options("QUORUM", "LOCAL_SERIAL", 2.5, 100)
    page = statement("SELECT a FROM t", kind=Kind.READ, options=Options(paging_state=b"x"))
    ddl = statement("DROP TABLE t", kind=Kind.SCHEMA)
    batch = Batch((ddl,), BatchKind.UNLOGGED, 5, Options("ONE"))

    heads = [line for line in show([statement("A", options=options), page, ddl, batch]).splitlines() if "[" in line]

    assert heads == [
        "-- [1] execute  cl=QUORUM  serial=LOCAL_SERIAL  timeout=2.5s  fetch=100",
        "-- [2] page",
        "-- [3] schema",
        "-- [4] batch  unlogged  1 statement  timestamp=5  cl=ONE",
        "-- [4.1]",
    ]


def test_a_text_of_the_user_has_numbered_values_and_no_types():
    assert show([Statement("UPDATE t SET a = ?", (5,))]).splitlines()[-1] == "--   [1]  -  5"


def test_values_too_many_are_shown_and_none_is_lost():
    shown = show([Statement("UPDATE t SET a = ?", (5, 6), (Mark("a"),))])

    assert [line.split() for line in shown.splitlines()[2:]] == [["--", "a", "-", "5"], ["--", "[2]", "-", "6"]]


def test_what_is_no_value_of_cql_is_said_to_be_none():
    assert "<not a CQL value: object>" in show([Statement("A ?", (object(),))])
    first = datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))
    assert "<not a CQL value: datetime>" in show([Statement("A ?", (first,))])


class TestNames:
    def test_one_identity_has_one_name_in_all_statements_and_inside_collections(self):
        one, other = uuid4(), uuid1()
        requests = [Statement("A ? ?", (one, [other, one])), Statement("B ?", ({other: one},))]

        assert values(show(requests)) == ["<uuid#1>", "[<uuid#2>, <uuid#1>]", "{<uuid#2>: <uuid#1>}"]

    @pytest.mark.parametrize("version", [1, 4, 7])
    def test_uuids_that_chance_or_time_made_are_named(self, version):
        assert values(show([Statement("A ?", (made(version),))])) == ["<uuid#1>"]

    @pytest.mark.parametrize("value", [UUID(int=7), UUID(int=0), UUID(int=5 << 76 | 1 << 63)])
    def test_uuids_that_somebody_chose_are_literal(self, value):
        assert values(show([Statement("A ?", (value,))])) == [str(value)]

    def test_instants_inside_the_test_are_named_and_others_literal(self):
        inside, before, after = WINDOW[1], START - timedelta(milliseconds=1), WINDOW[1] + timedelta(milliseconds=1)

        assert values(show([Statement("A", (inside, before, after, START, inside))], window=WINDOW)) == [
            "<now#1>",
            "'2031-05-05T11:59:59.999Z'",
            "'2031-05-05T12:00:01.001Z'",
            "<now#2>",
            "<now#1>",
        ]

    def test_an_instant_cut_to_the_millisecond_in_which_the_test_began_is_inside(self):
        began = START + timedelta(microseconds=900)

        assert values(show([Statement("A", (START,))], window=(began, began))) == ["<now#1>"]

    def test_microseconds_are_an_instant_where_a_mark_or_a_batch_says_so(self):
        micros = (START - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)
        bound = statement("A", ("[timestamp]", "bigint", micros), ("n", "bigint", micros))

        shown = show([bound, Batch((), timestamp=micros), statement("A", ("at", "timestamp", START))], window=WINDOW)

        assert values(shown) == ["<now#1>", str(micros), "<now#1>"]
        assert "timestamp=<now#1>" in shown

    def test_without_a_window_every_instant_is_literal(self):
        assert values(show([Statement("A", (START,))])) == ["'2031-05-05T12:00:00.000Z'"]

    def test_exact_names_nothing(self):
        one = uuid4()

        assert values(show([Statement("A", (one, START))], exact=True, window=WINDOW)) == [
            str(one),
            "'2031-05-05T12:00:00.000Z'",
        ]

    def test_a_set_of_identities_prints_alike_whatever_their_order_by_chance(self):
        low, high = UUID(int=1 << 127 | 4 << 76 | 1 << 63), UUID(int=15 << 124 | 4 << 76 | 1 << 63)
        for known, new in [(low, high), (high, low)]:
            shown = values(show([Statement("A", (known, {new, known}, {(known, 1), (new, 1)}))]))

            assert shown == ["<uuid#1>", "{<uuid#1>, <uuid#2>}", "{(<uuid#1>, 1), (<uuid#2>, 1)}"]


def made(version):
    return UUID(int=uuid4().int & ~(0xF << 76) | version << 76)


def values(shown):
    return [line.split("  ")[-1] for line in shown.splitlines() if line.startswith("--   ")]


class TestLines:
    def test_a_short_statement_stays_on_its_line(self):
        assert broken("UPDATE shop.users SET team = ? WHERE id = ?") == "UPDATE shop.users SET team = ? WHERE id = ?"

    @pytest.mark.parametrize(
        "lines",
        [
            ["UPDATE shop.users", "USING TTL ? AND TIMESTAMP ?", "SET long_name = ?, x = ?", "WHERE a = ?", "IF y = ?"],
            [
                "SELECT a_long_column, another_long_column FROM shop.users",
                "WHERE id = ? AND b IN ?",
                "GROUP BY id",
                "ORDER BY ts DESC",
                "PER PARTITION LIMIT ?",
                "LIMIT ?",
                "ALLOW FILTERING",
            ],
            ["INSERT INTO a_table_with_a_long_name (a, b, c, d, e, f)", "VALUES (?, ?, ?, ?, ?, ?)", "IF NOT EXISTS"],
            ["DELETE FROM a_table_with_a_long_name", "WHERE a = 'long enough to be over the limit WHERE x SET'"],
            ['UPDATE a_table_with_a_long_name_that_is_long', 'SET " WHERE " = ?, "IF" = ?, set_ = ?', "WHERE a = ?"],
            ["CREATE TABLE IF NOT EXISTS a_table_with_a_long_name (a set<text> PRIMARY KEY)", "WITH comment = ?"],
        ],
    )  # fmt: skip
    def test_a_long_one_is_broken_before_its_clauses(self, lines):
        assert broken(" ".join(lines)).split("\n") == lines

    @settings(deadline=None)
    @given(st.lists(st.sampled_from(["SET", "WHERE", "IF", "PER", "LIMIT", "a", "(", ")", "'x", "'", "  ", " ", "?"])))
    def test_joined_by_spaces_the_lines_are_the_text(self, words):
        text = "UPDATE " + " ".join(words) + " " * 80

        assert " ".join(broken(text).split("\n")) == text

    def test_line_breaks_of_the_user_are_kept_and_the_head_says_so(self):
        assert show([Statement("SELECT a\nFROM t")]) == "-- [1] execute  verbatim\nSELECT a\nFROM t;"
        assert show([Batch((Statement("A\nB"),))]).splitlines()[1:] == ["-- [1.1] verbatim", "A", "B;"]

    def test_what_no_line_can_hold_is_escaped(self):
        assert show([Statement("A\r\n\\")]) == "-- [1] execute  escaped\nA\\r\\n\\\\;"
        assert values(show([Statement("A ?", ("a\n'b\\", ["c\x00"]))])) == [r"E'a\n''b\\'", r"[E'c\u{0}']"]


class TestBatchText:
    @pytest.mark.parametrize(
        ("kind", "opening"),
        [
            (BatchKind.LOGGED, "BEGIN BATCH"),
            (BatchKind.UNLOGGED, "BEGIN UNLOGGED BATCH"),
            (BatchKind.COUNTER, "BEGIN COUNTER BATCH"),
        ],
    )
    def test_the_text_form(self, kind, opening):
        batch = Batch((Statement("A"), Statement("B")), kind)

        assert batch_text(batch) == f"{opening}\n  A;\n  B;\nAPPLY BATCH"

    def test_a_timestamp_is_a_mark(self):
        assert batch_text(Batch((), timestamp=5)) == "BEGIN BATCH USING TIMESTAMP ?\nAPPLY BATCH"


def test_one_request_for_the_text_of_an_error_is_literal_and_has_no_number():
    one = uuid4()

    assert show_request(Statement("A ?", (one,))) == f"-- execute\nA ?;\n--   [1]  -  {one}"
    assert show_request(Batch((Statement("A"),))) == "-- batch  logged  1 statement\n-- [1]\nA;"


@pytest.mark.parametrize("name", ["a\nDROP TABLE t;", "a\rb", "a\u2028b"])
def test_rule_32_a_name_does_not_leave_its_comment(name):
    udt = Udt("addr", ((name, parse_type("text")),))
    marks = (Mark(name, parse_type("int")), Mark("u", udt))
    shown = show([Statement("UPDATE t SET a = ?, u = ?", (1, UdtValue({name: name})), marks)])
    head, text, *table = shown.split("\n")
    assert text == "UPDATE t SET a = ?, u = ?;"
    assert len(table) == 2
    assert all(line.startswith("-- ") and line.isprintable() for line in (head, *table))
