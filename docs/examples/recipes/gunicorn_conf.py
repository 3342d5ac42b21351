"""Settings of gunicorn. ``gunicorn -c gunicorn_conf.py wsgi_app:app``"""

import os

from models import PATIENT

from coodie.sync import close, init_coodie

workers = 2
preload_app = True


def post_fork(server, worker):
    """Connect in each worker, so that its first request need not wait. A connection does not survive a fork."""
    init_coodie(os.environ["COODIE_HOSTS"], keyspace="shop", **PATIENT)


def worker_exit(server, worker):
    close()
