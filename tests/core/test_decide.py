"""What a person decides: each deed, each refusal, and what the trail says of it."""

from collections.abc import Callable
from typing import Any

import pytest

from dossiers.intake import decide, matching, rejudge
from dossiers.intake.desk import CannotDecide
from dossiers.models import Dossier, Event, Mission, Opening, OrderLine, Quote
from repairers.models import Repairer, User
from tests.core.records import (
    FACTS,
    held_mission,
    held_quote,
    mission,
    no_mission,
    options,
    part,
    quote,
    take_in,
)
from tests.dossiers.factories import DossierFactory, MissionFactory


def waiting(repairer: Repairer, **more: Any) -> Mission:
    lines = [part("Bumper", "B1"), part("Lamp", "L1")]
    take_in(repairer, mission(1, **more), quote(1, status="approved", lines=lines))
    return held_mission()


def refused(code: str, deed: Callable[..., Any], *args: Any) -> None:
    with pytest.raises(CannotDecide) as refusal:
        deed(*args)
    assert refusal.value.code == code


def verbs() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("verb", flat=True))


# --- missions -----------------------------------------------------------------------------------------------------


def test_accepting_opens_a_dossier_and_takes_the_quotes_along(repairer: Repairer, staff: User) -> None:
    accepted = decide.accept(waiting(repairer).pk, staff)
    held = held_mission()
    assert held.dossier is not None and accepted.dossier == held.dossier
    assert (held.state, held.reason, held.decided_by) == ("dossier", "accepted", staff)
    assert (held.dossier.plate, held.dossier.created_by) == ("1-ABC-234", staff)
    assert (held_quote().state, held_quote().accepted_version, held_quote().decided_by) == (
        "dossier",
        1,
        staff,
    )
    assert OrderLine.objects.filter(dossier=held.dossier).count() == 2
    assert verbs() == ["accepted"]
    refused("already-decided", decide.accept, held.pk, staff)


def test_a_name_of_any_length_stands_in_the_trail(repairer: Repairer, staff: User) -> None:
    staff.first_name, staff.last_name = "Jean-Baptiste" * 11, "de la Motte-Picquet" * 7
    staff.save()
    decide.accept(waiting(repairer).pk, staff)
    assert Event.objects.get().actor_name == staff.get_full_name()[:150]


def test_accepting_takes_the_dossier_that_fits_at_that_moment(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer)
    known = DossierFactory(repairer=repairer, plate="1abc234", claim_number="c-1")
    assert decide.accept(held.pk, staff).dossier == known


def test_accepting_in_doubt_needs_a_choice(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer)
    DossierFactory(repairer=repairer, plate="9-X-9", claim_number="C1")
    refused("contradiction", decide.accept, held.pk, staff)
    assert held_mission().state == "waiting"
    assert decide.accept(held.pk, staff, new=True).dossier.plate == "1-ABC-234"
    assert Dossier.objects.count() == 2


def test_linking(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer)
    other = DossierFactory(repairer=repairer, plate="9-X-9", make="")
    closed = DossierFactory(repairer=repairer, status="closed")
    refused("no-such-dossier", decide.link, held.pk, DossierFactory().pk, staff)
    refused("no-such-dossier", decide.link, held.pk, 4711, staff)
    refused("dossier-closed", decide.link, held.pk, closed.pk, staff)
    decide.link(held.pk, other.pk, staff)
    other.refresh_from_db()
    assert (other.plate, other.make) == ("9-X-9", "Audi")
    assert (held_mission().dossier, held_mission().reason, held_quote().state) == (other, "linked", "dossier")
    refused("already-decided", decide.link, held.pk, other.pk, staff)


@pytest.mark.parametrize("state", ["excluded", "denied", "archived"])
def test_linking_and_reconsidering_from_elsewhere(repairer: Repairer, staff: User, state: str) -> None:
    one, two = (MissionFactory(repairer=repairer, state=state, facts=FACTS) for _ in range(2))
    decide.reconsider(one.pk, staff)
    one.refresh_from_db()
    assert (one.state, one.reason, one.decided_by) == ("waiting", "reconsidered", staff)
    decide.link(two.pk, DossierFactory(repairer=repairer).pk, staff)
    two.refresh_from_db()
    assert two.state == "dossier"
    refused("already-decided", decide.reconsider, two.pk, staff)
    assert verbs() == ["reconsidered", "linked"]


