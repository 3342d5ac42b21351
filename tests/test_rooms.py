"""The rooms and what they may import: the map for contributors is what the contracts say, and no import goes round."""

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import room_map

import coodie

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(coodie.__file__).parent


def modules() -> dict[str, Path]:
    """Each module by its name."""
    return {name_of(path): path for path in PACKAGE.rglob("*.py")}


def name_of(path: Path) -> str:
    parts = ("coodie", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, known: set[str]) -> set[str]:
    """The modules that one imports, those for type checkers included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in known else node.module for name in names}
    return found & known


def test_no_imports_go_round_not_even_those_for_type_checkers() -> None:
    known = modules()
    graph = {name: imported(path, {*known}) - {name} for name, path in known.items()}
    assert sum(map(len, graph.values())) > 500
    TopologicalSorter(graph).prepare()  # raises CycleError, with the modules of the circle


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the contracts are TOML, which Python reads from 3.11 on")
@pytest.mark.skipif(not (ROOT / "coodie").exists(), reason="the wheel alone is tested")
def test_the_map_for_contributors_is_what_the_contracts_say() -> None:
    found = room_map.PLACE.search((ROOT / room_map.PAGE).read_text("utf-8"))
    assert found is not None
    assert found[0] == room_map.drawn(), "run tests/derive.py, or paste what is drawn"


def test_rule_24_no_message_names_an_extra_of_a_package_that_is_not_ours_on_the_index() -> None:
    named = [path for path in PACKAGE.rglob("*.py") if re.search(r"coodie\[\w", path.read_text("utf-8"))]
    assert named == []
