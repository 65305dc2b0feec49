"""HTTP between aiohttp's client and the simulated Tesla without sockets: the same handlers, the same bytes, less time.

Everything above the socket is aiohttp's own, at both ends. A month has some ninety thousand requests, and the way
through the kernel is what takes longest of them.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, override

from aiohttp import BaseConnector, ClientConnectionError, ClientTimeout, web
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest

KEPT_S = 30 * 86_400.0  # idle connections stay open: closing them would be one more timer a minute


class _End(asyncio.Transport):
    """One end of a connection in memory."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__({"peername": ("127.0.0.1", 0), "sockname": ("127.0.0.1", 0)})
        self._loop = loop
        self._closing = False
        self.protocol: asyncio.Protocol | None = None
        self.other: _End | None = None

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.other is not None and not self._closing:
            self._loop.call_soon(self.other.receive, bytes(data))

    @override
    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def receive(self, data: bytes) -> None:
        """Give the protocol of this end what the other has written."""
        if self.protocol is not None and not self._closing:
            self.protocol.data_received(data)

    @override
    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._lost)
            if self.other is not None:
                self._loop.call_soon(self.other.close)

    @override
    def abort(self) -> None:
        self.close()

    def _lost(self) -> None:
        if self.protocol is not None:
            self.protocol.connection_lost(None)

    @override
    def is_closing(self) -> bool:
        return self._closing

    @override
    def pause_reading(self) -> None:
        """Answers are short: nobody is ever too slow to read one."""

    @override
    def resume_reading(self) -> None:
        """As `pause_reading`."""

    @override
    def get_write_buffer_size(self) -> int:
        return 0

    @override
    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is ever buffered."""


class MemoryConnector(BaseConnector):
    """Connects a client session to the servers of a simulated Tesla, by their base URLs."""

    def __init__(self, servers: Mapping[str, web.Server]) -> None:
        """Take the servers; none of them is asked yet."""
        super().__init__(keepalive_timeout=KEPT_S)
        self._servers = servers

    @override
    async def _create_connection(
        self, req: ClientRequest, traces: list[Any], timeout: ClientTimeout
    ) -> ResponseHandler:
        server = self._servers.get(str(req.url.origin()))
        if server is None:
            raise ClientConnectionError(f"nothing answers at {req.url.origin()}")
        here, there = _End(self._loop), _End(self._loop)
        here.other, there.other = there, here
        here.protocol, there.protocol = client, _ = self._factory(), server()
        there.protocol.connection_made(there)
        client.connection_made(here)
        return client
