"""Shapes of what is to run: process types, task queues, interfaces."""

from __future__ import annotations

from tests.golden.inspect.shapes.pieces import SETTINGS, Files, Shape, served, shop

BEAT = "app.conf.beat_schedule = {'x': {'task': 'x', 'schedule': 60}}\n"
CELERY = "from celery import Celery\napp = Celery('shop')\n"


def _procfile(text: str) -> dict[str, str | bytes]:
    return shop({"Procfile": text})


def _using(package: str, more: str, files: Files | None = None) -> dict[str, str | bytes]:
    return shop(
        {
            "requirements.txt": f"Django~=5.2\n{package}\n",
            "shop/settings.py": SETTINGS + more,
            **(files or {}),
        }
    )


SHAPES = {
    "procfile": Shape(
        "a Procfile with release, web and worker",
        _procfile(
            "release: python manage.py migrate --noinput\n"
            "web: gunicorn shop.wsgi --bind 0.0.0.0:$PORT\nworker: celery -A shop worker\n"
        ),
    ),
    "procfile-without-web": Shape("a Procfile without web", _procfile("clock: python clock.py\n")),
    "procfile-with-steps": Shape(
        "a web process that migrates and collects before it serves",
        _procfile(
            "web: python manage.py migrate && python manage.py collectstatic --noinput && "
            "gunicorn shop.wsgi\n"
        ),
    ),
    "procfile-for-a-shell": Shape(
        "a Procfile that needs a shell, and a line that is none",
        _procfile("web: gunicorn shop.wsgi | tee log\nwhat is this\n"),
    ),
    "celery-and-beat": Shape(
        "Celery with a schedule, its broker from a variable",
        _using(
            "celery",
            "CELERY_BROKER_URL = os.environ.get('REDIS_URL')\n",
            {"shop/celery.py": CELERY + BEAT},
        ),
    ),
    "rq": Shape(
        "RQ", _using("django-rq", "INSTALLED_APPS = ['django_rq']\nRQ_QUEUES = {'default': {}}\n")
    ),
    "huey": Shape("Huey", _using("huey", "INSTALLED_APPS = ['huey.contrib.djhuey']\n")),
    "dramatiq": Shape(
        "Dramatiq", _using("django-dramatiq", "INSTALLED_APPS = ['django_dramatiq']\n")
    ),
    "django-q": Shape(
        "django-q2 with the database as its broker",
        _using("django-q2", "INSTALLED_APPS = ['django_q']\nQ_CLUSTER = {'orm': 'default'}\n"),
    ),
    "procrastinate": Shape(
        "Procrastinate",
        _using("procrastinate", "INSTALLED_APPS = ['procrastinate.contrib.django']\n"),
    ),
    "django-tasks": Shape(
        "django-tasks with its database backend",
        _using(
            "django-tasks",
            "TASKS = {'default': {'BACKEND': 'django_tasks.backends.database.DatabaseBackend'}}\n",
        ),
    ),
    "channels": Shape(
        "Channels: ASGI is needed",
        _using(
            "channels\ndaphne",
            "INSTALLED_APPS = ['daphne', 'channels']\nASGI_APPLICATION = 'shop.asgi.application'\n",
            {"shop/asgi.py": served("shop.settings", "asgi")},
        ),
    ),
    "asgi-not-needed": Shape(
        "asgi.py as startproject makes it, beside wsgi.py",
        shop({"shop/asgi.py": served("shop.settings", "asgi")}),
    ),
    "compose": Shape(
        "a Dockerfile and a compose file with the services",
        shop(
            {
                "Dockerfile": "FROM python:3.12\nCMD gunicorn shop.wsgi\n",
                "docker-compose.yml": "services:\n  web:\n    build: .\n  db:\n"
                "    image: postgres:16\n",
            }
        ),
    ),
}
