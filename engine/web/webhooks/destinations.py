"""Where a webhook may go: to the public internet, and to what the setting `webhook_hosts` names besides.

A URL comes from whoever asks for a job, and we ask it from within our network. So its host is resolved here, every
address that it has must be a public one, and whoever sends connects to one of these very addresses: a name that means
another one a moment later (DNS rebinding) leads nowhere.
"""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from engine.errors import invalid
from engine.web.guard import authority

MAX_URL = 2000
PORTS = (80, 443)
"""Besides all from FIRST_FREE on: other well-known ones are of services that are not HTTP."""
FIRST_FREE = 1024

_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#\\]+)(?P<target>[/?][!-\"$-\[\]-~]*)?", re.IGNORECASE)
"""Visible ASCII without a fragment or a backslash, of which not everybody thinks the same."""

_GLOBAL = IPv6Network("2000::/3")
_NEVER = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/3", "2001::/23", "2001:db8::/32", "3fff::/20",
        ),
    )
)  # fmt: skip
"""Of https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry, multicast, and what is
reserved. Of IPv6, all but 2000::/3 is refused besides."""

Address = IPv4Address | IPv6Address
Resolve = Callable[..., Sequence[tuple[Any, ...]]]


@dataclass(frozen=True)
class Destination:
    """A URL in its parts. `authority`: host and port as the URL says them; `target`: path and query."""

    secure: bool
    host: str
    port: int
    authority: str
    target: str


@dataclass(frozen=True)
class Endpoint:
    """One address of a host, as sockets take it. `trusted`: the setting names it."""

    family: int
    place: tuple[Any, ...]
    trusted: bool


def destination(url: str) -> Destination:
    """Raises INVALID_INPUT for what is no URL of HTTP, has a name or password in it, or is too long."""
    found = _URL.fullmatch(url) if len(url) <= MAX_URL else None
    named = authority(found["authority"]) if found else None
    if found is None or named is None or named.port == 0:
        raise invalid("webhook_url_form", limit=MAX_URL)
    secure = found["scheme"].lower() == "https"
    target = found["target"] or "/"
    return Destination(
        secure, named.name, named.port or (443 if secure else 80), found["authority"].lower(),
        target if target.startswith("/") else f"/{target}",
    )  # fmt: skip


class Reach:
    """`allowed`: names of hosts, `*.` and a name for all below it, addresses and networks that are taken for good,
    with every port."""

    def __init__(self, allowed: Sequence[str], resolve: Resolve = socket.getaddrinfo) -> None:
        self._resolve = resolve
        self._networks: list[IPv4Network | IPv6Network] = []
        self._names: set[str] = set()
        for one in allowed:
            try:
                self._networks.append(ip_network(one))
            except ValueError:
                self._names.add(one)

    def endpoints(self, to: Destination) -> list[Endpoint]:
        """Every address of the host now. Raises INVALID_INPUT where it has none, or one that may not be asked."""
        by_name = self._is_named(to.host)
        try:
            known = self._resolve(to.host, to.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            known = ()
        found: dict[tuple[Any, ...], Endpoint] = {}
        for family, _, _, _, place in known:
            address = ip_address(place[0])
            trusted = by_name or any(address in network for network in self._networks)
            if not trusted and not is_public(address):
                raise invalid("webhook_host", host=to.host)
            found[place] = Endpoint(family, place, trusted)
        if not found:
            raise invalid("webhook_host", host=to.host)  # the same words: who is in our network is nobody's to know
        if to.port not in PORTS and to.port < FIRST_FREE and not all(each.trusted for each in found.values()):
            raise invalid("webhook_port", port=to.port)
        return list(found.values())

    def _is_named(self, host: str) -> bool:
        return host in self._names or any(f"*{host[place:]}" in self._names for place in _dots(host))


def _dots(host: str) -> list[int]:
    return [place for place, letter in enumerate(host) if letter == "."]


def is_public(address: Address) -> bool:
    """Whether it is of one host in the public internet, also behind an IPv6 address that stands for an IPv4 one."""
    if isinstance(address, IPv6Address):
        inner = _embedded(address)
        if inner is not None:
            return is_public(inner)
        if address not in _GLOBAL:
            return False
    return address.is_global and not any(address in network for network in _NEVER if network.version == address.version)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped (RFC 4291), 6to4 (RFC 3056), NAT64 (RFC 6052), ISATAP (RFC
    5214)."""
    if (inner := address.ipv4_mapped or address.sixtofour) is not None:
        return inner
    value = int(address)
    if address in IPv6Network("64:ff9b::/96") or (value >> 32) & 0xFDFF_FFFF == 0x5EFE:
        return IPv4Address(value & 0xFFFF_FFFF)
    return None
