"""The two addresses of OpenID Connect: 404 without a provider, and nothing of what is behind them is loaded then."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string


def _where_there_is_one(view: str) -> Callable[[HttpRequest], HttpResponseBase]:
    @login_not_required
    def guarded(request: HttpRequest) -> HttpResponseBase:
        if not settings.OIDC_ISSUER:
            raise Http404
        answer: HttpResponseBase = import_string(f"repairers.oidc.{view}").as_view()(request)
        return answer

    return guarded


begin = _where_there_is_one("BeginView")
callback = _where_there_is_one("CallbackView")
