"""Where settings come from, and which of them wins."""

import pytest

from coodie.cli.connection import connected
from coodie.cli.settings import Settings, read_settings
from coodie.cli.stop import Stop
from coodie.drivers import get_driver

TOML = """
[tool.coodie]
hosts = ["db1:9042", "db2"]
keyspace = "shop"
models = "app.models"
migrations = "changes"

[tool.coodie.env.staging]
hosts = "stage1"
"""


def found(project, variables=None, /, **options) -> Settings:
    return read_settings(options, variables or {}, project.folder)


def test_without_any_setting_the_folder_of_migrations_is_known(empty):
    assert found(empty) == Settings(empty.folder)


def test_later_settings_win_file_env_variables_options(empty):
    empty.write({"pyproject.toml": TOML})
    assert found(empty).hosts == ("db1:9042", "db2")
    assert found(empty, env="staging").hosts == ("stage1",)
    assert found(empty, {"COODIE_ENV": "staging"}).hosts == ("stage1",)
    assert found(empty, {"COODIE_HOSTS": "a, b:9043"}, env="staging").hosts == ("a", "b:9043")
    assert found(empty, {"COODIE_HOSTS": "a"}, env="staging", hosts=["c", "d,e"]).hosts == ("c", "d", "e")
    assert found(empty, env="staging").keyspaces == ("shop",)  # of the table above


def test_an_option_or_variable_that_is_empty_is_none(empty):
    empty.write({"pyproject.toml": TOML})
    assert found(empty, {"COODIE_KEYSPACE": ""}, keyspace=None, hosts=[]).keyspaces == ("shop",)


def test_the_file_is_looked_for_upwards_and_its_paths_are_meant_from_its_folder(empty):
    empty.write({"pyproject.toml": TOML, "deep/down/here.txt": ""})
    deep = empty.folder / "deep" / "down"
    assert read_settings({}, {}, deep).root == empty.folder
    assert read_settings({}, {}, deep).migrations == empty.folder / "changes"
    assert str(found(empty).migrations) == "changes"  # as short as it can be said
    empty.write({"pyproject.toml": '[tool.coodie]\nhosts = "memory:dev.cql"\n'})
    assert read_settings({}, {}, deep).hosts == (f"memory:{empty.folder / 'dev.cql'}",)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[tool.coodie]\nhost = 'a'", "[tool.coodie] has an unknown key 'host'; known: hosts, keyspace"),
        ("[tool.coodie.env.live]\nhost = 'a'", "[tool.coodie.env.live] has an unknown key 'host'"),
        ("[tool.coodie]\nkeyspace = 3", "keyspace in [tool.coodie] must be a text or a list of texts"),
        ("[tool.coodie]\nmigrations = ['a']", "migrations in [tool.coodie] must be a text"),
        ("[tool.coodie]\nhosts = ['a', '']", "hosts in [tool.coodie] must be a text or a list of texts"),
        ("[tool]\ncoodie = 3", "[tool.coodie] must be a table"),
        ("[tool.coodie]\nenv = 3", "[tool.coodie.env] must be a table"),
        ("[tool.coodie.env]\nlive = 3", "[tool.coodie.env.live] must be a table"),
        ("[tool.coodie", "cannot be read"),
    ],
)
def test_a_setting_that_is_wrong_is_refused_with_its_file(empty, toml, said):
    empty.write({"pyproject.toml": toml})
    with pytest.raises(Stop) as refused:
        found(empty, env="live" if "live" in toml else None)
    assert said in str(refused.value)
    assert str(empty.folder / "pyproject.toml") in str(refused.value)


def test_a_password_in_the_file_is_refused_and_not_shown(empty):
    empty.write({"pyproject.toml": "[tool.coodie]\npassword = 'hunter2'"})
    with pytest.raises(Stop, match="COODIE_PASSWORD") as refused:
        found(empty)
    assert "hunter2" not in str(refused.value)


def test_no_setting_shows_user_or_password(empty):
    settings = found(empty, {"COODIE_USERNAME": "sinclair", "COODIE_PASSWORD": "hunter2"})
    assert (settings.username, settings.password) == ("sinclair", "hunter2")
    assert "hunter2" not in repr(settings)
    assert "sinclair" not in repr(settings)


def test_an_env_that_is_not_there_is_refused_with_those_that_are(empty):
    empty.write({"pyproject.toml": TOML})
    with pytest.raises(Stop, match=r"no \[tool.coodie.env.live\]; known: staging"):
        found(empty, env="live")


def test_a_function_of_the_application_gives_the_connection_and_is_closed_at_the_end(project, monkeypatch):
    monkeypatch.syspath_prepend(project.folder)
    made = "from coodie.testing import MemoryDriver\nmade = MemoryDriver()\ndef connect():\n    return made\n"
    project.write({"app/db.py": made})
    with connected(Settings(connect="app.db:connect")):
        driver = get_driver()
        assert not driver.is_closed
    assert driver.is_closed


@pytest.mark.parametrize(
    ("connect", "said"),
    [
        ("app.db", "does not name a function"),
        ("app.db:none", "does not name a function"),
        ("app.none:connect", "app.none cannot be imported: ModuleNotFoundError"),
        ("app.db:fails", "app.db:fails raised ValueError; call it in Python to see why"),
    ],
)
def test_a_function_that_gives_no_connection_ends_with_a_sentence_and_no_secret(project, connect, said):
    project.write({"app/db.py": "def fails():\n    raise ValueError('password hunter2')\n"})
    ended = project("schema", "dump", "--connect", connect)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert "hunter2" not in ended.err
