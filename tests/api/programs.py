"""Programs that use the API, and their tokens."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from repairers.models import ApiToken, Integration, Repairer, Scope, Site
from repairers.tokens import new_secret


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
