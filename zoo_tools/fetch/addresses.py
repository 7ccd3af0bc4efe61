"""Network addresses of a host, and which of them a stranger's manifest may make this machine connect to.

Only what the resolver answers is judged: a host has too many spellings (`127.1`, `0x7f000001`) for a check of its text
to mean anything. The addresses returned are then connected to as they are; a second look-up could answer differently.
"""

import ipaddress
import socket
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import NamedTuple

from zoo_tools.errors import UnavailableError
from zoo_tools.fetch.faults import Fault
from zoo_tools.fetch.location import HostRules, Location
from zoo_tools.fetch.watchdog import start_thread

_SocketAddress = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
_Answer = tuple[socket.AddressFamily, socket.SocketKind, int, str, _SocketAddress]

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_CARRIERS = {
    "a NAT64 address": ipaddress.IPv6Network("64:ff9b::/96"),
    "a local NAT64 address": ipaddress.IPv6Network("64:ff9b:1::/48"),
    "a 6to4 address": ipaddress.IPv6Network("2002::/16"),
    "a Teredo address": ipaddress.IPv6Network("2001::/32"),
}


class Address(NamedTuple):
    """A resolved address, in the form in which a socket connects to it without asking the resolver again."""

    family: int
    socket_address: _SocketAddress

    @property
    def text(self) -> str:
        """Numeric, possibly with a zone (`fe80::1%eth0`)."""
        return str(self.socket_address[0])


class UnknownHostError(UnavailableError):
    """A host name that cannot be looked up from here."""


def refusal(address: str) -> str | None:
    """Say why an address must not be connected to, or None when it is a public one.

    Args:
        address: numeric, as a resolver gives it.
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        for name, network in _CARRIERS.items():  # each hides an IPv4 address that a relay would connect to
            if parsed in network:
                return name
        parsed = parsed.ipv4_mapped or parsed
    kinds = {
        "a loopback address": parsed.is_loopback,
        "a link-local address": parsed.is_link_local,
        "a multicast address": parsed.is_multicast,
        "an unspecified address": parsed.is_unspecified,
        "a private address": parsed.is_private,
        "not a public address": not parsed.is_global
        or (isinstance(parsed, ipaddress.IPv6Address) and parsed not in _GLOBAL_UNICAST),
    }
    return next((kind for kind, applies in kinds.items() if applies), None)


def public_addresses(location: Location, rules: HostRules, *, seconds: float) -> list[Address]:
    """Resolve a host, once, and keep the addresses that may be connected to.

    Args:
        location: the host.
        rules: where internal addresses are allowed.
        seconds: for the look-up.

    Raises:
        UnavailableError: there is no such host, or it has no address of the kind allowed.
        Fault: the resolver does not answer at the moment.
    """
    found = addresses_of(location.host, location.port, seconds=seconds)
    if rules.trusts(location):
        return found
    refused = {address: reason for address in found if (reason := refusal(address.text))}
    allowed = [address for address in found if address not in refused]
    if not allowed:
        address, reason = next(iter(refused.items()))
        raise UnavailableError(
            f"{location.shown} leads to {address.text}, {reason}, should lead to a public one",
            fix=f"if you run this server yourself, give --allow-host {location.authority}",
        )
    return allowed


def addresses_of(host: str, port: int, *, seconds: float) -> list[Address]:
    """All addresses of a host, in the resolver's order.

    Args:
        host: name or address.
        port: number.
        seconds: a resolver knows no time limit of its own, or one of minutes.

    Raises:
        UnknownHostError: there is no such host.
        Fault: the resolver does not answer at the moment.
    """
    try:
        answers = _looked_up(host, port, seconds)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise Fault(f"the name {host} cannot be looked up at the moment", of_host=True) from error
        raise UnknownHostError(
            f"the host {host} is not known", fix="check the address and the network connection"
        ) from error
    except UnicodeError as error:
        raise UnavailableError(f"{host} is not a host name", fix="correct the address") from error
    return list(dict.fromkeys(Address(family, where) for family, _, _, _, where in answers))


def _looked_up(host: str, port: int, seconds: float) -> Sequence[_Answer]:
    """Ask the resolver from a thread of its own, which stays behind when it does not answer in time."""
    answers: SimpleQueue[Sequence[_Answer] | OSError | UnicodeError] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    start_thread(ask, name="zoo_tools look-up")
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise Fault(f"the name {host} cannot be looked up within {seconds:g} s", of_host=True) from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def connect(addresses: Sequence[Address], *, seconds: float) -> socket.socket:
    """Connect to the first of these addresses that answers; the time is shared out among them.

    Raises:
        Fault: none does.
    """
    end = time.monotonic() + seconds
    reason = "no address"
    for at, address in enumerate(addresses):
        share = (end - time.monotonic()) / (len(addresses) - at)
        try:
            return _connected(address, seconds=max(share, 0.05))
        except TimeoutError:
            reason = f"no connection within {seconds:g} s"
        except OSError as error:
            reason = (error.strerror or "no connection").lower()
    raise Fault(reason, of_host=True)


def _connected(address: Address, *, seconds: float) -> socket.socket:
    opened = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        opened.settimeout(seconds)
        opened.connect(address.socket_address)
    except BaseException:
        opened.close()
        raise
    return opened
