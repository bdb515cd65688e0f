"""The search in missions: its index knows what was written, changed and deleted, whatever wrote it."""

import pytest
from django.core.management import call_command
from django.db import connection

from dossiers import search, search_index
from dossiers.checks import search_index as check
from dossiers.models import Mission
from repairers.models import Repairer
from tests.link.tab import mission

pytestmark = pytest.mark.django_db
ON_SQLITE = connection.vendor == "sqlite"
LOSE = (
    f"DROP TRIGGER {search_index.INDEX}_insert" if ON_SQLITE else f"DROP INDEX IF EXISTS {search_index.INDEX}"
)


def candidates(field: str, text: str) -> set[int]:
    return set(Mission.objects.filter(search.candidates(field, text)).values_list("pk", flat=True))


def fitting(field: str, text: str) -> set[int]:
    return set(Mission.objects.filter(search.fits(field, text)).values_list("pk", flat=True))


def found(field: str, text: str) -> set[int]:
    return candidates(field, text) & fitting(field, text)


def say(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_index_follows_what_is_written(repairer: Repairer) -> None:
    row, other = mission(repairer, plate="1-ABC-234"), mission(repairer, plate="2-ABC-999")
    assert found("plate", "abc2") == {row.pk} and found("plate", "abc") == {row.pk, other.pk}
    Mission.objects.filter(pk=row.pk).update(plate_key="2XYZ777", state="denied")
    assert found("plate", "abc2") == set() and found("plate", "xyz7") == {row.pk}
    row.plate_key = "TAXI1"
    Mission.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["pk"], update_fields=["plate_key"]
    )
    assert found("plate", "xyz7") == set() and found("plate", "taxi") == {row.pk}
    row.delete()
    assert found("plate", "taxi") == set() and found("plate", "2") == {other.pk}
    if ON_SQLITE:
        assert candidates("plate", "taxi") == set()
        say(f"INSERT INTO {search_index.INDEX} ({search_index.INDEX}) VALUES ('integrity-check')")


def test_what_is_lost_is_named_and_made_anew(repairer: Repairer) -> None:
    """On a PostgreSQL without pg_trgm it can't be made, and the same is found."""
    say(LOSE)
    row = mission(repairer, plate="1-ABC-234")
    named = [message.id for message in check(databases=["default"])]
    assert named == [f"dossiers.W00{1 if ON_SQLITE else 2}"]
    connection.check_constraints()  # or PostgreSQL makes no index within the test's transaction
    call_command("migrate", verbosity=0)
    assert found("plate", "bc23") == {row.pk}
    assert bool(check(databases=["default"])) != trigrams_may_be_had()


def trigrams_may_be_had() -> bool:
    with connection.cursor() as cursor:
        if not ON_SQLITE:
            cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        return ON_SQLITE or cursor.fetchone() is not None


@pytest.mark.parametrize(
    "text", ["'", '"', "%", "_", "*", 'a" OR plate : "b', "é́", "\U0001d11e", "  ", "ß" * 300]
)
@pytest.mark.parametrize("field", search_index.FIELDS)
def test_whatever_is_typed_is_no_syntax(repairer: Repairer, field: str, text: str) -> None:
    mission(repairer, plate="1-ABC-234")
    assert fitting(field, text) == set()
    assert candidates(field, text) <= {one.pk for one in Mission.objects.all()}


def test_words_are_found_by_any_of_them(repairer: Repairer) -> None:
    row = mission(
        repairer, owner_name="Van den Broeck, Zoë", owner_number="B-10482", make="Citroën", model="C5 X"
    )
    for field, text in (
        *(("name", "zoe"), ("name", "BROECK z"), ("name", "den b"), ("name", "b 104"), ("name", "v")),
        *(("make", "citroen"), ("make", "CITROË"), ("model", "c5"), ("model", "x"), ("model", "5 x")),
    ):
        assert fitting(field, text) == {row.pk}, text
        assert row.pk in candidates(field, text), text
