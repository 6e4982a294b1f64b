"""Rate-limit key of a client: what limits count an address as."""

import contextlib
import ipaddress
from functools import lru_cache


@lru_cache(4096)
def client_key(address: str) -> str:
    """The key of an address: itself, or of IPv6 the network, of which one customer has all addresses."""
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(address).version == 6:
            return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return address
