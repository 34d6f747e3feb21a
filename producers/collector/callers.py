"""Who is calling: the address of a connection, or the one that trusted proxies name."""

import ipaddress
from functools import lru_cache
from typing import Any

from aiohttp import web


def peer_of(transport: Any) -> str:
    """Return the network of a connection's other end, "" if it has none."""
    name = transport.get_extra_info("peername") if transport is not None else None
    return network_of(str(name[0])) if isinstance(name, tuple) and name else ""


def caller_of(request: web.Request, proxies: int) -> str:
    """Return the network of whoever sent a request through so many proxies of ours.

    Each proxy appends the address that it was called from to X-Forwarded-For. What stands before those of
    our own proxies was written by the caller, and may be anything: it is not looked at. A request with fewer
    addresses did not come through all of them; then the connection counts.
    """
    if proxies:
        lines = request.headers.getall("X-Forwarded-For", ())
        named = [part.strip() for line in lines for part in line.split(",")]
        if len(named) >= proxies and (network := network_of(named[-proxies])):
            return network
    return network_of(request.remote or "")


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return an IPv4 address as it is, of an IPv6 address the network (/64) of one line; "" for no address.

    Addresses may have a port, as some proxies write them.
    """
    host = address[1:].partition("]")[0] if address.startswith("[") else address
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        known = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, 64), strict=False))
