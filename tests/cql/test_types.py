import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coodie.cql.types import (
    NATIVE,
    List,
    Map,
    Native,
    Set,
    Tuple,
    Udt,
    Vector,
    freeze,
    is_collection,
    is_multicell,
    parse_type,
)
from coodie.exceptions import InvalidQueryError

# A machine under load is slow, and no failure of ours.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

INT, TEXT = NATIVE["int"], NATIVE["text"]
ADDRESS = Udt("address", (("zip", TEXT),), frozen=False)


@pytest.mark.parametrize(
    ("cql_type", "text"),
    [
        (INT, "int"),
        (List(INT), "list<int>"),
        (Set(TEXT, True), "frozen<set<text>>"),
        (Map(TEXT, List(INT)), "map<text, frozen<list<int>>>"),
        (Map(Set(INT), Map(INT, INT), True), "frozen<map<frozen<set<int>>, frozen<map<int, int>>>>"),
        (Tuple((INT, List(INT))), "frozen<tuple<int, frozen<list<int>>>>"),
        (List(Tuple((INT,))), "list<frozen<tuple<int>>>"),
        (ADDRESS, "address"),
        (List(ADDRESS), "list<frozen<address>>"),
        (Udt("Address"), 'frozen<"Address">'),
        (Vector(NATIVE["float"], 3), "vector<float, 3>"),
        (Vector(List(INT), 2), "vector<frozen<list<int>>, 2>"),
    ],
)
def test_the_cql_of_a_type(cql_type, text):
    assert str(cql_type) == text


@pytest.mark.parametrize(
    ("text", "cql_type"),
    [
        ("int", INT),
        ("INT", INT),
        ("varchar", TEXT),
        (" map < text , int > ", Map(TEXT, INT)),
        ("list<list<int>>", List(List(INT, True))),
        ("frozen<list<int>>", List(INT, True)),
        ("tuple<int, text>", Tuple((INT, TEXT))),
        ("frozen<tuple<int>>", Tuple((INT,))),
        ("address", Udt("address", frozen=False)),
        ("Address", Udt("address", frozen=False)),
        ('"Address"', Udt("Address", frozen=False)),
        ('frozen<"a_""b">', Udt('a_"b')),
        ("vector<float, 3>", Vector(NATIVE["float"], 3)),
    ],
)
def test_reading_a_type(text, cql_type):
    assert parse_type(text) == cql_type


def test_the_fields_of_a_known_type_come_along():
    assert parse_type("list<frozen<address>>", {"address": ADDRESS}).element.fields == ADDRESS.fields


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "list", "list<", "list<int", "list<int>>", "list<int, int>", "map<int>", "map<int, int, int>"),
        *("int int", "int;", "<int>", "list<>", "vector<int>", "vector<int, x>", "vector<int, 3", "set<,>", "int -- x"),
        *("frozen<int, int>", "text; DROP TABLE y", "'org.apache.x'", ",", '"a'),
    ],
)
def test_what_is_no_type_is_refused(text):
    with pytest.raises(InvalidQueryError, match="not a CQL type"):
        parse_type(text)


def nested(inner):
    frozen = st.builds(freeze, inner)
    return st.one_of(
        st.builds(List, frozen, st.booleans()),
        st.builds(Set, frozen, st.booleans()),
        st.builds(Map, frozen, frozen, st.booleans()),
        st.builds(Tuple, st.lists(frozen, min_size=1, max_size=3).map(tuple)),
        st.builds(Vector, frozen, st.integers(1, 8192)),
    )


NAMES = st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_]{0,47}\Z").filter(
    lambda name: name not in {*NATIVE, "varchar", "frozen", "list", "set", "map", "tuple", "vector"}
)
TYPES = st.recursive(
    st.one_of(st.sampled_from(sorted(NATIVE.values(), key=str)), st.builds(Udt, NAMES, frozen=st.booleans())), nested
)


def test_a_type_may_be_wide_and_not_too_deep():
    wide = f"tuple<{', '.join(['list<int>'] * 60)}>"
    assert len(parse_type(wide).elements) == 60
    with pytest.raises(InvalidQueryError, match="more than 50 levels"):
        parse_type("list<" * 51 + "int" + ">" * 51)


@unhurried
@given(TYPES)
def test_a_printed_type_reads_back(cql_type):
    assert parse_type(str(cql_type)) == cql_type


@pytest.mark.parametrize("name", ["int", "list", "varchar", "frozen"])
def test_a_user_defined_type_called_like_one_of_cqls_own_reads_back(name):
    cql_type = Udt(name, frozen=False)
    assert parse_type(str(cql_type)) == cql_type


@unhurried
@given(TYPES)
def test_a_frozen_type_has_no_single_cells(cql_type):
    assert not is_multicell(freeze(cql_type))
    assert freeze(freeze(cql_type)) == freeze(cql_type)
    assert is_collection(freeze(cql_type)) == is_collection(cql_type)


@unhurried
@given(st.text(alphabet="list<>map,( )frozentuple\"'v1", max_size=30))
def test_any_text_is_a_type_or_is_refused(text):
    try:
        cql_type = parse_type(text)
    except InvalidQueryError:
        return
    assert isinstance(cql_type, (Native, List, Set, Map, Tuple, Udt, Vector))


def test_types_are_compared_by_structure():
    assert Udt("a", (("x", INT),)) == Udt("a", (("x", TEXT),))
    assert len({List(INT), List(INT), List(INT, True)}) == 2


MANY = 3_000


@pytest.mark.parametrize("text", ["list<" * MANY + "int" + ">" * MANY, "<" * MANY, "list<" * MANY])
def test_a_type_that_is_nested_too_deep_is_refused(text):
    with pytest.raises(InvalidQueryError, match="not a CQL type"):
        parse_type(text)
