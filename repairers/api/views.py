"""What all views of the API have in common: language, state of what is read, and the rows behind the gate."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.conf import settings
from django.http import HttpResponseBase
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import parse_etags
from django_filters import CharFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import CharField
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from repairers.access import own_row
from repairers.api.errors import Changed, TooLarge
from repairers.api.pages import Walk
from repairers.api.tokens import HasScope, TokenAuthentication, TokenThrottle
from repairers.locking import one_writer
from repairers.models import Integration, Scope

BLANK = CharField.default_error_messages["blank"]


class Json(JSONParser):
    """JSON of a size that is held in memory without a thought."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Raises TooLarge, ParseError."""
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        return super().parse(io.BytesIO(body), media_type, parser_context)


class Filters(DjangoFilterBackend):
    """As the pages filter; but a choice, a number or a time that is left empty is a mistake, and no wish for all."""

    def get_filterset(self, request: Any, queryset: Any, view: Any) -> Any:
        """Raises ValidationError."""
        found = super().get_filterset(request, queryset, view)
        known = found.filters if found is not None else {}
        empty = {name for name, text in request.query_params.items() if not text and name in known}
        if wrong := sorted(name for name in empty if type(known[name]) is not CharFilter):
            raise ValidationError({name: [ErrorDetail(str(BLANK), "blank")] for name in wrong})
        return found


class ApiView(GenericAPIView):
    """`reads` and `writes` are the scopes that its safe methods and its others need.

    `sorts` are the times by which a list can be ordered, beside the id; each has an index.
    """

    http_method_names = ["get", "head", "post", "patch"]
    authentication_classes = [TokenAuthentication]
    permission_classes = [HasScope]
    throttle_classes = [TokenThrottle]
    parser_classes = [Json]
    renderer_classes = [JSONRenderer]
    filter_backends = [Filters]
    pagination_class: type[Walk] | None = Walk
    reads: Scope = Scope.READ
    writes: Scope = Scope.READ
    sorts: tuple[str, ...] = ()
    request: Request

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        translation.activate(translation.get_language_from_request(request._request))
        super().initial(request, *args, **kwargs)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Content-Language"] = translation.get_language()
        patch_vary_headers(answer, ["Authorization", "Accept-Language"])
        if request.method in ("GET", "HEAD") and answer.status_code == 200 and "ETag" not in answer.headers:
            return _with_state(request, answer)
        return answer

    @property
    def program(self) -> Integration:
        """Who asks."""
        return cast(Integration, self.request.user)

    def get_object(self) -> Any:
        """The row that the address names; Http404 when it is not among those that the program may see."""
        return own_row(self.get_queryset(), self.kwargs["pk"])

    def document(self) -> Any:
        """What a GET of the row answers."""
        return self.get_serializer(self.get_object()).data

    def must_match(self) -> None:
        """Raises Changed where If-Match names another state of the row than it now has."""
        wanted = self.request.headers.get("If-Match", "*")
        if wanted != "*" and etag_of(self.document()) not in parse_etags(wanted):
            raise Changed

    @contextmanager
    def as_read(self, repairer_id: int) -> Iterator[None]:
        """Nobody else changes what is the repairer's, and the row is as the program read it. Raises Changed."""
        with one_writer(repairer_id):
            self.must_match()
            yield


def etag_of(document: Any) -> str:
    """Names the state of a row or a page, as it is told in the language of the moment."""
    return f'"{hashlib.sha256(JSONRenderer().render(document)).hexdigest()[:32]}"'


def _with_state(request: Request, answer: Response) -> HttpResponseBase:
    """`answer` with its ETag, or 304 where the program has it already."""
    answer.headers["ETag"] = etag = etag_of(answer.data)
    answer.headers["Cache-Control"] = "private, no-cache"
    unchanged = get_conditional_response(request._request, etag=etag, response=answer)
    return cast(HttpResponseBase, unchanged)
