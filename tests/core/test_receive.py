"""Records in: repeated, late, contradictory, deleted; queueing and exclusion; local edits."""

import datetime as dt
import itertools
from typing import Any

import pytest
import time_machine

from dossiers.intake import decide, rejudge
from dossiers.models import Dossier, Event, Mission, OrderLine, Photo, Quote, QuoteVersion, SetAside
from repairers.models import Repairer, User
from tests.core.records import (
    FACTS,
    Record,
    held_mission,
    held_quote,
    mission,
    no_mission,
    no_quote,
    options,
    part,
    photo,
    quote,
    take_in,
    unreadable,
)
from tests.dossiers.factories import DossierFactory


def open_records() -> list[tuple[str, str]]:
    rows = SetAside.objects.filter(resolved_at=None).order_by("pk")
    return list(rows.values_list("external_id", "reason"))


def snapshot() -> dict[str, Any]:
    """What is held, without the times."""
    versions = QuoteVersion.objects.select_related("quote")
    return {
        "missions": sorted(
            (one.external_id, one.version, one.state, one.reason, one.facts.get("make") or "")
            for one in Mission.objects.all()
        ),
        "quotes": sorted(
            Quote.objects.values_list("external_id", "version", "state", "gross", "accepted_version")
        ),
        "versions": sorted((one.quote.external_id, one.version, one.gross) for one in versions),
        "photos": sorted(Photo.objects.values_list("external_id", "version", "withdrawn", "sha256")),
        "dossiers": Dossier.objects.count(),
        "set_aside": open_records(),
    }


# --- the same end, whatever the order -----------------------------------------------------------------------------

FEED: list[Record] = [
    mission(1),
    quote(1),
    photo(1),
    mission(2, facts={**FACTS, "make": "Skoda"}),
    quote(2, gross="130.00", status="approved"),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(len(FEED)))))
@pytest.mark.parametrize("queueing", ["off", "missions"])
def test_any_order_ends_the_same(repairer: Repairer, order: tuple[int, ...], queueing: str) -> None:
    options(INFORMEX_QUEING=queueing)
    for index in order:
        take_in(repairer, FEED[index])
    state = ("dossier", "opened") if queueing == "off" else ("waiting", "queueing")
    quotes = ("dossier", 2) if queueing == "off" else ("follows", None)
    held = snapshot()
    assert held["missions"] == [("m1", 2, *state, "Skoda")]
    assert [(one[1], one[2], one[4]) for one in held["quotes"]] == [(2, *quotes)]
    assert held["versions"] == [("q1", 1, "121.00"), ("q1", 2, "130.00")]
    assert (held["dossiers"], held["set_aside"]) == (int(queueing == "off"), [])


@pytest.mark.parametrize("queueing", ["off", "missions", "quotes", "all"])
def test_received_twice_or_at_once_changes_nothing(repairer: Repairer, queueing: str) -> None:
    options(INFORMEX_QUEING=queueing)
    take_in(repairer, *FEED)
    once = snapshot()
    take_in(repairer, *FEED)
    for record in reversed(FEED):
        take_in(repairer, record)
    assert snapshot() == once


def test_tallies(repairer: Repairer) -> None:
    first = take_in(repairer, mission(1), quote(1), photo(1)).as_dict()
    assert first["missions"] == {"received": 1, "new": 1, "updated": 0, "waiting": 1, "excluded": 0}
    assert first["quotes"] == {"received": 1, "new": 1, "updated": 0, "waiting": 0, "excluded": 0}
    assert first["photos"] == {"received": 1, "stored": 0, "failed": 0}
    again = take_in(repairer, mission(1), quote(1), photo(1)).as_dict()
    assert (again["missions"]["received"], again["missions"]["new"], again["photos"]["received"]) == (1, 0, 0)


# --- deletions ----------------------------------------------------------------------------------------------------


def test_a_delete_that_comes_first_leaves_a_tombstone(repairer: Repairer) -> None:
    take_in(repairer, no_mission(3), no_quote(3))
    take_in(repairer, mission(2), quote(2))
    assert (held_mission().state, held_mission().version) == ("withdrawn", 3)
    assert (held_quote().state, held_quote().version) == ("withdrawn", 3)
    assert QuoteVersion.objects.count() == 1
    take_in(repairer, mission(4), quote(4))
    assert (held_mission().state, held_mission().version, held_mission().facts["make"]) == (
        "waiting",
        4,
        "Audi",
    )
    assert (held_quote().state, held_quote().version) == ("follows", 4)
    assert open_records() == []


