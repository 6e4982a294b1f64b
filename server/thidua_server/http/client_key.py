"""The rate-limit key of a client: what limits count an address as."""

import contextlib
import ipaddress
from functools import lru_cache


@lru_cache(4096)
def counted_as(address: str) -> str:
    """What limits count an address as: of IPv6 the network, of which one customer has all addresses."""
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(address).version == 6:
            return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return address
