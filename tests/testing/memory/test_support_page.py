"""The page of what is supported says what the registries say, and each gap is refused by its row of one table."""

from __future__ import annotations

import re
from pathlib import Path

import support_page

import coodie.testing.memory
from coodie.testing.memory.errors import gaps

PACKAGE = Path(coodie.testing.memory.__file__).parent


def sources() -> dict[str, str]:
    return {path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8") for path in PACKAGE.rglob("*.py")}


def test_the_page_is_what_the_registries_say() -> None:
    assert not support_page.differing()


def test_features_are_refused_from_one_table() -> None:
    raised = [
        name for name, text in sources().items() if re.search(r"(raise|return) NotSupportedByMemoryDriver\(", text)
    ]
    assert raised == ["errors/gaps.py"]


def test_each_gap_is_one() -> None:
    text = "".join(sources().values())
    unused = [name for name in vars(gaps) if isinstance(vars(gaps)[name], gaps.Gap) and f"gaps.{name}" not in text]
    assert not unused
