"""An application of any WSGI framework, which leaves the connection to gunicorn_conf.py."""

import os

from flask import Flask
from models import Visit

app = Flask(__name__)


@app.post("/visits/<page>")
def visit(page: str):
    Visit(page=page, worker=os.getpid()).save()
    return "", 201
