"""The rooms and what they may import: the map for contributors is what the contracts say, and no import goes round."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import coodie

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(coodie.__file__).parent
PAGE = ROOT / "docs" / "contributing.md"


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


def test_the_map_for_contributors_is_what_the_contracts_say() -> None:
    tomllib = pytest.importorskip("tomllib")
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    found = re.search(r"```text\n(rank .*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    wanted = "\n".join(drawn(each) for each in contracts if "containers" in each)
    assert found is not None
    assert found[1] == wanted, f"the map in docs/contributing.md is not what the contracts say; it is to be\n\n{wanted}"


def drawn(contract: dict[str, list[str]]) -> str:
    """The ranks of a room from above to below; ``|`` stands between rooms that do not see each other."""
    (container,) = contract["containers"]
    lines = [] if container == "coodie" else [f"in {container}"]
    for rank, layer in zip(reversed(range(len(contract["layers"]))), contract["layers"], strict=True):
        rooms = [(sign, name.strip("()")) for sign, name in re.findall(r"([:|])?\s*([\w()]+)", layer)]
        rooms = [(sign, name) for sign, name in rooms if f"{container}.{name}" in modules()]
        for place, (sign, name) in enumerate(rooms):
            head = f"rank {rank}" if place == 0 else "     |" if sign == "|" else ""
            lines.append(f"{head:<9}{name:<14}{first_words(f'{container}.{name}')}")
    return "\n".join(lines) + "\n"


def first_words(module: str) -> str:
    """What its docstring says first."""
    docstring = ast.get_docstring(ast.parse(modules()[module].read_text("utf-8"))) or ""
    return re.split(r"[.:;](?:\s|$)", " ".join(docstring.split()))[0]
