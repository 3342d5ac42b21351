"""Layout: literals with double quotes, and lines that are broken where they would be too long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

_WIDTH: Final = 100


def call_of(
    before: str, parts: Sequence[str], after: str, brackets: tuple[str, str], indent: str = "", *, bare: bool = False
) -> str:
    """``before[parts]after`` on one line, or with a part on each line if it would be too long.

    With ``bare``, the brackets stand only where there are several lines.
    """
    opening, closing = brackets
    joined = ", ".join(parts)
    line = f"{indent}{before}{joined}{after}" if bare else f"{indent}{before}{opening}{joined}{closing}{after}"
    if len(line) <= _WIDTH:
        return line
    inside = "".join(f"{indent}    {part},\n" for part in parts)
    return f"{indent}{before}{opening}\n{inside}{indent}{closing}{after}"


def literal(value: Any) -> str:
    """A value as Python source: like ``repr()``, but with double quotes where they need no escape."""
    if isinstance(value, dict):
        return f"{{{', '.join(entries(cast('dict[str, Any]', value)))}}}"
    text = repr(value)
    return f'"{text[1:-1]}"' if isinstance(value, str) and '"' not in text and "\\'" not in text else text


def entries(value: dict[str, Any]) -> list[str]:
    """The entries of a dictionary as Python source."""
    return [f"{literal(key)}: {literal(each)}" for key, each in value.items()]
