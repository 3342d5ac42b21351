"""Each recipe does what its page says, on a Cassandra in memory."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from itertools import repeat
from os import kill
from pathlib import Path
from signal import SIGTERM
from uuid import uuid4

import nbformat
import pytest
from celery_app import visit
from flask_app import create_app
from models import PATIENT, Visit
from nbclient import NotebookClient
from programs import HERE, Program, started

from coodie.drivers import get_driver
from coodie.exceptions import OutcomeUnknown
from coodie.sync import init_coodie
from coodie.testing import RecordingDriver, faults

# Both replace workers that do not answer for some seconds.
GUNICORN = ("-m", "gunicorn", "--workers=2", "--bind=127.0.0.1:0", "--timeout=600")
UVICORN = ("-m", "uvicorn", "--workers=2", "--port=0", "--timeout-worker-healthcheck=600")
SERVERS = {
    "gunicorn": (*GUNICORN, "--config=gunicorn_conf.py", "wsgi_app:app"),
    "gunicorn, lazily": (*GUNICORN, "--preload", "flask_app:create_app()"),
    "gunicorn, ASGI": (*GUNICORN, "--worker-class=uvicorn_worker.UvicornWorker", "asgi_app:app"),
    "uvicorn": (*UVICORN, "asgi_app:app"),
}


def post(place: str, path: str) -> int:
    with closing(HTTPConnection(place)) as connection:
        connection.request("POST", path)
        return connection.getresponse().status


def visited(program: Program, hosts: str) -> set[int]:
    """The two workers of a server, once each of them has served a request."""
    init_coodie(hosts, keyspace="shop", **PATIENT)
    page = str(uuid4())
    workers: set[int] = set()
    place = program.line(r"http://([\d.:]+)").group(1)
    program.wait_listening(place)
    with ThreadPoolExecutor(4) as clients:
        while len(workers) < 2:
            assert set(clients.map(post, repeat(place, 8), repeat(f"/visits/{page}"))) == {201}
            workers = {visit.worker for visit in Visit.find(page=page).all()}
    return workers


@pytest.mark.parametrize("server", SERVERS)
def test_each_worker_of_a_server_has_a_connection(server: str, hosts: str) -> None:
    with started(*SERVERS[server]) as program:
        assert program.pid not in visited(program, hosts)


# What the recipe does at the end of a worker, and then whether there is still a connection.
AT_THE_END = """
import gunicorn_conf
from gunicorn_conf import *

from coodie.drivers import get_driver
from coodie.exceptions import ConfigurationError

def worker_exit(server, worker):
    get_driver()
    gunicorn_conf.worker_exit(server, worker)
    try:
        get_driver()
    except ConfigurationError:
        print("closed by a worker", flush=True)
"""


def test_a_worker_of_gunicorn_closes_its_connection_when_it_ends(hosts: str, tmp_path: Path) -> None:
    config = tmp_path / "config.py"
    config.write_text(AT_THE_END)
    with started(*GUNICORN, f"--config={config}", "wsgi_app:app") as program:
        visited(program, hosts)
        kill(program.pid, SIGTERM)
        program.line("closed by a worker")
        program.line("closed by a worker")


# A broker in memory is one of a single process, so the worker itself sends the tasks. Each of the two is executed while
# the other one is, hence by another process.
WORKER = """
from multiprocessing import Barrier
from uuid import uuid4

from celery.signals import task_postrun, task_prerun, worker_process_shutdown, worker_ready
from celery_app import app, visit

from coodie.drivers import get_driver
from coodie.exceptions import ConfigurationError

both = Barrier(2)

@task_prerun.connect
def begin(**_):
    both.wait()

@task_postrun.connect
def end(state, **_):
    print(f"task: {state}")

@worker_process_shutdown.connect
def ended(**_):
    try:
        get_driver()
    except ConfigurationError:
        print("closed by a process", flush=True)

@worker_ready.connect
def send(**_):
    for _ in range(2):
        visit.delay("celery", str(uuid4()))

