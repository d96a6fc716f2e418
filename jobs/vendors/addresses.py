"""Which hosts a result may be fetched from: an address that a vendor names must not lead into our own network."""

import contextlib
import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_address(text: str) -> Address | None:
    """Return the IP address that the text is; what stands for an IPv4 one inside IPv6 as that one.

    The system's own reading counts as well: it takes 2130706433 and 0x7f.1 for 127.0.0.1.
    """
    host = text.partition("%")[0].strip("[]")
    with contextlib.suppress(OSError, ValueError):
        return ipaddress.IPv4Address(socket.inet_aton(host))
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        return found.ipv4_mapped or found.sixtofour or found
    return found


def is_inner(address: Address) -> bool:
    """Return whether it is this machine, a private network, or nothing that the internet knows."""
    return address.is_multicast or not address.is_global


def resolve(host: str) -> list[Address]:
    """Return the addresses that a host's name stands for; none where nobody knows it here (a proxy may)."""
    found: set[Address | None] = set()
    with contextlib.suppress(OSError, UnicodeError):
        found = {read_address(str(entry[4][0])) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    return [address for address in found if address is not None]


def leads_inside(url: str) -> bool:
    """Return whether the host of `url` is, or may be, inside our own network."""
    return any(is_inner(address) for address in resolve(urlsplit(url).hostname or ""))


def names_inside(url: str) -> bool:
    """Return whether `url` says openly that it is inside (an IP address, `localhost`), or leads to this very machine.

    A name that stands for a private address is no such thing: companies reach storage hosts that way.
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    literal = read_address(host)
    if literal is not None:
        return is_inner(literal)
    is_local = host == "localhost" or host.endswith(".localhost")
    return is_local or any(_is_here(address) for address in resolve(host))


def _is_here(address: Address) -> bool:
    return address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast


def _refuse_inside(connection: HTTPConnection) -> None:
    """Look at who really answered: a name may stand for another address than a moment ago."""
    peer = read_address(connection.sock.getpeername()[0])
    if peer is None or is_inner(peer):
        connection.close()
        raise NewConnectionError(connection, "the address leads into a private network")


class OuterHTTPConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _refuse_inside(self)


class OuterHTTPSConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _refuse_inside(self)


class OuterHTTPPool(HTTPConnectionPool):
    ConnectionCls = OuterHTTPConnection


class OuterHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = OuterHTTPSConnection


class OuterAdapter(HTTPAdapter):
    """Connects to no inner address, whatever its name; through a proxy the proxy decides."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": OuterHTTPPool, "https": OuterHTTPSPool}
