"""A relay that brings bytes later, as a distant network does; started as ``python -m benchmarks.delayed PORT SECONDS``.

It stands in for ``tc netem``, which not every kernel has. Bytes take half of a round trip each way, and the first of a
client a whole one more, which the handshake of TCP would take.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from subprocess import PIPE, Popen

HOST = "127.0.0.1"
CHUNK = 1 << 16


@contextmanager
def delayed(port: int, round_trip_s: float) -> Iterator[int]:
    """The port of a relay, in a process of its own, to a port of this machine."""
    command = [sys.executable, "-m", "benchmarks.delayed", str(port), str(round_trip_s)]
    with Popen(command, stdout=PIPE) as relay:
        assert relay.stdout is not None
        try:
            yield int(relay.stdout.readline())
        finally:
            relay.terminate()


async def _relay(port: int, round_trip_s: float) -> None:
    """Serve until the process is ended."""
    half = round_trip_s / 2

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(HOST, port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_carry(reader, back, half, first=round_trip_s))
                both.create_task(_carry(there, writer, half))
        finally:
            back.close()
            writer.close()

    server = await asyncio.start_server(connected, HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float, *, first: float = 0.0
) -> None:
    """Write what arrives, later and in order; then the end."""
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    writing = asyncio.create_task(_write_later(arrived, writer))
    data, more = b"more", first
    while data:
        try:
            data = await reader.read(CHUNK)
        except ConnectionError:
            data = b""
        arrived.put_nowait((loop.time() + delay + more, data))
        more = 0.0
    await writing


async def _write_later(arrived: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    data = b"more"
    while data:
        due, data = await arrived.get()
        await asyncio.sleep(due - loop.time())
        with suppress(OSError, RuntimeError):  # the other side has closed
            writer.write(data) if data else writer.write_eof()


if __name__ == "__main__":
    asyncio.run(_relay(int(sys.argv[1]), float(sys.argv[2])))
