"""Many rows of the queue decided at once: as if one after the other, in a constant number of statements."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers.intake import decide
from dossiers.intake.desk import CannotDecide
from dossiers.intake.undo import decision_of, undo, undo_all
from dossiers.models import Dossier, Event, Mission, OrderLine, Quote
from repairers.models import Message, Repairer, User
from tests.core.records import FACTS, mission, options, part, quote, take_in
from tests.core.test_decide import refused
from tests.dossiers.factories import DossierFactory, MissionFactory, RepairerFactory
from tests.winformex.world import mission as winformex_mission
from tests.winformex.world import quote as winformex_quote
from tests.winformex.world import send


def queue(repairer: Repairer, number: int) -> list[Mission]:
    """So many missions that wait, each with a quote and its parts; for every second one there is a dossier."""
    for n in range(number):
        facts = {**FACTS, "plate": f"1-AAA-{n:03}", "claim_number": f"C-{n}"}
        lines = [part("Bumper", "B1"), part("Lamp", "L1")]
        take_in(
            repairer,
            mission(external_id=f"m{n}", facts=facts),
            quote(1, f"q{n}", f"m{n}", status="approved", lines=lines),
        )
        if n % 2:
            DossierFactory(repairer=repairer, plate=f"1-AAA-{n:03}", claim_number="", make="")
    return list(Mission.objects.filter(repairer=repairer).order_by("pk"))


def ids(rows: list[Any]) -> list[int]:
    return [row.pk for row in rows]


def statements(deed: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as done:
        deed()
    return len([one for one in done.captured_queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))])


@pytest.mark.parametrize("number", [4, 60])
def test_as_many_statements_for_a_page_as_for_a_few(repairer: Repairer, staff: User, number: int) -> None:
    rows = queue(repairer, number)
    half = ids(rows)[: number // 2], ids(rows)[number // 2 :]
    assert statements(lambda: decide.accept_all(half[0], staff)) == 18
    assert statements(lambda: decide.deny_all(half[1], "no room", staff)) == 10
    events = ids(list(Event.objects.filter(verb__in=("accepted", "denied"))))
    assert statements(lambda: undo_all(events, staff)) == 17
    assert {row.state for row in Mission.objects.all()} == {"waiting"}


@pytest.mark.parametrize("number", [4, 60])
def test_and_of_quotes(repairer: Repairer, staff: User, number: int) -> None:
    options(INFORMEX_QUEING="quotes")
    queue(repairer, number)
    seen = dict(Quote.objects.values_list("pk", "version"))
    half = dict(list(seen.items())[: number // 2]), dict(list(seen.items())[number // 2 :])
    assert statements(lambda: decide.accept_quotes(half[0], staff)) == 14
    assert statements(lambda: decide.deny_quotes(half[1], "too dear", staff)) == 10
    events = ids(list(Event.objects.filter(verb__startswith="quote-")))
    assert statements(lambda: undo_all(events, staff)) == 15
    assert {row.state for row in Quote.objects.all()} == {"waiting"}


def story(repairer: Repairer) -> list[Mission]:
    """What may meet in a queue: two of one claim, a doubt, a rule against a quote, one by both ways, an old dossier."""
    one_claim = {**FACTS, "claim_number": "C-1", "plate": "1-AAA-001"}
    take_in(
        repairer, mission(external_id="first", facts=one_claim), quote(1, "q1", "first", status="approved")
    )
    take_in(repairer, mission(external_id="same", facts={**one_claim, "make": "Seat", "fuel": "gas"}))
    doubtful = {**FACTS, "plate": "2-BBB-002", "claim_number": ""}
    take_in(repairer, mission(external_id="doubtful", facts=doubtful))
    DossierFactory.create_batch(2, repairer=repairer, plate="2-BBB-002", claim_number="")
    known = {**FACTS, "plate": "3-CCC-003", "claim_number": "C-3"}
    take_in(repairer, mission(external_id="known", facts=known), quote(1, "q3", "known", status="draft"))
    DossierFactory(repairer=repairer, plate="3-CCC-003", claim_number="", make="", owner_name="Own")
    lines = [part("Door", "D1")]
    take_in(
        repairer,
        mission(external_id="both", number="2026/0004711", facts={**FACTS, "claim_number": "C-4"}),
        quote(1, "q4", "both", number="2026/0004711-1", status="approved", lines=lines),
    )
    send(repairer, winformex_mission(quotes=[winformex_quote()], claim_number="C-4"))
    MissionFactory(repairer=repairer, external_id="over", state="denied")
    return list(Mission.objects.filter(repairer=repairer, twin_of=None).order_by("pk"))


def told(repairer: Repairer) -> Any:
    """All that stands in the rows of `repairer`, without their ids and times."""
    dossiers = {one.pk: n for n, one in enumerate(Dossier.objects.filter(repairer=repairer).order_by("pk"))}
    missions = Mission.objects.filter(repairer=repairer).order_by("source", "external_id")
    quotes = Quote.objects.filter(repairer=repairer).order_by("source", "mission__external_id")
    orders = OrderLine.objects.filter(quote__repairer=repairer).order_by("part_key", "pk")
    events = Event.objects.filter(repairer=repairer).order_by("pk")
    return (
        [(one.state, one.reason, one.applied, dossiers.get(one.dossier_id)) for one in missions],
        [(one.state, one.reason, one.reason_args, one.accepted_version) for one in quotes],
        [(one.part_key, one.state, one.in_quote, dossiers[one.dossier_id]) for one in orders],
        [(one.verb, one.actor_name, dossiers.get(one.dossier_id)) for one in events],
        [(one.facts, one.status) for one in Dossier.objects.filter(repairer=repairer).order_by("pk")],
        list(Message.objects.filter(repairer=repairer).values_list("count", flat=True)),
    )


def test_at_once_is_as_one_after_the_other(repairer: Repairer, staff: User) -> None:
    options(INFORMEX_EXCLUDES="kind = quote and status = draft")
    other = RepairerFactory(site=repairer.site)
    each, at_once = story(repairer), story(other)
    codes = []
    for row in each:
        try:
            decide.accept(row.pk, staff)
        except CannotDecide as refusal:
            codes.append(refusal.code)
    outcome = decide.accept_all(ids(at_once), staff)
    assert list(outcome.refused.values()) == codes == ["several-dossiers", "already-decided"]
    assert told(repairer) == told(other)
    first, same = Mission.objects.filter(repairer=other, external_id__in=("first", "same")).order_by("pk")
    assert first.dossier == same.dossier, "the second goes where the first went, in the same breath"
    for row in reversed(each):
        if row.external_id not in ("doubtful", "over"):
            undo(decision_of(row).pk, staff)
    undone = undo_all([event.pk for event in outcome.done.values()], staff)
    assert not undone.refused
    assert told(repairer) == told(other)
    assert Mission.objects.filter(state="dossier").count() == 0


def test_rows_of_several_repairers(repairer: Repairer, staff: User) -> None:
    other = RepairerFactory(site=repairer.site)
    rows = [*queue(repairer, 2), *queue(other, 2)]
    outcome = decide.deny_all(ids(rows), "closed in July", staff)
    assert list(outcome.done) == ids(rows)
    assert {event.repairer_id for event in outcome.done.values()} == {repairer.pk, other.pk}
    assert not Message.objects.filter(settled_at=None).exists()


def test_one_row_twice_and_a_row_that_is_none(repairer: Repairer, staff: User) -> None:
    [row] = queue(repairer, 1)
    outcome = decide.accept_all([row.pk, row.pk, 4711], staff)
    assert (list(outcome.done), outcome.refused) == ([row.pk], {})
    assert Dossier.objects.count() == 1


def test_a_mission_and_its_twin_are_decided_once(repairer: Repairer, staff: User) -> None:
    take_in(repairer, mission(external_id="both", number="2026/0004711"))
    send(repairer, winformex_mission())
    outcome = decide.accept_all(ids(list(Mission.objects.order_by("pk"))), staff)
    assert (len(outcome.done), list(outcome.refused.values())) == (1, ["already-decided"])
    assert Dossier.objects.count() == 1


def test_undone_at_once_in_whatever_order_they_are_named(repairer: Repairer, staff: User) -> None:
    options(INFORMEX_QUEING="all")
    [row] = queue(repairer, 1)
    decide.accept(row.pk, staff)
    take_in(repairer, quote(2, "q0", "m0", status="approved", lines=[part("Door", "D1")]))
    decide.accept_quote(Quote.objects.get().pk, staff)
    events = ids(list(Event.objects.filter(verb__in=("accepted", "quote-accepted")).order_by("pk")))
    assert undo_all(events, staff).refused == {}
    assert (Mission.objects.get().state, Dossier.objects.get().status) == ("waiting", "closed")
    assert not OrderLine.objects.exists()
    refused("already-undone", undo, events[0], staff)
