"""Every word of CQL as every kind of name: what coodie makes, the server takes, finds again, and starts again with.

It runs on a server of its own, which would be the only one to fall, as some words in some places can stop a server from
ever starting again. coodie refuses those (`UNREADABLE_TYPES`, and true and false in views).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Annotated, Any, NamedTuple
from warnings import catch_warnings, simplefilter

import pytest

import coodie
from coodie import UserType
from coodie.cql.names import RESERVED, UNREADABLE_TYPES
from coodie.fields import ClusteringKey, Column, Frozen, Indexed, Int, PrimaryKey, Static
from coodie.mapping.model import Model
from coodie.sync import (
    Document,
    MaterializedView,
    close,
    create_keyspace,
    drop_keyspace,
    init_coodie,
    sync_all,
    verify_all,
    verify_keyspace,
)

from ..conftest import PATIENT, require  # noqa: TID252 - the checkout's root is not on the path
from ..server import NoCluster, Node, prepare_server  # noqa: TID252

pytestmark = pytest.mark.needs_server("it starts again with what it was given")

# The grammar of Cassandra 5.0 has these words too, none of which needs quotes anywhere.
OTHERS = frozenset(
    """
    access aggregate aggregates all ann as called cidrs cluster clustering compact contains custom datacenters exists
    filtering finalfunc function functions group hashed identity initcond input internals key keys keyspaces language
    like login masked negative_infinity negative_nan nologin nosuperuser only options partition password per permission
    permissions positive_infinity positive_nan returns role roles select_masked sfunc static storage stype superuser
    tables trigger type types unmask user users values
    """.split()
)
WORDS = sorted(RESERVED | UNREADABLE_TYPES | OTHERS)
NUMBERED = list(enumerate(WORDS))
# Where each name is a statement of its own, some of those that need quotes will do.
ALL = os.environ.get("COODIE_WORDS") == "all"
SOME = WORDS if ALL else sorted(RESERVED)[::3]
# A server takes longer to drop something than to make it.
DROPPED = len(WORDS) if ALL else 5

Number = Annotated[int, Int()]
Key = Annotated[Number, PrimaryKey()]


class Made(NamedTuple):
    """Models, rows to save, and what then finds each of them."""

    models: list[type[Model]]
    rows: list[Document]
    finds: list[Callable[[], list[Any]]]


def made(models: list[type[Document]], rows: list[Document]) -> Made:
    return Made(list(models), rows, [type(row).find().all for row in rows])


def document(name: str, fields: dict[str, Any], keyspace: str, table: str | None = None) -> type[Document]:
    settings = {"keyspace": keyspace, "name": table or name.lower()}
    return coodie.document(name, fields, settings=settings, base=Document)


def columns(words: list[str], *markers: Any) -> dict[str, Any]:
    """A field for each word, whose column is called so."""
    return {f"c{n}": Annotated[(Number, *markers, Column(name=word))] for n, word in enumerate(words)}


def numbers(words: list[str]) -> dict[str, int]:
    return {f"c{n}": n for n in range(len(words))}


def user_type(name: str, fields: dict[str, Any], type_name: str | None = None) -> type[UserType]:
    body = {"__module__": __name__, "__annotations__": fields}
    settings = {} if type_name is None else {"Settings": {"type_name": type_name}}
    return type(name, (UserType,), body | settings)


def as_keyspaces() -> Made:
    models = [document("Row", {"id": Key}, word) for word in SOME]
    return made(models, [model(id=1) for model in models])


def as_tables() -> Made:
    models = [document(f"Table{n}", {"id": Key}, "Tables", word) for n, word in enumerate(SOME)]
    return made(models, [model(id=1) for model in models])


def as_columns() -> Made:
    regular = document("Regular", {"id": Key, **columns(WORDS)}, "Columns")
    at = Annotated[Number, ClusteringKey()]
    static = document("Static", {"id": Key, "at": at, **columns(WORDS, Static())}, "Columns")
    partition = document("Partition", columns(WORDS, PrimaryKey()), "Columns")
    clustering = document("Clustering", {"id": Key, **columns(WORDS, ClusteringKey(order="DESC"))}, "Columns")
    given = numbers(WORDS)
    rows = [regular(id=1, **given), static(id=1, at=2, **given), partition(**given), clustering(id=1, **given)]
    return made([regular, static, partition, clustering], rows)


def as_indexes() -> Made:
    def index(number: int) -> Indexed:
        return Indexed(SOME[number], using="sai" if number % 2 else None)

    fields = {f"c{n}": Annotated[int, Int(), index(n), Column(word)] for n, word in enumerate(SOME)}
    model = document("Indexed", {"id": Key, **fields}, "Indexes")
    row = model(id=1, **numbers(SOME))
    return Made([model], [row], [model.find(**{name: number}).all for name, number in numbers(SOME).items()])


def as_types() -> Made:
    # A class that is called like an unreadable word keeps its capitals.
    names = [(word.capitalize(), None if word in UNREADABLE_TYPES else word) for word in WORDS]
    types = [user_type(name, {"v": int}, given) for name, given in names]
    model = document("Typed", {"id": Key, **{f"c{n}": each for n, each in enumerate(types)}}, "Types")
    return made([model], [model(id=1, **{f"c{n}": each(v=n) for n, each in enumerate(types)})])


def as_fields() -> Made:
    with catch_warnings():
        simplefilter("ignore")  # Pydantic warns of `json` and `schema`, which its models have as methods
        fields = user_type("Fields", dict.fromkeys(WORDS, Number))
    model = document("Held", {"id": Key, "a": fields, "b": Annotated[fields, Frozen(False)]}, "Fields")
    values = fields(**{word: number for number, word in enumerate(WORDS)})
    return made([model], [model(id=1, a=values, b=values)])


def as_views() -> Made:
    base = document("Base", {"id": Key, "plain": Number, **columns(SOME)}, "Views")

    def view(number: int, word: str) -> type[MaterializedView]:
        # The server takes a view of a column that is called true or false, and then never starts again.
        field, column = ("plain", "plain") if word in ("true", "false") else (f"c{number}", word)
        fields = {
            field: Annotated[Number, PrimaryKey(), Column(column)],
            "id": Annotated[Number, ClusteringKey()],
        }
        settings = {"base_table": base, "keyspace": "Views", "name": word}
        return coodie.document(f"View{number}", fields, settings=settings, base=MaterializedView)

    views = [view(number, word) for number, word in enumerate(SOME)]
    return Made([base, *views], [base(id=1, plain=7, **numbers(SOME))], [view.find().all for view in views])


KEYSPACES = [*SOME, "Tables", "Columns", "Indexes", "Types", "Fields", "Views"]
KINDS = [as_keyspaces, as_tables, as_columns, as_indexes, as_types, as_fields, as_views]


@pytest.fixture
def node() -> Iterator[Node]:
    try:
        prepare_server()
    except NoCluster as error:
        require(error)
    with Node() as node:
        yield node


@pytest.fixture
def connect(node: Node) -> Iterator[Callable[[], None]]:
    """Opens a connection to the server as it runs now."""

    def connect() -> None:
        close()
        init_coodie(node.host, port=node.port, **PATIENT)

    yield connect
    close()


def found(made: Made) -> None:
    """Each row is there; those of views come a moment later."""
    deadline = time.monotonic() + 60
    for find in made.finds:
        while not find():
            assert time.monotonic() < deadline
    for row in made.rows:
        assert type(row).find().all() == [row]


def test_every_word_is_any_name_and_the_server_starts_again_with_all(node: Node, connect: Callable[[], None]) -> None:
    connect()
    kept = [make() for make in KINDS]
    for keyspace in KEYSPACES:
        create_keyspace(keyspace)
        verify_keyspace(keyspace)
    for each in kept:
        assert sync_all(*each.models) != []
        assert sync_all(*each.models) == []
        verify_all(*each.models, exact=True)
        for row in each.rows:
            row.save()
        found(each)
    node.restart()
    connect()
    for each in kept:
        assert sync_all(*each.models) == []
        verify_all(*each.models, exact=True)
        found(each)
    for each in kept:
        for model in each.models[: -DROPPED - 1 : -1]:  # views before their table
            model.drop_view() if issubclass(model, MaterializedView) else model.drop_table()
    for keyspace in KEYSPACES[:DROPPED]:
        drop_keyspace(keyspace)
