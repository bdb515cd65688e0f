"""What became of a mission, moment by moment: on its page, and where its row of the list opens."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import translation

from claims360_link.timeline import timeline
from dossiers import history
from dossiers.models import Mission, MissionState, SetAside
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from repairers.models import Repairer, User
from tests.dossiers.factories import (
    NOW,
    DossierFactory,
    MissionFactory,
    PhotoFactory,
    QuoteFactory,
    QuoteVersionFactory,
    TransmissionFactory,
)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def after(minutes: int) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


@pytest.fixture
def mission(repairer: Repairer, staff: User) -> Mission:
    """Received with a quote and photos, accepted, sent for; then a second version and a record that can't be read."""
    dossier = DossierFactory(repairer=repairer, plate="1-ABC-234")
    row = MissionFactory(repairer=repairer, dossier=dossier, version=3, updated_at=after(30))
    quote = QuoteFactory(mission=row, number="2026/7-1", version=2)
    totals = {"gross": "1100.50"}
    QuoteVersionFactory(quote=quote, version=1, received_at=NOW, totals={"gross": "1000.00"})
    QuoteVersionFactory(quote=quote, version=2, received_at=after(30), status="approved", totals=totals)
    for n, state in enumerate((FetchState.STORED, FetchState.PENDING, FetchState.FAILED)):
        known = {"source": "claims360", "external_id": f"p{n}", "fetch_state": state, "received_at": NOW}
        PhotoFactory(dossier=None, repairer=repairer, mission=row, **known)
    event = history.record(
        "accepted",
        repairer_id=repairer.pk,
        actor=staff,
        dossier=dossier,
        mission=row,
        args={"number": "2026/7"},
    )
    type(event).objects.update(at=after(10))
    TransmissionFactory(
        dossier=dossier, mission=row, created_by=staff, state=SendState.DELIVERED, delivered_at=after(20)
    )
    SetAside.objects.create(
        repairer=repairer, entity="quote", mission_external_id=row.external_id, reason="unreadable-amount",
        raw={}, created_at=after(40),
    )  # fmt: skip
    return row


def test_all_that_happened_the_newest_first(mission: Mission) -> None:
    assert [
        (moment.text.replace("\xa0", " "), moment.who, moment.kind) for moment in timeline([mission])
    ] == [
        ("quote kept aside: an amount can't be read", "", "bad"),
        ("quote 2026/7-1, version 2: approved, 1,100.50 € (+100.50 €)", "", "info"),
        ("changed in Claims360: version 3", "", "info"),
        ("sending to Claims360, delivered: 1-ABC-234, 84,210 km", "Lotte Janssens", "ok"),
        ("accepted mission 2026/7", "Lotte Janssens", "ok"),
        ("3 photos, 1 still to come, 1 could not be fetched", "", "bad"),
        ("quote 2026/7-1, version 1: submitted, 1,000.00 €", "", "info"),
        ("received from Claims360", "", "info"),
    ]


def test_what_came_both_ways_has_one_timeline(mission: Mission, repairer: Repairer) -> None:
    at = {"received_at": after(50), "updated_at": after(50)}
    twin = MissionFactory(
        repairer=repairer, source="winformex", twin_of=mission, dossier=mission.dossier, **at
    )
    assert timeline([mission, twin])[0].text == "received from Winformex II"


def test_what_was_only_announced_says_so(repairer: Repairer) -> None:
    announced = MissionFactory(repairer=repairer, state=MissionState.INCOMPLETE, version=0)
    [moment] = timeline([announced])
    assert "it has not come yet" in moment.text


def test_the_page_and_the_row_show_it(client: Client, active: None, mission: Mission, staff: User) -> None:
    client.force_login(staff)
    url = f"/claims360/missions/{mission.pk}/"
    headers = {"HX-Request": "true", "HX-Target": f"opened-{mission.pk}"}
    page, opened = client.get(url).content.decode(), client.get(url, headers=headers).content.decode()
    for shown in (page, opened):
        assert "version 2: approved" in shown and "accepted mission 2026/7" in shown
    assert opened.lstrip().startswith(f'<tr class="opened" id="opened-{mission.pk}">')


def test_a_row_opens_beside_the_dossiers_that_may_fit(
    client: Client, active: None, repairer: Repairer, staff: User
) -> None:
    client.force_login(staff)
    waiting = MissionFactory(
        repairer=repairer, state=MissionState.WAITING, reason="queueing", plate_key="1ABC234",
        facts={"plate": "1-ABC-234", "make": "Škoda", "deductible": str(Decimal("250"))},
    )  # fmt: skip
    dossier = DossierFactory(repairer=repairer, plate="1ABC234", make="Audi")
    headers = {"HX-Request": "true", "HX-Target": f"opened-{waiting.pk}"}
    opened = client.get(f"/claims360/missions/{waiting.pk}/", headers=headers).content.decode()
    assert f"Dossier {dossier.pk}" in opened and "differs" in opened and "Audi" in opened
