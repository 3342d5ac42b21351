"""A function of AWS Lambda, which is called as ``lambda_handler.handler``."""

import os

from models import PATIENT, Visit

from coodie.sync import init_coodie

# The module is loaded once for each instance of the function, which serves many calls, one at a time. The first call
# connects, the others find the connection.
init_coodie(os.environ["COODIE_HOSTS"], keyspace="shop", lazy=True, **PATIENT)


def handler(event, context):
    visit = Visit(page=event["page"], worker=os.getpid())
    visit.save()
    return {"statusCode": 201, "body": visit.model_dump_json()}
