"""The pytest plugin: fixtures, the marker ``coodie`` and the ini option ``coodie_no_network``.

pytest imports this module at the start of every run in every project that has coodie installed. So it imports nothing
that tests may not need: the imports of fixtures are resolved when they run.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timezone
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unicodedata import normalize

import pytest

from coodie import testing

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from coodie.drivers.protocol import AsyncDriver, SyncDriver
    from coodie.testing.clock import Clock
    from coodie.testing.cluster import Keyspaces
    from coodie.testing.memory.driver import MemoryDriver
    from coodie.testing.recording import RecordingDriver

_STARTED: Final = pytest.StashKey[datetime]()
_ENDED: Final = pytest.StashKey[bool]()
_UNAWAITED: Final = pytest.StashKey[list[AssertionError]]()

ALIKE: Final = pytest.StashKey[frozenset[str]]()
"""The names in a module or class that a file system could confuse with each other."""

_MARKER: Final = (
    "coodie(strict=True, unused='fail', unawaited='fail', keyspace=None, network=False): how the coodie_recorder of "
    "this test answers SELECTs and conditions without a rule (strict=False: nothing found, applied), whether a reply "
    "that was never asked for fails the test (unused='ignore': no), whether a call that was never awaited does "
    "(unawaited='ignore': no), the keyspace of its connection, and whether the test may connect to hosts under "
    "coodie_no_network."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    parser.addini("coodie_no_network", "every test runs under the no_network fixture", type="bool", default=False)
    parser.addini("coodie_hosts", "the default of --coodie-hosts")
    parser.getgroup("coodie").addoption(
        "--coodie-hosts",
        metavar="HOSTS",
        help="where tests with coodie_cluster run: 'host:port' of a cluster, several with commas between, or 'memory:'",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker."""
    config.addinivalue_line("markers", _MARKER)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Apply ``no_network`` to every test if the project is configured so."""
    if config.getini("coodie_no_network"):
        for item in items:
            if isinstance(item, pytest.Function) and "no_network" not in item.fixturenames:
                item.fixturenames.insert(0, "no_network")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Record which tests need a distinct file name, regardless of which are selected later."""
    report = yield
    if isinstance(collector, (pytest.Module, pytest.Class)):
        names = {node.name for node in report.result}
        count = Counter(map(folded, names))
        collector.stash[ALIKE] = frozenset(name for name in names if count[folded(name)] > 1)
    return report


_UNFIT: Final = re.compile(r'[\\/?*:|"<>]')


def folded(name: str) -> str:
    """A key that is equal for file names which may denote the same file: without case and forbidden characters."""
    if not name.isprintable():
        name = "".join(filter(str.isprintable, name))
    return normalize("NFC", _UNFIT.sub("", name).casefold())


def real_now(now: Callable[..., datetime] = datetime.now) -> datetime:
    """The real current instant, even if freezegun or time-machine have replaced it.

    freezegun replaces names in modules, but not the default value of an argument; time-machine replaces the functions
    themselves, but provides the real ones on request.
    """
    hatch: Any = getattr(sys.modules.get("time_machine"), "escape_hatch", None)
    if hatch is not None and hatch.is_travelling():
        now = hatch.datetime.datetime.now
    return now(timezone.utc)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Record when the test began, so that a snapshot can recognise instants of the test itself."""
    item.stash[_STARTED] = real_now()
    item.stash[_ENDED] = False


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Record whether the test failed or was skipped, in which case unused replies and the like are not reported."""
    if call.excinfo is not None:
        item.stash[_ENDED] = True


@pytest.fixture
def coodie_clock() -> Clock:
    """A clock that starts at the same instant in every test and moves only when told to."""
    return testing.Clock()


@pytest.fixture
def coodie_inner() -> SyncDriver | AsyncDriver | None:
    """The driver inside coodie_recorder; None by default, so that the recorder itself answers. Override it to use
    one.
    """
    return None


@pytest.fixture
def _coodie_awaits(request: pytest.FixtureRequest) -> Iterator[None]:
    """Makes a test that uses a fixture of coodie fail if a call of the async API was never awaited."""
    if _options(request.node, {"unawaited": "fail"})["unawaited"] == "ignore":
        yield
        return
    with testing.missing_awaits() as request.node.stash[_UNAWAITED]:
        yield
    for missing in request.node.stash[_UNAWAITED]:
        if not request.node.stash.get(_ENDED, False):
            raise missing


