"""Brings the overlay into every Python process of an app, whichever way Django is started.

Files in site-packages call `install()` when the interpreter starts. It only puts a finder in
front of the import system; the work is done when `django.conf` is imported, so a process that
never imports Django pays next to nothing.
"""

import os
import sys

# What goes into site-packages, by name. Lines of `.pth` files stop being executed with
# Python 3.18 and are passed over from 3.15 on where a `.start` file lies beside (PEP 829). Both
# call a module of their own, which is there and silent even where the runtime is not mounted.
FILES = {
    "nuages_runtime.pth": (
        "import os; ('NUAGES_OVERLAY' in os.environ or 'NUAGES_IMAGE' in os.environ)"
        " and __import__('nuages_start').start()\n"
    ),
    "nuages_runtime.start": "nuages_start:start\n",
    "nuages_start.py": (
        '"""Starts the overlay of the platform, where there is one."""\n'
        "\n"
        "\n"
        "def start():\n"
        "    import os\n"
        "\n"
        "    if 'NUAGES_OVERLAY' not in os.environ and 'NUAGES_IMAGE' not in os.environ:\n"
        "        return\n"
        "    try:\n"
        "        from nuages_runtime.hook import install\n"
        "    except ImportError:\n"
        "        return\n"
        "    install()\n"
    ),
}


class _AfterImport:
    """A meta path finder that finds nothing itself: it lets the others find, then has a
    function called with the module once the module is executed."""

    def __init__(self, actions):
        self._actions = actions

    def find_spec(self, fullname, path=None, target=None):
        """The spec of a module in `actions`, with its loader prepared; None for any other."""
        if fullname not in self._actions:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if find is None or isinstance(finder, _AfterImport):
                continue
            spec = find(fullname, path, target)
            if spec is not None:
                _call_after(spec, self._actions[fullname])
                return spec
        return None


def _call_after(spec, action):
    execute = getattr(spec.loader, "exec_module", None)
    if execute is None:
        return

    def exec_module(module):
        execute(module)
        action(module)

    # On the loader object alone: its class, and what else it can do, stay as they are.
    spec.loader.exec_module = exec_module


def _on_settings(module):
    from nuages_runtime.overlay.apply import attach

    attach(module)


def _on_database(module):
    from nuages_runtime.overlay.connections import attach

    attach(module)


def _on_static_files(module):
    from nuages_runtime.static.storage import attach

    attach(module)


def _on_spatial_database(module):
    from nuages_runtime.spatial import attach

    attach(module)


def _on_wsgi(module):
    from nuages_runtime.container.files import attach

    attach(module.WSGIHandler, "wsgi")


def _on_asgi(module):
    from nuages_runtime.container.files import attach

    attach(module.ASGIHandler, "asgi")


_ACTIONS = {
    "django.conf": _on_settings,
    "django.db.backends.base.base": _on_database,
    "django.contrib.staticfiles.storage": _on_static_files,
    "django.core.handlers.wsgi": _on_wsgi,
    "django.core.handlers.asgi": _on_asgi,
    "django.contrib.gis.db.backends.spatialite.base": _on_spatial_database,
}


def is_installed():
    """Whether this process waits for Django."""
    return any(isinstance(finder, _AfterImport) for finder in sys.meta_path)


def missing():
    """Why processes that the platform does not start itself would be without the overlay; empty
    where they would not. To be asked before `install`."""
    text = os.environ.get("NUAGES_OVERLAY")
    if not text or is_installed():
        return ""
    from nuages_runtime.overlay.document import current

    if current() is None or not current().enabled:
        return ""
    return "the overlay is not part of this Python ({}); not starting".format(sys.executable)


def install():
    """Wait for Django; does nothing without NUAGES_OVERLAY, and nothing the second time. In a
    container without a platform the image says what NUAGES_OVERLAY would."""
    if "NUAGES_OVERLAY" not in os.environ and "NUAGES_IMAGE" in os.environ:
        from nuages_runtime.container.environment import complete_quietly

        complete_quietly()
    if "NUAGES_OVERLAY" not in os.environ:
        return
    if is_installed():
        return
    if os.environ.get("DATABASE_URL", "").startswith("spatialite:"):
        from nuages_runtime import spatial

        spatial.prepare()
    sys.meta_path.insert(0, _AfterImport(_ACTIONS))
    if "NUAGES_LOGGED" in os.environ:
        from nuages_runtime.streams import guard

        guard()
    for name, action in _ACTIONS.items():
        if name in sys.modules:
            action(sys.modules[name])