def test_denying(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer)
    refused("reason-missing", decide.deny, held.pk, "  ", staff)
    decide.deny(held.pk, " no room ", staff)
    assert (held_mission().state, held_mission().reason_args) == ("denied", {"reason": "no room"})
    assert (held_quote().state, verbs()) == ("follows", ["denied"])
    refused("already-decided", decide.deny, held.pk, "again", staff)
    decide.reconsider(held.pk, staff)
    assert held_mission().state == "waiting"


def test_what_a_person_brought_back_stays_whatever_the_rules_say(repairer: Repairer, staff: User) -> None:
    options(INFORMEX_EXCLUDES="make = audi")
    held = waiting(repairer)
    decide.reconsider(held.pk, staff)
    options(INFORMEX_EXCLUDES="make = a*")
    assert rejudge.reconsider_by_rules(repairer.pk) == 0
    take_in(repairer, mission(2))
    assert held_mission().state == "waiting"


def test_a_cancelled_one_brought_back_is_not_archived_by_new_rules(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer, status="cancelled")
    assert held.state == "archived"
    decide.reconsider(held.pk, staff)
    options(INFORMEX_EXCLUDES="make = bmw")
    assert rejudge.reconsider_by_rules(repairer.pk) == 0
    assert held_mission().state == "waiting"


# --- undo and move ------------------------------------------------------------------------------------------------


def test_undoing_a_link(repairer: Repairer, staff: User) -> None:
    dossier = decide.accept(waiting(repairer).pk, staff).dossier
    ordered = OrderLine.objects.get(code="B1")
    ordered.state = "ordered"
    ordered.save()
    decide.undo_link(held_mission().pk, staff)
    held = held_mission()
    assert (held.state, held.reason, held.dossier, held.applied) == ("waiting", "unlinked", None, {})
    assert (held_quote().state, held_quote().accepted_version) == ("follows", None)
    assert list(OrderLine.objects.values_list("code", "in_quote")) == [("B1", False)]
    dossier.refresh_from_db()
    assert dossier.plate == "1-ABC-234"
    refused("already-decided", decide.undo_link, held.pk, staff)
    assert Event.objects.filter(verb="unlinked", dossier=dossier).count() == 1
    take_in(repairer, mission(2, facts={**FACTS, "plate": "2-B-2"}), quote(2, status="approved"))
    dossier.refresh_from_db()
    assert (dossier.plate, held_quote().state) == ("1-ABC-234", "follows")


def test_moving_a_link(repairer: Repairer, staff: User) -> None:
    first = decide.accept(waiting(repairer).pk, staff).dossier
    second = DossierFactory(repairer=repairer, plate="", make="")
    refused("same-dossier", decide.move_link, held_mission().pk, first.pk, staff)
    refused("no-such-dossier", decide.move_link, held_mission().pk, DossierFactory().pk, staff)
    decide.move_link(held_mission().pk, second.pk, staff)
    second.refresh_from_db()
    assert (held_mission().dossier, second.plate, held_quote().state) == (second, "1-ABC-234", "dossier")
    assert {line.dossier for line in OrderLine.objects.all()} == {second}
    assert verbs() == ["accepted", "moved-away", "linked"]


def test_what_was_ordered_moves_along_and_is_not_doubled(repairer: Repairer, staff: User) -> None:
    first = decide.accept(waiting(repairer).pk, staff).dossier
    OrderLine.objects.filter(code="B1").update(state="ordered")
    second = DossierFactory(repairer=repairer)
    decide.move_link(held_mission().pk, second.pk, staff)
    assert ordered(second) == [("B1", "ordered", True), ("L1", "to_order", True)]
    decide.undo_link(held_mission().pk, staff)
    assert ordered(second) == [("B1", "ordered", False)]
    decide.link(held_mission().pk, first.pk, staff)
    assert (ordered(first), ordered(second)) == ([("B1", "ordered", True), ("L1", "to_order", True)], [])


