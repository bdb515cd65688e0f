"""Documents of Winformex II: repeated, changed, late, unreadable; in the same queue and rules as Claims360's."""

import json
from typing import Any

import pytest

from dossiers import facts
from dossiers.models import Content, Mission, Photo, Quote, QuoteVersion, SetAside
from dossiers.winformex import receive
from dossiers.winformex.documents import Mission as MissionFacts
from repairers.models import Repairer
from tests.dossiers.factories import DossierFactory, RepairerFactory
from tests.dossiers.pictures import archive, heic, png, webp
from tests.link.world import set_options
from tests.winformex.world import FACTS, NUMBER, album, encoded, held, mission, picture, quote, send

EARLY, LATE = "2026-03-12T10:00:00+01:00", "2026-03-12T11:00:00+01:00"


def aside() -> list[tuple[str, str, bool]]:
    """What was kept aside: kind, reason, whether it is resolved."""
    rows = SetAside.objects.filter(source="winformex").order_by("pk")
    return [(row.entity, row.reason, row.resolved_at is not None) for row in rows]


def test_a_document_knows_every_fact_of_a_dossier() -> None:
    assert set(facts.NAMES) <= set(MissionFacts.__struct_fields__)


# --- a mission ----------------------------------------------------------------------------------------------------


def test_a_mission_waits_in_the_queue_with_all_that_it_says(repairer: Repairer) -> None:
    send(repairer, mission(deductible="250.00", inspection_at="2026-03-16T09:00:00", mileage=84_210))
    row = held()
    assert (row.state, row.reason, row.version, row.task_code) == ("waiting", "queueing", 1, "EXP")
    assert row.facts.items() >= {**FACTS, "deductible": "250.00", "mileage": 84_210}.items()
    assert row.facts["inspection_at"] == "2026-03-16T08:00:00Z"  # Brussels, in winter


@pytest.mark.parametrize("again", [NUMBER, "2026-0004711", " 2026 0004711 "])
def test_the_same_mission_again_is_nothing(repairer: Repairer, again: str) -> None:
    send(repairer, mission(), mission(number=NUMBER))
    assert (Mission.objects.count(), held().version) == (1, 1)
    send(repairer, mission(number=again, make="Škoda"))
    row = Mission.objects.get()
    assert (row.version, row.make) == (2, "Škoda")


def test_what_differs_is_a_new_version_and_fills_the_dossier(repairer: Repairer) -> None:
    set_options(INFORMEX_QUEING="off")
    send(repairer, mission(), mission(make="Škoda"))
    row = held()
    assert row.dossier is not None
    assert (row.version, row.dossier.make, row.dossier.plate) == (2, "Škoda", "1-ABC-234")


def test_an_older_mission_that_comes_late_changes_nothing_and_is_kept(repairer: Repairer) -> None:
    send(repairer, mission(sent_at=LATE), mission(sent_at=EARLY, make="Old"))
    assert (held().version, held().make) == (1, "Peugeot")
    assert aside() == [("mission", "older-document", True)]


def test_the_rules_hold_for_both(repairer: Repairer) -> None:
    set_options(INFORMEX_EXCLUDES="task_code = EXP and owner = carlier*")
    send(repairer, mission())
    assert (held().state, held().reason) == ("excluded", "excluded-by-rule")


def test_a_mission_finds_its_dossier(repairer: Repairer) -> None:
    set_options(INFORMEX_QUEING="off")
    dossier = DossierFactory(repairer=repairer, plate="1 abc 234", claim_number="c-1")
    send(repairer, mission())
    assert held().dossier == dossier


def test_two_repairers_may_have_the_same_number(repairer: Repairer) -> None:
    send(repairer, mission())
    send(RepairerFactory(), mission(make="Škoda"))
    assert sorted(Mission.objects.values_list("make", "version")) == [("Peugeot", 1), ("Škoda", 1)]


