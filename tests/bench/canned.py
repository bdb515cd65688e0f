"""A Claims360 that has everything ready: as little work of its own as may be, so that what is measured is ours.

`python -m tests.bench.canned [SECONDS] [PHOTO]` serves a feed with nothing new, the file PHOTO as every photo (with its
id at the end), and takes what is returned, each after SECONDS. It prints its port; GET /told says what was asked of it.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

CHUNK = 256 * 1024  # bytes
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
NOTHING_NEW = json.dumps({"items": [], "next_cursor": "c1", "has_more": False}).encode()
TAKEN = json.dumps(
    {"id": "ph-1", "mission_id": "ms-1", "version": 1, "sha256": "0" * 64, "bytes": 1}
).encode()


@dataclass(frozen=True)
class Canned:
    """`url` of the API; what it has done so far."""

    url: str
    process: psutil.Process

    def told(self) -> dict[str, int]:
        """How often each was asked, and "bytes": how many were returned to it."""
        return requests.get(f"{self.url}/told", timeout=10).json()


@contextmanager
def canned(seconds: float = 0.0, photo: Path | None = None) -> Iterator[Canned]:
    """One that runs in a process of its own, and ends with the block."""
    command = [sys.executable, "-m", "tests.bench.canned", str(seconds), *([str(photo)] if photo else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield Canned(f"http://127.0.0.1:{int(server.stdout.readline())}/v1", psutil.Process(server.pid))
        finally:
            server.terminate()


class Server:
    def __init__(self, seconds: float, photo: bytes) -> None:
        self._seconds, self._photo, self._told = seconds, photo, Counter[str]()

    async def serve(self) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, limit=CHUNK)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await self._swallow(reader, head)
                await self._answer(head.split(b" ", 2)[1].decode(), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _swallow(self, reader: asyncio.StreamReader, head: bytes) -> None:
        announced = LENGTH.search(head)
        left = int(announced[1]) if announced else 0
        while left and (piece := await reader.read(min(left, CHUNK))):
            left -= len(piece)
            self._told["bytes"] += len(piece)

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        name = path.partition("?")[0].rpartition("/")[2]
        if name != "told":
            self._told[name] += 1
            await asyncio.sleep(self._seconds)
        kind, body = self._found(path, name)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (kind, len(body)))
        writer.write(body)
        await writer.drain()

    def _found(self, path: str, name: str) -> tuple[bytes, bytes]:
        if name == "content":  # no two are the same: the id stands behind the end of the picture
            return b"image/jpeg", self._photo + path.split("/")[-2].encode()
        bodies = {"changes": NOTHING_NEW, "told": json.dumps(self._told).encode()}
        return b"application/json", bodies.get(name, TAKEN)


def main() -> None:
    seconds = float(sys.argv[1]) if sys.argv[1:] else 0.0
    photo = Path(sys.argv[2]).read_bytes() if sys.argv[2:] else b""
    asyncio.run(Server(seconds, photo).serve())


if __name__ == "__main__":
    main()
