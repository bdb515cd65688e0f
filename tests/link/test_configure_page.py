"""The popup "Configurer Claims360", over real HTTP: tried first, written once, and no key is ever seen again."""

import logging

import pytest
from django.http import HttpResponse
from django.test import Client

from claims360_link import credentials
from claims360_link.models import Configuration, SyncState
from claims360_link.sandbox.server import Sandbox
from dossiers.dossier_choice import FOUND
from repairers.access import MANY
from repairers.models import Repairer, User
from tests.dossiers.factories import RepairerFactory
from tests.link.world import DEMO, set_options

URL = "/claims360/configure/"
DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}


@pytest.fixture
def browser(client: Client, active: None, staff: User, sandbox: Sandbox) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def keys(sandbox: Sandbox) -> dict[str, str]:
    mine = sandbox.store.keys(DEMO)
    return {"bodyshop_id": DEMO, "bodyshop_key": mine["bodyshop"], "planmanager_key": mine["planmanager"]}


def save(browser: Client, repairer: Repairer, fields: dict[str, str], **more: str) -> HttpResponse:
    return browser.post(URL, {"repairer": repairer.pk, **fields, **more}, headers=DIALOG)


def errors(answer: HttpResponse) -> dict[str, list[str]]:
    return {name: list(texts) for name, texts in answer.context["form"].errors.items()}


def test_the_form(browser: Client, repairer: Repairer) -> None:
    Repairer.objects.filter(pk=repairer.pk).update(mailbox_number=DEMO)
    page = browser.get(f"{URL}?repairer={repairer.pk}")
    for words in ("Configure Claims360", "The configuration is incomplete for the selected repairer.", DEMO):
        assert words in page.content.decode()
    assert list(page.context["form"].fields) == ["bodyshop_id", "bodyshop_key", "planmanager_key"]
    assert "no-store" in page.headers["Cache-Control"]
    popup = browser.get(f"{URL}?repairer={repairer.pk}", headers=DIALOG).content.decode()
    assert "dialog-title" in popup and "<html" not in popup


def test_both_keys_are_saved(
    browser: Client, repairer: Repairer, keys: dict[str, str], staff: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = save(browser, repairer, keys)
    assert answer.headers["HX-Redirect"] == "/claims360/"
    row = Configuration.objects.get()
    assert (row.repairer, row.bodyshop_id, row.checked, row.created_by) == (repairer, DEMO, True, staff)
    assert SyncState.objects.get().asked_at is not None, "the first import begins by itself"
    seen = caplog.text + str(dict(browser.session)) + browser.get("/claims360/").content.decode()
    assert f"{repairer} is configured" in seen
    assert keys["bodyshop_key"] not in seen and keys["planmanager_key"] not in seen


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"bodyshop_id": ""}, "bodyshop_id", "Please fill in this field."),
        ({"bodyshop_key": ""}, "bodyshop_key", "Please fill in this field."),
        ({"planmanager_key": " "}, "planmanager_key", "Please fill in this field."),
        ({"bodyshop_id": "x" * 41}, "bodyshop_id", "letters and digits only"),
        ({"bodyshop_id": "999"}, "bodyshop_key", "Claims360 does not know this key for this body shop."),
        ({"bodyshop_key": "two words"}, "bodyshop_key", "This is no API key"),
        ({"planmanager_key": "k" * 53}, "planmanager_key", "Claims360 does not know this key"),
        ({"planmanager_key": "\x00"}, "planmanager_key", "Null characters"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    browser: Client, repairer: Repairer, keys: dict[str, str], change: dict[str, str], field: str, words: str
) -> None:
    answer = save(browser, repairer, keys | change)
    assert answer.status_code == 422
    assert field in errors(answer) and words in answer.content.decode()
    assert "Save without checking" not in answer.content.decode()
    typed = (keys | change)["planmanager_key" if field == "bodyshop_key" else "bodyshop_key"]
    assert f'value="{typed}"' in answer.content.decode(), "nothing that was typed is lost"
    assert not Configuration.objects.exists()


def test_the_keys_the_wrong_way_round(browser: Client, repairer: Repairer, keys: dict[str, str]) -> None:
    swapped = keys | {"bodyshop_key": keys["planmanager_key"], "planmanager_key": keys["bodyshop_key"]}
    assert errors(save(browser, repairer, swapped)) == {
        "bodyshop_key": ["This is the PlanManager key: paste “Claims360 API (bodyshop)” here."],
        "planmanager_key": ["This is the bodyshop key: paste “Claims360 API (Plan Manager)” here."],
    }


