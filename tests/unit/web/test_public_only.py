"""Addresses that strangers give us: only public ones are called, and only as checked."""

import socket
import ssl
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from shared.web.public_only import PublicOnly, UrlRefused, check_url, is_public, resolve
from tests.builders.receiver import a_certificate, receiving

PRIVATE = (
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "168.63.129.16",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::7f00:1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2a00:1450::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "100::1",
    "5f00::1",
    "not an address",
    "",
)


class Network(httpx.AsyncBaseTransport):
    """Stands for everything beyond this machine; some addresses may be down."""

    def __init__(self, down: Sequence[str] = ()) -> None:
        self.seen: list[httpx.Request] = []
        self.down = down

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        if request.url.host in self.down:
            raise httpx.ConnectError("down")
        return httpx.Response(204)


class Names:
    """A resolver that knows a few names and counts its questions."""

    def __init__(self, hosts: dict[str, Sequence[str]]) -> None:
        self.hosts = hosts
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        if host not in self.hosts:
            raise socket.gaierror("no such name")
        return self.hosts[host]


class OnPort(httpx.AsyncBaseTransport):
    """Stands for the internet: the receiver's port 443 is another one here."""

    def __init__(self, port: int, network: httpx.AsyncBaseTransport) -> None:
        self.port = port
        self.network = network

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        there = httpx.Request(
            request.method,
            request.url.copy_with(port=self.port),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self.network.handle_async_request(there)

    async def aclose(self) -> None:
        await self.network.aclose()


async def post(transport: PublicOnly, url: str) -> httpx.Response:
    return await transport.handle_async_request(httpx.Request("POST", url, content=b"{}"))


class TestAddresses:
    @pytest.mark.parametrize("address", PRIVATE)
    def test_that_lead_inside_are_not_public(self, address: str) -> None:
        assert not is_public(address)

    @pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "223.5.5.5", "2a00:1450:4001::5"])
    def test_out_on_the_internet_are(self, address: str) -> None:
        assert is_public(address)


class TestUrls:
    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com/",
            "https://example.com:8443/",
            "https://user:secret@example.com/",
            "https://example.com/#here",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "ftp://example.com/",
            "https:///nowhere",
            "gopher://x",
            "nonsense",
            "https://0177.0.0.1/",
            "https://exa mple.com:x/",
            "https://example.com/" + "x" * 500,
        ],
    )
    def test_that_may_not_be_called_are_refused(self, url: str) -> None:
        with pytest.raises(UrlRefused) as refusal:
            check_url(url)

        assert (refusal.value.code, refusal.value.field) == ("webhook-url-refused", "url")

    @pytest.mark.parametrize("url", ["https://example.com/hooks?x=1", "https://8.8.8.8:443/"])
    def test_of_public_https_are_fine(self, url: str) -> None:
        assert check_url(url) == url

    def test_of_this_machine_are_fine_only_when_a_test_says_so(self) -> None:
        for url in ("http://127.0.0.1:8099/", "http://localhost:1/", "https://[::1]:1/"):
            assert check_url(url, loopback_allowed=True) == url
            with pytest.raises(UrlRefused):
                check_url(url)

    def test_of_the_network_are_refused_even_then(self) -> None:
        for url in ("http://10.0.0.1/", "http://example.com/", "https://192.168.1.1/"):
            with pytest.raises(UrlRefused):
                check_url(url, loopback_allowed=True)


