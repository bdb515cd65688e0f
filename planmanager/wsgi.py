"""The web server's entry."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planmanager.settings")

django = get_wsgi_application()

import planmanager.celery  # noqa: E402, F401 (no click waits for it)
from planmanager.api.problems import too_large  # noqa: E402 (needs the applications)
from planmanager.chunked import WithLength  # noqa: E402 (needs the applications)
from planmanager.start import begin  # noqa: E402
from planmanager.warm import warm  # noqa: E402

begin()
warm()
application = WithLength(django, too_large)
