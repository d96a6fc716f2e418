"""Where a request comes from, for what is counted by network address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

SHARED_BITS = 64
"""One household or server has a whole IPv6 network of this size: it counts as one."""


def get_network_address(request: HttpRequest) -> str:
    """Return the address of the machine, or of the IPv6 network, that the request comes from.

    Behind proxies (`PROXIES` of them) it is what the outermost one of ours saw; what a client wrote is not looked at.
    """
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    seen.append(request.META.get("REMOTE_ADDR", ""))
    return _shorten(seen[-1 - settings.PROXIES] if len(seen) > settings.PROXIES else seen[0])


def get_valid_address(request: HttpRequest) -> str | None:
    """Return the same for a column of addresses; None where it is none, as behind a socket of the file system."""
    address = get_network_address(request)
    try:
        ip_address(address)
    except ValueError:
        return None
    return address


def _shorten(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return text[:64]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> SHARED_BITS << SHARED_BITS))
    return str(address)
