import inspect
import re
from pathlib import Path

import pytest
from snippets import run, with_snippets

import coodie
from coodie import exceptions, warnings

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(coodie.__file__).parent
PAGES = with_snippets([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
MODULES = with_snippets(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_page_runs_as_printed(page):
    if "memory.session(" in page.read_text("utf-8"):
        pytest.importorskip("cassandra", reason="the raw door is that of the vendor's driver")
    run_recorded(page)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_examples_in_docstrings_run_as_printed(module):
    run_recorded(module)


def run_recorded(path):
    from coodie.testing import RecordingDriver

    # Not strict: on a page, a SELECT that nobody scripted finds nothing and a condition is applied.
    with RecordingDriver(strict=False) as recorder:
        run(path, recorder)


def test_the_page_about_trouble_has_each_error_and_each_warning() -> None:
    page = (ROOT / "docs/troubleshooting.md").read_text("utf-8")
    classes = [each for module in (exceptions, warnings) for each in vars(module).values() if inspect.isclass(each)]
    # What is raised or issued itself, and is not only the class of others.
    named = {each.__name__ for each in classes if not each.__subclasses__() or f"`{each.__name__}`" in page}
    assert len(named) > 30
    assert {name for name in named if f"`{name}`" not in page} == set()


def test_the_files_that_the_page_for_contributors_names_exist() -> None:
    named = re.findall(r"`((?:coodie|tests|tests_integration)/[\w/]+\.py)", (ROOT / "docs/contributing.md").read_text())
    assert len(named) > 10
    for name in named:
        if name.startswith("tests_integration") and not (ROOT / "tests_integration").exists():
            continue  # the wheel alone is tested
        assert ((PACKAGE.parent if name.startswith("coodie") else ROOT) / name).is_file(), name


def test_a_recipe_for_contributors_says_how_many_source_files_it_touches() -> None:
    page = (ROOT / "docs/contributing.md").read_text()
    recipes = re.findall(
        r"^\| (.+) \| (\d+) \| (.+) \|$", page[page.index("## Recipes") : page.index("## Messages")], re.M
    )
    one_of_two = re.compile(r"`coodie/[\w/]+\.py` or (?=`)")
    named = {
        what: len({*re.findall(r"`(coodie/[\w/]+\.py)`", one_of_two.sub("", touch))}) for what, _, touch in recipes
    }
    assert named == {what: int(count) for what, count, _ in recipes}

    def touched(begin: str) -> int:
        return next(count for what, count in named.items() if what.startswith(begin))

    # What the house promises: one place for each fact.
    assert touched("a lookup") == 1
    assert touched("a native type") <= 4
    assert touched("a chainable method that sets an option") <= 3
    assert touched("a driver from outside") == 0
