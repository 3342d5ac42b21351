"""Spellings that mean the same: options, indexes, types, the WHERE clauses of views."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coodie.cql.types import Udt, parse_type
from coodie.exceptions import InvalidQueryError
from coodie.tables.indexes import read_index, same_options, same_place
from coodie.tables.options import check_options, same_option
from coodie.tables.table import Index, UserType
from coodie.tables.user_types import in_order, types_of
from coodie.tables.views import restrictions


@pytest.mark.parametrize(
    ("name", "wanted", "found"),
    [
        ("speculative_retry", "99PERCENTILE", "99p"),
        ("speculative_retry", "99.0percentile", "99p"),
        ("speculative_retry", "95.5p", "95.5p"),
        ("speculative_retry", "NONE", "NEVER"),
        ("speculative_retry", "50.0ms", "50ms"),
        ("additional_write_policy", "min(50ms, 99PERCENTILE)", "MIN(99p,50ms)"),
        (
            "compaction",
            {"class": "LeveledCompactionStrategy"},
            (("class", "a.b.LeveledCompactionStrategy"), ("x", "1")),
        ),
        ("compaction", {"class": "a.b.C", "sstable_size_in_mb": 100}, (("class", "C"), ("sstable_size_in_mb", "100"))),
        ("compaction", {"class": "C", "enabled": True}, (("class", "C"),)),
        ("compaction", {"class": "C", "ratio": 2.0}, (("class", "C"), ("ratio", "2"))),
        ("compression", {"sstable_compression": "LZ4Compressor"}, (("class", "org.x.LZ4Compressor"),)),
        ("compression", {"chunk_length_kb": 64}, (("chunk_length_in_kb", "64"), ("class", "a.Z"))),
        ("compression", {"class": ""}, (("enabled", "false"),)),
        ("compression", {"enabled": False}, (("enabled", "false"),)),
        ("compression", {}, (("enabled", "false"),)),
        ("compression", {"enabled": False}, ()),
        ("caching", {"keys": "all"}, (("keys", "ALL"), ("rows_per_partition", "NONE"))),
        ("caching", {"rows_per_partition": 7}, (("keys", "ALL"), ("rows_per_partition", "7"))),
        ("bloom_filter_fp_chance", 1, 1.0),
        ("read_repair", "blocking", "BLOCKING"),
        ("cdc", False, None),
        ("memtable", "default", None),
    ],
)
def test_the_same_option(name, wanted, found):
    assert same_option(name, wanted, found)


@pytest.mark.parametrize(
    ("name", "wanted", "found"),
    [
        ("speculative_retry", "98p", "99p"),
        ("speculative_retry", "ALWAYS", "NEVER"),
        ("speculative_retry", "min(50ms,99p)", "MAX(50ms,99p)"),
        ("compaction", {"class": "A"}, (("class", "x.B"),)),
        ("compaction", {"class": "A", "max_threshold": 4}, (("class", "x.A"), ("max_threshold", "32"))),
        ("compression", {"enabled": False}, (("class", "x.LZ4Compressor"),)),
        ("compression", {}, (("class", "x.LZ4Compressor"),)),
        ("compression", {"class": "LZ4Compressor"}, (("enabled", "false"),)),
        ("caching", {"keys": "NONE"}, (("keys", "ALL"),)),
        ("comment", "A", "a"),
        ("cdc", True, None),
        ("gc_grace_seconds", 1, 2),
    ],
)
def test_another_option(name, wanted, found):
    assert not same_option(name, wanted, found)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gc_grace": 1}, "no table option 'gc_grace'; did you mean 'gc_grace_seconds'"),
        ({"xyz": 1}, "known: .*compaction"),
        ({"gc_grace_seconds": "1"}, "'gc_grace_seconds' is int, not '1'"),
        ({"gc_grace_seconds": True}, "is int, not True"),
        ({"compaction": "LeveledCompactionStrategy"}, "is a map"),
        (
            {"compaction": {"class": None}},
            "'class' of the table option 'compaction' is a text, number or bool, not None",
        ),
        ({"default_time_to_live": -1}, "0 to 630720000 seconds"),
        ({"default_time_to_live": 630720001}, "20 years"),
    ],
)
def test_an_option_that_no_server_takes_is_refused(options, message):
    with pytest.raises(InvalidQueryError, match=message):
        check_options(options)


MAP, LIST, FROZEN = parse_type("map<text, int>"), parse_type("list<int>"), parse_type("frozen<list<int>>")


@pytest.mark.parametrize(
    ("options", "index"),
    [
        ({"target": "v"}, Index("v", "i")),
        ({"target": '"a""b"'}, Index('a"b', "i")),
        ({"target": '"keys(x)"'}, Index("keys(x)", "i")),
        ({"target": 'keys("M x")'}, Index("M x", "i", "keys")),
        ({"target": "full(f)"}, Index("f", "i", "full")),
        ({"target": "v", "class_name": "StorageAttachedIndex"}, Index("v", "i", None, "sai")),
        ({"target": "v", "class_name": "sai", "ascii": "true"}, Index("v", "i", None, "sai", (("ascii", "true"),))),
        ({"target": "v", "class_name": "a.b.SASIIndex"}, Index("v", "i", None, "a.b.SASIIndex")),
    ],
)
def test_an_index_as_the_server_writes_it(options, index):
    assert read_index("i", options) == index


@pytest.mark.parametrize(
    ("wanted", "found", "cql_type", "same"),
    [
        (Index("c"), Index("c", "c_idx", "values"), MAP, True),
        (Index("c", None, "keys"), Index("c", "c_idx", "values"), MAP, False),
        (Index("c"), Index("c", "x", "values"), LIST, True),
        (Index("c"), Index("c", "x", "full"), FROZEN, True),
        (Index("c"), Index("c", "x", None, "sai"), parse_type("int"), True),
        (
            Index("c", None, None, "org.apache.cassandra.index.sai.StorageAttachedIndex"),
            Index("c", "x", None, "sai"),
            LIST,
            True,
        ),
        (Index("c", None, None, "sai"), Index("c", "x"), parse_type("int"), False),
        (Index("c"), Index("d"), parse_type("int"), False),
    ],
)
def test_indexes_of_the_same_place(wanted, found, cql_type, same):
    assert same_place(wanted, found, cql_type) is same


def test_options_of_an_index_are_texts_with_defaults():
    found = Index("c", "x", None, "sai", (("similarity_function", "dot_product"),))
    assert same_options(Index("c", options=(("similarity_function", "DOT_PRODUCT"), ("case_sensitive", True))), found)
    assert same_options(Index("c", options=(("normalize", False), ("ascii", False))), found)
    assert not same_options(Index("c", options=(("normalize", True),)), found)


def test_types_come_in_the_order_of_dependency():
    inner = Udt("inner", (("a", parse_type("list<int>")),))
    outer = Udt("outer", (("m", parse_type("map<text, frozen<inner>>", {"inner": inner})), ("i", inner)))
    types = types_of([parse_type("list<frozen<outer>>", {"outer": outer}), inner], "ks")
    assert [(each.name, each.keyspace) for each in types] == [("inner", "ks"), ("outer", "ks")]
    assert types[0].fields == (("a", parse_type("frozen<list<int>>")),)
    assert in_order(reversed(types)) == types


def test_two_types_of_one_name_are_refused():
    one, other = Udt("t", (("a", parse_type("int")),)), Udt("t", (("b", parse_type("int")),))
    with pytest.raises(InvalidQueryError, match="two types are called 't'"):
        types_of([one, other])
    assert types_of([one, one]) == (UserType("t", (("a", parse_type("int")),)),)


@pytest.mark.parametrize(
    ("clause", "parts"),
    [
        ("a IS NOT NULL", ("a IS NOT NULL",)),
        ("WHERE A is  not null and\n b>5", ("a IS NOT NULL", "b > 5")),
        ('"a" = 1 AND "B c" IS NOT NULL', ("a = 1", '"B c" IS NOT NULL')),
        ("a IN ( 1,2 ) AND (b, c) > (1, 'x and y')", ("a IN (1, 2)", "(b, c) > (1, 'x and y')")),
        ("token( a ) > -3 AND b = 'it''s'", ("token(a) > -3", "b = 'it''s'")),
        ("c >= -3", ("c >= -3",)),
        # So a server keeps a minus that stands apart from its number.
        ('c >= system."_negate"(3)', ("c >= - 3",)),
        ('c IN (system."_negate"(3), system."_negate"((int)4))', ("c IN (- 3, -((int) 4))",)),
        ("c IN (- 3, - (int) 4)", ("c IN (- 3, -((int) 4))",)),
    ],
)
def test_restrictions_in_one_spelling(clause, parts):
    assert restrictions(clause) == parts
    assert restrictions(" AND ".join(parts)) == parts


@pytest.mark.parametrize("clause", ["", "a = ?", "a = 1; DROP TABLE x", "a = (1", "a = 1)", "a = 1 AND", "AND a = 1"])
def test_what_is_no_where_clause_is_refused(clause):
    with pytest.raises(InvalidQueryError):
        restrictions(clause)


@given(st.text(max_size=20))
def test_any_text_is_either_a_clause_or_refused(text):
    try:
        parts = restrictions(text)
    except InvalidQueryError:
        return
    assert restrictions(" AND ".join(parts)) == parts