app.conf.worker_proc_alive_timeout = 600
app.worker_main(["worker", "--concurrency=2", "--loglevel=WARNING"])
"""


def test_each_process_of_celery_has_a_connection_and_closes_it(hosts: str) -> None:
    with started("-c", WORKER) as program:
        assert [program.line("task: (.*)").group(1) for _ in range(2)] == ["SUCCESS"] * 2
        kill(program.pid, SIGTERM)
        program.line("closed by a process")
        program.line("closed by a process")
    init_coodie(hosts, keyspace="shop", **PATIENT)
    first, second = Visit.find(page="celery").all()
    assert len({first.worker, second.worker, program.pid}) == 3


@pytest.mark.parametrize("fault", [faults.unavailable(), faults.overloaded()])
def test_a_task_runs_again_when_nothing_was_written(coodie_recorder: RecordingDriver, fault: Exception) -> None:
    coodie_recorder.on("insert", table=Visit).raises(fault)
    number = uuid4()
    assert visit.apply(("celery", str(number))).successful()
    assert [number in call.values for call in coodie_recorder.calls] == [True, True]


def test_a_task_does_not_run_again_when_it_may_have_written(coodie_recorder: RecordingDriver) -> None:
    coodie_recorder.on("insert", table=Visit).raises(faults.write_timeout())
    assert isinstance(visit.apply(("celery", str(uuid4()))).result, OutcomeUnknown)


def test_a_flask_application(hosts: str) -> None:
    client = create_app().test_client()
    assert client.post("/visits/flask").status_code == 201
    (visit,) = client.get("/visits/flask").json
    assert client.get(f"/visits/flask/{visit['id']}").json == visit
    missing = client.get(f"/visits/none/{visit['id']}")
    assert (missing.status_code, missing.json) == (404, {"code": "not_found"})


@pytest.mark.parametrize(
    ("method", "verb", "fault", "code"),
    [
        ("POST", "insert", faults.unavailable(), "busy"),
        ("POST", "insert", faults.overloaded(), "busy"),
        ("POST", "insert", faults.client_timeout(), "outcome_unknown"),
        ("GET", "select", faults.client_timeout(), "busy"),
    ],
)
def test_a_flask_application_answers_to_errors(
    coodie_recorder: RecordingDriver, method: str, verb: str, fault: Exception, code: str
) -> None:
    coodie_recorder.on(verb, table=Visit).raises(fault)
    answer = create_app().test_client().open("/visits/flask", method=method)
    assert (answer.status_code, answer.json) == (503, {"code": code})
    assert ("Retry-After" in answer.headers) == (code == "busy")


def test_django_beside_its_orm(hosts: str) -> None:
    import django_app  # noqa: F401 - it configures Django
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    client = Client()
    assert client.get("/ann/home/").json() == {"user": "ann", "visits": 1}
    assert client.get("/ann/home/").json() == {"user": "ann", "visits": 2}


def test_a_notebook(hosts: str) -> None:
    """Each part of the recipe is a cell; the first one is executed twice."""
    cells = re.split(r"^# %%", (HERE / "notebook.py").read_text("utf-8"), flags=re.M)[1:]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"#{cell}") for cell in (cells[0], *cells)])
    NotebookClient(
        notebook, startup_timeout=600, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(HERE)}}
    ).execute()
    (shown,) = notebook.cells[3].outputs
    assert "AsyncVisit(page='notebook'" in shown["data"]["text/plain"]
    init_coodie(hosts, keyspace="shop", **PATIENT)
    assert Visit.find(page="notebook").count() == 1


def test_a_function_of_aws_lambda_keeps_its_connection(hosts: str) -> None:
    import lambda_handler

    driver = get_driver()
    answers = [lambda_handler.handler({"page": "lambda"}, None) for _ in range(2)]
    assert [answer["statusCode"] for answer in answers] == [201, 201]
    assert json.loads(answers[0]["body"])["page"] == "lambda"
    assert get_driver() is driver
    assert Visit.find(page="lambda").count() == 2


def test_a_lazy_connection_needs_no_cluster_until_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COODIE_HOSTS", "127.0.0.1:1")
    create_app()
    runpy.run_path(str(HERE / "lambda_handler.py"))
    subprocess.run([sys.executable, "django_app.py", "check"], cwd=HERE, check=True)
