"""Programs that use the API, and their tokens."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import factory
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from factory.django import DjangoModelFactory

from repairers.models import ApiToken, Integration, Repairer, Scope, Site
from repairers.tokens import new_secret

ROOT = "/api/v1/"


class IntegrationFactory(DjangoModelFactory):
    class Meta:
        model = Integration
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"workshop-{n}")
    is_program = True

    @factory.post_generation
    def sites(self, _create: bool, sites: Iterable[Site] | None, **_kwargs: Any) -> None:
        self.sites.set(sites or [])

    @factory.post_generation
    def repairers(self, _create: bool, repairers: Iterable[Repairer] | None, **_kwargs: Any) -> None:
        self.repairers.set(repairers or [])


def secret_of(integration: Integration, *scopes: str, days: float = 1) -> str:
    """The secret of a new token, for `scopes` or for all, that is valid for `days`."""
    token = ApiToken(
        integration=integration,
        scopes=list(scopes or Scope.values),
        expires_at=timezone.now() + dt.timedelta(days=days),
    )
    secret = new_secret()
    token.take(secret)
    token.save()
    return secret


class Program:
    """A program with one token; it asks as a real one does, without cookies."""

    def __init__(self, secret: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {secret}", "Accept-Language": "en"})

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> HttpResponse:
        return self.client.get(f"{ROOT}{path}", query, headers=names(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.client.post(f"{ROOT}{path}", body, "application/json", headers=names(headers))

    def patch(self, path: str, body: Any, **headers: str) -> HttpResponse:
        return self.client.patch(f"{ROOT}{path}", body, "application/json", headers=names(headers))

    def send_file(self, path: str, content: bytes, name: str = "a.jpg", **headers: str) -> HttpResponse:
        body = {"file": SimpleUploadedFile(name, content)}
        return self.client.post(f"{ROOT}{path}", body, headers=names(headers))


def names(headers: dict[str, str]) -> dict[str, str]:
    """`if_match` is the header If-Match."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
