"""The helpdesk's admin: who comes in, what can be read there, and that no key is among it."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from claims360_link.admin import condition_of
from claims360_link.models import Configuration, ConfigurationReset, Inquiry, SyncRun, SyncState, Unknown
from dossiers import history
from dossiers.models import Dossier, Event, Mission, OptionChange, SetAside, Transmission
from repairers.models import Repairer, Site, User

KEYS = ("bodyshop-key-0123456789-abcd", "planmanager-key-0123456789-wxyz")
NOW = timezone.now()


@pytest.fixture
def configuration(repairer: Repairer) -> Configuration:
    return Configuration.objects.create(
        repairer=repairer,
        bodyshop_id="475869429",
        bodyshop_key=KEYS[0],
        planmanager_key=KEYS[1],
        bodyshop_key_last4="abcd",
        planmanager_key_last4="wxyz",
    )


@pytest.fixture
def rows(configuration: Configuration, helpdesk: User) -> list[Any]:
    """One row of everything that admin lists."""
    repairer = configuration.repairer
    dossier = Dossier.objects.create(repairer=repairer, plate="1-ABC-234")
    dates = {"received_at": NOW, "updated_at": NOW}
    mission = Mission.objects.create(
        repairer=repairer, external_id="m", number="2026/1", state="dossier", dossier=dossier, **dates
    )
    history.record(
        "accepted", repairer_id=repairer.pk, dossier=dossier, mission=mission, args={"number": "2026/1"}
    )
    return [
        configuration,
        dossier,
        mission,
        Event.objects.get(),
        SetAside.objects.create(
            repairer=repairer,
            entity="quote",
            external_id="q",
            reason="unreadable-amount",
            raw={"a": "é"},
            created_at=NOW,
        ),
        Transmission.objects.create(
            dossier=dossier,
            mailbox="475869429",
            body={"plate": "1-ABC-234"},
            idempotency_key="k",
            created_at=NOW,
        ),
        SyncRun.objects.create(repairer=repairer, bodyshop_id="475869429", trigger="round", started_at=NOW),
        SyncState.objects.create(repairer=repairer, bodyshop_id="475869429", error="keys-refused"),
        ConfigurationReset.objects.create(
            repairer=repairer, bodyshop_id="1", configured_at=NOW, reset_by=helpdesk, reason="moved"
        ),
        repairer,
        repairer.site,
        helpdesk,
    ]


def address(row: Any, page: str = "") -> str:
    base = f"/admin/{row._meta.app_label}/{row._meta.model_name}/"
    return f"{base}{page.format(row.pk)}"


def test_staff_of_a_garage_do_not_come_in(client: Client, staff: User) -> None:
    client.force_login(staff)
    assert client.get("/admin/").status_code == 302


def test_the_helpdesk_needs_no_further_rights(admin: Client) -> None:
    text = admin.get("/admin/").content.decode()
    for model in django_admin.site._registry:
        assert model._meta.app_label in text
    assert "PlanManager · helpdesk" in text


def test_every_list_and_page_opens_and_shows_no_key(admin: Client, rows: list[Any]) -> None:
    for row in rows:
        for url in (address(row), address(row, "{}/change/"), address(row) + "?q=1"):
            answer = admin.get(url)
            assert answer.status_code == 200, url
            assert not any(key in answer.content.decode() for key in KEYS)


def test_a_mission_of_no_dossier_says_so(admin: Client, rows: list[Any]) -> None:
    Mission.objects.update(dossier=None, state="waiting")
    assert "None" not in admin.get(address(rows[2], "{}/change/")).content.decode()


def test_what_was_received_and_what_is_sent_is_said_in_words(admin: Client, rows: list[Any]) -> None:
    Mission.objects.update(status="in_progress", facts={"mileage": 84210, "occurred_on": "2026-03-01"})
    Transmission.objects.update(body={"plate": "1-ABC-234", "mileage": 84210})
    mission = admin.get(address(rows[2], "{}/change/")).content.decode()
    assert "in progress" in mission and "in_progress" not in mission
    assert "<dt>Mileage (km)</dt><dd>84,210\xa0km</dd>" in mission
    assert "<dt>Date of the accident</dt><dd>01/03/2026</dd>" in mission
    sending = admin.get(address(Transmission.objects.get(), "{}/change/")).content.decode()
    assert "<dt>Plate</dt><dd>1-ABC-234</dd>" in sending


def test_who_loses_a_site_is_named_before_it_is_deleted(admin: Client, db: None) -> None:
    site = Site.objects.create(name="Arlon")
    User.objects.create_user("arlon").sites.add(site)
    page = admin.get(address(site, "{}/delete/")).content.decode()
    assert "Person of the site: arlon" in page and "object (" not in page


def test_a_damaged_key_does_not_hide_the_configuration(
    admin: Client, configuration: Configuration, settings: Any
) -> None:
    from cryptography.fernet import Fernet

    settings.CREDENTIALS_KEYS = [Fernet.generate_key().decode()]
    assert "…abcd" in admin.get(address(configuration, "{}/change/")).content.decode()
    assert admin.get(address(configuration)).status_code == 200


def test_what_the_link_writes_is_only_read_here(admin: Client, rows: list[Any]) -> None:
    for row in rows[:9]:
        assert admin.get(address(row, "add/")).status_code == 403, row
        assert admin.get(address(row, "{}/delete/")).status_code == 403, row
        assert admin.post(address(row, "{}/change/"), {"reason": "x"}).status_code == 403, row


def test_users_and_repairers_are_never_deleted(admin: Client, rows: list[Any]) -> None:
    for row in (rows[9], rows[11]):
        assert admin.get(address(row, "{}/delete/")).status_code == 403


def test_a_reset_needs_a_reason_and_leaves_a_trail(
    admin: Client, configuration: Configuration, helpdesk: User
) -> None:
    url = address(configuration, "{}/reset/")
    assert url in admin.get(address(configuration, "{}/change/")).content.decode()
    assert admin.post(url, {"reason": "  "}).status_code == 200
    assert Configuration.objects.exists()
    assert admin.post(url, {"reason": "new keys"}).status_code == 302
    assert not Configuration.objects.exists()
    trail = ConfigurationReset.objects.get()
    assert (trail.reason, trail.reset_by, trail.bodyshop_id) == ("new keys", helpdesk, "475869429")


def test_a_reset_is_for_the_helpdesk(client: Client, staff: User, configuration: Configuration) -> None:
    client.force_login(staff)
    assert client.post(address(configuration, "{}/reset/"), {"reason": "mine"}).status_code == 302
    assert Configuration.objects.exists()


def test_a_repairer_gets_a_site_and_a_mailbox_number(admin: Client, db: None) -> None:
    inline = {"repairers-TOTAL_FORMS": "1", "repairers-INITIAL_FORMS": "0"}
    row = {"repairers-0-name": "Carrosserie Neuve", "repairers-0-mailbox_number": "123456789"}
    answer = admin.post("/admin/repairers/site/add/", {"name": "Liège", **inline, **row})
    assert answer.status_code == 302
    assert Site.objects.get().repairers.get().mailbox_number == "123456789"


def test_a_new_user_belongs_to_sites(admin: Client, repairer: Repairer) -> None:
    password = {"usable_password": "true", "password1": "a-long-password", "password2": "a-long-password"}
    form = {"username": "tom", "sites": [repairer.site.pk], **password}
    assert admin.post("/admin/repairers/user/add/", form).status_code == 302
    user = User.objects.get(username="tom")
    assert list(user.sites.all()) == [repairer.site]
    assert not user.is_staff


@pytest.mark.parametrize(
    ("state", "configured", "says"),
    [
        ({"last_run_at": NOW}, True, "well"),
        ({"last_run_at": NOW}, False, "no longer configured"),
        ({"last_run_at": NOW, "refused_since": NOW, "error": "keys-refused"}, True, "refused the keys since"),
        ({"last_run_at": NOW, "error": "maintenance"}, True, "maintenance"),
        ({}, True, "No round for more than 30 minutes"),
    ],
)
def test_which_link_is_ill_and_why(state: dict[str, Any], configured: bool, says: str) -> None:
    from django.utils import translation

    with translation.override("en"):
        assert says in condition_of(SyncState(**state), NOW, configured=configured)


def test_a_transmission_is_tried_again(admin: Client, rows: list[Any]) -> None:
    sending = rows[5]
    chosen = {"action": "try_again", "_selected_action": [sending.pk]}
    Transmission.objects.update(state="needs_person", error="maintenance")
    said = list(admin.post(address(sending), chosen, follow=True).context["messages"])
    assert [message.level_tag for message in said] == ["success"]
    assert Transmission.objects.get().state == "pending"
    Transmission.objects.update(state="delivered")
    answer = admin.post(address(sending), chosen, follow=True)
    [refused] = answer.context["messages"]
    assert refused.level_tag == "warning"
    assert Transmission.objects.get().state == "delivered"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", "16/01/2026 00:30"),
        ("nl", "16-1-2026 00:30"),
        ("de", "16.01.2026 00:30"),
        ("en", "16/01/2026 00:30"),
    ],
)
def test_a_moment_in_a_title_is_that_of_brussels_in_the_language_of_the_page(
    admin: Client, rows: list[Any], helpdesk: User, language: str, told: str
) -> None:
    User.objects.update(language=language)
    at = dt.datetime(2026, 1, 15, 23, 30, tzinfo=dt.UTC)
    changed = OptionChange.objects.create(name="INFORMEX_EXCLUDES")
    asked = Inquiry.objects.create(repairer=rows[9], mission_external_id="m", asked_at=at)
    for model, column in (
        (Event, "at"),
        (Transmission, "created_at"),
        (SyncRun, "started_at"),
        (OptionChange, "changed_at"),
    ):
        model.objects.update(**{column: at})
    for row in (rows[3], rows[5], rows[6], changed, asked):
        page = admin.get(address(row, "{}/change/")).content.decode()
        titles = re.findall(r"<title>(.*?)</title>|<h1>(.*?)</h1>", page, re.S)
        assert all(told in "".join(title) for title in titles[:2]), titles


# --- how many there are


@pytest.mark.parametrize(
    ("language", "of_history", "unknown"),
    [
        ("fr", "2 lignes de l&#x27;historique", "2 éléments inconnus envoyés par Claims360"),
        ("nl", "2 lijnen van de historiek", "2 onbekende elementen van Claims360"),
        ("de", "2 Zeilen des Verlaufs", "2 unbekannte Elemente von Claims360"),
        ("en", "2 lines of the history", "2 unknown elements sent by Claims360"),
    ],
)
def test_lists_count_in_words_of_their_language(
    client: Client, helpdesk: User, repairer: Repairer, language: str, of_history: str, unknown: str
) -> None:
    for word in ("a", "b"):
        history.record("accepted", repairer_id=repairer.pk, args={"number": word})
        labels = json.dumps({"place": "Quote.status", "word": word})
        Unknown.objects.create(name="unknown_total", labels=labels, value=1, first_at=NOW, last_at=NOW)
    User.objects.update(language=language)
    client.force_login(helpdesk)
    for model, counted in ((Event, of_history), (Unknown, unknown)):
        assert (
            counted
            in client.get(
                reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
            ).content.decode()
        )


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_one_and_many_have_a_word_each(language: str) -> None:
    with translation.override(language):
        same = {
            (model._meta.label, language)
            for model in django_admin.site._registry
            if model._meta.verbose_name == model._meta.verbose_name_plural
            and model._meta.app_label != "constance"
        }
    assert same <= {("repairers.User", "de")}  # Benutzer
