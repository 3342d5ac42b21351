"""Every public name is used by a program that type checkers check."""

import ast
import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

TYPED = Path(__file__).parent / "typing"
ROOMS = (
    "aio batch bulk cql_builder drivers exceptions fastapi fields observe results schema sync testing types usertype "
    "warnings where"
).split()
# Bases of public classes, which users meet by the classes only.
BASES = {"Marker", "Selected", "TypeMarker"}


def public(room: Any) -> dict[str, Any]:
    """What a module exports: its ``__all__``, or else the classes and functions that it defines."""
    if hasattr(room, "__all__"):
        return {name: getattr(room, name) for name in room.__all__}
    found = {name: each for name, each in vars(room).items() if inspect.isclass(each) or inspect.isfunction(each)}
    return {name: each for name, each in found.items() if each.__module__ == room.__name__ and name[0] != "_"}


def imported() -> list[Any]:
    """What the programs import from coodie; a name may have several addresses."""
    trees = [ast.parse(path.read_text("utf-8")) for path in TYPED.glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in nodes if (node.module or "").startswith("coodie")]
    names = [(str(node.module), alias.name) for node in ours for alias in node.names]
    return [getattr(__import__(module, fromlist=[name]), name) for module, name in names]


@pytest.mark.parametrize("room", ["coodie", *(f"coodie.{room}" for room in ROOMS)])
def test_every_public_name_is_in_a_typed_program(room: str) -> None:
    pytest.importorskip("cassandra")  # one of the names is the adapter
    seen = {id(each) for each in imported()}
    missing = [name for name, each in public(import_module(room)).items() if id(each) not in seen]
    assert sorted(set(missing) - BASES) == []