def ordered(dossier: Dossier) -> list[tuple[str, str, bool]]:
    lines = OrderLine.objects.filter(dossier=dossier).order_by("code")
    return list(lines.values_list("code", "state", "in_quote"))


def test_accepted_again_a_quote_stays_out_where_a_rule_kept_it_out(repairer: Repairer, staff: User) -> None:
    options(INFORMEX_EXCLUDES="kind = quote and status = approved")
    held = waiting(repairer)
    for _ in range(2):
        decide.accept(held.pk, staff)
        kept_out = (held_quote().state, held_quote().reason, held_quote().accepted_version)
        assert kept_out == ("excluded", "excluded-by-rule", None)
        assert not OrderLine.objects.exists()
        decide.undo_link(held.pk, staff)
        assert held_quote().state == "follows"


@pytest.mark.parametrize("newer", [False, True])
def test_accepted_again_a_quote_stays_out_where_a_person_denied_it(
    repairer: Repairer, staff: User, newer: bool
) -> None:
    options(INFORMEX_QUEING="quotes")
    waiting(repairer)
    decide.deny_quote(held_quote().pk, "too dear", staff)
    decide.undo_link(held_mission().pk, staff)
    if newer:
        take_in(repairer, quote(2, status="approved"))
    decide.accept(held_mission().pk, staff)
    assert (held_quote().state, held_quote().reason_args) == ("denied", {"reason": "too dear"})


@pytest.mark.parametrize(("state", "deed"), [("waiting", None), ("denied", decide.deny_quote)])
def test_a_version_that_nobody_accepted_is_not_accepted_by_moving_its_mission(
    repairer: Repairer, staff: User, state: str, deed: Callable[..., Any] | None
) -> None:
    options(INFORMEX_QUEING="quotes")
    waiting(repairer)
    decide.accept_quote(held_quote().pk, staff)
    take_in(repairer, quote(2, status="approved", lines=[part("Door", "D1")]))
    if deed is not None:
        deed(held_quote().pk, "too dear", staff)
    to = DossierFactory(repairer=repairer)
    decide.move_link(held_mission().pk, to.pk, staff)
    assert (held_quote().state, held_quote().accepted_version) == (state, 1)
    assert ordered(to) == [("B1", "to_order", True), ("L1", "to_order", True)]


# --- offers -------------------------------------------------------------------------------------------------------


def test_taking_and_keeping(repairer: Repairer, staff: User) -> None:
    known = DossierFactory(repairer=repairer, plate="1abc234", claim_number="C1", make="Opel", model="Corsa")
    held = waiting(repairer, facts={**FACTS, "model": "A3", "mileage": 5})
    decide.link(held.pk, known.pk, staff)
    assert decide.offers_of(held_mission())["make"] == ("Opel", "Audi")
    decide.take_offer(held.pk, "make", staff)
    decide.keep_own(held.pk, "model", staff)
    known.refresh_from_db()
    assert (known.make, known.model) == ("Audi", "Corsa")
    assert not {"make", "model"} & set(decide.offers_of(held_mission()))
    refused("offer-gone", decide.take_offer, held.pk, "model", staff)
    refused("offer-gone", decide.keep_own, held.pk, "no_fact", staff)
    take_in(repairer, mission(2, facts={**FACTS, "make": "Seat", "model": "A4"}))
    known.refresh_from_db()
    assert (known.make, known.model) == ("Seat", "Corsa")
    assert decide.offers_of(held_mission())["model"] == ("Corsa", "A4")
    offers = Event.objects.filter(verb__startswith="offer").values_list("verb", flat=True)
    assert sorted(offers) == ["offer-refused", "offer-taken"]


def test_nothing_is_offered_without_a_dossier(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer)
    assert decide.offers_of(held) == {}
    refused("already-decided", decide.take_offer, held.pk, "make", staff)


# --- quotes -------------------------------------------------------------------------------------------------------


