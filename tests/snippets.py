"""Runs the documentation: each Python snippet is executed, each CQL block is compared with what was sent.

How to write a page:

- A ```python block runs. Blocks of one page run in order and share their names; `await`, `async with` and `async for`
  may stand at the top level.
- The default connection is a `RecordingDriver`, called `recorder` in the snippets. So nothing needs a cluster.
- A ```sql block shows what the Python block before it sent: all of it, in order, nothing else. White space, comment
  lines and a final `;` do not matter. CQL that only illustrates goes into a ```text block.
- `<!-- raises: ValueError -->` on the line before a block says that it ends with that error.
- `<!--- invisible-code-block: python` up to `-->` runs but is not shown: for names that a reader can guess.
- `<!-- cluster -->` on the line before a block that opens a real connection: here it is compiled, and run by the
  integration tests, with a cluster at each address that it names. After it the recorder is the connection again.
- A tab with `:sync: aio` has the names of the page and, before them, those of earlier such tabs.

Docstrings work alike, with `.. code-block:: python` and `.. code-block:: sql`.
"""

import ast
import asyncio
import inspect
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from sybil import Document, Example
from sybil.document import PythonDocStringDocument
from sybil.parsers.abstract import AbstractCodeBlockParser
from sybil.parsers.myst import CodeBlockParser as MystBlocks
from sybil.parsers.rest import CodeBlockParser as RestBlocks

RAISES = re.compile(r"<!--\s*raises:\s*(\w+)\s*-->\n?\Z")
CLUSTER_MARK = re.compile(r"<!--\s*cluster\s*-->")
CLUSTER = re.compile(CLUSTER_MARK.pattern + r"\n?\Z")
TAB = re.compile(r"^:{3,}\{tab-item\}.*\n:sync: (\w+)$|^:{3,}$", re.M)
Cluster = Callable[[dict[str, Any]], AbstractContextManager[Any]]


class Docstrings(PythonDocStringDocument):
    """The docstrings of one module. Unlike sybil's, gives snippets no names: they import what they use."""

    def __init__(self, text: str, path: str) -> None:
        Document.__init__(self, text, path)


class Runner:
    """Runs the snippets of one document on one event loop, and remembers what the last one sent."""

    def __init__(self, recorder: Any, loop: asyncio.AbstractEventLoop, cluster: Cluster | None = None) -> None:
        self.recorder, self.loop, self.cluster = recorder, loop, cluster
        self.sent: list[str] | None = None
        self.tab_names: dict[str, Any] = {}

    def python(self, example: Example) -> None:
        source = "\n" * (example.line + example.parsed.line_offset) + example.parsed
        code = compile(source, example.path, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        before = example.document.text[: example.start]
        names = example.namespace
        names["recorder"] = self.recorder
        if CLUSTER.search(before):
            self.sent = None
            if self.cluster is not None:
                with self.cluster(names):
                    self.run(code, names)
            return
        seen = list(self.recorder.cql)
        expected = RAISES.search(before)
        try:
            if self.tab_of(before) == "aio":
                self.run_in_tab(code, names)
            else:
                self.run(code, names)
        except Exception as error:
            if expected is None or expected[1] not in {kind.__name__ for kind in type(error).__mro__}:
                raise
        else:
            assert expected is None, f"{where(example)}: this snippet should have raised {expected and expected[1]}"
        # A snippet may clear the recorder, or open one of its own under the same name.
        recorder, now = names["recorder"], list(names["recorder"].cql)
        self.sent = now[len(seen) :] if recorder is self.recorder and now[: len(seen)] == seen else now

    def run(self, code: CodeType, names: dict[str, Any]) -> None:
        result = eval(code, names)
        if inspect.iscoroutine(result):
            self.loop.run_until_complete(result)

    @staticmethod
    def tab_of(before: str) -> str | None:
        """The tab that a block is in, by the text before it."""
        marks = list(TAB.finditer(before))
        return marks[-1][1] if marks else None

    def run_in_tab(self, code: CodeType, names: dict[str, Any]) -> None:
        """Run a block in an asynchronous tab, whose names hide those of the page and leave them as they are."""
        seen = {**names, **self.tab_names, "recorder": names["recorder"]}
        inside = dict(seen)
        self.run(code, inside)
        changed = {name: value for name, value in inside.items() if name not in seen or seen[name] is not value}
        self.tab_names.update(changed)

    def sql(self, example: Example) -> None:
        assert self.sent is not None, f"{where(example)}: no Python snippet that ran stands before this CQL"
        shown, sent = plain(example.parsed), plain(";\n".join(self.sent))
        recorded = ";\n".join(self.sent) or "nothing"
        assert shown == sent, f"{where(example)}: this CQL is shown, but what was sent is\n\n{recorded}"


def where(example: Example) -> str:
    return f"{example.path}:{example.line}"


def plain(cql: str) -> str:
    """The text without what a reader does not mind: comment lines, white space, a final semicolon."""
    lines = (line for line in cql.splitlines() if not line.lstrip().startswith("--"))
    return " ".join(" ".join(lines).split()).removesuffix(";").rstrip()


def parse(path: Path, runner: Runner | None = None) -> Document:
    """The snippets of a Markdown page or of the docstrings of a Python module."""
    kind: type[Document] = Docstrings if path.suffix == ".py" else Document
    blocks: type[AbstractCodeBlockParser] = RestBlocks if path.suffix == ".py" else MystBlocks
    run: dict[str, Callable[[Example], None] | None] = {
        "python": runner.python if runner else None,
        "sql": runner.sql if runner else None,
    }
    return kind.parse(str(path), *(blocks(language, evaluator) for language, evaluator in run.items()))


def with_snippets(paths: Iterable[Path]) -> list[Path]:
    """Those of the paths that have a snippet."""
    return sorted(path for path in paths if next(iter(parse(path)), None))


def with_cluster(paths: Iterable[Path]) -> list[Path]:
    """Those of the paths that have a snippet for a cluster."""
    return [path for path in with_snippets(paths) if CLUSTER_MARK.search(path.read_text("utf-8"))]


def run(path: Path, recorder: Any, cluster: Cluster | None = None) -> None:
    """Run one document from above to below; raises what a snippet raises, `AssertionError` where shown CQL differs.

    Snippets for a cluster are run inside `cluster(names)`, where `names` are those of the snippets; or not at all.
    """
    # A module of its own, so that postponed annotations in snippets find their names.
    module = ModuleType(re.sub(r"\W", "_", f"snippets_of_{path.stem}"))
    sys.modules[module.__name__] = module
    loop = asyncio.new_event_loop()
    try:
        document = parse(path, Runner(recorder, loop, cluster))
        document.namespace = vars(module)
        for example in document:
            example.evaluate()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        del sys.modules[module.__name__]
