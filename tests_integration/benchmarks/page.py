"""The page of the benchmarks:  python -m tests_integration.benchmarks.page [--rounds N] [--share X] [--write]

Runs the cases of ``adapter``, ``documents``, ``by_hand`` and ``acsylla`` and prints the page; with ``--write`` it
writes ``docs/benchmarks.md``, and keeps the figures in ``docs/benchmarks.json``, and those of the run before in
``docs/benchmarks-before.json``. With ``--share 0.1`` each round is a tenth as long. The figures are ratios, since a
time means little on another machine; those of a machine that does other work at the same time mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from tests_integration.benchmarks.acsylla import native
from tests_integration.benchmarks.adapter import Adapter, session
from tests_integration.benchmarks.by_hand import by_hand
from tests_integration.benchmarks.documents import EVENTS, READINGS, documents
from tests_integration.benchmarks.measure import Case, Cost, report

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
PAGE, FIGURES, BEFORE = DOCS / "benchmarks.md", DOCS / "benchmarks.json", DOCS / "benchmarks-before.json"
BY_HAND: Final = "Without coodie: a program makes models of Pydantic from rows, and hands their values to the driver."
PARTS: Final = {
    "documents": ("Documents", "Documents are created, validated, saved, and loaded as models."),
    "by hand": ("Documents by hand", BY_HAND),
    "texts": ("Documents of texts", "The same with a table of a text, a timestamp, two more texts and a double."),
    "texts by hand": ("Documents of texts by hand", BY_HAND),
    "acsylla": ("acsylla", 'The same documents with acsylla, beside cassandra-driver alone: `driver="acsylla"`.'),
    "adapter": ("The driver of coodie", "Statements without models, through the adapter alone."),
}
HEAD: Final = """\
# Benchmarks

This page compares coodie with cassandra-driver alone: prepared statements, rows as tuples, the same session. Each
figure is coodie's time divided by that of the driver, so 1.00 means that coodie costs nothing, and 2.00 that the call
takes twice as long. CPU time is what the process computes, threads of the driver included, and decides how many calls a
process can make; wall time includes the wait for a server on the same machine, so over a network the ratios are closer
to 1.

The page is written by a command, `tox -e bench -- --write`, from a run on this machine:
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--share", type=float, default=1.0, help="the share of the usual calls in a round")
    parser.add_argument("--write", action="store_true", help="write the page instead of printing it")
    options = parser.parse_args()
    found = run(options.rounds, options.share)
    if not options.write:
        print(page(found, loaded(FIGURES)))
        return
    if FIGURES.exists():
        FIGURES.replace(BEFORE)
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    PAGE.write_text(page(found, loaded(BEFORE)), "utf-8")


def loaded(path: Path) -> Any:
    """The figures in a file, None if there is no such file."""
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def run(rounds: int, share: float) -> dict[str, Any]:
    """Measure everything, and give it with the machine and the versions."""
    with session() as opened:
        server = opened.execute("SELECT release_version FROM system.local").one()[0]
        adapter = Adapter(opened)
        try:
            of_adapter = report(shortened(adapter.cases(), share), rounds)
        finally:
            adapter.close()
    of_documents, of_hand = {}, {}
    for table in (EVENTS, READINGS):
        with documents(table) as found:
            of_documents[table] = report(shortened(found.cases(), share), rounds)
        with by_hand(table) as without:
            of_hand[table] = report(shortened(without.cases(), share), rounds)
    with native() as through_acsylla:
        of_acsylla = report(shortened(through_acsylla.cases(), share), rounds)
    return {
        "machine": {"CPU": cpu(), "cores": os.cpu_count()},
        "versions": {
            "coodie": version("coodie"),
            "Python": platform.python_version(),
            "Pydantic": version("pydantic"),
            "cassandra-driver": version("cassandra-driver"),
            "acsylla": version("acsylla"),
            "Cassandra": server,
        },
        "rounds": rounds,
        "share": share,
        "ratios": {
            "documents": plain(of_documents[EVENTS]),
            "by hand": plain(of_hand[EVENTS]),
            "texts": plain(of_documents[READINGS]),
            "texts by hand": plain(of_hand[READINGS]),
            "acsylla": plain(of_acsylla),
            "adapter": plain(of_adapter),
        },
    }


def shortened(cases: list[Case], share: float) -> list[Case]:
    return [replace(case, count=max(1, round(case.count * share))) for case in cases]


def plain(ratios: dict[str, Cost]) -> dict[str, dict[str, float]]:
    return {name: {"cpu": round(ratio.cpu, 2), "wall": round(ratio.wall, 2)} for name, ratio in ratios.items()}


def cpu() -> str:
    """The model of the processor, without anything else of the machine."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.M) if info.exists() else None
    return found[1].strip() if found else platform.processor() or platform.machine()


def page(found: Any, before: Any = None) -> str:
    """The page as text; with ``before``, each figure stands beside that of the run before."""
    facts = [*found["machine"].items(), *found["versions"].items()]
    lines = [HEAD, "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts)]
    lines += ["", f"Each figure is the median of {found['rounds']} rounds."]
    if found["share"] < 1:
        lines += ["", "This was a short run, whose figures say little."]
    for part, (title, what) in PARTS.items():
        if found["ratios"].get(part):
            lines += ["", f"## {title}", "", what, "", *table(found, before, part)]
    return "\n".join(lines) + "\n"


def table(found: Any, before: Any, part: str) -> Iterator[str]:
    old = {} if before is None else before["ratios"].get(part, {})
    yield "| | CPU time | wall time |" + (" CPU time before | wall time before |" if old else "")
    yield "|---|---|---|" + ("---|---|" if old else "")
    for name, ratio in found["ratios"][part].items():
        told = old.get(name, {})
        cells = [shown(ratio.get(kind)) for kind in ("cpu", "wall")]
        cells += [shown(told.get(kind)) for kind in ("cpu", "wall")] if old else []
        yield f"| {name} | {' | '.join(cells)} |"


def shown(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


if __name__ == "__main__":
    main()
