"""Functions that are written out as source for one model or one text, and compiled.

Worth it where a loop over columns would run for each value: written out, it takes a half to a quarter of the time. The
source is known to `linecache`, so tracebacks and debuggers show it, for as long as the function lives.
"""

from __future__ import annotations

import linecache
from collections.abc import Mapping
from itertools import count
from typing import Any, Final
from weakref import finalize

_numbers: Final = count(1)


def compiled(source: str, scope: Mapping[str, Any], name: str) -> Any:
    """The function that ``source``, a lambda expression, is; ``scope`` has what the names in it mean.

    The source may hold numbers and the names of fields, which are Python identifiers, and nothing else that a user
    passes. ``name`` says in tracebacks what the function is for.
    """
    file = f"<coodie {next(_numbers)}: {name}>"  # numbered, since two models may have one name
    function = eval(compile(source, file, "eval"), dict(scope))
    # Its size, and its lines; it has no time of change, so it is never looked for on the disk.
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    finalize(function, linecache.cache.pop, file, None).atexit = False
    return function
