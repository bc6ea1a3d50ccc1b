"""The web process of a container: the project's own command, or the server that the image or
whoever runs it has chosen."""

import os
import sys

from nuages_runtime.container.place import Open
from nuages_runtime.container.trust import VARIABLE as TRUSTED
from nuages_runtime.container.trust import Trust
from nuages_runtime.given.commands import argument_vector
from nuages_runtime.serve import USAGE, serve_command, serve_own
from nuages_runtime.server.kinds import classes

_BEHIND_TLS = (
    "the site's address is https://: requests that a proxy hands on are taken for https where {} "
    "names the proxy's address (a network, or * where nobody else reaches this port)"
)


def serve(image, arguments):
    """Serve until SIGTERM; the exit code. `arguments` may name the class of server."""
    if len(arguments) > 1:
        return _say("web takes one argument, the server class: {}".format(", ".join(classes.NAMES)))
    if arguments:
        os.environ[classes.VARIABLE] = arguments[0]
    place = Open()
    try:
        server = classes.asked_for()
        argv = argument_vector(image.processes["web"], os.environ) if image.processes["web"] else ()
    except (classes.Unusable, ValueError) as error:
        return _say(str(error))
    _remark(place)
    if argv:
        return serve_command(place, list(argv), server)
    if not server and image.server and classes.is_there(image.server):
        server = image.server
    return serve_own(place, image.interface, image.application, server=server)


def _remark(place):
    trust = Trust()
    if trust.odd:
        _say("{} names no address or network: {}".format(TRUSTED, ", ".join(trust.odd)))
    if os.environ["NUAGES_URL"].startswith("https:") and not os.environ.get(TRUSTED):
        _say(_BEHIND_TLS.format(TRUSTED))
    sys.stderr.write("nuages: web listens on {}:{}\n".format(*place.port_of()))
    sys.stderr.flush()


def _say(problem):
    sys.stderr.write("nuages: {}\n".format(problem))
    return USAGE
