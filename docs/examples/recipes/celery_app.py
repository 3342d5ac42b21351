"""Tasks of Celery. ``celery -A celery_app worker --concurrency 2``"""

import os
from uuid import UUID

from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown
from models import PATIENT, Visit

from coodie.exceptions import Overloaded, Unavailable
from coodie.sync import close, init_coodie

app = Celery("visits", broker=os.environ.get("BROKER", "memory://"))


@worker_process_init.connect
def connect(**_):
    """Each process of the pool has a connection, which its first task opens: Celery ends a process that takes more than
    four seconds to start.
    """
    init_coodie(os.environ["COODIE_HOSTS"], keyspace="shop", lazy=True, **PATIENT)


@worker_process_shutdown.connect
def disconnect(**_):
    close()


# Nothing was written after these errors, so the task may run again. A task that runs twice saves the same row, since
# its key comes with it.
@app.task(autoretry_for=(Overloaded, Unavailable), retry_backoff=True, acks_late=True)
def visit(page: str, number: str) -> None:
    Visit(page=page, id=UUID(number), worker=os.getpid()).save()