def test_a_withdrawn_mission_keeps_all_and_comes_back_where_it_was(repairer: Repairer, staff: User) -> None:
    take_in(repairer, mission(1), quote(1))
    decide.deny(held_mission().pk, "no room", staff)
    take_in(repairer, no_mission(2))
    assert (held_mission().state, held_mission().facts["make"]) == ("withdrawn", "Audi")
    take_in(repairer, mission(3))
    assert (held_mission().state, held_mission().reason_args) == ("denied", {"reason": "no room"})


@pytest.mark.parametrize(
    ("set_up", "before"),
    [
        ({"INFORMEX_QUEING": "quotes"}, "waiting"),
        ({"INFORMEX_QUEING": "off", "INFORMEX_EXCLUDES": "kind = quote and status = submitted"}, "excluded"),
    ],
)
def test_with_a_withdrawn_mission_its_quotes_leave_the_queue_and_come_back(
    repairer: Repairer, set_up: dict[str, str], before: str
) -> None:
    """Nobody could decide them, and the badge would count them for ever."""
    options(**set_up)
    take_in(repairer, mission(1), quote(1))
    assert (held_mission().state, held_quote().state) == ("dossier", before)
    take_in(repairer, no_mission(2))
    assert (held_mission().state, held_quote().state) == ("withdrawn", "follows")
    options(INFORMEX_EXCLUDES="")
    rejudge.reconsider_by_rules(repairer.pk)
    assert held_quote().state == "follows"
    options(**set_up)
    take_in(repairer, mission(3))
    assert (held_mission().state, held_quote().state) == ("dossier", before)


def test_an_older_delete_changes_nothing(repairer: Repairer) -> None:
    take_in(repairer, mission(3), quote(3))
    take_in(repairer, no_mission(2), no_quote(2))
    assert (held_mission().state, held_quote().state) == ("waiting", "follows")


def test_a_photo_comes_and_goes(repairer: Repairer) -> None:
    take_in(repairer, photo(1), no_photo := photo(2, deleted=True))
    assert Photo.objects.get().withdrawn
    take_in(repairer, no_photo, photo(1))
    assert Photo.objects.get().withdrawn
    take_in(repairer, photo(3, sha256="b" * 64))
    assert (Photo.objects.get().withdrawn, Photo.objects.get().sha256) == (False, "b" * 64)


# --- versions of quotes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("queueing", ["off", "quotes"])
def test_an_older_quote_version_that_comes_late_is_kept_and_not_made_current(
    repairer: Repairer, staff: User, queueing: str
) -> None:
    options(INFORMEX_QUEING=queueing)
    take_in(repairer, mission(1), quote(2, gross="130.00"))
    if queueing == "quotes":
        decide.accept_quote(held_quote().pk, staff)
    take_in(repairer, quote(1, gross="121.00"))
    late = held_quote()
    assert (late.version, str(late.gross), str(late.previous_gross)) == (2, "130.000000", "121.000000")
    assert (late.state, late.accepted_version) == ("dossier", 2)
    assert QuoteVersion.objects.count() == 2


def test_an_older_version_does_not_reopen_a_denial(repairer: Repairer, staff: User) -> None:
    options(INFORMEX_QUEING="quotes")
    take_in(repairer, mission(1), quote(2))
    decide.deny_quote(held_quote().pk, "too dear", staff)
    take_in(repairer, quote(1))
    assert held_quote().state == "denied"
    take_in(repairer, quote(3))
    assert held_quote().state == "waiting"


def test_a_denied_quote_stays_denied_where_quotes_do_not_wait(repairer: Repairer, staff: User) -> None:
    options(INFORMEX_QUEING="quotes")
    take_in(repairer, mission(1), quote(1))
    decide.deny_quote(held_quote().pk, "too dear", staff)
    options(INFORMEX_QUEING="off")
    take_in(repairer, quote(2))
    assert (held_quote().state, held_quote().version) == ("denied", 2)


