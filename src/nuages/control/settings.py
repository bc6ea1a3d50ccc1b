"""Settings of the control plane: everything it keeps lies below NUAGES_HOME."""

from __future__ import annotations

import os
from pathlib import Path

from nuages.control.keys import derive_secret
from nuages.core.home import Home

_DEFAULT = "/var/lib/nuages" if os.geteuid() == 0 else "~/.local/share/nuages"
NUAGES_HOME = Home(Path(os.environ.get("NUAGES_HOME") or _DEFAULT).expanduser().absolute())
# Who makes the engine and the parts of the pipelines; tests name their own.
NUAGES_ENGINE = "nuages.wiring:make_engine"
NUAGES_PARTS = "nuages.wiring:make_parts"
NUAGES_FLOWS = "nuages.control.worker.flows:PipelineFlows"
NUAGES_SERVICES = "nuages.control.api.services:read_services"
NUAGES_SUPERVISOR = "nuages.control.worker.supervisor:AgentWatch"

SECRET_KEY = derive_secret(NUAGES_HOME.key, "django")
DEBUG = False
# The only way in is a unix socket: a Host header can mislead nobody there.
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["nuages.control.state"]
MIDDLEWARE = ["nuages.control.api.authorise.Authorise"]
ROOT_URLCONF = "nuages.control.urls"
ASGI_APPLICATION = "nuages.control.asgi.application"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(NUAGES_HOME.database),
        "OPTIONS": {
            # A writer takes its lock when it begins: an upgrade in the middle of a transaction
            # fails at once, whatever the timeout.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: with NORMAL a power cut loses acknowledged writes in WAL.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
APPEND_SLASH = False
# Bodies of uploads are taken before Django sees them (nuages.control.api.uploads).
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # Every 4xx would be a line here; the one who asked is told already.
    "loggers": {"django.request": {"level": "CRITICAL"}},
}
LOGGING_CONFIG = "logging.config.dictConfig"
