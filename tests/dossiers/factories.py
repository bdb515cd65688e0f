"""Dossiers and what belongs to them, for tests of the pages."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from dossiers.models import (
    Dossier,
    Mission,
    MissionState,
    OrderLine,
    Photo,
    Quote,
    QuoteState,
    QuoteVersion,
    Transmission,
)
from dossiers.models.photo import FetchState
from repairers.models import Repairer, Site, User

NOW = dt.datetime(2026, 3, 12, 9, 30, tzinfo=dt.UTC)


class SiteFactory(DjangoModelFactory):
    class Meta:
        model = Site

    name = factory.Sequence(lambda n: f"Site {n}")


class RepairerFactory(DjangoModelFactory):
    class Meta:
        model = Repairer

    name = factory.Sequence(lambda n: f"Carrosserie {n:04d}")
    site = factory.SubFactory(SiteFactory)


class StaffFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"staff{n}")
    first_name = "Lotte"
    last_name = "Janssens"
    language = "en"

    @factory.post_generation
    def sites(self, _create: bool, sites: Iterable[Site] | None, **_kwargs: Any) -> None:
        if sites:
            self.sites.set(sites)


class DossierFactory(DjangoModelFactory):
    class Meta:
        model = Dossier

    repairer = factory.SubFactory(RepairerFactory)
    plate = factory.Sequence(lambda n: f"1-ABC-{n:03d}")
    make, model = "Peugeot", "308"
    owner_name = "Carlier Anne"
    owner_number = "10482"
    claim_number = factory.Sequence(lambda n: f"2026/C{n:05d}")


class MissionFactory(DjangoModelFactory):
    class Meta:
        model = Mission

    repairer = factory.SubFactory(RepairerFactory)
    external_id = factory.Sequence(lambda n: f"m-{n}")
    number = factory.Sequence(lambda n: f"2026/{n:07d}")
    number_key = factory.LazyAttribute(lambda row: row.number.replace("/", ""))
    version = 1
    status = "accepted"
    state = MissionState.DOSSIER
    reason = "accepted"
    insurer_name = "Ethias"
    received_at = updated_at = NOW


class QuoteFactory(DjangoModelFactory):
    class Meta:
        model = Quote

    repairer = factory.SelfAttribute("mission.repairer")
    mission = factory.SubFactory(MissionFactory)
    external_id = factory.Sequence(lambda n: f"q-{n}")
    number = factory.Sequence(lambda n: f"2026/{n:07d}-1")
    version = 1
    status = "submitted"
    state = QuoteState.DOSSIER
    accepted_version = 1
    gross = Decimal("121.00")
    received_at = updated_at = NOW


class QuoteVersionFactory(DjangoModelFactory):
    class Meta:
        model = QuoteVersion

    quote = factory.SubFactory(QuoteFactory)
    version = 1
    status = "submitted"
    lines = factory.LazyFunction(lambda: [line("Bumper front", "100.00", code="7P5 807 217")])
    totals = factory.LazyFunction(lambda: {"net": "100.00", "vat": "21.00", "gross": "121.00"})
    digest = "0"
    changed_at = received_at = NOW


class OrderLineFactory(DjangoModelFactory):
    class Meta:
        model = OrderLine

    dossier = factory.SubFactory(DossierFactory)
    quote = factory.LazyAttribute(
        lambda row: QuoteFactory(
            mission=MissionFactory(repairer=row.dossier.repairer, dossier=row.dossier), status="approved"
        )
    )
    part_key = factory.Sequence(lambda n: f"PART{n}")
    code = factory.Sequence(lambda n: f"7P5 {n:03d}")
    description = "Bumper front"
    quantity = "1.00"
    amount = Decimal("412.50")


class PhotoFactory(DjangoModelFactory):
    class Meta:
        model = Photo

    repairer = factory.SelfAttribute("dossier.repairer")
    dossier = factory.SubFactory(DossierFactory)
    fetch_state = FetchState.STORED
    file_name = factory.Sequence(lambda n: f"IMG_{n:04d}.jpg")
    received_at = NOW


class TransmissionFactory(DjangoModelFactory):
    class Meta:
        model = Transmission

    dossier = factory.SubFactory(DossierFactory)
    mailbox = "475869429"
    body = factory.LazyAttribute(lambda row: {"plate": row.dossier.plate, "mileage": 84_210})
    idempotency_key = factory.Sequence(lambda n: f"key-{n:08d}")
    created_at = NOW


def line(description: str, amount: str, kind: str = "part", **more: str) -> dict[str, Any]:
    """A line of a quote as Claims360 sends it."""
    return {"position": 1, "kind": kind, "description": description, "amount": amount, **more}


def linked_mission(dossier: Dossier, **facts: Any) -> Mission:
    """A mission in `dossier`, with `facts` as they came."""
    return MissionFactory(repairer=dossier.repairer, dossier=dossier, facts=facts)
