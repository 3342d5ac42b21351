"""The tests of what tests the documentation: it must fail where a page is wrong."""

from contextlib import contextmanager, nullcontext
from textwrap import dedent

import pytest
from snippets import run, with_cluster, with_snippets


class Recorder:
    def __init__(self):
        self.cql = []

    async def asend(self, cql):
        self.send(cql)

    def send(self, cql):
        self.cql.append(cql)


@pytest.fixture
def page(tmp_path):
    def write(text, name="page.md"):
        path = tmp_path / name
        path.write_text(dedent(text))
        return path

    return write


GOOD = """
    # A page

    <!--- invisible-code-block: python
    table = "t"
    -->

    ```python
    from __future__ import annotations
    from pydantic import BaseModel

    class A(BaseModel):
        b: B | None = None

    class B(BaseModel):
        x: int

    recorder.send("SELECT a  FROM " + table)
    ```

    Generated CQL:

    ```sql
    -- one statement
    SELECT a
    FROM t;
    ```

    ```python
    assert A(b={"x": 1}).b == B(x=1)
    await recorder.asend("BEGIN BATCH\\n  INSERT 1;\\n  INSERT 2;\\nAPPLY BATCH")
    recorder.send("DELETE")
    ```

    ```sql
    BEGIN BATCH
      INSERT 1;
      INSERT 2;
    APPLY BATCH;
    DELETE;
    ```

    <!-- raises: LookupError -->
    ```python
    async with missing() if False else recorder.nothing["here"]: ...
    ```

    <!-- cluster -->
    ```python
    await nobody_defined_this()
    ```
"""


def test_a_good_page_runs(page):
    run(page(GOOD.replace("recorder.nothing", "{}")), Recorder())


@pytest.mark.parametrize(
    ("snippets", "message"),
    [
        ("```sql\nSELECT\n```", "page.md:1: no Python snippet"),
        ("```python\nrecorder.send('A')\n```\n```sql\nB\n```", "(?s)page.md:4: this CQL is shown.*A"),
        ("```python\nrecorder.send('A')\nrecorder.send('B')\n```\n```sql\nB\n```", "A;\nB"),
        ("```python\nrecorder.cql.clear()\n```\n```sql\nB\n```", "nothing"),
        ("<!-- raises: ValueError -->\n```python\npass\n```", "page.md:2: this snippet should have raised ValueError"),
    ],
)
def test_a_page_that_shows_what_is_not_so_fails(page, snippets, message):
    with pytest.raises(AssertionError, match=message):
        run(page(snippets), Recorder())


def test_an_error_names_file_and_line_of_the_snippet(page):
    path = page("text\n\n```python\nx = 1\nx / 0\n```\n")
    with pytest.raises(ZeroDivisionError) as caught:
        run(path, Recorder())
    last = caught.traceback[-1]
    assert (last.path, last.lineno + 1) == (path, 5)


@pytest.mark.parametrize("marker", ["<!-- raises: ValueError -->", "<!-- cluster -->"])
def test_an_error_that_was_not_foretold_is_raised(page, marker):
    with pytest.raises(KeyError):
        run(page(f"{marker}\n```python\n{{}}['x']\n```\n"), Recorder(), nullcontext)


def test_a_cluster_snippet_runs_inside_what_gives_it_the_cluster(page):
    entered = []

    @contextmanager
    def cluster(names):
        names["host"] = "a"
        yield
        entered.append(names["found"])

    define = "```python\nasync def f():\n    return host\n```\n"
    text = define + "<!-- cluster -->\n```python\nfound = await f()\n```\n"
    run(page(text), Recorder(), cluster)
    assert entered == ["a"]
    assert with_cluster([page(text), page("```python\n1\n```\n", "other.md")]) == [page(text)]


def test_a_cluster_snippet_is_compiled_all_the_same(page):
    with pytest.raises(SyntaxError):
        run(page("<!-- cluster -->\n```python\nawait = 1\n```\n"), Recorder())


def test_docstrings_run_and_show_what_was_sent(page):
    module = page(
        '''
        def f():
            """Does it.

            .. code-block:: python

                recorder.send("DELETE")

            .. code-block:: sql

                {shown}
            """
        ''',
        "module.py",
    )
    text = module.read_text()
    module.write_text(text.format(shown="DELETE;"))
    assert with_snippets([module, page("no snippet here", "other.md")]) == [module]
    run(module, Recorder())
    module.write_text(text.format(shown="INSERT;"))
    with pytest.raises(AssertionError, match=r"sent is\n\nDELETE"):
        run(module, Recorder())


TABS = """
    ```python
    shared = 1
    ```

    ::::{tab-set}
    :::{tab-item} sync
    :sync: sync

    ```python
    door, only_sync = "sync", True
    ```
    :::
    :::{tab-item} async
    :sync: aio

    ```python
    door, only_async = "aio", shared
    ```
    :::
    ::::

    ```python
    assert door == "sync"
    assert "only_async" not in globals()
    shared = 2
    ```

    ::::{tab-set}
    :::{tab-item} async
    :sync: aio

    ```python
    assert (door, only_async, only_sync, shared) == ("aio", 1, True, 2)
    recorder.send(door)
    ```
    :::
    ::::

    ```sql
    aio
    ```
    """


def test_an_asynchronous_tab_has_names_of_its_own(page):
    recorder = Recorder()
    run(page(TABS), recorder)
    assert recorder.cql == ["aio"]


def test_a_tab_fails_where_its_block_does(page):
    with pytest.raises(AssertionError):
        run(page(TABS.replace('("aio", 1, True, 2)', '("sync", 1, True, 2)')), Recorder())
