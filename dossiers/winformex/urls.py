"""Where Winformex II sends to, and what waits of it while Claims360 is off."""

from django.urls import path

from dossiers.views import winformex_queue
from dossiers.winformex import api

app_name = "winformex"

urlpatterns = [
    path("", winformex_queue.page, name="queue"),
    path("missions/<int:pk>/", winformex_queue.decide_on, name="decide"),
    path("v2/documents", api.Documents.as_view(), name="documents"),
]
