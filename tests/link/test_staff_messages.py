"""What the staff of a repairer is told: one message a matter, that counts, and settles by itself."""

from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone, translation

from claims360_link import credentials, one_mission, sync, work
from claims360_link.models import Configuration, SyncState
from claims360_link.sandbox.server import Sandbox
from claims360_link.staff_messages import FAILURES
from dossiers import outbox
from dossiers.intake import decide, rejudge, undo
from dossiers.models import Dossier, MissionState, Source, Transmission
from repairers.models import Message, Repairer, User
from repairers.staff_messages import KINDS, mark_read, own, unread
from tests.dossiers.factories import DossierFactory, MissionFactory, StaffFactory
from tests.link.world import DEMO, due, mission_of, pull, set_options
from tests.winformex.world import mission, send

pytestmark = pytest.mark.django_db(transaction=True)


def standing() -> list[tuple[str, str, str, int]]:
    rows = Message.objects.filter(settled_at=None).order_by("pk")
    return list(rows.values_list("kind", "subject", "reason", "count"))


def news_of(user: User) -> list[str]:
    """What is unread, in words; then it is read."""
    rows = unread(own(user), user)
    with translation.override("en"):
        told = [KINDS[row.kind].title(row) for row in rows]
    mark_read(user, rows, timezone.now())
    return told


# --- what waits


def test_a_queue_is_one_message_that_counts(configured: Repairer, sandbox: Sandbox, staff: User) -> None:
    for _ in range(3):
        sandbox.store.create_mission(quotes=0)
    pull(configured)
    assert news_of(staff) == ["3 missions or quotes wait in the queue"]
    pull(configured)
    assert news_of(staff) == [], "nothing came"
    sandbox.store.create_mission(quotes=0)
    pull(configured)
    assert news_of(staff) == ["4 missions or quotes wait in the queue"]
    assert Message.objects.count() == 1


def test_deciding_counts_down_and_is_news_to_nobody(
    configured: Repairer, sandbox: Sandbox, staff: User
) -> None:
    ids = [sandbox.store.create_mission(quotes=0)["id"] for _ in range(3)]
    pull(configured)
    news_of(staff)
    decide.accept(mission_of(ids[0]).pk, staff)
    decide.deny(mission_of(ids[1]).pk, "no time", staff)
    assert (standing(), news_of(staff)) == ([("waiting", "", "", 1)], [])
    decide.accept(mission_of(ids[2]).pk, staff)
    assert standing() == []
    decide.undo_link(mission_of(ids[2]).pk, staff)
    assert (standing(), news_of(staff)) == ([("waiting", "", "", 1)], []), "it stands, and is no news"


def test_what_is_taken_back_is_unread_only_for_those_who_had_not_read_it(
    configured: Repairer, sandbox: Sandbox, staff: User
) -> None:
    """Who had read that it waits is told nothing new; who had not still is."""
    colleague = StaffFactory(sites=[configured.site])
    made = sandbox.store.create_mission(quotes=0)["id"]
    pull(configured)
    row = mission_of(made)
    news_of(staff)
    for deed in (decide.accept, partial(decide.deny, reason="no time")):
        deed(row.pk, user=staff)
        assert standing() == []
        undo.undo(undo.decision_of(row).pk, staff)
        assert (standing(), news_of(staff)) == ([("waiting", "", "", 1)], [])
    assert news_of(colleague) == ["1 mission or quote waits in the queue"]


def test_one_leaves_and_another_comes(configured: Repairer, sandbox: Sandbox, staff: User) -> None:
    gone = sandbox.store.create_mission(quotes=0)["id"]
    pull(configured)
    news_of(staff)
    sandbox.store.cancel_mission(gone)
    sandbox.store.create_mission(quotes=0)
    pull(configured)
    assert news_of(staff) == ["1 mission or quote waits in the queue"]


def test_what_claims360_cancels_settles_the_message(configured: Repairer, sandbox: Sandbox) -> None:
    gone = sandbox.store.create_mission(quotes=0)["id"]
    pull(configured)
    sandbox.store.cancel_mission(gone)
    pull(configured)
    assert standing() == []
    assert Message.objects.get().settled_at is not None


def test_what_goes_straight_to_a_dossier_is_not_told(configured: Repairer, sandbox: Sandbox) -> None:
    set_options(INFORMEX_QUEING="off")
    sandbox.store.create_mission()
    pull(configured)
    assert standing() == []