def test_a_quote_needs_its_missions_dossier(repairer: Repairer, staff: User) -> None:
    waiting(repairer)
    refused("mission-not-in-dossier", decide.accept_quote, held_quote().pk, staff)


def test_accepting_and_denying_quotes(repairer: Repairer, staff: User) -> None:
    options(INFORMEX_QUEING="quotes")
    waiting(repairer)
    refused("reason-missing", decide.deny_quote, held_quote().pk, "", staff)
    decide.deny_quote(held_quote().pk, "too dear", staff)
    assert (held_quote().state, held_quote().accepted_version) == ("denied", None)
    assert not OrderLine.objects.exists()
    decide.accept_quote(held_quote().pk, staff)
    assert (held_quote().state, held_quote().accepted_version) == ("dossier", 1)
    assert OrderLine.objects.count() == 2
    refused("already-decided", decide.accept_quote, held_quote().pk, staff)
    take_in(repairer, quote(2, status="approved", lines=[part("Lamp", "L1")]))
    decide.deny_quote(held_quote().pk, "no", staff)
    assert (held_quote().state, held_quote().accepted_version) == ("denied", 1)
    assert OrderLine.objects.filter(in_quote=True).count() == 2


def test_an_excluded_quote_is_freed_by_rules_and_by_hand(repairer: Repairer, staff: User) -> None:
    options(INFORMEX_QUEING="off", INFORMEX_EXCLUDES="kind = quote")
    waiting(repairer)
    assert held_quote().state == "excluded"
    assert rejudge.reconsider_by_rules(repairer.pk) == 0
    options(INFORMEX_EXCLUDES="")
    assert rejudge.reconsider_by_rules(repairer.pk) == 1
    assert (held_quote().state, held_quote().reason) == ("waiting", "no-longer-excluded")
    decide.accept_quote(held_quote().pk, staff)
    assert Quote.objects.get().state == "dossier"


# --- withdrawn meanwhile, opened from here ------------------------------------------------------------------------


def test_a_withdrawn_mission_takes_no_decision(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer)
    take_in(repairer, no_mission(2))
    for deed in (decide.accept, decide.reconsider, decide.undo_link):
        refused("withdrawn-meanwhile", deed, held.pk, staff)


def test_what_a_rule_or_claims360_took_out_of_the_queue_says_so(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer)
    options(INFORMEX_EXCLUDES="make = audi")
    rejudge.reconsider_by_rules(repairer.pk)
    refused("excluded-meanwhile", decide.accept, held.pk, staff)
    options(INFORMEX_EXCLUDES="")
    rejudge.reconsider_by_rules(repairer.pk)
    take_in(repairer, mission(2, status="cancelled"))
    refused("archived-meanwhile", decide.accept, held.pk, staff)


@pytest.mark.parametrize("receipt_first", [True, False])
def test_an_opened_file_comes_back_into_its_own_dossier(repairer: Repairer, receipt_first: bool) -> None:
    """Whatever the options say, and whether its receipt or its mission is there first."""
    own = DossierFactory(repairer=repairer, plate="1-ABC-234", claim_number="")
    opening = Opening.objects.create(dossier=own, mailbox="475869429", body={}, idempotency_key="key-of-it")
    if receipt_first:
        Opening.objects.update(mission_external_id="m1", state="delivered")
    take_in(repairer, mission(1, status="new"))
    if not receipt_first:
        assert (held_mission().state, held_mission().reason) == ("waiting", "opening-unanswered")
        Opening.objects.update(mission_external_id="m1", state="delivered")
        decide.link_opened(opening.pk)
    assert (held_mission().state, held_mission().reason, held_mission().dossier) == (
        "dossier",
        "opened-here",
        own,
    )


def test_candidates(repairer: Repairer) -> None:
    likely = DossierFactory(repairer=repairer, plate="9-X-9", claim_number="C1")
    car = DossierFactory(repairer=repairer, plate="1-ABC-234", claim_number="C9")
    DossierFactory(repairer=repairer)
    assert matching.candidates(waiting(repairer)) == [likely, car]
