"""The options of the database: read, refused when wrong, saved with a history, previewed without saving."""

from typing import Any

import pytest
from constance import config
from constance.signals import config_updated
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from dossiers.intake.rules import Queueing
from dossiers.models import Dossier, Mission, OptionChange, Quote
from dossiers.options import ExcludesField, QueueingField, claims360_enabled, options_from, read_options
from repairers.models import Repairer, User

PAGE = "/admin/constance/config/"
DEFAULTS = {"CLAIMS360_ENABLED": False, "INFORMEX_QUEING": "missions", "INFORMEX_EXCLUDES": ""}


def posted(admin: Client, **values: Any) -> dict[str, Any]:
    """What the browser sends of the options' form, `values` typed in."""
    form = admin.get(PAGE).context["form"]
    shown = {"INFORMEX_QUEING": "missions", "INFORMEX_EXCLUDES": ""}
    return {"version": form.initial["version"], **shown, **values}


def received(repairer: Repairer, number: str, **more: Any) -> Mission:
    now = timezone.now()
    more = {"status": "new", "state": "waiting", **more}
    return Mission.objects.create(
        repairer=repairer, external_id=number, number=number, received_at=now, updated_at=now, **more
    )


def test_read_in_one_statement(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    config.INFORMEX_EXCLUDES = "make = Tesla\ninsurer = Ethias*"
    with django_assert_num_queries(1):
        options = read_options()
    assert (options.claims360_enabled, options.queueing) == (False, Queueing.MISSIONS)
    assert [rule.text for rule in options.excludes] == ["make = Tesla", "insurer = Ethias*"]
    assert len(options.digest) == 16


def test_the_digest_follows_the_rules_and_not_the_activation() -> None:
    digest = options_from(DEFAULTS).digest
    assert options_from({**DEFAULTS, "CLAIMS360_ENABLED": True}).digest == digest
    assert options_from({**DEFAULTS, "INFORMEX_EXCLUDES": "make = Tesla"}).digest != digest
    assert options_from({**DEFAULTS, "INFORMEX_QUEING": "all"}).digest != digest


@pytest.mark.parametrize(
    ("stored", "read"),
    [("0", "off"), ("1", "all"), (0, "off"), (1, "all"), (True, "all"), ("quotes", "quotes")],
)
def test_old_values_of_the_queueing(stored: Any, read: str) -> None:
    assert options_from({**DEFAULTS, "INFORMEX_QUEING": stored}).queueing.value == read
    assert QueueingField().prepare_value(stored) == read
    assert QueueingField().clean(str(stored)) == read


def test_an_unknown_queueing_is_refused() -> None:
    with pytest.raises(ValidationError):
        QueueingField().clean("sometimes")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("make Tesla", 1),
        ("make = Tesla\n\ncolour = red", 3),
        ("\r\nmake =", 2),
        ("smart_expertise = perhaps", 1),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(text: str, line: int) -> None:
    with translation.override("en"), pytest.raises(ValidationError) as refused:
        ExcludesField(required=False).clean(text)
    assert refused.value.messages[0].startswith(f"Line {line}: ")


def test_only_the_helpdesk_comes_here(client: Client, staff: User) -> None:
    client.force_login(staff)
    assert client.get(PAGE).status_code == 302
    client.post(PAGE, {"CLAIMS360_ENABLED": "on"})
    assert not claims360_enabled()


def test_the_helpdesk_activates_claims360(admin: Client, helpdesk: User) -> None:
    seen = []

    def note(key: str, new_value: Any, **_: Any) -> None:
        seen.append((key, new_value))

    config_updated.connect(note)
    answer = admin.post(PAGE, posted(admin, CLAIMS360_ENABLED="on"))
    config_updated.disconnect(note)
    assert answer.status_code == 302
    assert claims360_enabled()
    assert ("CLAIMS360_ENABLED", True) in seen
    change = OptionChange.objects.get()
    assert (change.name, change.old, change.new) == ("CLAIMS360_ENABLED", "False", "True")
    assert change.changed_by == helpdesk
    assert change in admin.get(PAGE).context["changes"]
    history = admin.get(PAGE + "history/", follow=True)
    assert "CLAIMS360_ENABLED" in history.content.decode()


def test_a_wrong_line_saves_nothing(admin: Client) -> None:
    answer = admin.post(
        PAGE, posted(admin, CLAIMS360_ENABLED="on", INFORMEX_EXCLUDES="make = Tesla\nnonsense")
    )
    assert answer.status_code == 200
    assert "Line 2: " in answer.content.decode()
    assert not claims360_enabled()
    assert not OptionChange.objects.exists()


def test_an_option_changed_by_somebody_else_meanwhile_is_not_overwritten(admin: Client) -> None:
    mine = posted(admin, INFORMEX_EXCLUDES="make = Tesla")
    admin.post(PAGE, posted(admin, INFORMEX_EXCLUDES="make = Volvo"))
    assert admin.post(PAGE, mine).status_code == 200
    assert read_options().excludes[0].text == "make = Volvo"


def test_the_preview_shows_what_changes_and_saves_nothing(admin: Client, repairer: Repairer) -> None:
    excluded = received(repairer, "1", facts={"make": "Tesla"})
    received(repairer, "2", facts={"make": "Volvo"})
    answer = admin.post(PAGE, posted(admin, INFORMEX_EXCLUDES="make = tesla", _preview="1"))
    shown = answer.context["preview"]
    assert shown.total == 2
    assert shown.counts == [("excluded", 0, 1), ("waiting", 2, 1)]
    [change] = shown.changes
    assert (change.mission, change.before, change.after) == (excluded, "waiting", "excluded")
    assert change.rule == "make = tesla"
    assert "make = tesla" in answer.context["form"]["INFORMEX_EXCLUDES"].value()
    assert read_options().excludes == ()
    assert Mission.objects.get(pk=excluded.pk).state == "waiting"


def test_the_preview_judges_quotes_too(admin: Client, repairer: Repairer) -> None:
    dossier = Dossier.objects.create(repairer=repairer)
    mission = received(repairer, "1", facts={"make": "Tesla"}, state="dossier", dossier=dossier)
    now = timezone.now()
    dates = {"received_at": now, "updated_at": now}
    quote = Quote.objects.create(
        repairer=repairer,
        mission=mission,
        external_id="q",
        version=1,
        state="dossier",
        status="draft",
        **dates,
    )
    answer = admin.post(
        PAGE, posted(admin, INFORMEX_EXCLUDES="kind = quote and status = draft", _preview="1")
    )
    [change] = answer.context["preview"].changes
    assert (change.record, change.before, change.after) == (quote, "dossier", "excluded")


def test_the_preview_of_a_wrong_line_says_which(admin: Client) -> None:
    answer = admin.post(PAGE, posted(admin, INFORMEX_EXCLUDES="nonsense", _preview="1"))
    assert answer.context["preview"] is None
    assert "Line 1: " in answer.content.decode()


def test_the_preview_takes_as_many_statements_for_many_as_for_one(
    repairer: Repairer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    from dossiers.preview import preview

    now, then = options_from(DEFAULTS), options_from({**DEFAULTS, "INFORMEX_QUEING": "off"})
    for number in range(30):
        received(repairer, str(number), facts={"make": "Tesla"})
    with django_assert_num_queries(2):
        shown = preview(now, then)
    assert shown.counts == [("dossier", 0, 30), ("waiting", 30, 0)]
