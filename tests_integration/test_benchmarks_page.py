"""The page of the benchmarks: made of the figures in the files beside it, which say nothing of whose machine it was."""

from __future__ import annotations

import getpass
import platform
import re

from .benchmarks.page import BEFORE, FIGURES, PAGE, loaded, page

RUN = {
    "machine": {"CPU": "A fast one", "cores": 4},
    "versions": {"coodie": "1.0"},
    "rounds": 5,
    "share": 1.0,
    "ratios": {"documents": {"save": {"cpu": 1.234, "wall": 1.0}, "new": {"cpu": 2, "wall": 1}}, "adapter": {}},
}


def test_the_page_is_that_of_the_figures_beside_it() -> None:
    assert PAGE.read_text("utf-8") == page(loaded(FIGURES), loaded(BEFORE))


def test_it_has_ratios_machine_and_versions_and_no_name_of_host_or_user() -> None:
    text = PAGE.read_text("utf-8") + FIGURES.read_text("utf-8")
    assert set(loaded(FIGURES)["machine"]) == {"CPU", "cores"}
    versions = {"coodie", "Python", "Pydantic", "cassandra-driver", "acsylla", "Cassandra"}
    assert set(loaded(FIGURES)["versions"]) | {"acsylla"} == versions
    assert not re.search(r"/(home|tmp|root|work)\b|\bµs\b|localhost|\d+\.\d+\.\d+\.\d+", text)
    assert platform.node() not in text
    assert getpass.getuser() not in text.split()


def test_figures_stand_beside_those_of_the_run_before() -> None:
    before = {**RUN, "ratios": {"documents": {"save": {"cpu": 1.5, "wall": 1.1}}, "adapter": {}}}
    assert "| save | 1.23 | 1.00 |\n| new | 2.00 | 1.00 |" in page(RUN)
    assert "| save | 1.23 | 1.00 | 1.50 | 1.10 |\n| new | 2.00 | 1.00 |  |  |" in page(RUN, before)


def test_a_short_run_says_so() -> None:
    assert "short run" not in page(RUN)
    assert "This was a short run" in page({**RUN, "share": 0.1})