def test_under_quotes_each_new_version_waits(repairer: Repairer, staff: User) -> None:
    options(INFORMEX_QUEING="quotes")
    take_in(repairer, mission(1), quote(1))
    decide.accept_quote(held_quote().pk, staff)
    take_in(repairer, quote(2))
    assert (held_quote().state, held_quote().accepted_version) == ("waiting", 1)


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (mission(1), mission(1, facts={"make": "Fiat"})),
        (quote(1), quote(1, gross="9.99")),
        (photo(1), photo(1, sha256="f" * 64)),
    ],
)
def test_the_same_version_with_other_content_is_set_aside(
    repairer: Repairer, first: Record, other: Record
) -> None:
    take_in(repairer, first)
    before = snapshot()
    tally = take_in(repairer, other)
    assert tally.set_aside == 1
    assert snapshot() == {**before, "set_aside": [(first.external_id, "same-version-other-content")]}
    take_in(repairer, first)
    assert len(open_records()) == 1
    newer = {"mission": mission(2), "quote": quote(2), "photo": photo(2)}[SetAside.objects.get().entity]
    take_in(repairer, newer)
    assert open_records() == []


def test_a_quote_that_says_another_mission_is_set_aside(repairer: Repairer) -> None:
    take_in(repairer, mission(1), mission(1, "m2", facts={}), quote(1))
    take_in(repairer, quote(2, of="m2"), photo(1))
    take_in(repairer, photo(2, of="m2"))
    assert open_records() == [("q1", "other-mission"), ("p1", "other-mission")]
    assert held_quote().version == 1


# --- unreadable ---------------------------------------------------------------------------------------------------


def test_set_aside_once_cleared_by_a_good_version_and_open_again(repairer: Repairer) -> None:
    assert take_in(repairer, mission(1), unreadable(2)).set_aside == 1
    take_in(repairer, unreadable(2))
    assert (SetAside.objects.count(), open_records()) == (1, [("q1", "unreadable-amount")])
    take_in(repairer, quote(1))
    assert open_records() == [("q1", "unreadable-amount")]
    take_in(repairer, quote(2))
    assert open_records() == []
    assert take_in(repairer, unreadable(2)).set_aside == 0
    assert open_records() == []
    take_in(repairer, unreadable(3))
    assert len(open_records()) == 1


def test_a_hurt_copy_of_what_is_held_whole_is_no_news(repairer: Repairer) -> None:
    take_in(repairer, mission(1), quote(1))
    hurt = mission(1, facts={"make": "Audi"}, notes={"data.claim.occurred_on": "?"})
    take_in(repairer, hurt, quote(1, status_label="", vat_rate="", notes={"data.vat": "?"}, number="x"))
    assert open_records() == []
    assert (held_mission().notes, held_mission().facts) == ({}, FACTS)
    assert held_quote().number == "m1-1"


def test_the_same_version_read_better_completes_it(repairer: Repairer) -> None:
    options(INFORMEX_QUEING="quotes")
    take_in(
        repairer, mission(1, facts={"make": "Audi"}, notes={"x": "?"}), quote(1, notes={"y": "?"}, number="?")
    )
    waiting = held_quote()
    take_in(repairer, mission(1), quote(1))
    assert (held_mission().notes, held_mission().facts["plate"]) == ({}, "1-ABC-234")
    assert (held_quote().pk, held_quote().number) == (waiting.pk, "m1-1")
    assert QuoteVersion.objects.get().notes == {}
    assert open_records() == []


