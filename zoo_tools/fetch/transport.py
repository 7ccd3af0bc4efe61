"""One request over one connection, to an address that was checked.

Retries, redirects and what the bytes mean are decided elsewhere. urllib3 does the TLS and the HTTP; the socket on which
it does them is opened here.
"""

import http.client
import io
import os
import re
import ssl
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from pathlib import Path
from socket import socket

from urllib3.connection import HTTPConnection, HTTPSConnection, ProxyConfig

from zoo_tools.errors import UnavailableError
from zoo_tools.fetch.addresses import UnknownHostError, addresses_of, connect, public_addresses
from zoo_tools.fetch.answer import BROKEN_OFF, Answer, OpenLine, faults
from zoo_tools.fetch.faults import Fault
from zoo_tools.fetch.location import HostRules, Location
from zoo_tools.fetch.network import Network
from zoo_tools.fetch.proxies import Proxy, proxy_for

_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

_ROOM = 1 << 16
"""Bytes of an answer that are taken off the socket at once, as long as its header is being read."""


class _Response(http.client.HTTPResponse):
    """Takes a small file off the socket together with its header; a large one passes the buffer by."""

    def __init__(self, sock: socket, debuglevel: int = 0, method: str | None = None, url: str | None = None) -> None:
        super().__init__(sock, debuglevel, method, url)
        roomy = sock.makefile("rb", _ROOM)
        assert isinstance(roomy, io.BufferedReader)  # as asked for
        self.fp.close()
        self.fp = roomy


class _PlainConnection(HTTPConnection):
    """A connection over a socket that is already open."""

    response_class = _Response
    opened: socket | None = None

    def _new_conn(self) -> socket:
        return _handed_over(self)


class _SecureConnection(HTTPSConnection):
    """The same with TLS."""

    response_class = _Response
    opened: socket | None = None

    def _new_conn(self) -> socket:
        return _handed_over(self)


def _handed_over(connection: _PlainConnection | _SecureConnection) -> socket:
    opened, connection.opened = connection.opened, None
    if opened is None:
        raise RuntimeError("a connection is opened once")
    return opened


