"""The app that uWSGI loads: the project's, with the overlay in force."""

import os
import sys

from nuages_runtime.container.place import Open
from nuages_runtime.overlay.document import current
from nuages_runtime.server.application import load
from nuages_runtime.server.kinds import uwsgi
from nuages_runtime.server.place import Inherited
from nuages_runtime.server.sharing import close_connections

if os.getcwd() not in sys.path:
    sys.path.insert(0, os.getcwd())
# Settings look at which command they are loaded for.
sys.argv[:] = ["uwsgi"]


def _wrapped():
    app = load("wsgi", uwsgi.target())
    # uWSGI forks its workers from the process that has loaded the app.
    close_connections()
    overlay = current()
    place = Open() if overlay is not None and overlay.serves_files else Inherited()
    return place.wrap("wsgi", app)


application = _wrapped()