# --- what becomes of it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("queueing", "mission_state", "quote_state"),
    [
        ("off", "dossier", "dossier"),
        ("missions", "waiting", "follows"),
        ("quotes", "dossier", "waiting"),
        ("all", "waiting", "follows"),
        ("0", "dossier", "dossier"),
        ("1", "waiting", "follows"),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_queueing(
    repairer: Repairer, queueing: str, mission_state: str, quote_state: str, together: bool
) -> None:
    options(INFORMEX_QUEING=queueing)
    batches: list[list[Record]] = [[mission(1), quote(1)]] if together else [[quote(1)], [mission(1)]]
    for batch in batches:
        take_in(repairer, *batch)
    assert (held_mission().state, held_quote().state) == (mission_state, quote_state)


def test_excluded_is_kept_and_reconsidered(repairer: Repairer) -> None:
    options(INFORMEX_QUEING="off", INFORMEX_EXCLUDES="make = audi")
    tally = take_in(repairer, mission(1), quote(1))
    assert tally.as_dict()["missions"]["excluded"] == 1
    assert (held_mission().state, held_mission().reason_args) == ("excluded", {"rule": "make = audi"})
    options(INFORMEX_EXCLUDES="")
    assert rejudge.reconsider_by_rules(repairer.pk) == 1
    assert (held_mission().state, held_mission().reason) == ("waiting", "no-longer-excluded")
    assert rejudge.reconsider_by_rules(repairer.pk) == 0


def test_a_new_rule_takes_out_of_the_queue_and_never_out_of_a_dossier(
    repairer: Repairer, staff: User
) -> None:
    take_in(repairer, mission(1), mission(1, "m2", facts={**FACTS, "claim_number": "C2", "plate": "2-B-2"}))
    decide.accept(held_mission("m2").pk, staff)
    options(INFORMEX_EXCLUDES="make = audi")
    rejudge.reconsider_by_rules(repairer.pk)
    assert (held_mission().state, held_mission("m2").state) == ("excluded", "dossier")
    take_in(repairer, mission(2, "m2", facts={**FACTS, "claim_number": "C2", "plate": "2-B-2"}))
    assert held_mission("m2").state == "dossier"


def test_cancelled_while_it_waits(repairer: Repairer) -> None:
    take_in(repairer, mission(1))
    take_in(repairer, mission(2, status="cancelled"))
    assert (held_mission().state, held_mission().reason) == ("archived", "cancelled-while-waiting")
    take_in(repairer, mission(3, status="cancelled", facts={**FACTS, "make": "Seat"}))
    assert (held_mission().state, held_mission().reason) == ("archived", "cancelled-while-waiting")
    take_in(repairer, mission(4))
    assert (held_mission().state, held_mission().reason) == ("waiting", "open-again")


def test_cancelled_in_a_dossier_is_shown_and_closes_nothing(repairer: Repairer) -> None:
    options(INFORMEX_QUEING="off")
    take_in(repairer, mission(1))
    take_in(repairer, mission(2, status="cancelled"))
    take_in(repairer, mission(3, status="cancelled"))
    held = held_mission()
    assert held.dossier is not None
    assert (held.state, held.status, held.dossier.status) == ("dossier", "cancelled", "new")
    assert Event.objects.filter(verb="cancelled-at-source").count() == 1


@pytest.mark.parametrize("status", ["closed", "cancelled"])
def test_first_seen_when_it_is_over(repairer: Repairer, status: str) -> None:
    options(INFORMEX_QUEING="off")
    take_in(repairer, mission(1, status=status), quote(1))
    assert (held_mission().state, held_mission().reason) == ("archived", f"first-seen-{status}")
    assert not Dossier.objects.exists()


def test_denied_then_changed(repairer: Repairer, staff: User) -> None:
    take_in(repairer, mission(1))
    decide.deny(held_mission().pk, "no room", staff)
    take_in(repairer, mission(1))
    assert not held_mission().changed_since_denied
    take_in(repairer, mission(2))
    assert (held_mission().state, held_mission().changed_since_denied) == ("denied", True)


def test_incomplete_for_long_goes_to_a_person_and_on_once_complete(repairer: Repairer) -> None:
    options(INFORMEX_QUEING="off")
    with time_machine.travel(dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC), tick=False) as clock:
        take_in(repairer, mission(1, status="", facts={}))
        clock.shift(dt.timedelta(hours=23))
        assert rejudge.promote_incomplete(repairer.pk, dt.datetime.now(dt.UTC)) == 0
        clock.shift(dt.timedelta(hours=2))
        assert rejudge.promote_incomplete(repairer.pk, dt.datetime.now(dt.UTC)) == 1
        assert (held_mission().state, held_mission().reason) == ("waiting", "incomplete-for-long")
        take_in(repairer, mission(2))
    assert (held_mission().state, held_mission().reason) == ("dossier", "opened")


