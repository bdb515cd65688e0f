"""Where Winformex II sends to."""

from django.urls import path

from dossiers.winformex import api

app_name = "winformex"

urlpatterns = [path("v2/documents", api.Documents.as_view(), name="documents")]
