"""A fast file server on loopback for the benchmarks of `fetch`: `python -m benchmarks.fetch_server FOLDER [SECONDS]`.

Prints its port. One thread, so that it takes no more of the machine than a server must: it keeps connections open, has
small answers ready in memory and sends large files without copying them. It waits SECONDS before each answer, as a
network does.
"""

import heapq
import os
import selectors
import socket
import sys
import time
from contextlib import suppress
from io import BufferedReader
from itertools import count
from pathlib import Path

_SMALL = 1 << 20


class _Server:
    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder = folder
        self._seconds = seconds
        self._ready: dict[bytes, bytes] = {}
        self._due: list[tuple[float, int, _Line, bytes]] = []
        self._number = count()
        self._selector = selectors.DefaultSelector()

    def run(self, listener: socket.socket) -> None:
        """Serve until standard input ends."""
        self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            left = max(0.0, self._due[0][0] - time.monotonic()) if self._due else None
            for key, _ in self._selector.select(left):
                if isinstance(key.data, _Line):
                    self._serve(key.data)
                elif key.fileobj is listener:
                    line = _Line(listener.accept()[0])
                    self._selector.register(line.socket, selectors.EVENT_READ, line)
                else:
                    return
            while self._due and self._due[0][0] <= time.monotonic():
                _, _, line, path = heapq.heappop(self._due)
                self._answer(line, path)

    def _serve(self, line: "_Line") -> None:
        with suppress(OSError):
            if line.is_sending:
                self._go_on(line)
                return
            block = line.socket.recv(65536)
            line.waiting += block
            while (end := line.waiting.find(b"\r\n\r\n")) >= 0:
                path = line.waiting.split(b" ", 2)[1]
                line.waiting = line.waiting[end + 4 :]
                if self._seconds:
                    heapq.heappush(self._due, (time.monotonic() + self._seconds, next(self._number), line, path))
                else:
                    self._answer(line, path)
            if block:
                return
        self._hang_up(line)

    def _answer(self, line: "_Line", path: bytes) -> None:
        if path not in self._ready:
            file = (self._folder / path.decode().lstrip("/")).open("rb")
            size = os.fstat(file.fileno()).st_size
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
            if size > _SMALL:
                line.socket.send(head)
                line.file, line.sent, line.size = file, 0, size
                self._go_on(line)
                return
            with file:
                self._ready[path] = head + file.read()
        try:
            line.socket.sendall(self._ready[path])
        except OSError:
            self._hang_up(line)

    def _go_on(self, line: "_Line") -> None:
        assert line.file is not None  # while it is sending
        with suppress(BlockingIOError):
            while line.sent < line.size:
                line.sent += os.sendfile(line.socket.fileno(), line.file.fileno(), line.sent, line.size - line.sent)
        is_done = line.sent == line.size
        if is_done:
            line.file.close()
            line.file = None
        self._selector.modify(line.socket, selectors.EVENT_READ if is_done else selectors.EVENT_WRITE, line)

    def _hang_up(self, line: "_Line") -> None:
        with suppress(KeyError, ValueError):
            self._selector.unregister(line.socket)
        line.socket.close()


class _Line:
    """A connection, and the file that is being sent over it."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = connection
        self.waiting = b""
        self.file: BufferedReader | None = None
        self.sent = self.size = 0

    @property
    def is_sending(self) -> bool:
        return self.file is not None


def main() -> None:
    """Serve until standard input ends."""
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    print(listener.getsockname()[1], flush=True)  # noqa: T201 - this is a program
    _Server(folder, seconds).run(listener)


if __name__ == "__main__":
    main()
