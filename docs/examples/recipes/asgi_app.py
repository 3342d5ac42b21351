"""A FastAPI application for several workers.

``uvicorn --workers 2 asgi_app:app``, or
``gunicorn --workers 2 --worker-class uvicorn_worker.UvicornWorker asgi_app:app``
"""

import os

from fastapi import FastAPI
from models import PATIENT, AsyncVisit

from coodie.fastapi import install_error_handlers, lifespan

# Each worker runs the lifespan, so each has a connection of its own.
app = FastAPI(lifespan=lifespan(os.environ["COODIE_HOSTS"], keyspace="shop", **PATIENT))
install_error_handlers(app)


@app.post("/visits/{page}", status_code=201)
async def visit(page: str) -> None:
    await AsyncVisit(page=page, worker=os.getpid()).save()
