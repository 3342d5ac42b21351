"""``python -m coodie`` and the script ``coodie``: the command line, if what it needs is installed."""

from __future__ import annotations

import sys
from typing import Final

_NEEDED: Final = ("typer", "rich", "click", "tomli")


def main() -> int:
    """Run the command line, and return its exit status; 2 if the extra ``cli`` is not installed."""
    try:
        from coodie.cli.app import run  # noqa: PLC0415 - an application that has no extra `cli` gets a sentence
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in _NEEDED:
            raise
        sys.stderr.write("the command line needs Typer and Rich: pip install typer rich\n")
        return 2
    return run()


if __name__ == "__main__":
    sys.exit(main())
