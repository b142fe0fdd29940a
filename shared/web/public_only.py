"""A way out to addresses that strangers give us, and never into our own network.

A name is resolved here, every address it has is checked, and the connection goes to an address that
was checked: asking the resolver again could be answered differently. TLS still proves the name.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

import httpx

from shared.kernel.errors import Rejected

ADDRESSES_MAX = 4
"""Addresses of one name that are tried; all of them are checked."""
URL_LENGTH_MAX = 500
HTTPS_PORT = 443

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host and a port to its addresses, as text."""

_REFUSED_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "192.0.0.0/24",  # IETF protocol assignments (RFC 6890), partly "global"
            "192.88.99.0/24",  # the way into 6to4 (RFC 7526)
            "168.63.129.16/32",  # a cloud's own services, on a public address
        ),
    )
)
_GLOBAL_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # IETF protocols, Teredo (2001::/32) among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address in disguise
            "3fff::/20",  # documentation
        ),
    )
)


class UrlRefused(Rejected):
    """We call public https addresses on port 443 and nothing else."""

    code = "webhook-url-refused"
    help = "Give an https URL on port 443 whose name has public addresses only."


def is_public(address: str) -> bool:
    """Say whether an address is out on the internet.

    Stricter than `ipaddress.is_global`, which lets multicast pass and IPv4 addresses wrapped in
    IPv6 (mapped, NAT64, 6to4, Teredo): of IPv6 only native global unicast counts.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        refused = any(ip in network for network in _REFUSED_V4)
        return ip.is_global and not ip.is_multicast and not refused
    refused = any(ip in network for network in _REFUSED_V6)
    return ip in _GLOBAL_UNICAST_V6 and ip.is_global and not refused and ip.scope_id is None


def check_url(text: str, *, loopback_allowed: bool = False) -> str:
    """Return a URL that may be called as far as can be told without asking anybody.

    `loopback_allowed` is for tests: it lets any port of this machine pass, with or without TLS.
    """
    if len(text) > URL_LENGTH_MAX:
        raise UrlRefused(f"has more than {URL_LENGTH_MAX} characters", field="url")
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise UrlRefused("is not a URL", field="url") from error
    if url.userinfo or url.fragment or not url.host:
        raise UrlRefused("needs a host, and no user and no fragment", field="url")
    if loopback_allowed and _is_loopback(url.host):
        return text
    if url.scheme != "https" or (url.port or HTTPS_PORT) != HTTPS_PORT:
        raise UrlRefused("must be https on port 443", field="url")
    if _is_address(url.host) and not is_public(url.host):
        raise UrlRefused("is not a public address", field="url")
    return text


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver; it also unfolds spellings such as 127.1 and 0x7f.1."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PublicOnly(httpx.AsyncBaseTransport):
    """Sends requests to checked public addresses; raises UrlRefused for everything else."""

    def __init__(
        self,
        *,
        network: httpx.AsyncBaseTransport | None = None,
        resolver: Resolve = resolve,
        loopback_allowed: bool = False,
    ) -> None:
        # No connection is kept: two names at one address must each prove themselves.
        self._network = network or httpx.AsyncHTTPTransport(
            limits=httpx.Limits(max_keepalive_connections=0), retries=0, http2=False
        )
        self._resolve = resolver
        self._loopback_allowed = loopback_allowed

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        check_url(str(request.url), loopback_allowed=self._loopback_allowed)
        addresses = await self._checked_addresses(request.url)
        for address in addresses[:-1]:
            try:
                return await self._send(request, address)
            except httpx.ConnectError:
                continue
        return await self._send(request, addresses[-1])

    async def _checked_addresses(self, url: httpx.URL) -> Sequence[str]:
        host = url.raw_host.decode("ascii")
        try:
            found = await self._resolve(host, url.port or HTTPS_PORT)
        except OSError as error:
            raise httpx.ConnectError("the name has no address") from error
        if not found:
            raise httpx.ConnectError("the name has no address")
        if self._loopback_allowed and all(_is_loopback(address) for address in found):
            return found[:ADDRESSES_MAX]
        if not all(is_public(address) for address in found):
            raise UrlRefused("the name has an address that is not public", field="url")
        if url.scheme != "https":
            raise UrlRefused("must be https on port 443", field="url")
        return found[:ADDRESSES_MAX]

    async def _send(self, request: httpx.Request, address: str) -> httpx.Response:
        """Send to an address, keeping the name for the Host header and for TLS."""
        there = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions={
                **request.extensions,
                "sni_hostname": request.url.raw_host.decode("ascii"),
            },
        )
        return await self._network.handle_async_request(there)

    async def aclose(self) -> None:
        await self._network.aclose()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
