"""The host in an address, and whether what is sent there leaves the machine."""

import ipaddress


def host_of(address: str) -> str:
    """The host of host:port, of [host]:port, or of a host alone."""
    if address.count(":") > 1 and not address.startswith("["):
        return address
    host, colon, _ = address.rpartition(":")
    return (host if colon and not address.endswith("]") else address).strip("[]")


def is_loopback(address: str) -> bool:
    """Whether what is sent to this address never leaves the machine."""
    host = host_of(address)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