class Transport:
    """Asks hosts, under rules.

    Args:
        rules: hosts allowed.
        network: what the downloads of a run share.
    """

    def __init__(self, rules: HostRules, network: Network) -> None:
        self.rules = rules
        self.network = network
        self.limits = network.limits

    def get(
        self, location: Location, headers: Mapping[str, str], *, count: Callable[[], None], anew: bool = False
    ) -> Answer:
        """Send one GET and read the header of the answer, whatever its status.

        Args:
            location: what is asked for.
            headers: besides the usual ones.
            count: is called before a request is sent, and may refuse it.
            anew: over a connection of its own.

        Raises:
            UnavailableError: the host, its address, certificate or proxy is refused.
            Fault: no connection, no answer, or none that is HTTP.
        """
        self.network.check()
        self.rules.check(location)
        host = (location.scheme, location.host, location.port)
        proxy = self.network.settled(host, lambda: proxy_for(location))
        key = (*host, proxy and (proxy.scheme, proxy.host, proxy.port))
        count()
        kept = None if anew else self.network.take_line(key)
        if isinstance(kept, OpenLine):
            try:
                return self._ask(kept, location, proxy, headers, is_first=False)
            except Fault as fault:
                if fault.reason != BROKEN_OFF:
                    raise
                # A server may close an idle connection at the moment it is used again: that is no failure.
                count()
        return self._ask(self._open(key, location, proxy), location, proxy, headers, is_first=True)

    def _open(self, key: Hashable, location: Location, proxy: Proxy | None) -> OpenLine:
        """Connect to a checked address of the host, or to the proxy."""
        seconds = self.limits.connect
        if proxy is None:
            addresses = public_addresses(location, self.rules, seconds=seconds)
        else:
            self._check_for_proxy(location)
            addresses = addresses_of(proxy.host, proxy.port, seconds=seconds)
        connection = self._connection(location, proxy)
        opened = connect(addresses, seconds=seconds)
        opened.settimeout(self.limits.silence)
        try:
            watchdog = self.network.watch(opened, self.limits.headers)
        except Fault:
            opened.close()
            raise
        connection.opened, connection.auto_open = opened, 0  # never another one behind our back
        return OpenLine(key, connection, opened, watchdog)

    def _ask(
        self,
        line: OpenLine,
        location: Location,
        proxy: Proxy | None,
        headers: Mapping[str, str],
        *,
        is_first: bool,
    ) -> Answer:
        line.watchdog.allow(self.limits.headers)
        slowness = f"no complete header within {self.limits.headers:g} s"
        try:
            with faults(line.watchdog, self.limits, slowness=slowness):
                response = self._request(line.connection, location, proxy, headers)
        except BaseException:
            line.close()
            raise
        return Answer(response, line, self.network, is_first=is_first)

    def _connection(self, location: Location, proxy: Proxy | None) -> _PlainConnection | _SecureConnection:
        """Prepare the connection to the host, or to the proxy and through it to the host."""
        timeout = self.limits.silence
        if proxy is None:
            if location.scheme == "http":
                return _PlainConnection(location.host, location.port, timeout=timeout)
            return _SecureConnection(location.host, location.port, timeout=timeout, ssl_context=self._tls)
        if location.scheme == "http":
            if proxy.scheme == "http":
                return _PlainConnection(proxy.host, proxy.port, timeout=timeout)
            return _SecureConnection(proxy.host, proxy.port, timeout=timeout, ssl_context=self._tls)
        own_tls = ProxyConfig(self._tls, use_forwarding_for_https=False, assert_hostname=None, assert_fingerprint=None)
        tunnel = _SecureConnection(proxy.host, proxy.port, timeout=timeout, ssl_context=self._tls, proxy_config=own_tls)
        tunnel.set_tunnel(location.host, location.port, headers=proxy.headers, scheme=proxy.scheme)
        return tunnel

    def _request(
        self,
        connection: http.client.HTTPConnection,
        location: Location,
        proxy: Proxy | None,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        sent = {"Host": location.authority, "User-Agent": "zoo_tools", "Accept": "*/*"}
        sent["Connection"] = "keep-alive" if self.network.keeps_lines else "close"
        target = location.target
        if proxy is not None and location.scheme == "http":
            target = f"http://{location.authority}{location.target}"
            sent.update(proxy.headers)
        if isinstance(connection, _PlainConnection | _SecureConnection) and connection.opened is not None:
            self._connect(connection, location, proxy)
        connection.request("GET", target, headers={**sent, **headers})
        # Not urllib3's own reading: it decodes bodies and logs whole addresses, tokens included.
        return http.client.HTTPConnection.getresponse(connection)

    def _connect(
        self, connection: _PlainConnection | _SecureConnection, location: Location, proxy: Proxy | None
    ) -> None:
        """Let urllib3 do the handshakes, over the connection that is open."""
        try:
            connection.connect()
        except ssl.SSLCertVerificationError as error:
            raise UnavailableError(
                f"the certificate of {location.authority} is not valid: {error.verify_message}",
                fix="if your network has a certificate authority of its own, name its file in REQUESTS_CA_BUNDLE",
            ) from error
        except OSError as error:
            if refused := _tunnel_error(error, proxy):
                raise refused from error
            raise
        if connection.opened is not None:  # a urllib3 that opens its own socket would undo the address check
            raise RuntimeError("this version of urllib3 does not use the connection it was given")

    def _check_for_proxy(self, location: Location) -> None:
        """Check what this machine can know of an address that the proxy will look up: it may well not resolve here."""
        try:
            public_addresses(location, self.rules, seconds=self.limits.connect)
        except (Fault, UnknownHostError):
            return

    @property
    def _tls(self) -> ssl.SSLContext:
        """The certificate authorities of this machine, or only those the user names."""
        bundle = next((os.environ[name] for name in _BUNDLES if os.environ.get(name)), None)
        return _authorities(bundle, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=4)
def _authorities(bundle: str | None, file: str | None, folder: str | None) -> ssl.SSLContext:
    """The system's certificate authorities and certifi's, or only those of a bundle or a file.

    Args:
        bundle: what requests and curl call so: a file or folder.
        file: what OpenSSL reads instead of the system's (it does so by itself).
        folder: the same as a folder.
    """
    try:
        if bundle is not None:
            is_folder = Path(bundle).is_dir()
            return ssl.create_default_context(
                cafile=None if is_folder else bundle, capath=bundle if is_folder else None
            )
        context = ssl.create_default_context()
        if not file:
            import certifi  # noqa: PLC0415 - nobody else needs what it imports

            context.load_verify_locations(certifi.where())
    except OSError as error:
        named = bundle or file or folder or "the system's folder"
        raise UnavailableError(
            f"the certificate authorities in {named} cannot be read: {error.strerror or error}",
            fix="correct REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE",
        ) from error
    return context


def _tunnel_error(error: OSError, proxy: Proxy | None) -> Exception | None:
    """Tell a proxy's refusal from a broken connection: http.client has no class of its own for it."""
    refused = re.match(r"Tunnel connection failed: (\d{3})\b", str(error))
    if proxy is None or refused is None:
        return None
    status = int(refused[1])
    if status in {408, 429} or status >= 500:
        return Fault(f"HTTP {status} from {proxy.shown}", of_host=True)
    return UnavailableError(
        f"{proxy.shown} answers HTTP {status}, should pass the request on",
        fix="check the proxy's user name, password and rules",
    )
