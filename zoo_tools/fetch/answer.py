"""What a server answers, and everything that can go wrong while it does.

Each wait ends: a single one by the socket's time-out, all of them together by a watchdog.
"""

import http.client
import re
import select
import ssl
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from socket import socket
from types import TracebackType
from typing import Self

from urllib3.exceptions import HTTPError

from zoo_tools.fetch.faults import Fault
from zoo_tools.fetch.limits import Limits
from zoo_tools.fetch.network import Network
from zoo_tools.fetch.verify import BLOCK
from zoo_tools.fetch.watchdog import Watchdog

BROKEN_OFF = "the connection is broken off"
_SHORT = 1 << 14
_PATIENCE = 1.0
"""Seconds: a new connection takes less."""


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A connection to a host.

    Args:
        key: to what and how: only requests to the very same may use it.
        connection: speaks HTTP.
        socket: what it speaks over.
        watchdog: cuts it.
    """

    key: Hashable
    connection: http.client.HTTPConnection
    socket: socket
    watchdog: Watchdog

    @property
    def is_quiet(self) -> bool:
        """Whether nothing came since the last answer: neither an end nor words of a server out of step."""
        return not self.watchdog.fired and not select.select([self.socket], [], [], 0)[0]

    def close(self) -> None:
        """Hang up."""
        self.watchdog.close()
        self.connection.close()
        self.socket.close()


class Answer:
    """The header of a response and, block by block, its body.

    Args:
        response: header read, body not.
        line: the connection; given back or closed with the answer.
        network: takes connections back.
        is_first: on this connection; a later one may be what the server had still to say to an earlier request.
    """

    def __init__(self, response: http.client.HTTPResponse, line: OpenLine, network: Network, *, is_first: bool) -> None:
        self.status = response.status
        self.is_first = is_first
        self._response = response
        is_chunked = self.header("Transfer-Encoding").lower() == "chunked"
        text = self.header("Content-Length")
        self.length = int(text) if re.fullmatch("[0-9]{1,18}", text) and not is_chunked else None
        """The Content-Length, when there is one that counts and can be understood."""
        self.tells_its_end = is_chunked or self.length is not None
        """Whether an early end can be told from the proper one."""
        self._line = line
        self._network = network
        self._limits = network.limits
        self._is_at_end = self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_at_end = self._is_at_end and error is None
        self.close()

    def close(self) -> None:
        """Hang up, or keep the connection for a next file when this answer was read to its end."""
        if self._is_closed:
            return
        self._is_closed = True
        self._response.close()
        if self._is_at_end and self._network.keeps_lines and not self._response.will_close:
            self._line.watchdog.allow(None)
            self._network.give_line(self._line.key, self._line)
        else:
            self._line.close()

    def leave(self) -> None:
        """Take what is left of a short answer that nobody wants, so that its connection can be kept; then close."""
        if self._network.keeps_lines and self.length is not None and self.length <= _SHORT:
            self._line.watchdog.allow(_PATIENCE)
            with suppress(Fault), faults(self._line.watchdog, self._limits, slowness=""):
                self._is_at_end = len(self._response.read(self.length)) == self.length
        self.close()

    def header(self, name: str) -> str:
        """The value of a field, without what surrounds it; empty when there is none."""
        return (self._response.getheader(name) or "").strip()

    def blocks(self) -> Iterator[bytes]:
        """The body, as it was sent.

        Raises:
            Fault: it ends early, stops, or is too slow.
        """
        needed, watchdog = self._limits.rate * self._limits.window, self._line.watchdog
        watchdog.allow(self._limits.window)
        got = in_window = 0
        while True:
            with faults(watchdog, self._limits, slowness=f"less than {self._limits.rate:g} bytes a second"):
                block = self._response.read1(BLOCK)
            if not block:
                break
            got += len(block)
            in_window += len(block)
            if in_window >= needed:
                in_window = 0
                watchdog.allow(self._limits.window)
            yield block
        if self.length is not None and got < self.length:
            raise Fault(BROKEN_OFF)
        self._is_at_end = self.tells_its_end


@contextmanager
def faults(watchdog: Watchdog, limits: Limits, *, slowness: str) -> Iterator[None]:
    """Turn everything that can go wrong on a connection into a Fault, in words without addresses or tokens.

    Args:
        watchdog: tells whether it cut the connection.
        limits: for the words.
        slowness: what it means when it did.
    """
    try:
        yield
    except (OSError, HTTPError, http.client.HTTPException) as error:
        if watchdog.fired:
            raise Fault(slowness, slow=True) from error
        raise _fault(error, limits) from error
    if watchdog.fired:  # what was cut looks like an end
        raise Fault(slowness, slow=True)


def _fault(error: Exception, limits: Limits) -> Fault:
    match error:
        case TimeoutError():
            return Fault(f"no byte for {limits.silence:g} s", slow=True)
        case ssl.SSLError():
            return Fault("the TLS connection fails")
        case ConnectionError() | http.client.IncompleteRead():
            return Fault(BROKEN_OFF)
        case OSError(strerror=str(reason)):
            return Fault(reason.lower())
        case _:
            return Fault("the answer is not valid HTTP")