class TestPublicOnly:
    async def test_connects_to_the_address_it_checked_under_the_name_it_was_given(self) -> None:
        network, known = Network(), Names({"shop.example": ["8.8.8.8"]})
        transport = PublicOnly(network=network, resolver=known)

        response = await post(transport, "https://shop.example/hooks?a=1")

        [request] = network.seen
        assert response.status_code == 204
        assert str(request.url) == "https://8.8.8.8/hooks?a=1"
        assert request.headers["Host"] == "shop.example"
        assert request.extensions["sni_hostname"] == "shop.example"
        assert known.asked == 1

    async def test_reaches_ipv6(self) -> None:
        network = Network()
        known = Names({"shop.example": ["2a00:1450:4001::5"]})

        await post(PublicOnly(network=network, resolver=known), "https://shop.example/")

        assert str(network.seen[0].url) == "https://[2a00:1450:4001::5]/"

    async def test_refuses_a_name_with_one_private_address_among_public_ones(self) -> None:
        network = Network()
        known = Names({"rebound.example": ["8.8.8.8", "127.0.0.1"]})

        with pytest.raises(UrlRefused):
            await post(PublicOnly(network=network, resolver=known), "https://rebound.example/")

        assert network.seen == []

    @pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433", "localhost"])
    async def test_refuses_other_spellings_of_this_machine(self, host: str) -> None:
        network = Network()

        with pytest.raises((UrlRefused, httpx.ConnectError)):
            await post(PublicOnly(network=network), f"https://{host}/")

        assert network.seen == []

    async def test_refuses_another_port_before_it_asks_for_the_name(self) -> None:
        known = Names({"shop.example": ["8.8.8.8"]})

        with pytest.raises(UrlRefused):
            await post(PublicOnly(network=Network(), resolver=known), "https://shop.example:22/")

        assert known.asked == 0

    async def test_does_not_let_a_name_pass_as_this_machine_over_plain_http(self) -> None:
        network = Network()
        known = Names({"localhost": ["8.8.8.8"]})
        transport = PublicOnly(network=network, resolver=known, loopback_allowed=True)

        with pytest.raises(UrlRefused):
            await post(transport, "http://localhost/")

        assert network.seen == []

    async def test_tries_the_next_address_when_one_does_not_answer(self) -> None:
        network = Network(down=["8.8.8.8"])
        known = Names({"shop.example": ["8.8.8.8", "1.1.1.1"]})

        response = await post(PublicOnly(network=network, resolver=known), "https://shop.example/")

        assert response.status_code == 204
        assert [request.url.host for request in network.seen] == ["8.8.8.8", "1.1.1.1"]

    @pytest.mark.parametrize("hosts", [{}, {"gone.example": []}])
    async def test_says_that_a_name_without_address_cannot_be_reached(
        self, hosts: dict[str, list[str]]
    ) -> None:
        with pytest.raises(httpx.ConnectError):
            await post(
                PublicOnly(network=Network(), resolver=Names(dict(hosts))),
                "https://gone.example/",
            )

    @pytest.mark.parametrize("certified", ["shop.example", "other.example"])
    async def test_proves_the_name_by_tls_though_it_connects_to_an_address(
        self, certified: str, tmp_path: Path
    ) -> None:
        certificate = a_certificate(certified, tmp_path)
        trusting = ssl.create_default_context(cafile=str(certificate))
        async with receiving(certificate=certificate) as receiver:
            known = Names({"shop.example": ["127.0.0.1"]})
            network = OnPort(receiver.port, httpx.AsyncHTTPTransport(verify=trusting))
            transport = PublicOnly(network=network, resolver=known, loopback_allowed=True)

            if certified == "shop.example":
                response = await post(transport, "https://shop.example/")
                await response.aclose()
                assert response.status_code == 204
            else:
                with pytest.raises(httpx.ConnectError, match="certificate"):
                    await post(transport, "https://shop.example/")
            await transport.aclose()

    async def test_reaches_a_receiver_on_this_machine_when_a_test_says_so(self) -> None:
        async with receiving() as receiver:
            transport = PublicOnly(loopback_allowed=True)
            response = await post(transport, receiver.url)
            await response.aclose()
            await transport.aclose()

        assert response.status_code == 204
        assert receiver.received[0].headers["host"] == f"127.0.0.1:{receiver.port}"


class TestResolve:
    async def test_returns_each_address_once(self) -> None:
        assert await resolve("127.0.0.1", 443) == ["127.0.0.1"]
