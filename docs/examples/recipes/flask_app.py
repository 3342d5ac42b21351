"""A Flask application. ``flask --app flask_app run``, or any WSGI server."""

import os
from uuid import UUID

from flask import Flask, jsonify
from models import PATIENT, Visit

from coodie.exceptions import DocumentNotFound, OutcomeUnknown, Overloaded, Timeout, Unavailable
from coodie.sync import init_coodie


def create_app() -> Flask:
    app = Flask(__name__)
    # The first request of each process opens its connection, so a server may fork after it has loaded the application.
    init_coodie(os.environ["COODIE_HOSTS"], keyspace="shop", lazy=True, **PATIENT)

    @app.post("/visits/<page>")
    def visit(page: str):
        Visit(page=page, worker=os.getpid()).save()
        return "", 201

    @app.get("/visits/<page>")
    def visits(page: str):
        found = Visit.find(page=page).limit(100).all()
        return jsonify([visit.model_dump(mode="json") for visit in found])

    @app.get("/visits/<page>/<uuid:number>")
    def one(page: str, number: UUID):
        return Visit.get(page=page, id=number).model_dump(mode="json")

    @app.errorhandler(DocumentNotFound)
    def not_found(error):
        return jsonify(code="not_found"), 404

    @app.errorhandler(Overloaded)
    @app.errorhandler(Unavailable)
    @app.errorhandler(Timeout)
    def busy(error):
        return jsonify(code="busy"), 503, {"Retry-After": "1"}

    @app.errorhandler(OutcomeUnknown)
    def unknown(error):
        return jsonify(code="outcome_unknown"), 503

    return app
