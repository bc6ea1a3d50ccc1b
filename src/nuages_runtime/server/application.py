"""Loads what is served: the project's WSGI or ASGI callable, or Django's own for its settings."""

import importlib
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
        app = importlib.import_module(module)
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


def wrap(interface, app):
    """`app` behind the middleware of its interface."""
    return _WRAPPERS[interface](app)


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
