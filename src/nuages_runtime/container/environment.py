"""Completes the environment of a container's processes: what a release of the platform would have,
out of what the image says and what `docker run -e` gives.

It is done when Python starts, in whichever process comes first, so that `python manage.py shell`
finds the same as the server; its children inherit it.
"""

import json
import os
import sys

from nuages_runtime.container import limits
from nuages_runtime.container.address import address_of
from nuages_runtime.container.image import Unreadable, read_image
from nuages_runtime.container.secret_key import kept_key
from nuages_runtime.given.sizing import most_workers, size_workers
from nuages_runtime.given.surroundings import (
    PORT,
    address_variables,
    database_url,
    overlay_text,
    python_variables,
    settings_variables,
    statsd_variables,
    with_config,
)

DONE = "NUAGES_OVERLAY"
# What the container's engine sets, and what is for the server: no word of the user's to the app.
_NOT_GIVEN = ("HOSTNAME", "HOME", "PATH", "PYTHONPATH", "TERM", "PWD", "SHLVL", "_", "OLDPWD")
# Processes of a container that nobody has limited; the machine may have others to serve.
_MOST_UNLIMITED = 4

# Lines for the log, of what was decided here.
remarks = []


def complete(environ=os.environ):
    """Complete `environ`, once; raises Unreadable. Nothing is done on the platform, which has
    done it itself."""
    if DONE in environ:
        return
    image = read_image()
    given = given_variables(image, environ)
    address = address_of(given, os.uname().nodename)
    remarks.append(address.remark)
    key = _own_key(image, given)
    if not key:
        key, remark = kept_key()
        if remark:
            sys.stderr.write("nuages: {}\n".format(remark))
    environ.update(variables(image, given, address, key))


def complete_quietly():
    """As `complete`, for processes that are none of the image's own: a line says what is wrong."""
    try:
        complete()
    except Unreadable as error:
        sys.stderr.write("nuages: {}\n".format(error))


def given_variables(image, environ):
    """Those of `environ` that the user has set, less what every image of ours has."""
    own = python_variables(image.project, image.paths)
    own.update(settings_variables(image.settings, image.configuration, image.application))
    own["PYTHON_VERSION"] = image.python_version
    return {
        name: value
        for name, value in environ.items()
        if name not in _NOT_GIVEN and own.get(name) != value
    }


def variables(image, given, address, key):
    """Every variable of the app, by name."""
    cpu, memory = limits.cpu_limit(), limits.memory_limit()
    workers, threads, most = size(cpu, memory, limits.machine())
    asked = {"host": address.hosts[0] + address.port, "scheme": address.scheme}
    said = {
        "settings": image.settings,
        "project": image.project,
        "enabled": image.overlay,
        "keep": image.keep,
        "reads": image.reads,
        "feeds": image.feeds,
        "static_root": image.static_root,
        "serves_files": True,
    }
    own = {
        **settings_variables(image.settings, image.configuration, image.application),
        "SECRET_KEY": key,
        "DATABASE_URL": database_url(image.spatial),
        "DJANGO_DEBUG": "False",
        "PORT": given.get("PORT") or str(PORT),
        **address_variables(*address.parts),
        **statsd_variables(),
        "WEB_CONCURRENCY": str(workers),
        "NUAGES_THREADS": given.get("NUAGES_THREADS") or str(threads),
        "NUAGES_MOST_WORKERS": str(most),
        "NUAGES_READINESS": json.dumps(dict(asked, path=image.health_path)),
        DONE: overlay_text(said, given, address.parts),
    }
    # A scheme in front of it is a word to us.
    config = {name: value for name, value in given.items() if value or name != "SECRET_KEY"}
    if "://" in config.get("DOMAIN", ""):
        del config["DOMAIN"]
    return with_config(own, config, image.fills, image.defaults)


def size(cpu, memory, machine):
    """Workers, threads of each, and the highest number of workers, from the limits (None: there is
    none) and what the machine has."""
    workers, threads = size_workers(cpu or machine[0], memory or machine[1])
    if memory is None:
        workers = min(workers, _MOST_UNLIMITED)
    return workers, threads, most_workers(memory or machine[1])


def _own_key(image, given):
    """The key that was given, also under a name of the project's own."""
    names = ["SECRET_KEY", *(name for name, of in image.fills if of == "SECRET_KEY")]
    return next((given[name] for name in names if given.get(name)), "")
