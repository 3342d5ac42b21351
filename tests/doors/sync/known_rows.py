# Derived by tests/derive.py: edit tests/doors/aio/known_rows.py,
# then run `tox -e sync`.
"""A document that was loaded from a known row, and what a save of it sends."""

from typing import Annotated, Any

from coodie.sync import Document
from coodie.drivers import UNSET
from coodie.fields import Frozen, PrimaryKey
from coodie.usertype import UserType


class Address(UserType):
    street: str | None = None
    zip: str | None = None


class User(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = "nobody"
    note: str | None = None
    tags: set[str] = set()
    items: list[int] = []
    attrs: dict[str, str] = {}
    home: Annotated[Address | None, Frozen(False)] = None


ROW = {
    "id": 1,
    "name": "ann",
    "note": "x",
    "tags": {"a"},
    "items": [1],
    "attrs": {"k": "v"},
    "home": {"street": "s", "zip": "1"},
}


def load(recorder, row, *only, model=User) -> Any:
    recorder.on("select", table=model).returns([row])
    query = model.find(id=row["id"])
    return (query.only(*only) if only else query).one()


def sent(recorder, document, **options):
    """What a save sends, without what is unset; None if it sends nothing."""
    before = len(recorder.calls)
    document.save(**options)
    if len(recorder.calls) == before:
        return None
    return {name: value for name, value in recorder.last.params.items() if value is not UNSET}
