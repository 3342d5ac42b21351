"""From what the user has to a driver: hosts, options, sessions; lazily; in a forked process."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import textwrap
from ssl import SSLCertVerificationError
from typing import Any

import pytest
from cassandra import AuthenticationFailed, DriverException, InvalidRequest, UnresolvableContactPoints
from cassandra.cluster import EXEC_PROFILE_DEFAULT, ExecutionProfile, NoHostAvailable
from cassandra.policies import FallthroughRetryPolicy, RoundRobinPolicy
from drivers.fake_cluster import FakeCluster

from coodie.cql.message import Kind, Statement
from coodie.drivers.cassandra import CassandraDriver
from coodie.drivers.connect import connect
from coodie.drivers.shared.lazy import LazyDriver
from coodie.exceptions import ConfigurationError, RequestRejected, Unavailable

SELECT = Statement("SELECT id FROM t", kind=Kind.READ)


@pytest.mark.parametrize(
    ("hosts", "points", "port"),
    [
        ("a", [("a", 9042)], 9042),
        ("a:9043", [("a", 9043)], 9043),
        ("a, b:9043", [("a", 9042), ("b", 9043)], 9042),
        (["a:1", "b:1"], [("a", 1), ("b", 1)], 1),
        ("::1", [("::1", 9042)], 9042),
        ("[::1]:9043", [("::1", 9043)], 9043),
        ("[::1]", [("::1", 9042)], 9042),
        (("10.0.0.1",), [("10.0.0.1", 9042)], 9042),
    ],
)
def test_hosts_in_all_their_forms(cluster: FakeCluster, hosts: Any, points: Any, port: int) -> None:
    connect(hosts)
    assert cluster.made[0]["contact_points"] == points
    assert cluster.made[0]["port"] == port


@pytest.mark.parametrize("hosts", ["", [], "a:b", "a:0", "a:99999", [5], "a,,b", [None]])
def test_hosts_that_are_none(cluster: FakeCluster, hosts: Any) -> None:
    for lazy in (True, False):
        with pytest.raises(ConfigurationError, match="host"):
            connect(hosts, lazy=lazy)
    assert cluster.made == []


def test_options_go_to_the_vendor_and_port_is_the_default_of_hosts(cluster: FakeCluster) -> None:
    connect("a", port=9043, compression=False)
    assert cluster.made[0]["contact_points"] == [("a", 9043)]
    assert cluster.made[0]["compression"] is False


@pytest.mark.parametrize("lazy", [True, False])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"compresion": True}, "no option 'compresion'.*'compression'"),
        ({"contact_points": ["a"]}, "no option 'contact_points'.*'hosts'"),
        ({"keyspce": "shop"}, "no option 'keyspce'.*'keyspace'"),
        ({"username": "ann"}, "no option 'username'.*auth_provider="),
        ({"consistency": "QUORUM"}, "no option 'consistency'.*execution_profile="),
        ({"zzz": 1}, "no option 'zzz'.*known: .*auth_provider"),
    ],
)
def test_an_unknown_option_names_the_nearest(cluster: FakeCluster, options: Any, message: str, lazy: bool) -> None:
    with pytest.raises(ConfigurationError, match=message):
        connect("a", lazy=lazy, **options)
    assert cluster.made == []


@pytest.mark.parametrize("lazy", [True, False])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"connect_timeout": "5"}, "'connect_timeout' must be a number, not a str"),
        ({"idle_heartbeat_interval": True}, "'idle_heartbeat_interval' must be a number, not a bool"),
        ({"port": "9043"}, "'port' must be a number, not a str"),
        ({"protocol_version": "5"}, "'protocol_version' must be a number, not a str"),
        ({"prepared_size": "5"}, "prepared_size must be an int of at least 1, not a str"),
        ({"prepared_size": 0}, "prepared_size must be an int of at least 1, not 0"),
        ({"schema_timeout": "60"}, "schema_timeout must be a positive number of seconds, not a str"),
        ({"schema_timeout": 0}, "schema_timeout must be a positive number of seconds, not 0"),
    ],
)
def test_an_option_that_should_be_a_number(cluster: FakeCluster, options: Any, message: str, lazy: bool) -> None:
    with pytest.raises(ConfigurationError, match=message):
        connect("a", lazy=lazy, **options)
    assert cluster.made == []


def test_numbers_go_to_the_vendor(cluster: FakeCluster) -> None:
    options = {"connect_timeout": 5, "control_connection_timeout": None, "max_schema_agreement_wait": 0.5}
    connect("a", **options)
    assert options.items() <= cluster.made[0].items()


def test_a_profile_with_a_policy_is_given_so_that_the_vendor_warns_of_nothing(cluster: FakeCluster) -> None:
    balancing, retries = RoundRobinPolicy(), FallthroughRetryPolicy()
    connect("a", load_balancing_policy=balancing, default_retry_policy=retries)
    assert cluster.made[0].keys() == {"contact_points", "port", "execution_profiles", "sockopts"}
    profile = cluster.made[0]["execution_profiles"][EXEC_PROFILE_DEFAULT]
    assert (profile.load_balancing_policy, profile.retry_policy) == (balancing, retries)


def test_no_packet_waits_for_the_one_before_it_unless_the_user_says_so(cluster: FakeCluster) -> None:
    connect("a")
    connect("a", sockopts=[])
    assert [made["sockopts"] for made in cluster.made] == [[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)], []]


def test_the_users_profiles_are_passed_on(cluster: FakeCluster) -> None:
    profiles = {EXEC_PROFILE_DEFAULT: object()}
    connect("a", execution_profiles=profiles)
    assert cluster.made[0]["execution_profiles"] is profiles


def test_the_profile_to_use_is_one_of_the_clusters(cluster: FakeCluster) -> None:
    profile, other = ExecutionProfile(RoundRobinPolicy()), ExecutionProfile(RoundRobinPolicy())
    connect("a", execution_profile=profile)
    connect("a", execution_profile=profile, execution_profiles={EXEC_PROFILE_DEFAULT: other})
    connect("a", execution_profile=profile, execution_profiles={"mine": profile})
    assert [made["execution_profiles"] for made in cluster.made] == [
        {EXEC_PROFILE_DEFAULT: profile},
        {EXEC_PROFILE_DEFAULT: other, "coodie": profile},
        {"mine": profile},
    ]


@pytest.mark.parametrize(
    ("step", "error", "expected", "message"),
    [
        ("make", UnresolvableContactPoints({}), Unavailable, "check the names"),
        ("make", ValueError("execution_profiles and legacy"), ConfigurationError, "execution_profiles and legacy"),
        ("make", TypeError("a class"), ConfigurationError, "a class"),
        ("make", ImportError("scales is required"), ConfigurationError, "scales is required"),
        ("connect", AttributeError("'str' has no 'populate'"), ConfigurationError, "options.*'populate'"),
        ("connect", NoHostAvailable("Unable", {"a": TypeError("'x'")}), ConfigurationError, "options.*'x'"),
        ("connect", NoHostAvailable("Unable", {}), Unavailable, "hosts are up"),
        ("connect", NoHostAvailable("Unable", {"a": SSLCertVerificationError("who")}), Unavailable, "who"),
        ("connect", NoHostAvailable("Unable", {"a": ConnectionRefusedError("refused")}), Unavailable, "refused"),
        ("connect", NoHostAvailable("Unable", {"a": AuthenticationFailed("who")}), RequestRejected, "credentials"),
        ("connect", DriverException("Cluster is already shut down"), Unavailable, "shut down"),
        ("keyspace", InvalidRequest("Keyspace 'nope' does not exist"), RequestRejected, "create it first"),
    ],
)
def test_a_connection_that_fails_is_cleaned_up(
    cluster: FakeCluster, step: str, error: Exception, expected: Any, message: str
) -> None:
    cluster.errors[step] = error
    with pytest.raises(expected, match=message) as caught:
        connect("a", keyspace="nope")
    assert caught.value.__cause__ is error
    assert cluster.shutdowns == (step != "make")


def test_an_interrupted_connection_is_cleaned_up(cluster: FakeCluster) -> None:
    cluster.errors["connect"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        connect("a")
    assert cluster.shutdowns == 1


def test_an_opened_cluster_is_closed_with_its_driver(cluster: FakeCluster) -> None:
    driver = connect("a", keyspace="shop")
    assert isinstance(driver, CassandraDriver)
    assert cluster.keyspaces == ["shop"]
    driver.close()
    assert cluster.shutdowns == 1


CREATE = Statement("CREATE KEYSPACE IF NOT EXISTS shop", kind=Kind.SCHEMA)


@pytest.mark.parametrize("lazy", [True, False])
def test_a_keyspace_is_made_before_it_is_used(session: Any, cluster: FakeCluster, lazy: bool) -> None:
    session.on_execute = lambda query: steps.append(query.query_string)
    session.set_keyspace = lambda keyspace: steps.append(keyspace)
    steps: list[str] = []
    driver = connect("a", keyspace="shop", create_keyspace=CREATE, lazy=lazy)
    assert isinstance(driver, (CassandraDriver, LazyDriver))
    assert steps == ([] if lazy else [CREATE.cql, "shop"])
    driver.execute(Statement("TRUNCATE t"))
    assert steps == [CREATE.cql, "shop", "TRUNCATE t"]


def test_nothing_is_left_open_where_it_cannot_be_made(session: Any, cluster: FakeCluster, answer: Any) -> None:
    session.answers.append(answer(error=InvalidRequest("no permission")))
    with pytest.raises(RequestRejected, match="no permission"):
        connect("a", keyspace="shop", create_keyspace=CREATE)
    assert cluster.keyspaces == []
    assert cluster.shutdowns == 1


def test_it_is_made_over_a_given_session_too_which_stays_as_it_was(make_session: Any) -> None:
    session = make_session(5)
    driver = connect(session=session, keyspace="shop", create_keyspace=CREATE, prepared_size=5)
    assert isinstance(driver, CassandraDriver)
    driver.execute(Statement("TRUNCATE t"))
    # with a keyspace that is not there yet, the server would refuse it
    assert [(query.query_string, query.keyspace) for query in session.sent] == [
        (CREATE.cql, None),
        ("TRUNCATE t", "shop"),
    ]
    assert len(session.listeners) == 1
    driver.close()
    assert session.listeners == []
    assert session.cluster.shutdowns == 0


def test_a_given_session_is_used_as_it_is_and_not_closed(session: Any) -> None:
    driver = connect(session=session, prepared_size=5, log_values=True)
    assert isinstance(driver, CassandraDriver)
    assert driver.session is session
    driver.close()
    assert session.cluster.shutdowns == 0
    with pytest.raises(ConfigurationError, match="'compression'"):
        connect(session=session, compression=True)


def test_the_adapter_is_the_one_that_is_used_without_a_name_too(session: Any, cluster: FakeCluster) -> None:
    for driver in (connect("a", driver="cassandra"), connect(session=session, driver="cassandra")):
        assert isinstance(driver, CassandraDriver)
    with pytest.raises(ConfigurationError, match="needs hosts=, session= or driver="):
        connect(driver="cassandra", compression=True)


def test_a_given_session_is_not_lazy(session: Any) -> None:
    with pytest.raises(ConfigurationError, match="already connected, so lazy="):
        connect(session=session, lazy=True)


def test_a_given_driver_is_that_driver(driver: CassandraDriver) -> None:
    assert connect(driver=driver, keyspace="shop") is driver
    with pytest.raises(ConfigurationError, match="takes no log_values, lazy"):
        connect(driver=driver, log_values=True, lazy=True)


def test_one_thing_to_connect_with(session: Any, driver: CassandraDriver) -> None:
    with pytest.raises(ConfigurationError, match="needs hosts=, session= or driver="):
        connect()
    with pytest.raises(ConfigurationError, match="not hosts and session"):
        connect("a", session=session)
    with pytest.raises(ConfigurationError, match="not session and driver"):
        connect(session=session, driver=driver)


def test_without_the_vendors_driver_it_says_what_to_install() -> None:
    program = """
        import sys
        sys.modules["cassandra"] = None
        from coodie.drivers.connect import connect
        from coodie.exceptions import ConfigurationError
        try:
            connect("a")
        except ConfigurationError as error:
            assert "pip install cassandra-driver (or scylla-driver)" in str(error), error
        else:
            raise AssertionError
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)


