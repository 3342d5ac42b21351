"""The program itself: its help, its usage errors, how it ends, and what it says without its packages."""

import re
import subprocess
import sys

import pytest
from command_line import commands, masked

COMMANDS = commands()
WRITING = ["migrate new", "migrate up", "migrate down", "schema sync", "export", "import"]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_each_command_has_help_of_80_columns(empty, command):
    ended = empty(*command.split(), "--help")
    assert ended.status == 0
    assert f"Usage: coodie {command}".rstrip() in ended.out
    assert max(map(len, ended.lines)) <= 80
    assert "``" not in ended.out
    assert "\x1b" not in ended.out


@pytest.mark.parametrize("command", [each for each in COMMANDS if each not in ("migrate", "schema")])
def test_each_command_has_json_and_env(empty, command):
    text = empty(*command.split(), "--help").out
    assert "--json" in text
    assert "--env" in text


@pytest.mark.parametrize("command", WRITING)
def test_each_writing_command_has_a_dry_run(empty, command):
    assert "--dry-run" in empty(*command.split(), "--help").out


@pytest.mark.parametrize(
    "arguments", ["nope", "migrate nope", "migrate up --nope", "migrate new", "migrate down --nope"]
)
def test_wrong_usage_ends_with_2(project, arguments):
    ended = project(*arguments.split())
    assert (ended.status, ended.out) == (2, "")
    assert ended.err


def test_the_version_is_shown(empty):
    ended = empty("--version")
    assert (ended.status, bool(re.fullmatch(r"coodie \d+\.\d+\.\d+\n", ended.out))) == (0, True)


@pytest.mark.parametrize("command", ["migrate status", "schema dump", "schema diff"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hosts": None}, "no host is given: --hosts HOST, COODIE_HOSTS, or hosts in [tool.coodie]"),
        ({"keyspace": None}, "no keyspace is given: --keyspace NAME, COODIE_KEYSPACE, or keyspace in [tool.coodie]"),
        ({}, "there is no keyspace shop; create it, or name another one with --keyspace"),
        ({"hosts": "memory:none/dev.cql"}, "none"),
        ({"hosts": "memory:a.cql,db1"}, "memory: is one host, which cannot be given with others"),
        ({"typo": "x"}, "unknown key 'typo'"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_ends_with_2_and_a_sentence(project, command, change, said):
    settings = {"hosts": "memory:dev.cql", "keyspace": "shop", "models": "app.models", **change}
    lines = [f"{name} = {value.split(',')}" for name, value in settings.items() if value is not None]
    toml = "\n".join(["[tool.coodie]", *lines]).replace("typo = ['x']", "typo = 'x'")
    project.write({"pyproject.toml": toml})
    ended = project(*command.split())
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert project(*command.split(), "--json").json == {"error": ended.err.strip()}


@pytest.mark.parametrize("command", ["migrate up", "migrate status", "schema sync", "schema dump"])
def test_ctrl_c_ends_with_130(applied, monkeypatch, command):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("coodie.testing.memory.driver.MemoryDriver.execute", interrupted)
    ended = applied(*command.split())
    assert (ended.status, ended.err) == (130, "interrupted\n")


def test_a_reader_that_goes_away_is_no_error(applied):
    program = [sys.executable, "-m", "coodie", "schema", "dump"]
    ended = subprocess.Popen(program, cwd=applied.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert ended.stdout is not None
    ended.stdout.close()
    assert ended.stderr is not None
    assert ended.stderr.read() == b""
    ended.stderr.close()
    ended.wait()


def test_without_its_packages_it_says_what_to_install(tmp_path):
    blocked = "import sys; sys.modules['typer'] = None; sys.argv[0] = 'coodie'; from coodie.__main__ import main; "
    ended = subprocess.run(
        [sys.executable, "-c", f"{blocked}sys.exit(main())"], capture_output=True, text=True, cwd=tmp_path
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "the command line needs Typer and Rich: pip install typer rich\n"


def test_the_module_is_the_program(project):
    ended = subprocess.run(
        [sys.executable, "-m", "coodie", "migrate", "up", "--create-keyspace", "--dry-run"],
        capture_output=True,
        text=True,
        cwd=project.folder,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert masked(ended.stdout).startswith("keyspace shop would be created")


def test_the_command_line_is_loaded_by_itself_only():
    loaded = "import sys, coodie, coodie.sync, coodie.migrations; print({'typer', 'rich', 'click'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", loaded], text=True) == "set()\n"
