"""Bodies that come in chunks, without their length, as many programs send JSON: Django would read nothing of them."""

from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.core.handlers.wsgi import WSGIHandler

IN_MEMORY = 1024 * 1024  # bytes, before they go to the disk
MOST = 65 * IN_MEMORY  # the largest document of Winformex II, and a little more


class WithLength:
    """Around the application: such a body is read to its end, and then has a length; 413 where it has no end."""

    def __init__(self, application: WSGIHandler) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
            body = _read(environ["wsgi.input"])
            if body is None:
                start_response("413 Content Too Large", [("Content-Length", "0"), ("Connection", "close")])
                return []
            environ |= {"wsgi.input": body, "CONTENT_LENGTH": str(body.tell())}
            body.seek(0)
        return self.application(environ, start_response)


def _read(stream: IO[bytes]) -> IO[bytes] | None:
    body = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (it goes with the request)
    while chunk := stream.read(min(IN_MEMORY, MOST + 1 - body.tell())):
        body.write(chunk)
    return body if body.tell() <= MOST else None
