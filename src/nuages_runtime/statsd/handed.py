"""Sockets of StatsD that are handed to the exporter while it runs: those of other networks.

Each message on the inherited socket (SOCK_SEQPACKET) is `add NAME`, with a socket of UDP and a
listening one of TCP, or `drop NAME`. At its end the exporter ends too.
"""

import array
import contextlib
import socket

_LONGEST = 4096


def take_handed(server, descriptor):
    """Have `server` receive from what is handed over on `descriptor`."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, descriptor)
    handed = {}
    server.watch(control, lambda: _read(server, control, handed))


def _read(server, control, handed):
    try:
        message, descriptors = _receive(control)
    except (BlockingIOError, InterruptedError):
        return
    except OSError:
        message, descriptors = b"", []
    if not message:
        server.stop()
        return
    word, _, name = message.partition(b" ")
    if name in handed:
        server.drop(*handed.pop(name))
    sockets = [_adopted(number) for number in descriptors]
    if word == b"add" and len(sockets) == 2 and all(sockets):
        handed[name] = sockets
        server.receive(*sockets)
    else:
        for sock in filter(None, sockets):
            sock.close()


def _receive(control):
    space = socket.CMSG_SPACE(8 * array.array("i").itemsize)
    message, ancillary, _, _ = control.recvmsg(_LONGEST, space)
    numbers = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            numbers.frombytes(content[: len(content) - len(content) % numbers.itemsize])
    return message, list(numbers)


def _adopted(number):
    """The socket of a descriptor; None where it is another kind of file."""
    with contextlib.suppress(OSError):
        bare = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, number)
        kind = bare.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)
        return socket.socket(socket.AF_INET, kind, 0, bare.detach())
    return None
