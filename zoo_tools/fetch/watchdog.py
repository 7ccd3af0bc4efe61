"""Cuts connections when their time is up, whichever layer is waiting on them.

A socket's own time-out starts anew with every byte, so that a server which sends one byte every 29 s holds a reader for
ever, in the header above all. One thread watches all connections of a run, for as long as there are any.
"""

import math
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from zoo_tools.fetch.faults import Fault


def start_thread(target: Callable[[], None], *, name: str) -> None:
    """Start a thread that nobody waits for at the end.

    Raises:
        Fault: this process may have no more of them; soon it may.
    """
    try:
        threading.Thread(target=target, name=name, daemon=True).start()
    except RuntimeError as error:
        raise Fault("this machine gives no more threads") from error


class Kennel:
    """The watchdogs of a run, and the thread that wakes them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._dogs: set[Watchdog] = set()
        self._is_watching = False
        self._wakes = math.inf

    def watch(self, connection: socket.socket, seconds: float) -> "Watchdog":
        """Watch a connection until its watchdog is closed.

        Args:
            connection: connected socket; a duplicate is kept, so that it may be wrapped (TLS) or closed meanwhile.
            seconds: the time allowed from now on.

        Raises:
            Fault: there is nobody to watch it.
        """
        with self._changed:
            if not self._is_watching:
                start_thread(self._watch, name="zoo_tools download watchdog")
                self._is_watching, self._wakes = True, 0
            dog = Watchdog(self, connection.dup(), time.monotonic() + seconds)
            self._dogs.add(dog)
            self.look(dog.deadline)
        return dog

    def cut_all(self) -> None:
        """End every wait on every connection now."""
        with self._changed:
            for dog in self._dogs:
                dog.cut()

    def look(self, deadline: float) -> None:
        """Look again no later than that."""
        with self._changed:
            if deadline < self._wakes:  # otherwise it looks in time, and waking it costs more than a file
                self._wakes = deadline
                self._changed.notify()

    def forget(self, dog: "Watchdog") -> None:
        """Stop watching."""
        with self._changed:
            self._dogs.discard(dog)
            if not self._dogs:
                self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while self._dogs:
                now = time.monotonic()
                for dog in self._dogs:
                    if dog.deadline <= now:
                        dog.cut()
                self._wakes = min(dog.deadline for dog in self._dogs)
                self._changed.wait(None if self._wakes == math.inf else self._wakes - now)
            self._is_watching = False


class Watchdog:
    """Watches one connection.

    Args:
        kennel: wakes it.
        connection: is its own.
        deadline: monotonic time at which the connection is cut.
    """

    def __init__(self, kennel: Kennel, connection: socket.socket, deadline: float) -> None:
        self.fired = False
        self.deadline = deadline
        self._kennel = kennel
        self._connection = connection

    def allow(self, seconds: float | None) -> None:
        """Replace what is left of the time by `seconds` from now on; None while nobody waits on the connection."""
        self.deadline = math.inf if seconds is None else time.monotonic() + seconds
        self._kennel.look(self.deadline)

    def cut(self) -> None:
        """End every wait on the connection now."""
        self.fired, self.deadline = True, math.inf
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop watching."""
        self._kennel.forget(self)
        self._connection.close()
