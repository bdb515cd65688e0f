"""A write that is repeated with its Idempotency-Key is done once, and answered as it was then."""

import datetime as dt
import functools
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from repairers.api.errors import KeyReused, KeyUnfit
from repairers.models import Integration, KeptAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT_FOR = dt.timedelta(hours=24)
KEY = re.compile(r"[\x21-\x7e]{1,255}")

Write = Callable[..., Response]
First = Callable[..., dict[str, Any]]


def once(write: Write, first: First | None = None) -> Write:
    """The handler of a write, done once for each key of a token's integration.

    Deed and answer are committed together, so there is no moment at which one is there without the other; whoever
    repeats the request meanwhile waits for it. A refused write did nothing: its key is still unused.
    `first` does, for a key that is new and before the transaction, what takes its time and may be done twice; `write`
    gets what it gives, by name. Raises KeyUnfit, KeyReused.
    """

    @functools.wraps(write)
    def guarded(view: APIView, request: Request, *args: Any, **kwargs: Any) -> Response:
        if first is not None and not _of_key(request).exists():
            kwargs |= first(view, request, *args, **kwargs)
        if HEADER not in request.headers:
            return write(view, request, *args, **kwargs)
        with transaction.atomic():
            kept, is_new = _kept(request)
            if not is_new:
                return _answer_again(kept, _digest(request))
            answer = write(view, request, *args, **kwargs)
            kept.status, kept.body = answer.status_code, JSONRenderer().render(answer.data).decode()
            kept.save()
            return answer

    return guarded


def _kept(request: Request) -> tuple[KeptAnswer, bool]:
    """The row of the request's key, and whether it is new. Of two at once, the second waits for the first."""
    if not KEY.fullmatch(request.headers[HEADER]):
        raise KeyUnfit
    mine = _whose(request)
    KeptAnswer.objects.filter(**mine, created_at__lt=timezone.now() - KEPT_FOR).delete()
    return KeptAnswer.objects.get_or_create(**mine, defaults={"request_sha256": _digest(request)})


def _whose(request: Request) -> dict[str, Any]:
    return {"user": cast(Integration, request.user), "key": request.headers.get(HEADER)}


def _of_key(request: Request) -> QuerySet[KeptAnswer]:
    """The answer that is kept for the request's key, if it has one."""
    return KeptAnswer.objects.filter(**_whose(request), created_at__gte=timezone.now() - KEPT_FOR)


def _answer_again(kept: KeptAnswer, digest: str) -> Response:
    if kept.request_sha256 != digest:
        raise KeyReused
    return Response(json.loads(kept.body or "null"), kept.status, headers={REPLAYED: "true"})


def _digest(request: Request) -> str:
    """Names method, address and content of a request; not how its content was written down."""
    content = {name: _plain(value) for name, value in _items(request.data)}
    return hashlib.sha256(
        json.dumps([request.method, request.get_full_path(), content], sort_keys=True).encode()
    ).hexdigest()


def _items(data: Any) -> list[tuple[str, Any]]:
    """What was sent by name; of a form each name with all its values; what is no object under no name."""
    if hasattr(data, "lists"):
        return list(data.lists())
    return list(data.items()) if isinstance(data, dict) else [("", data)]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return _of_file(value) if isinstance(value, UploadedFile) else value


def _of_file(file: UploadedFile) -> list[str | None]:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return [file.name, digest]
