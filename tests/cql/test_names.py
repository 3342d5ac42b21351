import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coodie.cql.lexer import tokens
from coodie.cql.names import check_name, qualified, quote
from coodie.exceptions import InvalidQueryError

# A machine under load is slow, and no failure of ours.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("events", "events"),
        ("true", '"true"'),
        ("user_id", "user_id"),
        ("a1", "a1"),
        ("Order", '"Order"'),
        ("select", '"select"'),
        ("order", '"order"'),
        ("token", '"token"'),
        ("type", "type"),
        ("key", "key"),
        ("1a", '"1a"'),
        ("_a", '"_a"'),
        ("a b", '"a b"'),
        ('a"b', '"a""b"'),
        ("x; DROP TABLE y", '"x; DROP TABLE y"'),
        ("é", '"é"'),
        ("a\n", '"a\n"'),
        ("ſ", '"ſ"'),
    ],
)
def test_a_name_is_quoted_only_when_needed(name, text):
    assert quote(name) == text


@pytest.mark.parametrize("name", ["", "a\0b", "\0", "a" * 65536, "é" * 32768])
def test_a_name_that_cannot_be_is_refused(name):
    with pytest.raises(InvalidQueryError):
        quote(name)


def test_a_column_name_may_be_as_long_as_the_protocol_can_say():
    assert quote("a" * 65535) == "a" * 65535


@unhurried
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_name_is_one_identifier_and_reads_back(name):
    (token,) = tokens(quote(name))
    assert token.identifier == name


@pytest.mark.parametrize("name", ["a", "A_1", "select", "a" * 48])
def test_a_table_may_be_called_so(name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "empty"),
        ("a" * 49, "49 characters"),
        ("a-b", "letters, digits and underscores"),
        ('a"b', "letters, digits and underscores"),
        ("ä", "letters, digits and underscores"),
        ("a\n", "letters, digits and underscores"),
        ("x; DROP TABLE y", "letters, digits and underscores"),
    ],
)
def test_a_table_may_not_be_called_so(name, message):
    with pytest.raises(InvalidQueryError, match=f"keyspace.*{message}"):
        check_name(name, "keyspace")


@pytest.mark.parametrize(
    ("keyspace", "name", "text"),
    [
        (None, "events", "events"),
        ("shop", "events", "shop.events"),
        ("Shop", "order", '"Shop"."order"'),
    ],
)
def test_a_table_in_its_keyspace(keyspace, name, text):
    assert qualified(keyspace, name) == text


@pytest.mark.parametrize(("keyspace", "name"), [("", "t"), ("a.b", "t"), ("a", "b.c"), ("a" * 49, "t")])
def test_a_wrong_keyspace_or_table_is_refused(keyspace, name):
    with pytest.raises(InvalidQueryError):
        qualified(keyspace, name)