@pytest.fixture
def coodie_recorder(
    request: pytest.FixtureRequest,
    coodie_clock: Clock,
    coodie_inner: SyncDriver | AsyncDriver | None,
    _coodie_awaits: None,
) -> Iterator[RecordingDriver]:
    """A recording driver that is the default connection during the test, and is verified at its end."""
    options = _options(request.node, {"strict": True, "unused": "fail", "keyspace": None})
    recorder = testing.RecordingDriver(
        coodie_inner, clock=coodie_clock, strict=options["strict"], keyspace=options["keyspace"]
    )
    with _used(recorder, request.node, options["unused"]):
        yield recorder


@pytest.fixture(scope="session")
def coodie_schema() -> Any:
    """What coodie_memory holds when a test begins: models, CQL as a text, a path of a file with CQL, or a list of
    those. Override it; the default is nothing but a keyspace.
    """
    return ()


@pytest.fixture(scope="session")
def _coodie_templates() -> list[tuple[Any, MemoryDriver]]:
    """The engines that tests get forks of, each with what it was built from: a module may override coodie_schema."""
    return []


def _template_of(schema: Any, keyspace: str, templates: list[tuple[Any, MemoryDriver]]) -> MemoryDriver:
    for held, template in templates:
        if held == (schema, keyspace):
            return template
    made = _template(*_parts(schema), keyspace)
    templates.append(((schema, keyspace), made))
    return made


def _parts(schema: Any) -> tuple[list[str], list[Any]]:
    """The texts of CQL, and the models."""
    parts: list[Any] = [*schema] if isinstance(schema, _SEVERAL) else [schema]
    texts = [part if isinstance(part, str) else Path(part).read_text("utf-8") for part in parts if _is_text(part)]
    return texts, [part for part in parts if not _is_text(part)]


def _is_text(part: object) -> bool:
    return isinstance(part, (str, PathLike))


def _template(texts: list[str], models: list[Any], keyspace: str) -> MemoryDriver:
    template = testing.MemoryDriver(clock=testing.Clock(), keyspace=keyspace)
    template.run(_NEW_KEYSPACE.format(keyspace))
    for text in texts:
        template.run(text)
    _add_models(template, models, keyspace)
    template.keyspace = keyspace
    return template


# For pyright, to which the types themselves would make a list of unknown things.
_SEVERAL: Final[tuple[type[Any], ...]] = (list, tuple, set, frozenset)
_KEYSPACE: Final = "coodie_test"
_NEW_KEYSPACE: Final = (
    "CREATE KEYSPACE IF NOT EXISTS \"{}\" WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
)


def _add_models(template: MemoryDriver, models: list[Any], default: str) -> None:
    """Create the tables of models, each in its own keyspace or in that of the tests."""
    if not models:
        return
    schema_of = import_module("coodie.mapping.schema").schema_of
    mapper_of = import_module("coodie.mapping.model").mapper_of
    statements = import_module("coodie.tables.ddl").statements
    by_keyspace: dict[str, list[Any]] = {}
    for model in models:
        by_keyspace.setdefault(mapper_of(model).table.keyspace or default, []).append(model)
    for keyspace, found in by_keyspace.items():
        template.run(_NEW_KEYSPACE.format(keyspace))
        for text in statements(schema_of(found, keyspace)):
            template.run(text)


@pytest.fixture
def coodie_memory(
    request: pytest.FixtureRequest,
    coodie_clock: Clock,
    coodie_schema: Any,
    _coodie_templates: list[tuple[Any, MemoryDriver]],
    _coodie_awaits: None,
) -> Iterator[RecordingDriver]:
    """A recorder around a Cassandra in memory of the test's own, which holds what coodie_schema says. It is the default
    connection during the test; coodie_clock is its clock, and ``coodie_memory.inner`` the `MemoryDriver`.
    """
    options = _options(request.node, {"unused": "fail", "keyspace": _KEYSPACE})
    memory = _template_of(coodie_schema, options["keyspace"], _coodie_templates).fork(coodie_clock)
    recorder = testing.RecordingDriver(memory, clock=coodie_clock, keyspace=options["keyspace"])
    with _used(recorder, request.node, options["unused"]):
        yield recorder


@contextmanager
def _used(recorder: RecordingDriver, node: pytest.Item, unused: Any) -> Generator[None]:
    """Installs the recorder, and verifies it unless the test has failed anyway."""
    with recorder.installed():
        yield
    if not node.stash.get(_ENDED, False):
        # A missing await often leaves replies unused, and is the better explanation.
        recorder.verify(unused="ignore" if node.stash.get(_UNAWAITED, ()) else unused)


