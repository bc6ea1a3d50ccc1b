"""What runs in a container of an image where no platform is around.

python -m nuages_runtime.container [web] [SERVER CLASS]
python -m nuages_runtime.container PROCESS [ARGUMENTS...]
python -m nuages_runtime.container release
python -m nuages_runtime.container health
"""

import os
import signal
import sys

from nuages_runtime.container.environment import complete, remarks
from nuages_runtime.container.image import Unreadable, read_image
from nuages_runtime.server import starting

USAGE = 2


def main(arguments):
    """Run one process type until it ends; its exit code."""
    # As the first process of a namespace we have no default action.
    signal.signal(signal.SIGTERM, starting.leave)
    starting.accept_again()
    name, rest = (arguments[0], arguments[1:]) if arguments else ("web", [])
    try:
        complete()
        image = read_image()
    except Unreadable as error:
        return _say(str(error))
    port = os.environ["PORT"]
    if not (port.isdigit() and 0 < int(port) < 65536):
        return _say("PORT is '{}', and has to be a number from 1 to 65535".format(port))
    if name == "health":
        from nuages_runtime.container.health import check_health

        return check_health()
    _enter(image)
    if name == "release":
        from nuages_runtime.container.release import run_release

        return run_release(image)
    if name not in image.processes:
        known = ", ".join([*sorted(image.processes, key=lambda each: each != "web"), "release"])
        return _say(
            "there is no process type '{}'; there are {}. Any other command is run without "
            "'nuages_runtime.container': docker run IMAGE python manage.py ...".format(name, known)
        )
    return _run(image, name, rest)


def _enter(image):
    """The project's folder, with folders that are made before a process starts."""
    from nuages_runtime.given.surroundings import folder_of
    from nuages_runtime.launch import make_folders

    make_folders([os.path.join("/app", folder) for folder in image.folders])
    folder = folder_of(image.project)
    if os.path.isdir(folder):
        os.chdir(folder)
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    # Of another container's engine, or of a service manager around us: there is no such socket.
    for variable in ("LISTEN_FDS", "LISTEN_PID"):
        os.environ.pop(variable, None)


def _run(image, name, rest):
    from nuages_runtime.container.exporter import Exporter

    exporter = Exporter()
    exporter.start()
    try:
        if name == "web":
            from nuages_runtime.container.web import serve

            for remark in filter(None, remarks):
                sys.stderr.write("nuages: {}\n".format(remark))
            return serve(image, rest)
        return _work(image.processes[name], rest)
    finally:
        exporter.stop()


def _work(command, rest):
    from nuages_runtime.container.supervise import supervise
    from nuages_runtime.given.commands import argument_vector

    try:
        argv = argument_vector(command, os.environ)
    except ValueError as error:
        return _say(str(error))
    return supervise([*argv, *rest])


def _say(problem):
    sys.stderr.write("nuages: {}\n".format(problem))
    return USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
