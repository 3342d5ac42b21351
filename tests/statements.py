"""Statements of all kinds, as Hypothesis draws them: nodes of the grammar, from its leaves up."""

from hypothesis import strategies as st

from coodie.cql.lexer import token_kind, tokens
from coodie.cql.literals import literal
from coodie.cql.message import BatchKind
from coodie.cql.nodes import (
    BIND,
    NULL,
    AddColumns,
    AddField,
    AlterKeyspace,
    AlterOptions,
    Arithmetic,
    Assignment,
    BeginBatch,
    Bind,
    Call,
    Cast,
    ColumnDefinition,
    CreateIndex,
    CreateKeyspace,
    CreateTable,
    CreateType,
    CreateView,
    Delete,
    Drop,
    DropColumns,
    DropKeyspace,
    Element,
    Entries,
    FieldOf,
    Fields,
    Hint,
    Insert,
    InsertJson,
    Items,
    Literal,
    Name,
    Negative,
    NestedElement,
    OrderBy,
    Range,
    Ref,
    Relation,
    Select,
    Selector,
    Star,
    TokenCall,
    Truncate,
    Update,
    Using,
)
from coodie.cql.rendering.ddl import render_ddl
from coodie.cql.rendering.statements import render
from coodie.cql.types import NATIVE, parse_type
from coodie.cql.values import Duration

# Words that mean something where they stand, names that need quotes, and one that does not.
words = st.sampled_from(
    "a id json distinct count key keys values ttl token select from as per contains like writetime cast exists p1 "
    "timestamp text list expr ann group between default P1D n_1".split()
)
columns = words | st.text("aZ\"' .;?:é", min_size=1, max_size=5)
plain = st.text("aZ0_", min_size=1, max_size=8).filter(lambda name: name != '""')
names = st.builds(Name, plain, st.none() | plain)
types = st.sampled_from(
    [
        *("int", "text", "list<int>", "frozen<map<text, frozen<set<int>>>>", "tuple<int, text>", "vector<float, 3>"),
        *("set<text>", "map<text, int>", "set<frozen<list<int>>>", "frozen<set<addr>>"),
        *("addr", 'frozen<"Addr">', 'map<int, frozen<"A_d">>', "counter", '"text"'),
    ]
).map(parse_type)

natives = st.sampled_from([NATIVE["int"], NATIVE["text"]])


@st.composite
def short(draw, strategy):
    """The same values; Hypothesis, which prints its strategies, does not print this one."""
    return draw(strategy)


@st.composite
def several(draw, strategy, least=1):
    return tuple(draw(st.lists(strategy, min_size=least, max_size=2)))


durations = st.builds(Duration, st.integers(0, 99), st.integers(0, 99), st.integers(0, 10**14)).map(literal)
numbers = (
    st.builds(Literal, st.just("integer"), st.integers().map(str))
    | st.builds(Literal, st.just("float"), st.sampled_from(["1.5", "-0.25", "1e5", "1.5e-3", "NaN", "-Infinity"]))
    | st.builds(Literal, st.just("duration"), st.tuples(st.sampled_from(["", "-"]), durations).map("".join))
)
strings = st.builds(Literal, st.just("string"), st.text(max_size=8))
literals = (
    numbers
    | strings
    | st.sampled_from([Literal("boolean", "true"), Literal("boolean", "false"), NULL])
    | st.builds(Literal, st.just("uuid"), st.uuids().map(str))
    | st.builds(Literal, st.just("blob"), st.binary(max_size=4).map(lambda value: f"0x{value.hex()}"))
)
# Some words name no function: `ttl(a)` and its like are about a column, `token` is read as what it is.
called = columns.filter(lambda name: name not in "cast distinct expr json key token ttl writetime".split())
binds = st.just(BIND) | st.builds(Bind, columns)
functions = st.builds(Call, called, several(binds | literals, 0), st.none() | plain)
bare = st.builds(Call, st.sampled_from(["now", "max"]), several(binds | literals, 0))


def collections(terms):
    return (
        st.builds(Items, st.sampled_from("[{"), several(terms, 0))
        | st.builds(Entries, several(st.tuples(terms, terms)))
        | st.builds(Fields, several(st.tuples(columns, terms)))
    )


def not_number(term):
    return not (isinstance(term, Literal) and term.kind in ("integer", "float", "duration"))


def not_tuple(term):
    return not (isinstance(term, Items) and term.opening == "(")


def operations(terms):
    """Arithmetic, whose operands are no tuples: what stands in brackets beside an operator is one operand."""
    operands = terms.filter(not_tuple)
    return st.builds(Arithmetic, operands, st.sampled_from("+-*/%"), operands) | st.builds(
        Negative, operands.filter(not_number)
    )


