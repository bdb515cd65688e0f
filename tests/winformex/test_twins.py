"""A mission that came by both ways is one mission to the garage, whichever came first."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from msgspec import structs

from dossiers import outbox
from dossiers.intake import decide, rejudge
from dossiers.intake.records import MissionRecord, QuoteRecord
from dossiers.models import Dossier, Event, Mission, OrderLine, Quote, Source
from dossiers.orders import set_state
from repairers.models import Repairer, User
from tests.core.records import AT, held_mission, held_quote, part, take_in
from tests.core.records import quote as their_quote
from tests.dossiers.factories import DossierFactory, RepairerFactory
from tests.link.world import set_options
from tests.winformex.world import FACTS, NUMBER, album, held, picture, send
from tests.winformex.world import mission as document
from tests.winformex.world import quote as our_quote

BOTH_WAYS = pytest.mark.parametrize("first", [Source.CLAIMS360, Source.WINFORMEX])


def comes(repairer: Repairer, source: str, version: int = 1, **facts: Any) -> Mission:
    """The mission comes by one of its two ways; gives its row."""
    if source == Source.WINFORMEX:
        send(repairer, document(**facts))
        return held()
    take_in(repairer, record(version, **facts))
    return Mission.objects.select_related("dossier").get(source=source, external_id="m1")


def record(version: int = 1, number: str = "2026-0004711", **facts: Any) -> MissionRecord:
    """The same mission as Claims360 has it; it writes its number in another way."""
    return MissionRecord("m1", version, AT, number=number, status="accepted", facts={**FACTS, **facts})


def other(source: str) -> str:
    return Source.WINFORMEX if source == Source.CLAIMS360 else Source.CLAIMS360


def both(repairer: Repairer, first: str) -> tuple[Mission, Mission]:
    """The mission that came first, and the one that followed it."""
    return comes(repairer, first), comes(repairer, other(first))


def again(*missions: Mission) -> None:
    for mission in missions:
        mission.refresh_from_db()


# --- in the queue -----------------------------------------------------------------------------------------------------


@BOTH_WAYS
def test_it_waits_once_and_is_accepted_once(repairer: Repairer, staff: User, first: str) -> None:
    leader, follower = both(repairer, first)
    assert (leader.twin_of, follower.twin_of) == (None, leader)
    assert (leader.state, follower.state) == ("waiting", "waiting")
    decide.accept(leader.pk, staff)
    again(leader, follower)
    assert leader.dossier == follower.dossier == Dossier.objects.get()
    assert (leader.state, follower.state, follower.decided_by) == ("dossier", "dossier", staff)


@BOTH_WAYS
def test_whichever_is_accepted_both_are(repairer: Repairer, staff: User, first: str) -> None:
    leader, follower = both(repairer, first)
    decide.accept(follower.pk, staff)
    again(leader, follower)
    assert leader.dossier == follower.dossier == Dossier.objects.get()


@BOTH_WAYS
def test_it_is_denied_once_and_brought_back_once(repairer: Repairer, staff: User, first: str) -> None:
    leader, follower = both(repairer, first)
    decide.deny(leader.pk, "Not ours", staff)
    again(leader, follower)
    assert (follower.state, follower.reason_args) == ("denied", {"reason": "Not ours"})
    decide.reconsider(follower.pk, staff)
    again(leader, follower)
    assert (leader.state, follower.state) == ("waiting", "waiting")


@BOTH_WAYS
def test_undone_and_moved_together(repairer: Repairer, staff: User, first: str) -> None:
    leader, follower = both(repairer, first)
    decide.accept(leader.pk, staff)
    elsewhere = DossierFactory(repairer=repairer)
    decide.move_link(leader.pk, elsewhere.pk, staff)
    again(leader, follower)
    assert leader.dossier == follower.dossier == elsewhere
    decide.undo_link(leader.pk, staff)
    again(leader, follower)
    assert (leader.state, follower.state) == ("waiting", "waiting")
    assert leader.dossier is follower.dossier is None
    decide.link(leader.pk, elsewhere.pk, staff)
    again(leader, follower)
    assert leader.dossier == follower.dossier == elsewhere


@BOTH_WAYS
def test_the_history_says_that_they_are_one(repairer: Repairer, first: str) -> None:
    _leader, follower = both(repairer, first)
    event = Event.objects.get(verb="same-number")
    assert (event.mission, event.args["source"]) == (follower, Source(first).label)
    comes(repairer, other(first), 2, make="Škoda")
    assert Event.objects.filter(verb="same-number").count() == 1


# --- in a dossier -----------------------------------------------------------------------------------------------------


@BOTH_WAYS
@pytest.mark.parametrize("queueing", ["off", "missions"])
def test_what_is_in_a_dossier_takes_the_second_there_at_once(
    repairer: Repairer, staff: User, first: str, queueing: str
) -> None:
    leader = comes(repairer, first)
    decide.accept(leader.pk, staff)
    set_options(INFORMEX_QUEING=queueing)
    follower = comes(repairer, other(first), vin="VF3")
    again(leader)
    assert (follower.state, follower.dossier) == ("dossier", leader.dossier)
    dossier = Dossier.objects.get()
    assert (dossier.vin, dossier.plate) == ("VF3", "1-ABC-234"), "what the first did not know is filled in"


@BOTH_WAYS
def test_what_they_say_otherwise_is_offered(repairer: Repairer, staff: User, first: str) -> None:
    decide.accept(comes(repairer, first).pk, staff)
    follower = comes(repairer, other(first), make="Škoda")
    assert Dossier.objects.get().make == "Peugeot"
    assert decide.offers_of(follower) == {"make": ("Peugeot", "Škoda")}
    decide.take_offer(follower.pk, "make", staff)
    assert Dossier.objects.get().make == "Škoda"


@BOTH_WAYS
def test_without_a_queue_one_dossier_is_opened(repairer: Repairer, first: str) -> None:
    set_options(INFORMEX_QUEING="off")
    leader, follower = both(repairer, first)
    assert leader.dossier == follower.dossier == Dossier.objects.get()


def test_the_i_returns_to_claims360_only(repairer: Repairer, staff: User, active: None) -> None:
    winformex, claims360 = both(repairer, Source.WINFORMEX)
    decide.accept(winformex.pk, staff)
    dossier = Dossier.objects.get()
    assert list(outbox.targets(dossier, Source.CLAIMS360)) == [claims360]
    row = outbox.ask(
        dossier, staff, plate="1", mileage=1, photo_ids=[], link=Source.CLAIMS360, mailbox="475869429"
    )
    assert (row.mission, row.link) == (claims360, Source.CLAIMS360)


def test_an_album_goes_to_the_mission_that_came_by_the_other_way(repairer: Repairer, staff: User) -> None:
    leader = comes(repairer, Source.CLAIMS360)
    send(repairer, album(picture()))
    shell = held()
    assert (shell.twin_of, shell.state, shell.photos.count()) == (leader, "waiting", 1)
    decide.accept(leader.pk, staff)
    again(shell)
    assert shell.dossier == Dossier.objects.get()


# --- which of the two leads -------------------------------------------------------------------------------------------


def test_the_one_that_is_let_in_takes_the_excluded_one_along(repairer: Repairer) -> None:
    """A mission that does not show costs a repair job: a rule must fit both."""
    set_options(INFORMEX_EXCLUDES="task_code = EXP")
    excluded = comes(repairer, Source.WINFORMEX)
    assert excluded.state == "excluded"
    leader = comes(repairer, Source.CLAIMS360)
    again(excluded)
    assert (leader.state, excluded.twin_of, excluded.state) == ("waiting", leader, "waiting")


def test_the_excluded_one_opens_no_second_row(repairer: Repairer) -> None:
    set_options(INFORMEX_EXCLUDES="task_code = EXP")
    leader = comes(repairer, Source.CLAIMS360)
    excluded = comes(repairer, Source.WINFORMEX)
    assert (excluded.twin_of, excluded.state) == (leader, "waiting")


@BOTH_WAYS
def test_rules_that_change_move_both(repairer: Repairer, first: str) -> None:
    leader, follower = both(repairer, first)
    set_options(INFORMEX_EXCLUDES="make = peugeot")
    rejudge.reconsider_by_rules(repairer.pk)
    again(leader, follower)
    assert (leader.state, follower.state) == ("excluded", "excluded")
    set_options(INFORMEX_EXCLUDES="")
    rejudge.reconsider_by_rules(repairer.pk)
    again(leader, follower)
    assert (leader.state, follower.state) == ("waiting", "waiting")


def test_whole_data_lead_a_mere_number(repairer: Repairer) -> None:
    send(repairer, album(picture()))
    shell = held()
    leader = comes(repairer, Source.CLAIMS360)
    again(shell)
    assert (leader.state, shell.twin_of, shell.state) == ("waiting", leader, "waiting")


def test_what_stays_a_mere_number_goes_to_a_person_as_one(repairer: Repairer) -> None:
    """A day after the first of the two came."""
    with time_machine.travel(AT, tick=False) as clock:
        take_in(repairer, MissionRecord("m1", 1, AT, number=NUMBER))
        clock.shift(dt.timedelta(hours=23))
        send(repairer, album(picture()))
        clock.shift(dt.timedelta(hours=2))
        rejudge.promote_incomplete(repairer.pk, timezone.now())
    leader, follower = Mission.objects.order_by("pk")
    assert (leader.state, follower.state, follower.twin_of) == ("waiting", "waiting", leader)


def test_what_was_denied_shows_as_changed_when_its_twin_changes(repairer: Repairer, staff: User) -> None:
    leader, _follower = both(repairer, Source.CLAIMS360)
    decide.deny(leader.pk, "Not ours", staff)
    comes(repairer, Source.WINFORMEX)
    again(leader)
    assert not leader.changed_since_denied, "the same again is no change"
    comes(repairer, Source.WINFORMEX, make="Škoda")
    again(leader)
    assert leader.changed_since_denied


def test_cancelled_at_claims360_it_leaves_the_queue(repairer: Repairer) -> None:
    leader, follower = both(repairer, Source.CLAIMS360)
    take_in(repairer, structs.replace(record(2), status="cancelled"))
    again(leader, follower)
    assert (leader.state, follower.state) == ("archived", "archived")
    comes(repairer, Source.WINFORMEX, make="Škoda")
    again(leader, follower)
    assert (follower.state, leader.twin_of) == ("waiting", follower), "something new came: it shows"


# --- where it is none -------------------------------------------------------------------------------------------------


def test_the_same_number_at_two_repairers(repairer: Repairer) -> None:
    comes(repairer, Source.CLAIMS360)
    send(RepairerFactory(), document())
    assert held().twin_of is None


def test_two_of_one_number_in_claims360_are_for_a_person(repairer: Repairer) -> None:
    comes(repairer, Source.CLAIMS360)
    take_in(repairer, structs.replace(record(), external_id="m2"))
    assert comes(repairer, Source.WINFORMEX).twin_of is None


def test_two_of_one_number_on_one_page_end_as_on_two(repairer: Repairer) -> None:
    ours = comes(repairer, Source.WINFORMEX)
    take_in(repairer, record(), structs.replace(record(), external_id="m2"))
    again(ours)
    assert list(Mission.objects.filter(twin_of=ours)) == [held_mission("m1")]
    assert held_mission("m2").twin_of is None


def test_a_mission_without_a_number_has_no_twin(repairer: Repairer) -> None:
    take_in(repairer, record(number=""))
    assert comes(repairer, Source.WINFORMEX).twin_of is None


def test_what_was_decided_apart_stays_apart(repairer: Repairer, staff: User) -> None:
    """Both were in dossiers of their own before the one learned its number."""
    take_in(repairer, record(number="other"))
    winformex = comes(repairer, Source.WINFORMEX)
    for mission in Mission.objects.all():
        decide.accept(mission.pk, staff, new=True)
    take_in(repairer, record(2))
    again(winformex)
    assert Mission.objects.filter(twin_of=None).count() == Dossier.objects.count() == 2


def test_a_person_takes_them_apart(repairer: Repairer, staff: User) -> None:
    leader, follower = both(repairer, Source.CLAIMS360)
    decide.accept(leader.pk, staff)
    decide.undo_link(follower.pk, staff)
    for _ in range(2):
        again(leader, follower)
        assert (leader.state, follower.state, follower.twin_of) == ("dossier", "waiting", None)
        comes(repairer, Source.WINFORMEX, make="Škoda")
        comes(repairer, Source.CLAIMS360, 2, make="Audi")


@BOTH_WAYS
@pytest.mark.parametrize("decided", ["", "dossier", "denied"])
def test_one_that_is_withdrawn_leaves_the_other(
    repairer: Repairer, staff: User, first: str, decided: str
) -> None:
    """And joins it again when it comes back, whatever was decided of both before."""
    leader, _follower = both(repairer, first)
    if decided == "dossier":
        decide.accept(leader.pk, staff)
    elif decided == "denied":
        decide.deny(leader.pk, "Not ours", staff)
    take_in(repairer, MissionRecord("m1", 2, AT, deleted=True))
    claims360, winformex = Mission.objects.get(external_id="m1"), held()
    assert (claims360.state, claims360.twin_of, winformex.twin_of) == ("withdrawn", None, None)
    assert winformex.state == (decided or "waiting")
    take_in(repairer, record(3))
    again(claims360, winformex)
    assert (claims360.state, claims360.twin_of) == (winformex.state, winformex)


def test_a_number_that_is_corrected_lets_go(repairer: Repairer) -> None:
    leader, follower = both(repairer, Source.CLAIMS360)
    take_in(repairer, record(2, number="2026/9999999"))
    again(leader, follower)
    assert (leader.twin_of, follower.twin_of) == (None, None)
    assert follower.state == "waiting"


# --- quotes -----------------------------------------------------------------------------------------------------------

LINE = part("Bumper", "B1")


def claims360_quote(repairer: Repairer, version: int = 1, gross: str = "121.00") -> Quote:
    line = [{**LINE, "amount": gross}]
    record: QuoteRecord = their_quote(
        version, gross=gross, number=f"{NUMBER}-1", status="approved", lines=line
    )
    take_in(repairer, record)
    return held_quote()


def winformex_quote(repairer: Repairer, gross: str = "121.00") -> Quote:
    line = [{**LINE, "amount": gross}]
    send(repairer, document(quotes=[our_quote(gross, status="approved", lines=line)]))
    return Quote.objects.get(source=Source.WINFORMEX)


QUOTES = {Source.CLAIMS360: claims360_quote, Source.WINFORMEX: winformex_quote}


@BOTH_WAYS
def test_the_same_quote_counts_once(repairer: Repairer, staff: User, first: str) -> None:
    leader, _follower = both(repairer, first)
    decide.accept(leader.pk, staff)
    original, copy = QUOTES[Source(first)](repairer), QUOTES[Source(other(first))](repairer)
    assert (original.state, copy.state, copy.reason) == ("dossier", "follows", "same-quote")
    assert OrderLine.objects.count() == 1


@BOTH_WAYS
def test_the_same_quote_that_waited_with_its_mission(repairer: Repairer, staff: User, first: str) -> None:
    leader, _follower = both(repairer, first)
    rows = [QUOTES[Source(source)](repairer) for source in (first, other(first))]
    decide.accept(leader.pk, staff)
    again(*rows)  # type: ignore[arg-type]
    assert [row.state for row in rows] == ["dossier", "follows"]
    assert OrderLine.objects.count() == 1


@BOTH_WAYS
def test_another_version_of_it_waits_and_replaces_it(repairer: Repairer, staff: User, first: str) -> None:
    """What was ordered stays ordered, and no part is ordered twice."""
    leader, _follower = both(repairer, first)
    decide.accept(leader.pk, staff)
    original = QUOTES[Source(first)](repairer)
    set_state(list(OrderLine.objects.values_list("pk", flat=True)), "ordered", staff)
    newer = QUOTES[Source(other(first))](repairer, gross="130.00")
    assert (newer.state, newer.reason) == ("waiting", "same-quote-differs")
    decide.accept_quote(newer.pk, staff)
    again(original, newer)  # type: ignore[arg-type]
    assert (original.state, original.accepted_version, newer.accepted_version) == ("follows", None, 1)
    line = OrderLine.objects.get()
    assert (line.quote, line.state, str(line.amount)) == (newer, "ordered", "130.000000")


def test_a_twin_that_was_excluded_brings_no_quote_twice(repairer: Repairer) -> None:
    set_options(INFORMEX_QUEING="off", INFORMEX_EXCLUDES="task_code = EXP")
    winformex_quote(repairer)
    batch = [
        record(),
        their_quote(1, number=f"{NUMBER}-1", status="approved", lines=[{**LINE, "amount": "121.00"}]),
    ]
    take_in(repairer, *batch)
    assert sorted(Quote.objects.values_list("source", "state")) == [
        ("claims360", "dossier"),
        ("winformex", "follows"),
    ]
    assert OrderLine.objects.count() == 1


def test_received_again_changes_nothing(repairer: Repairer, staff: User) -> None:
    leader, _follower = both(repairer, Source.WINFORMEX)
    decide.accept(leader.pk, staff)
    before = list(Mission.objects.order_by("pk").values())
    events = Event.objects.count()
    send(repairer, document())
    take_in(repairer, record())
    assert list(Mission.objects.order_by("pk").values()) == before
    assert Event.objects.count() == events
