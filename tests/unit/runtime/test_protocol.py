"""Deadlines and sizes of a connection, against a real server and sockets that misbehave."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from deploy.processes import LOOPBACK, free_ports
from shared.runtime.protocol import HEADERS_BYTES_MAX, PatientProtocol
from shared.web.limits import BodyLimit

GET = b"GET / HTTP/1.1\r\nhost: x\r\n"
RESET = b"the connection was reset while we still spoke"
POST = b"POST / HTTP/1.1\r\nhost: x\r\n"


class Impatient(PatientProtocol):
    """The same with deadlines that a test can wait for."""

    headers_s_max = 0.3
    body_s_max = 0.3


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await Response(str(len(body)))(scope, receive, send)


@dataclass
class Client:
    """A socket to the server, without manners."""

    port: int

    async def says(self, *parts: bytes, pause_s: float = 0.0) -> bytes:
        """Send the parts with pauses in between; return all that comes until the end."""
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        try:
            with suppress(ConnectionError):  # cut off while still speaking
                for part in parts:
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(pause_s)
            return await asyncio.wait_for(reader.read(), 10)
        except ConnectionError:
            return RESET
        finally:
            writer.close()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    [port] = free_ports(1)
    config = uvicorn.Config(
        BodyLimit(app),
        host=LOOPBACK,
        port=port,
        http=Impatient,
        lifespan="off",
        log_level="error",
        timeout_keep_alive=1,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield Client(port)
    server.should_exit = True
    await serving


class TestDeadlines:
    async def test_a_silent_connection_is_closed(self, client: Client) -> None:
        assert b"408" in await client.says(b"")

    async def test_half_sent_headers_are_cut_off(self, client: Client) -> None:
        assert b" 408 " in await client.says(GET)

    async def test_headers_that_trickle_do_not_win_time(self, client: Client) -> None:
        trickle = [GET, *(b"x-%d: y\r\n" % number for number in range(8))]

        reply = await client.says(*trickle, pause_s=0.06)

        assert reply == RESET or b" 408 " in reply

    async def test_a_body_that_never_comes_is_cut_off(self, client: Client) -> None:
        assert b" 408 " in await client.says(POST + b"content-length: 10\r\n\r\nabc")

    async def test_others_are_answered_meanwhile(self, client: Client) -> None:
        sleepers = [asyncio.create_task(client.says(GET)) for _ in range(50)]
        await asyncio.sleep(0)

        prompt = await client.says(GET + b"connection: close\r\n\r\n")
        cut = await asyncio.gather(*sleepers)

        assert prompt.startswith(b"HTTP/1.1 200 ")
        assert all(b" 408 " in each for each in cut)

    async def test_a_connection_may_be_used_again(self, client: Client) -> None:
        request = POST + b"content-length: 3\r\n\r\nabc"

        replies = await client.says(request, request, pause_s=0.2)

        assert replies.count(b"HTTP/1.1 200 OK") == 2


class TestSizes:
    async def test_headers_over_the_limit_are_refused(self, client: Client) -> None:
        large = b"x-large: " + b"y" * HEADERS_BYTES_MAX + b"\r\n\r\n"

        assert b" 431 " in await client.says(GET + large)

    async def test_two_answers_to_how_long_a_body_is_are_refused(self, client: Client) -> None:
        ambiguous = POST + b"content-length: 4\r\ntransfer-encoding: chunked\r\n"

        reply = await client.says(ambiguous + b"connection: close\r\n\r\n0\r\n\r\n")

        assert b" 400 " in reply
