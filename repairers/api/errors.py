"""Why the API refuses a request whatever it is about; each with its status, a code, and a sentence."""

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException


class KeyUnfit(APIException):
    status_code = 400
    default_code = "idempotency-key-form"
    default_detail = _("An Idempotency-Key has 1 to 255 visible characters.")


class KeyReused(APIException):
    status_code = 422
    default_code = "idempotency-key-reused"
    default_detail = _("This Idempotency-Key came with another request before.")


class Changed(APIException):
    status_code = 412
    default_code = "changed-meanwhile"
    default_detail = _("This has changed since it was read: read it again.")


class TooLarge(APIException):
    status_code = 413
    default_code = "too-large"
    default_detail = _("A request has 5 MB at most, and the file of a photo beside it.")
