"""Derives the sync door and its tests: the async text without the waiting words.

`python tests/derive.py` writes coodie/sync and the sync doors of tests and tests_integration, the map of the rooms
in docs/contributing.md, and docs/testing-memory-support.md; with `--check` it only names the files that differ. Words
are exchanged everywhere, so examples in docstrings stay true. Files that are not Python (snapshots) are copied as they
are: both doors send the same CQL.
"""

import ast
import re
import sys
from pathlib import Path

import room_map
import support_page

ROOT = Path(__file__).resolve().parent.parent
TREES = {
    Path("coodie/aio"): Path("coodie/sync"),
    Path("tests/doors/aio"): Path("tests/doors/sync"),
    Path("tests_integration/doors/aio"): Path("tests_integration/doors/sync"),
}
WORDS = [
    (r"\b([Aa])n (?=[Aa]sync)", r"\1 "),
    (r"\bawait\s+", ""),
    (r"\basync (?=(def|with|for)\b)", ""),
    (r"\b__a(enter|exit|iter|next)__", r"__\1__"),
    (r"\ba(execute|open|close|iter|next|contextmanager|called|carried_out|closing|repeated|finished)\b", r"\1"),
    (r"\basleep\b", "sleep"),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\bAsyncDriver\b", "SyncDriver"),  # the protocols are named as a pair, the batch classes are not
    (r"\b(Abstract|Stop|)Async(?=[A-Z])", r"\1"),
    (r"\basync(?=_|hronous|\b)", "sync"),
    (r"\bAsync(?=hronous|\b)", "Sync"),
    (r"\baio\b", "sync"),
]
# Words without a counterpart: a text that needs one belongs into a plan, or into a test outside the derived trees.
REFUSED = re.compile(r"\b(asyncio|pytest_asyncio|Awaitable|Coroutine|AsyncGenerator)\b")


def derive(text: str, name: str) -> str:
    """The sync text of one file; `name` says where it comes from."""
    if found := REFUSED.search(text):
        raise ValueError(f"{name}: {found[0]!r} has no sync counterpart, so this text cannot be derived")
    for word, counterpart in WORDS:
        text = re.sub(word, counterpart, text)
    ast.parse(text, name)
    return f"# Derived by tests/derive.py: edit {name},\n# then run `tox -e sync`.\n{text}"


def files(tree: Path) -> dict[Path, str]:
    """Every file of a tree by its path inside it, without what Python leaves there."""
    found = (path for path in tree.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(tree): path.read_text("utf-8") for path in found}


def differing(source: Path, target: Path, root: Path = ROOT, *, write: bool = False) -> list[str]:
    """Files of the derived tree that are missing, superfluous or different; with `write` they are put right."""
    texts, found = files(root / source), files(root / target)
    want = {p: derive(t, (source / p).as_posix()) if p.suffix == ".py" else t for p, t in texts.items()}
    names = sorted(p for p in want.keys() | found.keys() if want.get(p) != found.get(p))
    for path in names if write else ():
        (root / target / path).parent.mkdir(parents=True, exist_ok=True)
        (root / target / path).write_text(want.get(path, ""), "utf-8")
        if path not in want:
            (root / target / path).unlink()
    return [(target / path).as_posix() for path in names]


if __name__ == "__main__":
    check = "--check" in sys.argv
    changed = [name for trees in TREES.items() for name in differing(*trees, write=not check)]
    changed += room_map.differing(write=not check)
    changed += support_page.differing(write=not check)
    print("\n".join(changed) or "all that is derived is as it should be")
    sys.exit(bool(check and changed))