def test_a_bodyshop_id_belongs_to_one_repairer(
    browser: Client, configured: Repairer, staff: User, keys: dict[str, str]
) -> None:
    second = RepairerFactory(site=configured.site)
    assert errors(save(browser, second, keys)) == {
        "bodyshop_id": ["This bodyshop id is configured for another repairer."]
    }


def test_unchecked_is_a_second_click(
    browser: Client, repairer: Repairer, keys: dict[str, str], sandbox: Sandbox
) -> None:
    sandbox.store.faults.add("502", times=None)
    first = save(browser, repairer, keys)
    assert "Claims360 can&#x27;t be reached at the moment" in first.content.decode()
    assert "Save without checking" in first.content.decode() and not Configuration.objects.exists()
    assert save(browser, repairer, keys, unchecked="1").headers["HX-Redirect"] == "/claims360/"
    assert Configuration.objects.get().checked is False


def test_unchecked_does_not_pass_by_a_claims360_that_answers(
    browser: Client, repairer: Repairer, keys: dict[str, str]
) -> None:
    answer = save(browser, repairer, keys | {"bodyshop_key": "k" * 53}, unchecked="1")
    assert list(errors(answer)) == ["bodyshop_key"] and not Configuration.objects.exists()
    save(browser, repairer, keys, unchecked="1")
    assert Configuration.objects.get().checked is True


def test_once_saved_no_key_is_shown_and_nothing_changes(
    browser: Client, configured: Repairer, keys: dict[str, str]
) -> None:
    before = Configuration.objects.get()
    answer = save(browser, configured, keys | {"bodyshop_id": "475869430"})
    page = answer.content.decode()
    for words in (DEMO, f"…{keys['bodyshop_key'][-4:]}", "Lotte Janssens", "support@solera.com"):
        assert words in page
    assert keys["bodyshop_key"] not in page and keys["planmanager_key"] not in page and "<input" not in page
    assert Configuration.objects.get().created_at == before.created_at


def test_an_error_report_names_no_key(browser: Client, repairer: Repairer, keys: dict[str, str]) -> None:
    request = save(browser, repairer, keys | {"bodyshop_id": ""}).wsgi_request
    assert request.sensitive_post_parameters == "__ALL__"


def test_where_there_are_many_repairers_one_is_searched_for(
    client: Client, active: None, helpdesk: User, repairer: Repairer
) -> None:
    """A menu of 10,000 is none; by the search each can still be reached, without JavaScript too."""
    RepairerFactory.create_batch(MANY, site=repairer.site)
    last = RepairerFactory(name="Zwaenepoel Carrosserie", site=repairer.site)
    client.force_login(helpdesk)
    page = client.get(f"{URL}?repairer={repairer.pk}").content.decode()
    assert "<option" not in page and repairer.name in page and "Zwaenepoel" not in page
    search = {"repairer": f"{repairer.pk}", "q": "zwaenep"}
    found = client.get(URL, search).content.decode()
    assert f'href="{URL}?repairer={last.pk}"' in found and page_title(found) == page_title(page)
    fragment = client.get(URL, search, headers={"HX-Request": "true", "HX-Target": "other-repairers"})
    assert fragment.content.decode().split("<div", 1)[1].startswith(' id="other-repairers"')
    assert len(client.get(URL, {**search, "q": "carrosserie"}).context["found"]) == FOUND
    assert "No repairer here is called so." in client.get(URL, {**search, "q": "nobody"}).content.decode()


def test_a_menu_still_offers_a_few(browser: Client, repairer: Repairer) -> None:
    other = RepairerFactory(site=repairer.site)
    page = browser.get(f"{URL}?repairer={other.pk}").content.decode()
    assert page.count("<option") == 2 and f'<option value="{other.pk}" selected>' in page


def page_title(page: str) -> str:
    return page.partition("<title>")[2].partition("</title>")[0]


def test_nothing_is_configured_while_it_is_switched_off(
    browser: Client, repairer: Repairer, keys: dict[str, str]
) -> None:
    set_options(CLAIMS360_ENABLED=False)
    assert save(browser, repairer, keys).status_code == 404
    assert credentials.configuration_of(repairer.pk) is None
