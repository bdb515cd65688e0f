"""A decision is taken back: all is as it was, unless somebody has built on it since."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from dossiers import services
from dossiers.intake import decide
from dossiers.intake.undo import decision_of, undo
from dossiers.models import Event, Mission, OrderLine, Quote
from dossiers.sentences import ERRORS
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
from tests.core.test_decide import refused, waiting
from tests.dossiers.factories import DossierFactory, MissionFactory, StaffFactory


def back(decided: Mission | Quote, user: User) -> None:
    event = decision_of(decided)
    assert event is not None
    undo(event.pk, user)


def test_an_acceptance_that_opened_a_dossier(repairer: Repairer, staff: User) -> None:
    before = waiting(repairer)
    dossier = decide.accept(before.pk, staff).dossier
    back(before, staff)
    held = held_mission()
    assert (held.state, held.reason, held.dossier, held.decided_by) == ("waiting", before.reason, None, None)
    assert (held_quote().state, held_quote().accepted_version) == ("follows", None)
    assert not OrderLine.objects.exists()
    dossier.refresh_from_db()
    assert (dossier.status, dossier.plate, dossier.owner_name) == ("closed", "", "")
    assert list(Event.objects.order_by("pk").values_list("verb", flat=True)) == ["accepted", "undone"]


def test_accepted_again_it_opens_one_dossier_with_its_orders_once(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer)
    first = decide.accept(held.pk, staff).dossier
    back(held, staff)
    second = decide.accept(held.pk, staff).dossier
    assert second != first and second.plate == "1-ABC-234"
    assert sorted(OrderLine.objects.values_list("code", "dossier")) == [("B1", second.pk), ("L1", second.pk)]
    back(held, staff)
    assert not OrderLine.objects.exists()


def test_a_dossier_that_somebody_worked_on_stays(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer)
    dossier = decide.accept(held.pk, staff).dossier
    services.add_comment(dossier, "The bumper is on its way.", staff)
    refused("dossier-worked-on", back, held, staff)
    dossier.refresh_from_db()
    assert (held_mission().dossier, dossier.status, dossier.plate) == (dossier, "new", "1-ABC-234")


def test_a_dossier_into_which_another_mission_came_stays(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer)
    dossier = decide.accept(held.pk, staff).dossier
    MissionFactory(repairer=repairer, state="dossier", dossier=dossier)
    refused("dossier-worked-on", back, held, staff)


def test_a_link_gives_back_only_what_it_filled_and_nobody_changed(repairer: Repairer, staff: User) -> None:
    known = DossierFactory(repairer=repairer, plate="9-X-9", make="", owner_name="", claim_number="C1")
    held = waiting(repairer)
    decide.link(held.pk, known.pk, staff)
    known.refresh_from_db()
    assert (known.make, known.owner_name) == ("Audi", "Peeters Jan")
    type(known).objects.filter(pk=known.pk).update(owner_name="Peeters Johan")
    back(held, staff)
    known.refresh_from_db()
    assert (known.make, known.owner_name) == ("", "Peeters Johan")
    assert (known.plate, known.claim_number, known.status) == ("9-X-9", "C1", "new")


@pytest.mark.parametrize("state", ["excluded", "denied", "archived"])
def test_a_link_from_elsewhere_goes_back_there(repairer: Repairer, staff: User, state: str) -> None:
    known = {"reason": "first-seen-closed", "facts": FACTS}
    held = MissionFactory(repairer=repairer, state=state, **known)
    decide.link(held.pk, DossierFactory(repairer=repairer).pk, staff)
    back(held, staff)
    held.refresh_from_db()
    assert (held.state, held.reason, held.dossier) == (state, "first-seen-closed", None)


def test_a_denial(repairer: Repairer, staff: User) -> None:
    before = waiting(repairer)
    decide.deny(before.pk, "no room", staff)
    event = decision_of(before)
    undo(event.pk, staff)
    held = held_mission()
    assert (held.state, held.reason, held.reason_args) == ("waiting", before.reason, before.reason_args)
    refused("already-undone", undo, event.pk, staff)
    decide.deny(before.pk, "no room", staff)
    refused("already-undone", undo, event.pk, staff)


def test_what_changed_meanwhile_goes_to_a_person(repairer: Repairer, staff: User) -> None:
    options(INFORMEX_EXCLUDES="make = audi")
    held = waiting(repairer)
    assert held.state == "excluded"
    decide.deny(held.pk, "no room", staff)
    take_in(repairer, mission(2, facts={**FACTS, "make": "Opel"}))
    back(held, staff)
    assert (held_mission().state, held_mission().reason, held_mission().decided_by) == (
        "waiting",
        "undone",
        staff,
    )


def test_a_decision_of_before_is_not_the_last_one(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer)
    decide.accept(held.pk, staff)
    event = decision_of(held)
    decide.undo_link(held.pk, staff)
    refused("decided-since", undo, event.pk, staff)
    refused("not-to-be-undone", undo, Event.objects.get(verb="unlinked").pk, staff)


def test_it_is_decided_anew_then_for_whoever_keeps_a_copy(repairer: Repairer, staff: User) -> None:
    take_in(repairer, mission(1))
    decide.accept(held_mission().pk, staff)
    before = held_mission().decided_at
    back(held_mission(), staff)
    assert held_mission().decided_at > before and held_mission().decided_by is None


def test_a_quote_version(repairer: Repairer, staff: User) -> None:
    options(INFORMEX_QUEING="quotes")
    waiting(repairer)
    decide.accept_quote(held_quote().pk, staff)
    take_in(repairer, quote(2, status="approved", lines=[part("Lamp", "L1"), part("Door", "D1")]))
    decide.accept_quote(held_quote().pk, staff)
    back(held_quote(), staff)
    assert (held_quote().state, held_quote().accepted_version) == ("waiting", 1)
    assert list(OrderLine.objects.order_by("code").values_list("code", "in_quote")) == [
        ("B1", True),
        ("L1", True),
    ]
    decide.deny_quote(held_quote().pk, "too dear", staff)
    back(held_quote(), staff)
    assert held_quote().state == "waiting"
    decide.accept_quote(held_quote().pk, staff)
    assert OrderLine.objects.filter(in_quote=True).count() == 2
    assert OrderLine.objects.values("part_key").distinct().count() == OrderLine.objects.count() == 3


def test_a_quote_whose_parts_were_ordered_or_that_changed_stays(repairer: Repairer, staff: User) -> None:
    options(INFORMEX_QUEING="quotes")
    waiting(repairer)
    decide.accept_quote(held_quote().pk, staff)
    line = OrderLine.objects.get(code="B1")
    line.state, line.state_changed_at = "ordered", Event.objects.latest("pk").at
    line.save()
    refused("parts-ordered", back, held_quote(), staff)
    take_in(repairer, quote(2, status="approved"))
    refused("newer-version-came", back, held_quote(), staff)


@pytest.mark.parametrize("deed", [decide.accept_quote, partial(decide.deny_quote, reason="too dear")])
def test_a_quote_of_a_withdrawn_mission_does_not_come_back_to_the_queue(
    repairer: Repairer, staff: User, deed: Callable[..., Quote]
) -> None:
    options(INFORMEX_QUEING="quotes")
    waiting(repairer)
    deed(held_quote().pk, user=staff)
    decided = held_quote().state
    take_in(repairer, no_mission(2))
    refused("withdrawn-meanwhile", back, held_quote(), staff)
    assert held_quote().state == decided


def test_what_claims360_withdrew_stays_withdrawn(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer)
    decide.deny(held.pk, "no room", staff)
    take_in(repairer, no_mission(2))
    refused("withdrawn-meanwhile", back, held, staff)


def test_what_somebody_else_decided_since_stands(repairer: Repairer, staff: User) -> None:
    held = waiting(repairer)
    decide.accept(held.pk, staff)
    mine = decision_of(held)
    decide.move_link(held.pk, DossierFactory(repairer=repairer).pk, StaffFactory())
    refused("decided-since", undo, mine.pk, staff)


def test_every_refusal_is_a_sentence_of_its_own() -> None:
    """Whatever the code of deciding raises, somebody reads."""
    raised: set[str] = set()
    for name in ("decide", "desk", "undo"):
        text = (Path(decide.__file__).parent / f"{name}.py").read_text()
        raised |= set(re.findall(r'CannotDecide\("([a-z-]+)"\)', text))
    raised |= set(decide.BY_ITSELF.values())
    assert len(raised) > 10
    assert raised <= ERRORS.keys()
