"""For web commands that can only open a TCP port: the command runs as a child on $PORT, and
connections to the inherited socket are handed on to it.

As the first process of a sandbox this also reaps what others leave behind, and turns SIGTERM
into: accept no more, let what is open end, then end the child.
"""

import asyncio
import os
import signal
import subprocess
import sys

from nuages_runtime import hook
from nuages_runtime.server import asking, gate, listening, ports
from nuages_runtime.server.ready import Reporter

FAILED = 3
_HOST = "127.0.0.1"
# Nothing announces that a strange program has opened its port, so it is asked again, with
# growing pauses between (seconds); the platform's own health timeout ends it if it never does.
_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.25
# Seconds after which the log says that the port is still closed.
_SAY_AFTER = 2.0
# Seconds for which a command has had one other port open, and only that, before it is taken for
# the web's: what opens several opens them one soon after the other.
_ELSEWHERE_FOR = 3.0
_CHUNK = 65536
_BACKLOG = 2048


def forward(argv):
    """Run `argv` behind the inherited socket; its exit code, 0 after SIGTERM."""
    reporter = Reporter()
    problem = hook.missing()
    if problem:
        sys.stderr.write("nuages: {}\n".format(problem))
        reporter.report(problem)
        return FAILED
    listener = listening.take()
    gate_descriptor = gate.descriptor()
    env = dict(os.environ)
    env.setdefault("PORT", "8080")
    passed = ()
    if gate_descriptor is not None:
        env["NUAGES_GATE_FD"] = str(gate_descriptor)
        passed = (gate_descriptor,)
    try:
        child = subprocess.Popen(argv, env=env, pass_fds=passed)
    except OSError as error:
        reporter.report("{}: {}".format(argv[0], error.strerror))
        sys.stderr.write("nuages: cannot start {}: {}\n".format(argv[0], error.strerror))
        return 127
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    forwarder = _Forwarder(loop, listener, child, int(env["PORT"]))
    try:
        return loop.run_until_complete(forwarder.run(reporter))
    finally:
        loop.close()


class _Forwarder:
    def __init__(self, loop, listener, child, port):
        self._loop = loop
        self._listener = listener
        self._child = child
        self._port = port
        self._open = set()
        self._code = loop.create_future()
        self._stop = asyncio.Event()

    async def run(self, reporter):
        self._loop.add_signal_handler(signal.SIGTERM, self._stop.set)
        self._loop.add_signal_handler(signal.SIGCHLD, self._reap)
        # It may have ended before anybody looked.
        self._reap()
        ready = self._loop.create_task(self._become_ready(reporter))
        stop = self._loop.create_task(self._stop.wait())
        try:
            return await self._until_stopped(reporter, ready, stop)
        finally:
            # A task that still waits would complain when it is thrown away.
            ready.cancel()
            stop.cancel()
            await asyncio.wait([ready, stop])

    async def _until_stopped(self, reporter, ready, stop):
        await asyncio.wait([ready, stop, self._code], return_when=asyncio.FIRST_COMPLETED)
        if self._code.done():
            problem = "the command ended with exit code {}".format(self._code.result())
            reporter.report(problem)
            return self._code.result() or FAILED
        if not stop.done() and not ready.result():
            await self._end_child()
            return FAILED
        if stop.done():
            await self._end_child()
            return 0
        return await self._serve(stop)

    async def _serve(self, stop):
        server = await asyncio.start_server(
            # Not start_unix_server: from Python 3.13 on that one removes the socket at its end.
            self._connected,
            sock=self._listener,
            backlog=_BACKLOG,
        )
        await asyncio.wait([stop, self._code], return_when=asyncio.FIRST_COMPLETED)
        server.close()
        if self._code.done():
            return self._code.result() or FAILED
        if self._open:
            await asyncio.wait(set(self._open), timeout=listening.grace() * 0.8)
        await self._end_child()
        return 0

    async def _become_ready(self, reporter):
        """Wait for the port and the gate, ask once, report; whether all is well."""
        pause = _FIRST_PAUSE
        elsewhere = _Elsewhere(self._loop, self._child.pid)
        complain = self._loop.call_later(_SAY_AFTER, self._say_closed)
        while True:
            try:
                _, writer = await asyncio.open_connection(_HOST, self._port)
                writer.close()
                complain.cancel()
                break
            except OSError:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                self._port = elsewhere.settled() or self._port
        await self._loop.run_in_executor(None, gate.wait)
        problem = ""
        if reporter.is_wanted:
            problem = await self._loop.run_in_executor(None, asking.problem_at, _HOST, self._port)
        if problem:
            # Before the report: who reads it looks at the log at once.
            sys.stderr.write("nuages: not ready: {}\n".format(problem))
            sys.stderr.flush()
        reporter.report(problem)
        return not problem

    def _say_closed(self):
        sys.stderr.write(
            "nuages: the command has not opened {}:{} yet; it has to listen on $PORT\n".format(
                _HOST, self._port
            )
        )

    async def _connected(self, reader, writer):
        task = asyncio.ensure_future(self._hand_on(reader, writer), loop=self._loop)
        self._open.add(task)
        try:
            await task
        finally:
            self._open.discard(task)

    async def _hand_on(self, reader, writer):
        try:
            there = await asyncio.open_connection(_HOST, self._port)
        except OSError:
            writer.close()
            return
        asked = asyncio.ensure_future(_pump(reader, there[1]), loop=self._loop)
        # The server has the last word: when it has ended, nobody waits for the other side.
        await _pump(there[0], writer)
        asked.cancel()
        for end in (writer, there[1]):
            end.close()

    def _reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._child.pid and not self._code.done():
                ended = os.WIFEXITED(status)
                code = os.WEXITSTATUS(status) if ended else 128 + os.WTERMSIG(status)
                self._child.returncode = code
                self._code.set_result(code)

    async def _end_child(self):
        if self._code.done():
            return
        os.kill(self._child.pid, signal.SIGTERM)
        await asyncio.wait([self._code], timeout=listening.grace() * 0.2)
        if not self._code.done():
            os.kill(self._child.pid, signal.SIGKILL)
            await self._code


class _Elsewhere:
    """Looks for the port of a command that has its own written into it, not $PORT."""

    def __init__(self, loop, pid):
        self._loop = loop
        self._pid = pid
        self._seen = []
        self._since = self._looked = loop.time()

    def settled(self):
        """The one port that the command has had open for long enough; 0 for none."""
        now = self._loop.time()
        if now - self._looked < 1:
            return 0
        self._looked = now
        found = ports.listened_ports(self._pid)
        if found != self._seen:
            self._seen, self._since = found, now
        if len(found) != 1 or now - self._since < _ELSEWHERE_FOR:
            return 0
        sys.stderr.write(
            "nuages: the command listens on port {}, not on $PORT; requests are sent "
            "there\n".format(found[0])
        )
        return found[0]


async def _pump(reader, writer):
    """Copy until the end, then say so to the other side; a broken connection is an end too."""
    try:
        while True:
            data = await reader.read(_CHUNK)
            if not data:
                break
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except (OSError, asyncio.CancelledError):
        writer.close()
