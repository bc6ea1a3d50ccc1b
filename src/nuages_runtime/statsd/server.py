"""Sockets of the exporter: StatsD by UDP and TCP comes in, Prometheus's scrapes are answered.

One thread with selectors: asyncio would take three times the memory and start later.
"""

import contextlib
import errno
import selectors
import socket
import time

from nuages_runtime.statsd import page
from nuages_runtime.statsd.exposition import exposition
from nuages_runtime.statsd.settings import INHERITED

_LONGEST_DATAGRAM = 65535
# Bytes; prometheus/statsd_exporter takes half of that.
_LONGEST_LINE = 8192
# Datagrams that are read before anything else is looked at.
_AT_ONCE = 200
_CHUNK = 65536
# How often in a row there may be nothing where something was announced.
_MOST_USELESS = 1000
# Connections that are open at a time, of each kind.
_MOST_OPEN = 256
# Seconds in which a scrape has to be asked for and taken.
_PATIENCE = 10.0
# Seconds between two looks for what is too old.
_ROUND = 5.0
# What the kernel keeps of datagrams while we answer a scrape; it may give less.
_BUFFER = 1024 * 1024


class CannotListen(OSError):  # noqa: N818 - what happened
    """An address that cannot be listened on; the text says which and why."""


class Server:
    """Receives into `families` and shows them; `clock` is in seconds, and never goes back."""

    def __init__(self, families, clock=time.monotonic):
        self._families = families
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._open = {"tcp": set(), "http": set()}
        self._useless = {}
        self._stopped = False

    def listen_statsd(self, address):
        """Receive StatsD at (host, port) by UDP and TCP; the port. Raises CannotListen."""
        stream = _bound(address, socket.SOCK_STREAM)
        # With port 0 both have the same one.
        address = (address[0], stream.getsockname()[1])
        self.receive(_bound(address, socket.SOCK_DGRAM), stream)
        return address[1]

    def receive(self, datagrams, stream):
        """Receive StatsD from a socket of UDP and a listening one of TCP."""
        with contextlib.suppress(OSError):
            datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._watch(datagrams, lambda: self._receive(datagrams))
        self._watch(stream, lambda: self._accept(stream, "tcp", _Lines))

    def drop(self, datagrams, stream):
        """Close two sockets of `receive`, with the connections that came through them, when what
        is there already has been taken."""
        self._receive(datagrams)
        for connection in [one for one in self._open["tcp"] if one.listener is stream]:
            connection.ready()
            if connection in self._open["tcp"]:
                connection.close()
        for sock in (datagrams, stream):
            self._give_up(sock)
            sock.close()
        self._useless.pop(datagrams, None)

    def _give_up(self, sock):
        """Look at it no more: without this, one that an app has shut down would keep us busy."""
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(sock)

    def listen_metrics(self, address):
        """Answer scrapes at (host, port), or on an inherited socket. Raises CannotListen."""
        if address[0] == INHERITED:
            stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, address[1])
        else:
            stream = _bound(address, socket.SOCK_STREAM)
        self._watch(stream, lambda: self._accept(stream, "http", _Scrape))

    def stop(self):
        """Leave `run` at its next turn; may be called by a handler of a signal."""
        self._stopped = True

    def watch(self, sock, callback):
        """Call `callback` whenever `sock` has something to be read."""
        self._watch(sock, callback)

    def run(self):
        """Serve until `stop`."""
        looked = self._clock()
        while not self._stopped:
            for key, _ in self._selector.select(_ROUND):
                key.data()
            now = self._clock()
            if now - looked >= _ROUND:
                looked = now
                self._families.forget_old(now)
                for scrape in list(self._open["http"]):
                    if now - scrape.since > _PATIENCE:
                        scrape.close()

    def take(self, line):
        """Take one line of StatsD."""
        self._families.take(line.rstrip(b"\r"), self._clock())

    def count(self, name):
        """Count something about the exporter."""
        self._families.count(name)

    def metrics(self):
        """The text of all metrics."""
        return exposition(self._families, self._clock())

    def _watch(self, sock, callback):
        sock.setblocking(False)
        self._selector.register(sock, selectors.EVENT_READ, callback)

    def _receive(self, datagrams):
        taken = 0
        with contextlib.suppress(BlockingIOError, InterruptedError, ConnectionError):
            for _ in range(_AT_ONCE):
                data = datagrams.recv(_LONGEST_DATAGRAM)
                self.count("udp_packets_total")
                if not data:
                    break
                taken += 1
                for line in data.split(b"\n"):
                    self.take(line)
        self._useless[datagrams] = 0 if taken else self._useless.get(datagrams, 0) + 1
        if self._useless[datagrams] > _MOST_USELESS:
            self._give_up(datagrams)

    def _accept(self, listener, kind, made):
        try:
            connection, _ = listener.accept()
        except OSError as error:
            # Else it has gone again, or there are no descriptors left just now.
            if error.errno in (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTSOCK):
                self._give_up(listener)
            return
        opened = self._open[kind]
        if len(opened) >= _MOST_OPEN:
            connection.close()
            return
        if kind == "tcp":
            self.count("tcp_connections_total")
        connection.setblocking(False)
        one = made(self, connection, self._clock())
        one.listener = listener
        opened.add(one)
        one.forget = lambda: opened.discard(one)
        self._selector.register(connection, selectors.EVENT_READ, one.ready)

    def turn(self, connection, callback):
        """From now on wait until `connection` can be written to."""
        self._selector.modify(connection, selectors.EVENT_WRITE, callback)

    def forget(self, connection):
        """Wait for it no more."""
        self._selector.unregister(connection)


