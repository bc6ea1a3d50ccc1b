"""Serves an app on the socket that its release inherited.

    python -m nuages_runtime.serve wsgi|asgi [MODULE:CALLABLE]
    python -m nuages_runtime.serve command -- ARGV...

The first form is the platform's own server. The second runs a project's command: gunicorn and
uvicorn inside this process, on the inherited socket; anything else as a child that listens on
$PORT, with a forwarder in front.
"""

import os
import signal
import sys

USAGE = 2
_PYTHON = ("python", "python3")
_RUNNERS = ("poetry", "pipenv", "uv", "pdm", "hatch")


def main(arguments):
    """Serve until SIGTERM; ends the process with the server's exit code."""
    if not arguments or arguments[0] not in ("wsgi", "asgi", "command"):
        sys.stderr.write("usage: nuages_runtime.serve wsgi|asgi [TARGET] | command -- ARGV...\n")
        return USAGE
    from nuages_runtime.server import starting
    from nuages_runtime.server.kinds import classes
    from nuages_runtime.server.place import Inherited

    # The first process of a namespace has no default action: without this, SIGTERM would be
    # lost until the server is there to handle it.
    signal.signal(signal.SIGTERM, starting.leave)
    starting.accept_again()
    place = Inherited()
    if not place.announce():
        sys.stderr.write("nuages: there is no inherited socket (LISTEN_FDS is not set)\n")
        return USAGE
    try:
        server = classes.asked_for()
    except classes.Unusable as error:
        return _refuse(str(error))
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    if arguments[0] == "command":
        argv = arguments[2:] if arguments[1:2] == ["--"] else arguments[1:]
        return serve_command(place, argv, server)
    return serve_own(place, arguments[0], *arguments[1:2], server=server)


def _refuse(problem):
    from nuages_runtime.server.ready import Reporter

    sys.stderr.write("nuages: {}\n".format(problem))
    sys.stderr.flush()
    Reporter().report(problem)
    return USAGE


def serve_own(place, interface, target="", options=None, server=""):
    """Serve with the platform's own command in `place` (`server.place`), by the class of server
    (`server.classes`; empty: the usual one). An app of the other interface than the project's is
    Django's own for the settings."""
    from nuages_runtime.server.kinds import classes

    spoken = classes.interface_of(server, interface)
    if spoken != interface:
        target, options = "", None
    if server == classes.UWSGI:
        from nuages_runtime.server.kinds.uwsgi import uwsgi_command

        return place.run(uwsgi_command(target, place))
    return _gunicorn().OwnApplication(place, spoken, target, options, server).serve()


_LEFT_ASIDE = (
    "nuages: the server class '{}' says nothing to the command '{}', which runs as it is\n"
)


def serve_command(place, argv, server=""):
    """Serve with a command of the project's in `place`; the class of server counts where the
    command is gunicorn's."""
    if not argv:
        sys.stderr.write("nuages: the web command is empty\n")
        return USAGE
    program, rest = recognise(argv)
    if program == "gunicorn" and server != "uwsgi":
        return _gunicorn().CommandApplication(place, rest, server).serve()
    if server and server != program:
        sys.stderr.write(_LEFT_ASIDE.format(server, " ".join(argv)))
    if program == "gunicorn":
        return _gunicorn().CommandApplication(place, rest).serve()
    if program == "uvicorn":
        target, options = uvicorn_options(rest)
        interface = "wsgi" if options.pop("interface", "") == "wsgi" else "asgi"
        return _gunicorn().OwnApplication(place, interface, target, options).serve()
    return place.run(argv)


def _gunicorn():
    from nuages_runtime.server.kinds import old_gunicorn

    old_gunicorn.prepare()
    from nuages_runtime.server import gunicorn_server

    return gunicorn_server


def recognise(argv):
    """The program behind `python -m`, `poetry run` and a path, and its arguments."""
    words = list(argv)
    if len(words) > 2 and words[0] in _RUNNERS and words[1] == "run":
        words = words[2:]
    name = os.path.basename(words[0])
    is_python = name.rstrip("0123456789.") in _PYTHON
    if is_python and len(words) > 2 and words[1] == "-m":
        words = words[2:]
        name = words[0]
    return name, words[1:]


def uvicorn_options(arguments):
    """The target of a uvicorn command, and those of its options that mean something here, for
    uvicorn's Config; `workers` and `factory` among them."""
    import uvicorn

    context = uvicorn.main.make_context("uvicorn", list(arguments))
    values = context.params
    names = "lifespan ws ws_max_size ws_ping_interval ws_ping_timeout http loop interface "
    names += "root_path limit_concurrency timeout_keep_alive h11_max_incomplete_event_size"
    options = {name: values[name] for name in names.split() if values.get(name) is not None}
    if options.get("lifespan") == "auto":
        # Ours knows plain Django.
        del options["lifespan"]
    for name in ("workers", "factory"):
        if values.get(name):
            options[name] = values[name]
    if values.get("env_file"):
        # As uvicorn does it, but before the app is loaded.
        from dotenv import load_dotenv

        load_dotenv(dotenv_path=values["env_file"])
    folder = values.get("app_dir")
    if folder:
        sys.path.insert(0, folder)
    return values["app"], options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
