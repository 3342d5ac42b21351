"""Attributes of classes and queries: fields as operands, and hints for what people know from other mappers."""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches
from inspect import currentframe
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from coodie.mapping.expressions import field_operand
from coodie.mapping.state import Stateful

OF_QUERIES: Final = {
    **dict.fromkeys(("objects", "query", "find", "where", "filter_by", "select"), "filter(...) adds to a query"),
    **dict.fromkeys(("get", "get_or_none"), "one() gives the only row, first() a row or None"),
    **dict.fromkeys(("find_one", "first_or_none", "scalar"), "first() gives a row or None"),
    **dict.fromkeys(("fetch", "fetchall", "execute", "to_list", "list", "run"), "all() gives a list"),
    **dict.fromkeys(("iterator", "yield_per"), "iterate over the query itself: it fetches page by page"),
    **dict.fromkeys(
        ("offset", "skip", "slice"),
        "CQL has no OFFSET; go on with page(result.paging_state), or filter by the clustering key: ts__gt=last",
    ),
    **dict.fromkeys(("exclude", "filter_not", "or_"), "CQL has neither NOT nor OR; leave such rows out in Python"),
    **dict.fromkeys(
        ("last", "latest", "earliest", "reverse"), 'order_by("-ts").first() gives the last one of a partition'
    ),
    **dict.fromkeys(("sort", "sort_by", "order"), 'order_by("-ts") is the order within a partition'),
    **dict.fromkeys(("values", "fields"), "values_list(...) gives tuples, only(...) documents with these fields"),
    **dict.fromkeys(("only", "defer"), "values_list(...) names all that there is to load"),
    "annotate": 'aggregate(n="count(*)") works things out',
    **dict.fromkeys(("select_related", "prefetch_related", "join"), "CQL has no joins; ask each table for its rows"),
    **dict.fromkeys(("iff", "if_", "condition"), "update(..., if_conditions={...}) and delete(if_conditions={...})"),
    **dict.fromkeys(("insert", "save"), "create(...) makes and saves a document"),
    "batch": "create(), update() and delete() take batch=",
    "db_manager": "using(connection=...) chooses a connection",
}
"""What to write instead of methods that queries do not have."""

OF_MODELS: Final = {
    **dict.fromkeys(("objects", "query", "where", "filter_by", "select"), "find(...)"),
    "first_or_none": "find_one(...)",
    **dict.fromkeys(("get_or_create", "insert_if_not_exists"), "find().if_not_exists().create(...)"),
    **dict.fromkeys(("bulk_create", "insert_many", "bulk_write"), "create(..., batch=batch)"),
    **dict.fromkeys(("create_table", "migrate", "sync", "init_table"), "sync_table()"),
    **dict.fromkeys(("delete_all", "delete_many"), "find(...).delete() or truncate()"),
    "update_many": "find(...).update(...)",
}
"""What to write instead of attributes that models do not have, except those that their queries have."""


OF_DOCUMENTS: Final = {
    **dict.fromkeys(("reload", "refresh_from_db"), "refresh()"),
    **dict.fromkeys(("remove", "destroy"), "delete()"),
    **dict.fromkeys(("upsert", "store"), "save()"),
    **dict.fromkeys(("to_dict", "as_dict"), "model_dump()"),
}
"""What to write instead of attributes that documents do not have."""


def of_model(model: type[BaseModel], name: str, where: str) -> AttributeError:
    """The error for an attribute that the model does not have; ``where`` is how the message calls the model."""
    if name.startswith("_"):  # Python and Pydantic look up such attributes while the class is created
        return _missing(where, name, None)
    instead = OF_MODELS.get(name)
    if instead is None and hasattr(getattr(model, "__coodie_query__", None), name):
        instead = f"find(...).{name}(...)"
    if instead is None and (near := get_close_matches(name, model.model_fields, n=1)):
        return _missing(where, name, f"did you mean {where}.{near[0]}?")
    return _missing(where, name, instead and f"write {where}.{instead}")


def of_query(query: type, name: str) -> AttributeError:
    """The error for an attribute that such a query does not have."""
    advice = OF_QUERIES.get(name)
    if advice is None and not name.startswith("_"):
        near = get_close_matches(name, [each for each in dir(query) if not each.startswith("_")], n=1)
        advice = f"did you mean {near[0]}()?" if near else None
    return _missing(query.__name__, name, advice)


def of_document(model: type, name: str) -> AttributeError:
    """The error for one of the attributes in `OF_DOCUMENTS`."""
    return _missing(model.__name__, name, f"write {OF_DOCUMENTS[name]}")


def _missing(where: str, name: str, advice: str | None) -> AttributeError:
    return AttributeError(f"{where} has no attribute {name!r}" + (f"; {advice}" if advice else ""))


def _caller() -> str:
    """The package of the code that looks up the attribute."""
    frame = currentframe()
    for _ in range(2):
        frame = frame and frame.f_back
    name: str = frame.f_globals.get("__name__", "") if frame else ""
    return name.partition(".")[0]


if TYPE_CHECKING:
    Hinted = Stateful
else:

    class _Hinting(type(BaseModel)):
        def __getattr__(cls, name: str) -> Any:
            with suppress(AttributeError):
                return super().__getattr__(name)
            # Pydantic looks up fields of base classes, and warns of attributes that a field would hide.
            if not name.startswith("_") and name in cls.model_fields and _caller() != "pydantic":
                return field_operand(cls, name)
            raise of_model(cls, name, cls.__name__)

    class Hinted(Stateful, metaclass=_Hinting):
        """A base class of documents whose fields are operands of conditions as attributes of the class.

        The error of any other attribute that is missing says what to write instead.
        """

        __slots__ = ()