class _Connection:
    """One connection; `forget` is called when it is closed, `listener` is where it came from."""

    forget = None
    listener = None

    def __init__(self, server, connection, since):
        self._server = server
        self._connection = connection
        self.since = since

    def close(self):
        """Be done with it."""
        self._server.forget(self._connection)
        self._connection.close()
        self.forget()

    def _read(self):
        """What there is; None where there is nothing yet, empty at the end."""
        try:
            return self._connection.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""


class _Lines(_Connection):
    """StatsD over TCP."""

    _rest = b""

    def ready(self):
        """Take the lines that are whole; the last one may have no end."""
        data = self._read()
        if data is None:
            return
        whole, newline, rest = (self._rest + data).rpartition(b"\n")
        for line in (whole if newline else b"").split(b"\n"):
            if len(line) > _LONGEST_LINE:
                self._server.count("tcp_too_long_lines_total")
            else:
                self._server.take(line)
        self._rest = rest
        if not data:
            self._server.take(self._rest)
            self.close()
        elif len(rest) > _LONGEST_LINE:
            self._server.count("tcp_too_long_lines_total")
            self.close()


class _Scrape(_Connection):
    """A request over HTTP, and its answer."""

    _request = b""
    _unsent = b""

    def ready(self):
        """Read the request; once it is whole, answer and close."""
        data = self._read()
        if data is None:
            return
        self._request += data
        if page.is_whole(self._request):
            self._unsent = page.answer(self._request, self._server.metrics)
            self._server.turn(self._connection, self._write)
            self._write()
        elif not data or len(self._request) > page.LARGEST:
            self.close()

    def _write(self):
        try:
            sent = self._connection.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.close()
            return
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self.close()


def _bound(address, kind):
    host, port = address
    shown = "{}:{} ({})".format(host, port, "UDP" if kind == socket.SOCK_DGRAM else "TCP")
    try:
        found = socket.getaddrinfo(host or None, port, 0, kind, 0, socket.AI_PASSIVE)
        family, _, protocol, _, where = found[0]
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen("{}: {}".format(shown, error.strerror or error)) from None
    try:
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(where)
        if kind == socket.SOCK_STREAM:
            sock.listen(128)
    except OSError as error:
        sock.close()
        why = error.strerror
        if error.errno == errno.EADDRINUSE:
            why = "another process listens there already"
        raise CannotListen("{}: {}".format(shown, why)) from None
    return sock