def simple(terms):
    """What a type hint may stand before without brackets, which would make a tuple of it."""
    return terms.filter(lambda term: not isinstance(term, (Negative, Arithmetic, Hint)))


def deeper_values(inner):
    return (
        inner
        | collections(inner)
        | st.builds(Items, st.just("("), several(inner))
        | operations(inner)
        | st.builds(Cast, simple(inner), natives)
        | st.builds(Hint, types, simple(inner))
        | st.builds(TokenCall, several(inner, 0))
    )


values = short(deeper_values(short(deeper_values(short(binds | literals | functions | bare)))))


def _has_parts(term):
    return isinstance(term, (Element, FieldOf, Call, NestedElement))


def _is_field_like(term):
    """A map whose first key is a column reads like a user-defined type, and is taken for one."""
    return isinstance(term, Entries) and isinstance(term.entries[0][0], Ref)


ranges = st.builds(Range, st.none() | values, values) | st.builds(Range, values, st.none())
refs = st.builds(Ref, columns)
parts = refs | st.builds(Element, columns, values) | st.builds(FieldOf, columns, columns)


def deeper_selectables(inner):
    return (
        inner
        | st.builds(Call, called, several(inner, 0), st.none() | plain)
        | st.builds(Call, st.sampled_from(["ttl", "writetime"]), st.tuples(refs))
        | st.builds(NestedElement, inner.filter(_has_parts), columns | values | ranges)
        | collections(inner).filter(lambda term: not _is_field_like(term))
        | st.builds(Items, st.just("("), several(inner, 2))
        | operations(inner)
        | st.builds(Cast, inner, natives)
        | st.builds(Hint, types, literals | binds)
        | st.builds(TokenCall, several(inner))
    )


selected = refs | st.builds(Element, columns, values | ranges) | st.builds(FieldOf, columns, columns)
first_selectables = short(selected | st.just(Call("count", (Star(),))) | binds | literals)
selectables = short(deeper_selectables(short(deeper_selectables(first_selectables))))
limits = st.booleans() | st.builds(Bind, columns) | st.builds(Literal, st.just("integer"), st.integers().map(str))
selectors = several(st.builds(Selector, selectables, st.none() | columns)) | st.just((Selector(Star()),))
comparisons = st.sampled_from(["=", "<", "<=", ">", ">=", "!="])
brackets = st.builds(Items, st.just("("), several(values, 0))
tuples = st.builds(Items, st.just("("), several(values))
rows = binds | st.builds(Items, st.just("("), several(binds, 0) | several(tuples, 0))
relations = st.one_of(
    st.builds(Relation, refs, comparisons, values),
    st.builds(Relation, st.builds(Element, columns, values), comparisons, values),
    st.builds(Relation, refs, st.just("IN"), binds | brackets),
    st.builds(Relation, refs, st.sampled_from(["CONTAINS", "CONTAINS KEY", "LIKE"]), values),
    st.builds(Relation, refs, st.just("IS NOT"), st.just(NULL)),
    st.builds(Relation, refs, st.just("BETWEEN"), st.builds(Range, values, values)),
    st.builds(Relation, refs, st.just("expr"), values),
    st.builds(Relation, st.builds(TokenCall, several(refs)), comparisons, values),
    st.builds(
        Relation,
        st.builds(Items, st.just("("), several(refs)),
        comparisons,
        binds | st.builds(Items, st.just("("), several(values)),
    ),
    st.builds(Relation, st.builds(Items, st.just("("), several(refs)), st.just("IN"), rows),
)
conditions = (
    st.builds(Relation, parts, comparisons, values)
    | st.builds(Relation, parts, st.just("IN"), binds | brackets)
    | st.builds(Relation, refs, st.sampled_from(["CONTAINS", "CONTAINS KEY"]), values)
)


@st.composite
def usings(draw, ttl=True):
    given = Using(draw(limits) if ttl else False, draw(limits))
    both = given.ttl is not False and given.timestamp is not False
    return Using(given.ttl, given.timestamp, both and draw(st.booleans()))