# --- into which dossier -------------------------------------------------------------------------------------------


def test_matched_to_its_dossier_and_fills_what_is_empty(repairer: Repairer) -> None:
    options(INFORMEX_QUEING="off")
    known = DossierFactory(
        repairer=repairer, plate="1 abc 234", claim_number="c1", make="", model="A3", owner_name="X"
    )
    take_in(repairer, mission(1, facts={**FACTS, "model": "A4"}))
    known.refresh_from_db()
    assert (held_mission().dossier, held_mission().reason) == (known, "matched")
    assert (known.make, known.model, known.owner_name) == ("Audi", "A3", "X")
    assert set(decide.offers_of(held_mission())) == {"plate", "claim_number", "model", "owner_name"}


def test_a_doubt_waits_whatever_the_options_say(repairer: Repairer) -> None:
    options(INFORMEX_QUEING="off")
    DossierFactory(repairer=repairer, plate="9-X-9", claim_number="C1")
    take_in(repairer, mission(1), quote(1))
    assert (held_mission().state, held_mission().reason) == ("waiting", "contradiction")


@pytest.mark.parametrize("together", [True, False])
def test_two_missions_of_one_car_without_claim_get_two_dossiers(repairer: Repairer, together: bool) -> None:
    """Never by plate where the dossier has another mission, be it of the same page."""
    options(INFORMEX_QUEING="off")
    DossierFactory(repairer=repairer, plate="1-ABC-234", claim_number="")
    facts = {"plate": "1-ABC-234", "make": "Audi"}
    first, second = mission(1, "m1", facts=facts), mission(1, "m2", facts=facts)
    for batch in [[first, second]] if together else [[first], [second]]:
        take_in(repairer, *batch)
    assert held_mission("m1").dossier != held_mission("m2").dossier
    assert Dossier.objects.count() == 2


@pytest.mark.parametrize("together", [True, False])
def test_two_missions_of_one_claim_share_a_dossier(repairer: Repairer, together: bool) -> None:
    options(INFORMEX_QUEING="off")
    first, second = mission(1, "m1"), mission(1, "m2")
    for batch in [[first, second]] if together else [[first], [second]]:
        take_in(repairer, *batch)
    assert held_mission("m1").dossier == held_mission("m2").dossier


def test_another_repairers_dossier_is_never_matched(repairer: Repairer) -> None:
    options(INFORMEX_QUEING="off")
    theirs = DossierFactory(plate="1-ABC-234", claim_number="C1")
    take_in(repairer, mission(1))
    assert held_mission().dossier != theirs


def test_a_closed_dossier_is_not_matched(repairer: Repairer) -> None:
    options(INFORMEX_QUEING="off")
    closed = DossierFactory(repairer=repairer, plate="1-ABC-234", claim_number="C1", status="closed")
    take_in(repairer, mission(1))
    assert held_mission().dossier != closed


# --- local edits --------------------------------------------------------------------------------------------------


def test_a_newer_mission_changes_what_nobody_edited(repairer: Repairer) -> None:
    options(INFORMEX_QUEING="off")
    take_in(repairer, mission(1))
    dossier = Dossier.objects.get()
    created_at, dossier.owner_name = dossier.created_at, "Peeters Jan-Piet"
    dossier.save()
    newer = {**FACTS, "make": "Skoda", "owner_name": "Peters J.", "plate": None}
    take_in(repairer, mission(2, facts=newer))
    dossier.refresh_from_db()
    assert (dossier.make, dossier.owner_name, dossier.plate, dossier.plate_key) == (
        "Skoda",
        "Peeters Jan-Piet",
        "",
        "",
    )
    assert decide.offers_of(held_mission()) == {"owner_name": ("Peeters Jan-Piet", "Peters J.")}
    assert dossier.created_at == created_at


def test_orders_follow_the_accepted_quote(repairer: Repairer) -> None:
    options(INFORMEX_QUEING="off")
    take_in(
        repairer, mission(1), quote(1, status="approved", lines=[part("Bumper", "B1"), part("Lamp", "L1")])
    )
    assert sorted(OrderLine.objects.values_list("description", "in_quote")) == [
        ("Bumper", True),
        ("Lamp", True),
    ]
