"""A form with one file, streamed: its length is known, its content never held in memory."""

import io
import os
import uuid
from typing import BinaryIO
from urllib.parse import quote


class Multipart:
    """What requests sends as a body: readable, with a length (RFC 7578)."""

    def __init__(self, file: BinaryIO, file_name: str, mime: str, fields: dict[str, str]) -> None:
        boundary = uuid.uuid4().hex
        self.content_type = f"multipart/form-data; boundary={boundary}"
        head = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        safe = quote(file_name, safe=" ()-_.,") or "photo"
        head += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{safe}"\r\n'
        head += f"Content-Type: {mime}\r\n\r\n"
        tail = f"\r\n--{boundary}--\r\n"
        length = file.seek(0, os.SEEK_END)
        file.seek(0)
        self._parts: list[BinaryIO] = [io.BytesIO(head.encode()), file, io.BytesIO(tail.encode())]
        self.len = len(head.encode()) + length + len(tail)

    def __len__(self) -> int:
        return self.len

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes; fewer only at the end."""
        read = b""
        while self._parts and (size < 0 or len(read) < size):
            piece = self._parts[0].read(size - len(read) if size >= 0 else -1)
            if not piece:
                self._parts.pop(0)
            read += piece
        return read
