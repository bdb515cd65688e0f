"""A database of before: quotes waited on though their missions had been withdrawn. The migration settles them."""

from importlib import import_module

from django.apps import apps
from django.db import connection
from django.forms.models import model_to_dict

from dossiers.models import Event, Quote
from dossiers.staff_messages import tell_of_queue
from repairers.models import Message, Repairer
from tests.core.records import held_quote, mission, no_mission, options, quote, take_in
from tests.dossiers.factories import RepairerFactory

EXCLUDED = {"INFORMEX_QUEING": "off", "INFORMEX_EXCLUDES": "kind = quote and status = submitted"}


def upgrade() -> None:
    migration = import_module("dossiers.migrations.0017_quotes_of_withdrawn_missions")
    migration.settle(apps, connection.schema_editor())


def of_before(repairer: Repairer, *quotes: str, of: str, settings: dict[str, str]) -> None:
    """`quotes` of the mission `of` were not decided when that was withdrawn, and stayed as they were."""
    options(**settings)
    take_in(repairer, mission(1, of), *(quote(1, name, of) for name in quotes))
    undecided = {name: held_quote(name) for name in quotes}
    take_in(repairer, no_mission(2, of))
    for one in undecided.values():
        one.save()
    tell_of_queue(repairer.pk, came=True)


def standing() -> dict[int, int]:
    """How much waits for each repairer whose staff is told so."""
    return dict(Message.objects.filter(settled_at=None).values_list("repairer_id", "count"))


def test_they_leave_the_queue_as_the_import_has_them_leave_it(repairer: Repairer) -> None:
    options(INFORMEX_QUEING="quotes")
    take_in(repairer, mission(1, "new"), quote(1, "as-now", "new"))
    take_in(repairer, no_mission(2, "new"))
    of_before(repairer, "waited", of="old", settings={"INFORMEX_QUEING": "quotes"})
    of_before(repairer, "excluded", of="other", settings=EXCLUDED)
    assert {held_quote("waited").state, held_quote("excluded").state} == {"waiting", "excluded"}
    trail = Event.objects.count()

    upgrade()

    own = ["id", "mission", "external_id", "number", "received_at", "updated_at", "decided_at"]
    expected = model_to_dict(held_quote("as-now"), exclude=own)
    assert expected["state"] == "follows"
    for name in ("waited", "excluded"):
        assert model_to_dict(held_quote(name), exclude=own) == expected
        assert held_quote(name).decided_at is not None  # programs that ask what changed are told
    assert Event.objects.count() == trail
    options(INFORMEX_QUEING="quotes", INFORMEX_EXCLUDES="")
    take_in(repairer, mission(3, "old"))
    assert held_quote("waited").state == "waiting"


def test_who_was_told_that_they_wait_is_told_how_much_is_left(repairer: Repairer) -> None:
    colleague, quotes_wait = RepairerFactory(), {"INFORMEX_QUEING": "quotes"}
    of_before(repairer, "q1", "q2", of="m1", settings=quotes_wait)
    take_in(colleague, mission(1, "m2"), quote(1, "still", "m2"))
    of_before(colleague, "q3", of="m3", settings=quotes_wait)
    assert standing() == {repairer.pk: 2, colleague.pk: 2}
    upgrade()
    assert standing() == {colleague.pk: 1}


def test_what_can_still_be_decided_stays(repairer: Repairer) -> None:
    options(INFORMEX_QUEING="quotes")
    take_in(repairer, mission(1, "m1"), quote(1, "q1", "m1"))
    tell_of_queue(repairer.pk, came=True)
    before = list(Quote.objects.values())
    upgrade()
    assert list(Quote.objects.values()) == before and standing() == {repairer.pk: 1}