@pytest.mark.parametrize(
    ("name", "value", "noted"),
    [
        ("mileage", "many", "many"),
        ("mileage", -1, "-1"),
        ("power_kw", 92.5, "92.5"),
        ("occurred_on", "31.02.2026", "31.02.2026"),
        ("first_registered_on", "0001-01-01", "0001-01-01"),
        ("deductible", "1,50", "1,50"),
        ("damage_zones", "front", "front"),
        ("comments", ["no comment"], '["no comment"]'),
    ],
)
def test_one_bad_field_hides_no_repair_job(repairer: Repairer, name: str, value: Any, noted: str) -> None:
    send(repairer, mission(**{name: value}))
    row = held()
    assert row.state == "waiting"
    assert row.facts.get(name) is None
    assert row.notes == {f"mission.{name}": noted}
    send(repairer, mission(model="308"))
    assert held().notes == {}


def test_signs_that_no_database_holds(repairer: Repairer) -> None:
    send(repairer, json.dumps(mission(owner_name="Car\0lier\ud800")).encode())
    assert held().owner_name == "Carlier"


# --- what can't be read -----------------------------------------------------------------------------------------------

UNREADABLE = [
    (b"", "document-not-json"),
    (b"<mission/>", "document-not-json"),
    (b"\xff\xfe{", "document-not-json"),
    (b"[" * 100_000, "document-not-json"),
    (b"[]", "unreadable-data"),
    (b"{}", "list-unknown"),
    ({**mission(), "list_code": "77"}, "list-unknown"),
    ({**mission(), "number": "--"}, "unreadable-number"),
    ({**mission(), "number": 4711}, "unreadable-number"),
    ({**mission(), "mission": "gone"}, "unreadable-data"),
    ({**mission(), "quotes": {}}, "unreadable-data"),
]


@pytest.mark.parametrize(("document", "reason"), UNREADABLE, ids=lambda value: str(value)[:30])
def test_what_cannot_be_read_is_kept_with_its_reason(repairer: Repairer, document: Any, reason: str) -> None:
    for _ in range(2):
        assert not send(repairer, document).taken
    assert [(reason, False)] == [(why, resolved) for _kind, why, resolved in aside()]
    assert Mission.objects.count() == 0


def test_a_later_good_document_clears_the_bad_one(repairer: Repairer) -> None:
    send(repairer, {**mission(), "mission": "gone"}, mission())
    assert aside() == [("mission", "unreadable-data", True)]


def test_what_a_newer_release_can_read_is_taken_over(repairer: Repairer) -> None:
    send(repairer, {**mission(), "mission": "gone"})
    row = SetAside.objects.get()
    assert not receive.try_again(row.pk)
    row.raw = mission()
    row.save()
    assert receive.try_again(row.pk)
    assert held().state == "waiting"
    assert aside() == [("mission", "unreadable-data", True)]


# --- quotes ---------------------------------------------------------------------------------------------------------


def versions() -> list[tuple[int, str | None]]:
    return [(row.version, row.gross) for row in QuoteVersion.objects.order_by("version")]


def test_each_changed_quote_is_a_version_beside_the_last(repairer: Repairer) -> None:
    set_options(INFORMEX_QUEING="off")
    for gross in ("121.00", "121.00", "130.00"):
        send(repairer, mission(quotes=[quote(gross)]))
    row = Quote.objects.get()
    assert versions() == [(1, "121.00"), (2, "130.00")]
    assert (row.external_id, row.state, row.accepted_version) == ("202600047111", "dossier", 2)


def test_a_quote_that_goes_back_is_a_version_too(repairer: Repairer) -> None:
    for gross in ("121.00", "130.00", "121.00"):
        send(repairer, mission(quotes=[quote(gross)]))
    assert versions() == [(1, "121.00"), (2, "130.00"), (3, "121.00")]


def test_an_older_quote_that_comes_late(repairer: Repairer) -> None:
    send(repairer, mission(quotes=[quote("130.00")], sent_at=LATE))
    send(repairer, mission(quotes=[quote("121.00")], sent_at=EARLY))
    assert versions() == [(1, "130.00")]
    assert ("quote", "older-document", True) in aside()


