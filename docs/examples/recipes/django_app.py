"""A Django project in one file, with a table of Django's ORM and one of coodie. ``python django_app.py runserver``"""

import os
import sys

import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import JsonResponse
from django.urls import path
from models import PATIENT, Visit

from coodie.sync import init_coodie

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ.get("DJANGO_SECRET", "for development only"),
    ALLOWED_HOSTS=["testserver", "localhost"],
)
django.setup()
# In a project of several files this line stands in AppConfig.ready(). Lazily, since servers fork, and since commands
# such as makemigrations need no cluster.
init_coodie(os.environ["COODIE_HOSTS"], keyspace="shop", lazy=True, **PATIENT)

from django.contrib.auth.models import User  # after django.setup()


def visit(request, name: str, page: str):
    """The user is in the database of Django, the visit is in Cassandra."""
    user, _ = User.objects.get_or_create(username=name)
    Visit(page=f"{user.pk}:{page}", worker=os.getpid()).save()
    found = Visit.find(page=f"{user.pk}:{page}").count()
    return JsonResponse({"user": user.username, "visits": found})


urlpatterns = [path("<str:name>/<str:page>/", visit)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
