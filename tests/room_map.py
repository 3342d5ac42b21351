"""The map of the rooms in docs/contributing.md, drawn from the contracts of import-linter in pyproject.toml.

`python tests/derive.py` puts it into the page.
"""

import ast
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path("docs/contributing.md")
PLACE = re.compile(r"(?<=```text\n)rank .*?(?=```)", re.DOTALL)


def differing(*, write: bool = False) -> list[str]:
    """The page, if its map is another than the contracts say; with `write` it is put right."""
    if sys.version_info < (3, 11):
        return []  # without tomllib
    page = (ROOT / PAGE).read_text("utf-8")
    wanted = PLACE.sub(lambda _: drawn(), page)
    if write and wanted != page:
        (ROOT / PAGE).write_text(wanted, "utf-8")
    return [] if wanted == page else [PAGE.as_posix()]


def drawn() -> str:
    """The map: each room that has ranks of its own, and what is in them."""
    settings: Any = import_module("tomllib").loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    return "\n".join(_ranks(*each["containers"], each["layers"]) for each in contracts if "containers" in each)


def _ranks(container: str, layers: list[str]) -> str:
    """The ranks of a room from above to below; ``|`` stands before rooms that do not see the one above them."""
    folder = ROOT / container.replace(".", "/")
    lines = [] if container == "coodie" else [f"in {container}"]
    width = max(14, *(len(name) + 2 for layer in layers for name in re.findall(r"\w+", layer)))
    for rank, layer in zip(reversed(range(len(layers))), layers, strict=True):
        rooms = [(sign, _first_words(folder, name), name) for sign, name in re.findall(r"([:|])?[\s(]*(\w+)", layer)]
        there = [(sign, words, name) for sign, words, name in rooms if words is not None]
        for place, (sign, words, name) in enumerate(there):
            head = f"rank {rank}" if place == 0 else "     |" if sign == "|" else ""
            lines.append(f"{head:<9}{name:<{width}}{words}")
    return "\n".join(lines) + "\n"


def _first_words(folder: Path, name: str) -> str | None:
    """What the docstring of a module says first; None if there is no such module."""
    found = [path for path in (folder / f"{name}.py", folder / name / "__init__.py") if path.is_file()]
    if not found:
        return None
    docstring = ast.get_docstring(ast.parse(found[0].read_text("utf-8"))) or ""
    return re.split(r"[.:;](?:\s|$)", " ".join(docstring.split()))[0]
