"""Two requests with the same key at the same moment: the deed is done once, and both hear of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from pytest_django.live_server_helper import LiveServer

from dossiers.models import Dossier, Event
from repairers.models import KeptAnswer, Repairer
from tests.api.programs import IntegrationFactory, secret_of
from tests.dossiers.factories import SiteFactory
from tests.processes import PATIENCE


@pytest.mark.django_db(transaction=True)
def test_a_deed_is_done_once_whoever_comes_first(live_server: LiveServer) -> None:
    repairer = Repairer.objects.create(name="Carrosserie Dupont", site=SiteFactory())
    secret = secret_of(IntegrationFactory(sites=[repairer.site]))

    def ask(_number: int) -> requests.Response:
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "at-once"}
        body = {"repairer": repairer.pk, "plate": "1-ABC-234"}
        return requests.post(
            f"{live_server.url}/api/v1/dossiers", json=body, headers=headers, timeout=PATIENCE
        )

    with ThreadPoolExecutor(4) as four:
        answers = list(four.map(ask, range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.text for answer in answers}) == 1
    assert sorted("Idempotent-Replayed" in answer.headers for answer in answers) == [False, True, True, True]
    assert (Dossier.objects.count(), Event.objects.count(), KeptAnswer.objects.count()) == (1, 1, 1)
