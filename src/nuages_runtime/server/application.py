"""Loads what is served: the project's WSGI or ASGI callable, or Django's own for its settings."""

import importlib
import os
import sys

from nuages_runtime import configured, hook
from nuages_runtime.server.forwarded import ForwardedAsgi, ForwardedWsgi

_WRAPPERS = {"wsgi": ForwardedWsgi, "asgi": ForwardedAsgi}


def load(interface, target=""):
    """The callable for `MODULE:CALLABLE` (`application` where only a module is named), or one
    made from the settings where `target` is empty; with the overlay in force."""
    hook.install()
    configured.prepare()
    if target:
        module, _, path = target.partition(":")
        app = imported(module)
        for name in (path or "application").split("."):
            app = getattr(app, name)
    elif interface == "asgi":
        from django.core.asgi import get_asgi_application

        app = get_asgi_application()
    else:
        from django.core.wsgi import get_wsgi_application

        app = get_wsgi_application()
    require_overlay()
    return app


def imported(name):
    """The module `name`, with Django's apps loaded even where it leaves that to whoever imports
    it: what ASGI_APPLICATION names in projects for Channels 2 is a routing.py that does, and so
    does an asgi.py whose consumers' models are imported before `get_asgi_application()`, which
    goes unnoticed under the `runserver` of Channels and Daphne."""
    try:
        module = importlib.import_module(name)
    except Exception as error:
        if type(error).__name__ != "AppRegistryNotReady" or not _set_up():
            raise
        return importlib.import_module(name)
    _set_up()
    return module


def _set_up():
    """Load Django's apps; whether that was still to be done."""
    if "django.apps" not in sys.modules or not os.environ.get("DJANGO_SETTINGS_MODULE"):
        return False
    import django

    if django.apps.apps.ready:
        return False
    django.setup()
    return True


def load_urls():
    """Load the views too, which Django would do at the first request."""
    conf = sys.modules.get("django.conf")
    name = conf and conf.settings.configured and getattr(conf.settings, "ROOT_URLCONF", None)
    if name:
        importlib.import_module(name)


def require_overlay():
    """Refuse to serve Django without the overlay's mark; anything else needs none."""
    if "django.conf" in sys.modules:
        from nuages_runtime.overlay.apply import require

        require()


def wrap(interface, app, wrappers=_WRAPPERS):
    """`app` behind the middleware of its interface."""
    if interface == "asgi" and _is_double(app):
        app = SingleCallable(app)
    return wrappers[interface](app)


class SingleCallable:
    """An app of ASGI 2, as those of Channels 2 are, called as ASGI 3 wants it
    (https://asgi.readthedocs.io/en/latest/specs/main.html#legacy-applications)."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        """Make the instance for this scope, and run it."""
        await self.app(scope)(receive, send)


def _is_double(app):
    """Whether it is called with the scope alone."""
    import inspect

    try:
        signature = inspect.signature(app)
        signature.bind(None)
    except (TypeError, ValueError):
        return False
    try:
        signature.bind(None, None, None)
    except TypeError:
        return True
    return False


def is_plain_django(app):
    """Whether an ASGI app is Django's own handler, which knows no lifespan."""
    handlers = sys.modules.get("django.core.handlers.asgi")
    return handlers is not None and isinstance(app, handlers.ASGIHandler)


def interface_of(app, worker=""):
    """`asgi` or `wsgi`, from the callable and the name of the worker that is to run it."""
    import inspect

    if "uvicorn" in worker.lower() or "asgi" in worker.lower():
        return "asgi"
    call = getattr(app, "__call__", app)  # noqa: B004 - the method is asked for its kind
    is_async = inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call)
    return "asgi" if is_async else "wsgi"
