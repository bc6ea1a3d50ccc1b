"""Background processes that nobody named."""

from __future__ import annotations

import pytest

from tests.unit.inspect.projects import REQUIREMENTS, SETTINGS, codes, finding, plain

CELERY = """
from celery import Celery
app = Celery("mysite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
"""
WORK = "celery -A mysite worker --loglevel info --concurrency 2"


def celery(settings: str, changed: dict[str, str] | None = None) -> dict[str, str | bytes]:
    return plain(
        {
            "requirements.txt": f"{REQUIREMENTS}celery==5.4.0\n",
            "mysite/settings.py": SETTINGS + settings,
            "mysite/celery.py": CELERY,
            **(changed or {}),
        }
    )


def found(inspection) -> dict[str, tuple[str, tuple[str, ...]]]:
    processes = (each.value for each in inspection.facts.processes)
    return {each.name: (each.command, each.brokers) for each in processes}


def test_a_celery_app_gets_its_worker_which_waits_for_its_broker(inspected) -> None:
    inspection = inspected(celery('CELERY_BROKER_URL = os.environ.get("BROKER")\n'))
    assert found(inspection) == {"worker": (WORK, ("BROKER",))}
    (process,) = inspection.facts.processes
    assert (process.origin, process.file, process.line) == ("found", "mysite/celery.py", 3)
    said = finding(inspection, "W060")
    assert WORK in said.message
    assert "BROKER" in said.message


def test_where_the_settings_read_no_variable_celerys_own_is_named(inspected) -> None:
    inspection = inspected(celery('CELERY_BROKER_URL = "redis://localhost:6379/0"\n'))
    assert found(inspection)["worker"][1] == ("CELERY_BROKER_URL",)


def test_a_broker_that_is_no_server_is_not_waited_for(inspected) -> None:
    inspection = inspected(celery('CELERY_BROKER_URL = "sqla+sqlite:///data/tasks.sqlite3"\n'))
    assert found(inspection) == {"worker": (WORK, ())}
    assert "W060" not in codes(inspection)


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ("CELERY_BEAT_SCHEDULE = {}\n", "--schedule /data/celerybeat-schedule"),
        (
            'INSTALLED_APPS = ["django_celery_beat"]\n',
            "--scheduler django_celery_beat.schedulers:DatabaseScheduler",
        ),
    ],
)
def test_periodic_tasks_get_one_scheduler(inspected, settings, options) -> None:
    inspection = inspected(celery(settings))
    command = f"celery -A mysite beat --loglevel info {options}"
    assert found(inspection)["beat"] == (command, ("CELERY_BROKER_URL",))


def test_a_celery_app_beside_the_package_is_named_by_its_module(inspected) -> None:
    changed = {"mysite/celery.py": None, "mysite/celery_app.py": CELERY}
    inspection = inspected(celery("", changed))
    assert found(inspection)["worker"][0].startswith("celery -A mysite.celery_app worker")


def test_celery_that_is_not_used_gets_nothing(inspected) -> None:
    inspection = inspected(celery("", {"mysite/celery.py": "from celery import shared_task\n"}))
    assert found(inspection) == {}


def test_who_names_background_processes_is_believed(inspected) -> None:
    inspection = inspected(celery("", {"Procfile": "web: gunicorn mysite.wsgi\njobs: ./jobs\n"}))
    assert set(found(inspection)) == {"web", "jobs"}
    inspection = inspected(celery("", {"Procfile": "web: gunicorn mysite.wsgi\n"}))
    assert set(found(inspection)) == {"web", "worker"}


@pytest.mark.parametrize(
    ("settings", "command", "brokers"),
    [
        ('A = ["django_rq"]\nRQ_QUEUES = {"high": {}, "low": {}}\n',
         "python manage.py rqworker high low", ("REDIS_URL",)),
        ('A = ["django_rq"]\nRQ_QUEUES = {"default": {"URL": os.environ.get("QUEUE_URL")}}\n',
         "python manage.py rqworker default", ("QUEUE_URL",)),
        ('A = ["huey.contrib.djhuey"]\n', "python manage.py run_huey", ("REDIS_URL",)),
        ('A = ["huey.contrib.djhuey"]\nHUEY = {"huey_class": "huey.SqliteHuey"}\n',
         "python manage.py run_huey", ()),
        ('A = ["django_dramatiq"]\nREDIS = os.environ["MY_REDIS"]\n',
         "python manage.py rundramatiq", ("MY_REDIS",)),
        ('A = ["django_q"]\nQ_CLUSTER = {"orm": "default"}\n', "python manage.py qcluster", ()),
        ('A = ["django_q"]\n', "python manage.py qcluster", ("REDIS_URL",)),
        ('A = ["django_q"]\nQ_CLUSTER = {"sync": os.environ.get("Q_SYNC")}\n',
         "python manage.py qcluster", ("REDIS_URL",)),
        ('A = ["django_q"]\nQ_CLUSTER = {"django_redis": "default"}\n'
         'CACHES = {"default": {"LOCATION": os.environ.get("CACHE_URL")}}\n',
         "python manage.py qcluster", ("CACHE_URL",)),
        ('A = ["django_rq"]\nHOST = os.environ["REDIS_HOST"]\nPORT = os.environ["REDIS_PORT"]\n'
         'PREFIX = os.environ["REDIS_PREFIX"]\nCACHE = os.environ["CACHE_REDIS_URL"]\n',
         "python manage.py rqworker default", ("REDIS_HOST",)),
        ('A = ["procrastinate.contrib.django"]\n', "python manage.py procrastinate worker", ()),
        ('TASKS = {"default": {"BACKEND": "django_tasks.backends.database.DatabaseBackend"}}\n',
         "python manage.py db_worker", ()),
        ('TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}\n',
         "python manage.py db_worker", ()),
    ],
)  # fmt: skip
def test_a_queue_that_is_a_django_app_gets_its_worker(inspected, settings, command, brokers):
    inspection = inspected(plain({"mysite/settings.py": SETTINGS + settings}))
    assert found(inspection) == {"worker": (command, brokers)}
    assert ("W060" in codes(inspection)) == bool(brokers)


def test_a_second_queue_has_a_name_of_its_own(inspected) -> None:
    inspection = inspected(celery('A = ["django_rq", "procrastinate.contrib.django"]\n'))
    assert list(found(inspection)) == ["worker", "django-rq", "procrastinate"]
