"""With a withdrawn mission its undecided quotes leave the queue: those, too, of which it was withdrawn before.

As the import has done it since then: who waited is told how much still does, and a mission that comes back brings
them along.
"""

from django.db import migrations
from django.db.models import Count, F, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone


def settle(apps, schema_editor):
    alias, now = schema_editor.connection.alias, timezone.now()
    quotes = apps.get_model("dossiers", "Quote").objects.using(alias)
    undecided = quotes.filter(state__in=("waiting", "excluded"), mission__state="withdrawn")
    if not undecided.update(state="follows", reason="", reason_args={}, decided_at=now):
        return
    missions = apps.get_model("dossiers", "Mission").objects.using(alias).filter(twin_of=None)
    messages = apps.get_model("repairers", "Message").objects.using(alias)
    told = messages.filter(kind="waiting", subject="", settled_at=None)
    told = told.annotate(left=waiting_of(missions) + waiting_of(quotes))
    told.filter(left=0).update(settled_at=now)
    told.exclude(left=0).update(count=F("left"))


def waiting_of(rows):
    """How many of `rows` wait for the repairer of a message."""
    own = rows.filter(state="waiting", repairer=OuterRef("repairer")).order_by().values("repairer")
    return Coalesce(Subquery(own.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


class Migration(migrations.Migration):

    dependencies = [
        ("dossiers", "0016_loose_files"),
        ("repairers", "0006_messages"),
    ]

    operations = [migrations.RunPython(settle, migrations.RunPython.noop, elidable=True)]
