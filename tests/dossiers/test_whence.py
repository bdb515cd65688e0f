"""The trail says from where a person did it; what the link did by itself came from nowhere."""

from django.test import Client

from dossiers import history
from dossiers.models import Event
from repairers.models import Repairer, User
from repairers.whence import current_address
from tests.dossiers.factories import DossierFactory


def test_a_deed_keeps_its_address(client: Client, repairer: Repairer, staff: User) -> None:
    client.force_login(staff)
    dossier = DossierFactory(repairer=repairer)
    client.post(f"/dossiers/{dossier.pk}/comments/", {"text": "Rappeler"}, REMOTE_ADDR="192.0.2.7")
    assert Event.objects.get(verb="commented").address == "192.0.2.7"
    assert current_address() is None


def test_an_address_is_told_past_our_proxy_only(
    client: Client, repairer: Repairer, staff: User, settings: object
) -> None:
    client.force_login(staff)
    dossier = DossierFactory(repairer=repairer)
    said = {"X-Forwarded-For": "203.0.113.9"}
    client.post(f"/dossiers/{dossier.pk}/comments/", {"text": "Rappeler"}, headers=said)
    settings.PROXY_COUNT = 1  # type: ignore[attr-defined]
    client.post(f"/dossiers/{dossier.pk}/comments/", {"text": "Encore"}, headers=said)
    assert [event.address for event in Event.objects.order_by("pk")] == ["127.0.0.1", "203.0.113.9"]


def test_the_link_has_none(repairer: Repairer) -> None:
    assert history.record("linked-by-rule", repairer_id=repairer.pk).address is None