def test_a_repeated_old_document_is_no_news(repairer: Repairer) -> None:
    first = mission(quotes=[quote("121.00")], sent_at=EARLY)
    send(repairer, first, mission(quotes=[quote("130.00")], sent_at=LATE), first)
    assert versions() == [(1, "121.00"), (2, "130.00")]
    assert aside() == []


def test_a_supplement_is_a_quote_of_its_own(repairer: Repairer) -> None:
    send(repairer, mission(quotes=[quote(), quote("50.00", supplement=1)]))
    assert sorted(Quote.objects.values_list("external_id", "supplement")) == [
        ("202600047111", 0),
        ("202600047111/1", 1),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        {"totals": {"gross": "many"}},
        {"lines": [{"description": "no amount"}]},
        {"lines": "none"},
        {"supplement": -1},
    ],
)
def test_a_wrong_cent_sets_the_quote_aside_and_not_the_mission(repairer: Repairer, bad: Any) -> None:
    outcome = send(repairer, mission(quotes=[quote(**bad), quote("50.00", number="other")]))
    assert outcome.taken
    assert aside() == [("quote", "unreadable-amount", False)]
    assert (held().state, Quote.objects.get().number) == ("waiting", "other")
    send(repairer, mission(quotes=[quote()]))
    assert aside() == [("quote", "unreadable-amount", True)]


# --- albums ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("photo", [picture(), png(), webp(), heic()], ids=["jpeg", "png", "webp", "heic"])
def test_photos_are_decoded_and_held_as_they_came(repairer: Repairer, photo: bytes) -> None:
    send(repairer, mission(), album({"content": encoded(photo), "caption": "Avant", "sequence": 0}))
    row = Photo.objects.get()
    assert (row.fetch_state, row.caption, row.sequence, row.mission) == ("stored", "Avant", 0, held())
    assert row.content is not None
    assert row.content.file.read() == photo


def test_a_photo_that_comes_again_is_held_once(repairer: Repairer) -> None:
    outcome = send(repairer, mission(), album(picture()), album(picture(), picture(80)), album(picture()))
    assert (Photo.objects.count(), Content.objects.count()) == (2, 2)
    assert outcome.tally.as_dict()["photos"] == {"received": 0, "stored": 0, "failed": 0}


def test_the_same_photo_of_two_missions(repairer: Repairer) -> None:
    send(repairer, mission(), mission(number="other"), album(picture()), album(picture(), number="other"))
    assert (Photo.objects.count(), Content.objects.count()) == (2, 1)
    assert aside() == []


def test_an_album_may_come_before_its_mission(repairer: Repairer) -> None:
    send(repairer, album(picture()))
    assert (held().state, held().reason) == ("incomplete", "shell")
    send(repairer, mission())
    assert (held().state, held().version, held().photos.count()) == ("waiting", 2, 1)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param({"content": encoded(archive())}, "photo-not-an-image", id="an archive"),
        pytest.param({"content": encoded(picture()[:500])}, "photo-damaged", id="cut off"),
        pytest.param({"content": "%%%"}, "photo-content", id="no base64"),
        pytest.param({"content": "é"}, "photo-content", id="no ASCII"),
        pytest.param({}, "photo-content", id="nothing"),
        pytest.param({"file": "IMG_1.jpg"}, "photo-file", id="a file that did not come along"),
        pytest.param({"file": "../secret.jpg"}, "photo-file", id="a file of elsewhere"),
        pytest.param("no record", "unreadable-data", id="no record"),
    ],
)
def test_what_is_no_photo_is_kept_aside_and_the_others_are_taken(
    repairer: Repairer, bad: Any, reason: str
) -> None:
    document = album(picture())
    document["photos"].append(bad)
    send(repairer, mission(), document)
    assert Photo.objects.get().fetch_state == "stored"
    assert aside() == [("photo", reason, False)]


def test_the_bytes_of_what_is_no_photo_are_kept_in_a_file(repairer: Repairer, settings: Any) -> None:
    content = encoded(archive())
    send(repairer, album({"content": content, "caption": "What is this?"}))
    raw = SetAside.objects.get().raw
    assert raw["caption"] == "What is this?"
    assert (settings.MEDIA_ROOT / raw["content"]).read_text() == content