def test_a_worker_that_died_told_nobody_and_the_next_one_does(
    configured: Repairer, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.store.create_mission(quotes=0)

    def die(*_: Any, **__: Any) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(sync, "_end", die)
        with pytest.raises(KeyboardInterrupt):
            pull(configured)
    assert standing() == []
    SyncState.objects.update(lease_until=timezone.now())
    pull(configured)
    assert standing() == [("waiting", "", "", 1)]


def test_winformex_and_the_clock_tell_it_too(active: None, repairer: Repairer) -> None:
    send(repairer, mission())
    assert standing() == [("waiting", "", "", 1)]
    MissionFactory(
        repairer=repairer, state=MissionState.INCOMPLETE, received_at=timezone.now() - 2 * rejudge.LATE
    )
    work.pick_up_pending()
    assert standing() == [("waiting", "", "", 2)]


def test_asked_for_by_itself_is_told(configured: Repairer, sandbox: Sandbox, staff: User) -> None:
    made = sandbox.store.create_mission(quotes=0)["id"]
    work.ask_anew(one_mission.ask(configured.pk, made, staff).pk)
    assert standing() == [("waiting", "", "", 1)]


def test_rules_that_change_empty_the_queue(configured: Repairer, sandbox: Sandbox, staff: User) -> None:
    sandbox.store.create_mission(quotes=0)
    pull(configured)
    set_options(INFORMEX_EXCLUDES="kind = mission")
    work.reconsider(configured.pk)
    assert standing() == []
    set_options(INFORMEX_EXCLUDES="")
    work.reconsider(configured.pk)
    assert standing() == [("waiting", "", "", 1)]


# --- a link that is ill


def test_refused_keys_are_told_at_once_and_settle(
    configured: Repairer, sandbox: Sandbox, staff: User
) -> None:
    sandbox.store.faults.add("401", times=None)
    pull(configured)
    assert news_of(staff) == ["The link with Claims360 is ill"]
    pull(configured)
    assert (standing(), news_of(staff)) == ([("link", "", "keys-refused", 1)], []), "told once"
    sandbox.store.faults.clear()
    due(configured)
    pull(configured)
    assert standing() == []
    pull(configured)
    assert Message.objects.count() == 1


def test_an_outage_is_told_once_it_is_more_than_a_moment(configured: Repairer, sandbox: Sandbox) -> None:
    sandbox.store.faults.add("500", times=None)
    for number in range(1, FAILURES + 1):
        assert standing() == [], number
        due(configured)
        sync.circuit.note("")
        pull(configured)
    assert standing() == [("link", "", "outage", 1)]


def test_a_reset_ends_the_matter(configured: Repairer, sandbox: Sandbox, helpdesk: User) -> None:
    sandbox.store.faults.add("401", times=None)
    pull(configured)
    credentials.reset(Configuration.objects.get().pk, helpdesk, "another key")
    assert standing() == []


# --- what was sent


@pytest.fixture
def dossier(configured: Repairer) -> Dossier:
    return DossierFactory(repairer=configured, plate="1-ABC-234", claim_number="")


def asked(dossier: Dossier, staff: User, mileage: int) -> Transmission:
    given: dict[str, Any] = {"plate": "1-ABC-234", "mileage": mileage, "photo_ids": [], "mailbox": DEMO}
    return outbox.ask(dossier, staff, link=Source.CLAIMS360, **given)


def test_a_refused_sending_is_told_and_settles_once_seen_to(
    dossier: Dossier, sandbox: Sandbox, staff: User
) -> None:
    sandbox.store.faults.add("422", code="validation", path="/missions", method="POST")
    row = asked(dossier, staff, 84_210)
    work.deliver(row.pk)
    assert standing() == [("sending", str(dossier.pk), "validation", 1)]
    assert news_of(staff) == [f"Dossier {dossier.pk}: a transmission needs you"]
    outbox.try_again(row.pk, staff)
    assert standing() == []
    work.deliver(row.pk)
    assert (standing(), Transmission.objects.get().state) == ([], "delivered")


def test_two_of_a_dossier_are_one_message(dossier: Dossier, staff: User) -> None:
    rows = [asked(dossier, staff, mileage) for mileage in (1, 2)]
    for row in rows:
        outbox.to_person(row, "refused")
    assert standing() == [("sending", str(dossier.pk), "refused", 2)]
    outbox.cancel(rows[0].pk, staff)
    assert standing() == [("sending", str(dossier.pk), "refused", 1)]
    outbox.cancel(rows[1].pk, staff)
    assert standing() == []


# --- and how


def test_it_is_rolled_back_with_what_it_tells(dossier: Dossier, staff: User) -> None:
    row = asked(dossier, staff, 1)
    with transaction.atomic():
        outbox.to_person(row, "refused")
        assert standing()
        transaction.set_rollback(True)
    assert standing() == []


def test_a_message_names_no_owner_and_no_plate(dossier: Dossier, staff: User) -> None:
    outbox.to_person(asked(dossier, staff, 1), "refused")
    [row] = Message.objects.all()
    told = f"{vars(row)} {KINDS[row.kind].title(row)} {KINDS[row.kind].detail(row)}"
    assert "1-ABC-234" not in told and dossier.owner_name not in told


def test_others_are_not_told(configured: Repairer, sandbox: Sandbox, helpdesk: User) -> None:
    sandbox.store.create_mission(quotes=0)
    pull(configured)
    assert news_of(StaffFactory()) == []
    assert len(news_of(helpdesk)) == 1
