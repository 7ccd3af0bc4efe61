"""The proxy that the environment names: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, as requests reads them.

Behind a proxy it is the proxy that looks names up and connects. The address check covers what this machine can look up
itself; the list of allowed hosts holds as ever.
"""

import base64
import os
import re
import sys
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from zoo_tools.errors import UnavailableError
from zoo_tools.fetch.location import Location

_PROXY = re.compile("_proxy$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where requests go instead of to their host.

    Args:
        scheme: "http" or "https": how the proxy itself is spoken to.
        host: name or address.
        port: number.
        headers: what only the proxy may see (its password).
    """

    scheme: str
    host: str
    port: int
    headers: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def shown(self) -> str:
        """How messages name it: without user name and password."""
        return f"the proxy {self.host}:{self.port}"


def proxy_for(location: Location) -> Proxy | None:
    """The proxy to use for an address, if any.

    Raises:
        UnavailableError: the environment names one that is not http or https.
    """
    if sys.platform not in {"win32", "cygwin", "darwin"} and not any(map(_PROXY.search, os.environ)):
        return None  # elsewhere the system's settings count as well
    from requests.utils import get_environ_proxies, select_proxy  # noqa: PLC0415 - who has no proxy does without

    url = f"{location.scheme}://{location.authority}/"  # not the whole address: it may hold a token
    address = select_proxy(url, get_environ_proxies(url))
    if not address:
        return None
    proxy = _parsed(address)
    if proxy is None:
        raise UnavailableError(
            f"the proxy for {location.scheme} in the environment cannot be used, should be http://HOST:PORT",
            fix=f"correct {location.scheme}_proxy, or add {location.host} to no_proxy",
        )
    return proxy


def _parsed(address: str) -> Proxy | None:
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if host is None or parts.scheme not in {"http", "https"}:
        return None
    headers = {}
    if parts.username is not None:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = "Basic " + base64.b64encode(secret.encode()).decode("ascii")
    return Proxy(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), headers)
