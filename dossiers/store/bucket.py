"""Files in the bucket of an S3-compatible server: private, and given out by nobody but this program.

By botocore alone, which this module is the only one to load. Of the server no more is asked than what all of them know:
signed requests by path or host, with the hash of what is sent in the signature.
"""

import errno
import io
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible

from dossiers.store.silence import Silence

PIECE = 256 * 1024  # bytes
IN_MEMORY = 1024 * 1024  # bytes; what is larger lies on the disk while it is in use
INSUFFICIENT_STORAGE, NOT_FOUND, SERVER_ERROR = 507, 404, 500
# a connection that was kept may have been closed there
RETRIES = {"mode": "standard", "total_max_attempts": 2}


@deconstructible
class Bucket(Storage):
    """See `Store`. Without an endpoint it is one of AWS; without a key botocore looks for what the machine is given."""

    def __init__(
        self,
        *,
        name: str,
        endpoint: str = "",
        region: str = "",
        access_key: str = "",
        secret_key: str = "",
        patience: float = 10,
    ) -> None:
        """`patience`: seconds that an answer may take to begin, or to go on."""
        self.name, self.endpoint, self.patience, self._silence = name, endpoint, patience, Silence()
        self._given = {
            "endpoint_url": endpoint or None,
            "region_name": region or None,
            "aws_access_key_id": access_key or None,
            "aws_secret_access_key": secret_key or None,
        }

    def put(self, name: str, file: BinaryIO) -> None:
        body: Any = file
        while isinstance(body, File):  # one without a name would pass for an empty one
            body = body.file
        body.seek(0)
        with self._asking(name):
            self._client.put_object(Bucket=self.name, Key=name, Body=body)

    def exists(self, name: str) -> bool:
        try:
            self.size(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        with self._asking(name):
            return int(self._client.head_object(Bucket=self.name, Key=name)["ContentLength"])

    def delete(self, name: str) -> None:
        with self._asking(name):
            self._client.delete_object(Bucket=self.name, Key=name)

    def walk(self, leave_out: Collection[str] = ()) -> Iterator[str]:
        top = {"Bucket": self.name, "Delimiter": "/"}
        for page in self._pages(**top):
            yield from (one["Key"] for one in page.get("Contents", ()))
            for folder in (one["Prefix"] for one in page.get("CommonPrefixes", ())):
                if folder.rstrip("/") not in leave_out:
                    yield from self.below(folder.rstrip("/"))

    def below(self, folder: str) -> Iterator[str]:
        for page in self._pages(Bucket=self.name, Prefix=f"{folder}/"):
            yield from (one["Key"] for one in page.get("Contents", ()))

    def replace_all(self, staged: Path) -> None:
        found = (path for path in staged.rglob("*") if path.is_file()) if staged.exists() else ()
        kept = set()
        for path in found:
            name = path.relative_to(staged).as_posix()
            with path.open("rb") as file:
                self.put(name, file)
            kept.add(name)
        for name in self.walk():
            if name not in kept:
                self.delete(name)

    def elsewhere(self) -> list[str]:
        return []  # it has no folders

    def is_public(self) -> bool:
        name = f"doctor/{uuid.uuid4().hex}"
        self.put(name, io.BytesIO(b"doctor"))
        try:
            self.open(name).close()
            next(self.walk(), None)
            return self._gives_to_anybody(name)
        finally:
            self.delete(name)

    def _gives_to_anybody(self, name: str) -> bool:
        try:
            with self._asking(name):
                self._made(signature_version=UNSIGNED).head_object(Bucket=self.name, Key=name)
        except OSError:  # servers have many numbers for it; with our key it was there a moment ago
            return False
        return True

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        file: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (the reader closes it)
        try:
            with self._asking(name):
                body = self._client.get_object(Bucket=self.name, Key=name)["Body"]
                for piece in body.iter_chunks(PIECE):
                    file.write(piece)
        except OSError:
            file.close()
            raise
        file.seek(0)
        return File(file, name)

    def _pages(self, **asked: str) -> Iterator[dict[str, Any]]:
        pages = iter(self._client.get_paginator("list_objects_v2").paginate(**asked))
        while True:
            with self._asking(asked.get("Prefix", "")):
                page = next(pages, None)
            if page is None:
                return
            yield page

    @contextmanager
    def _asking(self, name: str) -> Iterator[None]:
        """What the server, or the way to it, has against a request becomes an OSError that names no key."""
        self._silence.require_over()
        try:
            yield
        except ClientError as error:
            raise self._refusal(error, name) from error
        except BotoCoreError as error:
            self._silence.begin()
            raise OSError(errno.EIO, type(error).__name__, name) from error
        self._silence.end()

    def _refusal(self, error: ClientError, name: str) -> OSError:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        code = error.response["Error"]["Code"]
        if status >= SERVER_ERROR and status != INSUFFICIENT_STORAGE:
            self._silence.begin()
        else:
            self._silence.end()
        return OSError(_number(status, code), code, name)  # of the class that goes with the number

    @cached_property
    def _client(self) -> Any:
        return self._made(signature_version="s3v4")

    def _made(self, **config: Any) -> Any:
        """A client of its own; one is for all threads. A server of one's own seldom has a name for each bucket."""
        style = {"addressing_style": "path" if self.endpoint else "auto", "payload_signing_enabled": True}
        checksums = ("request_checksum_calculation", "response_checksum_validation")
        config |= {"connect_timeout": 3, "read_timeout": self.patience}
        config |= dict.fromkeys(checksums, "when_required")
        session = botocore.session.get_session()
        return session.create_client("s3", config=Config(s3=style, retries=RETRIES, **config), **self._given)


def _number(status: int, code: str) -> int:
    """A bucket that is not there is no file that is not there: a HEAD, which has no code, can't tell."""
    if status == NOT_FOUND:
        return errno.EIO if code == "NoSuchBucket" else errno.ENOENT
    if status in (401, 403):
        return errno.EACCES
    return errno.ENOSPC if status == INSUFFICIENT_STORAGE else errno.EIO
