"""The head of an answer leaves together with the first part of its body.

gunicorn sends one after the other. When a worker is killed between the two, the proxy has passed
the head on already and cannot ask another worker: the visitor would get half an answer.
"""

from gunicorn.http import wsgi

# What is larger is not worth the copy, and leaves in several parts anyway.
_LARGEST = 65536


class _Collected(bytearray):
    """Takes what a response would send."""

    def sendall(self, data):
        """As a socket has it."""
        self.extend(data)


class Answer(wsgi.Response):
    """gunicorn's response, which sends its head with the first write."""

    def write(self, arg):
        """Send a part of the body."""
        if self.headers_sent or len(arg) > _LARGEST:
            super().write(arg)
            return
        sock, collected = self.sock, _Collected()
        self.sock = collected
        try:
            super().write(arg)
        finally:
            self.sock = sock
            if collected:
                sock.sendall(collected)


def install():
    """Have gunicorn's workers answer in this way."""
    wsgi.Response = Answer
