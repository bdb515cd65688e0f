"""Bodies that come in chunks, without their length, as many programs send JSON: Django would read nothing of them."""

from collections.abc import Callable, Iterable
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse

IN_MEMORY = 1024 * 1024  # bytes, before they go to the disk
MOST = 65 * IN_MEMORY  # the largest document of Winformex II, and a little more


class WithLength:
    """Around the application: such a body is read to its end, and then has a length.

    Where it has no end, `refuse` says what is answered.
    """

    def __init__(self, application: WSGIHandler, refuse: Callable[[HttpRequest], HttpResponse]) -> None:
        self.application, self.refuse = application, refuse

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
            body = _read(environ["wsgi.input"])
            if body is None:
                answer = self.refuse(WSGIRequest({**environ, "wsgi.input": BytesIO()}))
                headers = [*answer.items(), ("Content-Length", f"{len(answer.content)}")]
                start_response(
                    f"{answer.status_code} {answer.reason_phrase}", [*headers, ("Connection", "close")]
                )
                return [answer.content]
            environ |= {"wsgi.input": body, "CONTENT_LENGTH": str(body.tell())}
            body.seek(0)
        return self.application(environ, start_response)


def _read(stream: IO[bytes]) -> IO[bytes] | None:
    body = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (it goes with the request)
    while chunk := stream.read(min(IN_MEMORY, MOST + 1 - body.tell())):
        body.write(chunk)
    return body if body.tell() <= MOST else None