orders = st.builds(OrderBy, columns, st.booleans()) | st.builds(
    OrderBy, columns, st.just(False), values.map(lambda term: True if term == BIND else term)
)
groups = selectables.map(lambda term: term.column if isinstance(term, Ref) else term)
selects = st.builds(
    Select,
    names,
    selectors,
    several(relations, 0),
    several(groups, 0),
    several(orders, 0),
    limits,
    limits,
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@st.composite
def inserts(draw):
    named = draw(several(columns))
    found = tuple(draw(values) for _ in named)
    plain = all(value == BIND for value in found)
    return Insert(draw(names), named, draw(st.booleans()), draw(usings()), () if plain else found)


assignments = (
    st.builds(Assignment, parts, st.just("="), values)
    | st.builds(Assignment, refs, st.sampled_from("+-"), values)
    | st.builds(Assignment, refs, st.just("prepend"), values)
)


@st.composite
def conditioned(draw, make):
    found = draw(several(conditions, 0))
    return make(draw, found, not found and draw(st.booleans()))


updates = conditioned(
    lambda draw, found, exists: Update(
        draw(names), draw(several(assignments)), draw(several(relations)), found, exists, draw(usings())
    )
)
deletes = conditioned(
    lambda draw, found, exists: Delete(
        draw(names), draw(several(relations)), draw(several(parts, 0)), found, exists, draw(usings(ttl=False))
    )
)
jsons = st.builds(InsertJson, names, binds | strings, st.booleans(), st.booleans(), usings())
writes = inserts() | updates | deletes | jsons
batches = st.builds(BeginBatch, several(writes, 0), st.sampled_from(BatchKind), usings())


scalars = st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
maps = st.dictionaries(st.text(max_size=3), scalars, max_size=3).map(lambda found: tuple(found.items()))
options = st.dictionaries(columns, scalars | maps, max_size=3).map(lambda found: tuple(found.items()))
definitions = st.builds(
    ColumnDefinition, columns, types, st.booleans(), st.sampled_from([None, "DEFAULT", "mask_inner(1, null)"])
)


@st.composite
def ordered(draw, always):
    """The order that can be said: none, or one that is not what it would be without."""
    found = draw(several(st.builds(OrderBy, columns, st.booleans()), 0))
    return found if always or any(each.descending for each in found) else ()


schema = [
    st.builds(
        CreateTable,
        names,
        several(definitions),
        several(columns),
        several(columns, 0),
        ordered(False),
        options,
        st.booleans(),
    ),
    st.builds(AddColumns, names, several(definitions)),
    st.builds(DropColumns, names, several(columns)),
    st.builds(AlterOptions, names, options.filter(bool), st.sampled_from(["TABLE", "MATERIALIZED VIEW"])),
    st.builds(CreateIndex, names, columns, st.none() | plain, st.booleans()),
    st.builds(
        CreateIndex,
        names,
        columns,
        st.none() | plain,
        st.booleans(),
        st.sampled_from([None, "keys", "values", "entries", "full"]),
        st.sampled_from(["sai", "x.Index"]),
        st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2).map(lambda found: tuple(found.items())),
    ),
    st.builds(CreateType, names, several(st.tuples(columns, types)), st.booleans()),
    st.builds(AddField, names, columns, types),
    st.builds(
        CreateView,
        names,
        names,
        several(columns, 0),
        several(st.sampled_from(["a IS NOT NULL", "b > 5", "\"C\" = 'x;y'", "(d, e) > (1, 2)"])),
        several(columns),
        several(columns, 0),
        ordered(True),
        options,
        st.booleans(),
    ),
    st.builds(Drop, st.sampled_from(["TABLE", "INDEX", "TYPE", "MATERIALIZED VIEW"]), names, st.booleans()),
    st.builds(
        CreateKeyspace,
        plain,
        st.dictionaries(st.text(max_size=3), st.text(max_size=3)).map(lambda found: tuple(found.items())),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(AlterKeyspace, plain, st.none() | st.just((("class", "x"),)), st.booleans()),
    st.builds(DropKeyspace, plain, st.booleans()),
    st.builds(Truncate, names),
]

texts = st.integers(0, 5).flatmap(
    lambda kind: [
        *[made.map(lambda node: render(node).cql) for made in (selects, updates, inserts() | jsons, deletes, batches)],
        st.one_of(schema).map(render_ddl),
    ][kind]
)

_WORDS = (
    "( ) [ ] { } , ; . : = < > <= != + - * ? 1 -1 1.5 'x' a \"B\" SELECT FROM WHERE AND IN NOT NULL SET IF EXISTS "
    "USING TTL LIMIT ORDER BY CONTAINS KEY TOKEN AS JSON VALUES WITH PRIMARY int set list frozen DISTINCT COUNT "
    "CAST true"
).split()


@st.composite
def mutated(draw):
    """A statement some of whose tokens were dropped, doubled, exchanged or put in: most are no statements any more."""
    parts = [token.text for token in tokens(draw(texts))]
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(parts) - 1))
        edit = draw(st.sampled_from(["drop", "double", "put in", "exchange", "like"]))
        if edit == "drop" and len(parts) > 1:
            del parts[at]
        elif edit == "double":
            parts.insert(at, parts[at])
        elif edit == "put in":
            parts.insert(at, draw(st.sampled_from(_WORDS)))
        elif edit == "exchange":
            parts[at] = draw(st.sampled_from(_WORDS))
        else:
            kind = token_kind(parts[at])
            parts[at] = draw(st.sampled_from([word for word in _WORDS if token_kind(word) == kind] or _WORDS))
    return " ".join(parts)
