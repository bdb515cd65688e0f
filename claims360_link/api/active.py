"""What is there only once the helpdesk has switched Claims360 on."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from dossiers.options import claims360_enabled
from dossiers.sentences import sentence


class OnlyWhenActive:
    """Raises NotFound before activation, whoever asks."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if not claims360_enabled():
            raise NotFound(sentence("not-active"), "not-active")
