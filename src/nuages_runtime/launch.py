"""The first program in a sandbox: reads what to run from a descriptor, gives up every privilege
and becomes it.

Run as `python -I -S launch.py FD`. The document on FD is one JSON object with `argv`, `env`,
`cwd`, `folders` to make, `uid` and `gid` (null: stay who we are), `statsd` (where StatsD is
received, if anywhere), read to its end; so no variable
of the app is ever an argument or in the sandbox's own environment. A failure is one line on
standard error and exit code 126, or 127 where the program is not there.
"""

import os
import sys

# <linux/prctl.h>, <linux/capability.h>
_PR_CAPBSET_DROP = 24
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522
_HIGHEST_CAPABILITY = 63

_APP = "/app"
_CANNOT = 126
_MISSING = 127


class _Scan:
    """What the interpreter's own JSON scanner asks for. The `json` package would cost as much
    as all the rest of this program, because it needs `re`."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo = None


def parse(text):
    """The value that the JSON `text` stands for; ValueError where it stands for none."""
    try:
        from _json import make_scanner

        start = len(text) - len(text.lstrip(" \t\r\n"))
        value, end = make_scanner(_Scan)(text, start)
        if not text[end:].strip(" \t\r\n"):
            return value
    except (ImportError, StopIteration, SystemError, ValueError):
        # An interpreter without that scanner, or a text that is wrong: which, and where, is
        # for the package to say.
        pass
    import json

    return json.loads(text)


def read_document(descriptor):
    """The launch document from `descriptor`, which is closed afterwards."""
    parts = []
    while True:
        part = os.read(descriptor, 65536)
        if not part:
            break
        parts.append(part)
    os.close(descriptor)
    document = parse(b"".join(parts).decode("utf-8"))
    if not document["argv"]:
        raise ValueError("argv is empty")
    return document


def drop_privileges(uid, gid):
    """Become `uid` and `gid` for good: no groups, no capability in any set, none to be gained.

    A capability that is already absent from the bounding set is no error, and without
    SETPCAP the rest of the set is out of reach anyway once `no_new_privs` holds.
    """
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(_HIGHEST_CAPABILITY + 1):
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if libc.capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    if uid != 0:
        try:
            os.setresuid(0, 0, 0)
        except PermissionError:
            return
        raise OSError(0, "root could be had back")


def make_folders(folders):
    """Make each folder at the place that it leads to: a link into the volume of an app that has
    just begun leads nowhere yet. One that cannot be made is told, and stops nothing: whether it
    is ever written to is the app's to say."""
    for folder in folders:
        try:
            os.makedirs(os.path.realpath(folder), exist_ok=True)
        except OSError as error:
            sys.stderr.write("nuages: no folder {}: {}\n".format(folder, error.strerror))


def receive_statsd(where):
    """Open the sockets of StatsD, of UDP and TCP, in this sandbox's network. What runs in it keeps
    them without knowing; the platform takes duplicates of them. Nothing depends on it."""
    # The module below `socket`, which costs as much as all the rest of this program.
    import _socket

    datagrams, stream = where["descriptors"]
    for number, kind in ((datagrams, _socket.SOCK_DGRAM), (stream, _socket.SOCK_STREAM)):
        try:
            sock = _socket.socket(_socket.AF_INET, kind)
            sock.bind(("127.0.0.1", where["port"]))
            if kind == _socket.SOCK_STREAM:
                sock.listen(64)
            os.dup2(sock.fileno(), number)
            sock.close()
        except OSError as error:
            sys.stderr.write("nuages: no StatsD: {}\n".format(error.strerror))


def become(argv, env):
    """Replace this process by `argv`, looked for in the PATH of `env`."""
    import _signal

    # Python ignores these two, and whoever is executed would inherit that.
    for name in ("SIGPIPE", "SIGXFSZ"):
        _signal.signal(getattr(_signal, name), _signal.SIG_DFL)
    program = argv[0]
    if "/" in program:
        os.execve(program, argv, env)  # noqa: S606 - this is what a launcher does
    missing = FileNotFoundError(2, "No such file or directory", program)
    for folder in env.get("PATH", "/usr/local/bin:/usr/bin:/bin").split(":"):
        try:
            os.execve(folder + "/" + program, argv, env)  # noqa: S606
        except (FileNotFoundError, NotADirectoryError):
            continue
        except PermissionError as error:
            missing = error
    raise missing


def main(arguments):
    """Run the launch document on the descriptor given; returns an exit code on failure only."""
    program = "the launch document"
    try:
        document = read_document(int(arguments[0]))
        program = document["argv"][0]
        if os.geteuid() == 0 and os.path.isdir(_APP):
            # The tree is root's, and whoever we become may write to it.
            os.chmod(_APP, 0o777)  # noqa: S103 - a private overlay of this sandbox
        if document.get("uid") is not None:
            drop_privileges(document["uid"], document["gid"])
        make_folders(document.get("folders") or ())
        if document.get("statsd"):
            receive_statsd(document["statsd"])
        os.chdir(document.get("cwd") or "/")
        become(document["argv"], document["env"])
    except FileNotFoundError as error:
        return _say(error, program, _MISSING)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        return _say(error, program, _CANNOT)


def _say(error, program, code):
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    name = getattr(error, "filename", None) or program
    sys.stderr.write("nuages: cannot start {}: {}\n".format(name, reason).replace("\0", "?"))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