@pytest.fixture(scope="session")
def coodie_cluster_options() -> dict[str, Any]:
    """The options of coodie_cluster's connection, such as ``auth_provider``; ``create_keyspace`` may be a dictionary
    of options of `create_keyspace`. Override it; the default is none.
    """
    return {}


@pytest.fixture(scope="session")
def _coodie_keyspaces(request: pytest.FixtureRequest, coodie_cluster_options: dict[str, Any]) -> Iterator[Keyspaces]:
    """The keyspaces that this run has on the cluster."""
    made: type[Keyspaces] = import_module("coodie.testing.cluster").Keyspaces
    keyspaces = made(_hosts(request.config), coodie_cluster_options)
    yield keyspaces
    keyspaces.drop()


def _hosts(config: pytest.Config) -> str:
    return config.getoption("--coodie-hosts") or config.getini("coodie_hosts") or ""


@pytest.fixture
def coodie_cluster(
    request: pytest.FixtureRequest, coodie_clock: Clock, coodie_schema: Any, _coodie_awaits: None
) -> Iterator[RecordingDriver]:
    """A recorder around a connection to the cluster of ``--coodie-hosts``, in a keyspace of the run's own, which holds
    what coodie_schema says. It is the default connection during the test. Skips the test without hosts; with
    ``memory:`` it is coodie_memory.
    """
    hosts = _hosts(request.config)
    if not hosts:
        pytest.skip("coodie_cluster needs a cluster: --coodie-hosts=HOSTS")
    if hosts == "memory:":
        yield request.getfixturevalue("coodie_memory")
        return
    if hosts.startswith("memory:"):
        raise pytest.UsageError(
            f"coodie_cluster cannot use {hosts}: tests would write to the file; 'memory:' is an engine of each test's "
            "own, and coodie_schema takes the path of a file to begin with"
        )
    options = _options(request.node, {"unused": "fail", "keyspace": None})
    keyspaces: Keyspaces = request.getfixturevalue("_coodie_keyspaces")
    keyspace = keyspaces.of(*_parts(coodie_schema), options["keyspace"])
    recorder = testing.RecordingDriver(keyspace.driver, clock=coodie_clock, keyspace=keyspace.name)
    with _used(recorder, request.node, options["unused"]):
        yield recorder


@pytest.fixture
def cql_snapshot(request: pytest.FixtureRequest, _coodie_awaits: None) -> SnapshotAssertion:
    """``assert coodie_recorder == cql_snapshot``: one readable .cql file per test. Skips the test without syrupy."""
    pytest.importorskip("syrupy", reason="cql_snapshot needs syrupy: pip install syrupy")
    if not request.config.pluginmanager.hasplugin("syrupy"):
        pytest.skip("cql_snapshot needs syrupy's plugin, which this run has switched off")
    make: Callable[..., SnapshotAssertion] = import_module("coodie.testing.snapshot").cql_snapshot
    return make(request.getfixturevalue("snapshot"), request.node.stash[_STARTED])


@pytest.fixture
def assert_cql_count(_coodie_awaits: None) -> Callable[..., AbstractContextManager[RecordingDriver]]:
    """Counts what a block sends on the default connection: ``with count(2): ...``, or ``at_most=2``."""
    return testing.assert_cql_count


@pytest.fixture
def no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Makes the test fail at any attempt to connect to a host, even if the error is swallowed."""
    if _options(request.node, {"network": False})["network"]:
        yield
        return
    with testing.network_refused() as attempts:
        yield
    if attempts and not request.node.stash.get(_ENDED, False):
        raise attempts[0]


_KNOWN: Final = ("strict", "unused", "unawaited", "keyspace", "network")


def _options(node: pytest.Item, options: dict[str, Any]) -> dict[str, Any]:
    """The options of the test's markers, the nearest first. An unknown option is an error."""
    found = dict(options)
    for marker in reversed(list(node.iter_markers("coodie"))):
        unknown = [*marker.args, *(set(marker.kwargs) - set(_KNOWN))]
        choices = {marker.kwargs.get(name, "fail") for name in ("unused", "unawaited")}
        if unknown or not choices <= {"fail", "ignore"}:
            raise pytest.UsageError(f"@pytest.mark.coodie does not take {unknown or marker.kwargs}; it is {_MARKER}")
        found.update({name: value for name, value in marker.kwargs.items() if name in options})
    return found
