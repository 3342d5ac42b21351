"""The page of what the in-memory Cassandra supports, printed from its registries.

`python tests/derive.py` writes it.
"""

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from coodie.cql.natives import NATIVES
from coodie.cql.nodes import Drop, MaskColumn
from coodie.cql.operators import OPERATORS
from coodie.testing.memory.ddl.registry import DDL, DROP
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors.base import ErrorText
from coodie.testing.memory.functions import all as families
from coodie.testing.memory.functions.registry import FUNCTIONS, Factory, Function
from coodie.testing.memory.plans import Batching, Describing, Switching, Truncating
from coodie.testing.memory.statements.select import select
from coodie.testing.memory.statements.write import delete, insert, insert_json, update

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path("docs/testing-memory-support.md")
DATA: tuple[Any, ...] = (select, insert, insert_json, update, delete, Batching, Truncating, Switching, Describing)
MESSAGES = ("statements", "schema", "views", "vectors", "terms", "describe", "protocol")


def differing(*, write: bool = False) -> list[str]:
    """The page, if it is another than the registries say; with `write` it is put right."""
    path, wanted = ROOT / PAGE, printed()
    found = path.read_text("utf-8") if path.is_file() else ""
    if write and wanted != found:
        path.write_text(wanted, "utf-8")
    return [] if wanted == found else [PAGE.as_posix()]


def printed() -> str:
    """The whole page."""
    parts = (_head(), _statements(), _types(), _functions(), _messages(), _refused())
    return "\n".join(line for part in parts for line in part)


def _head() -> Iterator[str]:
    yield from (
        "# Tests: what the in-memory Cassandra supports",
        "",
        "*Is the statement, the function or the type that I use there?*",
        "",
        "This page is printed from the tables that `MemoryDriver` itself works with, so it cannot say more than is",
        "there. What none of them has raises `NotSupportedByMemoryDriver`. How to use it is in {doc}`testing-memory`.",
        "",
    )


def _statements() -> Iterator[str]:
    yield from ("## Statements", "", "| Statement | Notes |", "|---|---|")
    own = [each for node, each in DDL.items() if node is not Drop and node is not MaskColumn]
    for each in (*DATA, *own, *DROP.values()):
        said = " ".join((inspect.getdoc(each) or "").split())
        words, rest = said.removeprefix("``").split("``", 1)
        note = rest.lstrip(",;:. ").replace("``", "`") if each not in DATA else ""
        yield f"| `{words}` | {note[:1].upper()}{note[1:]} |"
    yield ""
    signs = ", ".join(f"`{each.cql}`" for each in OPERATORS if each.cql not in ("BETWEEN", "IS NOT", "LIKE", "expr"))
    yield from (f"The comparisons of `WHERE` and `IF` are {signs} and `token()`,", "each where a server takes it.", "")


def _types() -> Iterator[str]:
    yield from ("## Types", "", ", ".join(map(_name, NATIVES)) + ";")
    yield from ("lists, sets, maps, tuples, vectors and user-defined types of them, frozen or not.", "")


def _functions() -> Iterator[str]:
    yield from ("## Functions", "", "| Family | Functions |", "|---|---|")
    families_of = {module.__name__: module for module in families.MODULES}
    for name, module in families_of.items():
        words = sorted({_name(_shortened(each)) for each in _of(module) if not each.startswith(("_", "cast_as_"))})
        if words:
            yield f"| {name.rpartition('.')[2]} | {', '.join(words)} |"
    casts = sorted(each.removeprefix("cast_as_") for each in FUNCTIONS if each.startswith("cast_as_"))
    yield from ("", f"`cast(... as ...)` knows the types {', '.join(map(_name, casts))}.")
    yield from (
        "Operators are `+`, `-`, `*`, `/` and `%`; `token()`, `writetime()`, `maxwritetime()` and `ttl()` are there.",
        "",
    )


def _of(module: Any) -> list[str]:
    """The functions whose code is in a module."""
    return [name for name, each in FUNCTIONS.items() if any(_home(one) == module.__name__ for one in each)]


def _home(each: Function | Factory) -> str:
    made = each.make if isinstance(each, Factory) else each.call or each.state
    owner = type(each).__module__
    return str(made.__module__) if owner.endswith("registry") else owner


_OF_BLOBS = re.compile(r"(blob_?as_?)\w+|\w+?(_?as_?blob)")


def _shortened(name: str) -> str:
    """The name of a function; if each type has one, with a T in the place of the type."""
    found = _OF_BLOBS.fullmatch(name)
    return name if found is None else f"{found[1]}T" if found[1] else f"T{found[2]}"


def _name(name: str) -> str:
    return f"`{name}`"


def _messages() -> Iterator[str]:
    yield from ("## Messages", "", "| Table | Messages | equal to the server's, to the letter |", "|---|---|---|")
    for name in MESSAGES:
        module = import_module(f"coodie.testing.memory.errors.{name}")
        rows = [each for each in vars(module).values() if isinstance(each, ErrorText)]
        yield f"| {name} | {len(rows)} | {sum(each.exact for each in rows)} |"
    yield from ("", "The others have the server's code and a text that tells the same.", "")


def _refused() -> Iterator[str]:
    yield from ("## Refused by name", "")
    yield from (f"- {each}" for each in vars(gaps).values() if isinstance(each, gaps.Gap))
    yield ""