OLD = r"version {} of the protocol does not know unset values.*erase it; use version 4 or newer"


@pytest.mark.parametrize("lazy", [True, False])
def test_rule_29_an_older_protocol_is_refused_before_connecting(cluster: FakeCluster, lazy: bool) -> None:
    with pytest.raises(ConfigurationError, match=OLD.format(3)):
        connect("a", lazy=lazy, protocol_version=3)
    assert cluster.made == []


@pytest.mark.parametrize("lazy", [True, False])
async def test_rule_29_so_is_a_server_that_has_no_newer_one(cluster: FakeCluster, lazy: bool) -> None:
    cluster.session.cluster.protocol_version = 3

    async def use() -> None:
        driver: Any = await asyncio.to_thread(connect, "a", lazy=lazy)
        await driver.aexecute(SELECT)

    for shutdowns in (1, 2):
        with pytest.raises(ConfigurationError, match=OLD.format(3)):
            await use()
        assert cluster.shutdowns == shutdowns
    assert cluster.session.prepared == cluster.session.sent == []


def test_rule_29_so_is_a_session_that_the_user_brings(make_session: Any) -> None:
    session = make_session(2)
    with pytest.raises(ConfigurationError, match=OLD.format(2)):
        connect(session=session)
    assert session.listeners == []


def test_version_4_of_the_protocol_is_asked_for_unless_the_user_says_another(cluster: FakeCluster) -> None:
    connect("a")
    assert cluster.protocol_version == 4
    assert "protocol_version" not in cluster.made[0], "or the vendor would not go on with an older one"
    connect("a", protocol_version=5)
    assert cluster.made[-1]["protocol_version"] == 5


def test_an_unknown_profile_is_named_at_once(session: Any) -> None:
    with pytest.raises(ConfigurationError, match="nope"):
        connect(session=session, execution_profile="nope")
    assert session.listeners == []
