"""The reasons to deny for, with those that every garage has."""

from django.db import migrations, models

FIRST = [
    (
        "mission",
        "Pas de capacité à l'atelier",
        "Geen plaats in de werkplaats",
        "Kein Platz in der Werkstatt",
        "No room in the workshop",
    ),
    (
        "mission",
        "Mission destinée à un autre réparateur",
        "Opdracht voor een andere hersteller",
        "Auftrag für einen anderen Reparaturbetrieb",
        "Meant for another repairer",
    ),
    (
        "mission",
        "Double d'une autre mission",
        "Dubbel van een andere opdracht",
        "Doppelt zu einem anderen Auftrag",
        "Double of another mission",
    ),
    (
        "mission",
        "Le client ne fait pas réparer chez nous",
        "De klant laat niet bij ons herstellen",
        "Der Kunde lässt nicht bei uns reparieren",
        "The customer does not have it repaired here",
    ),
    (
        "quote",
        "Montants à revoir avec l'expert",
        "Bedragen te herzien met de expert",
        "Beträge mit dem Gutachter zu klären",
        "Amounts to be settled with the expert",
    ),
    (
        "quote",
        "Pièces ou heures manquantes",
        "Onderdelen of uren ontbreken",
        "Teile oder Stunden fehlen",
        "Parts or hours are missing",
    ),
]


def offer(apps, schema_editor):
    rows = apps.get_model("dossiers", "DenyReason").objects.using(schema_editor.connection.alias)
    for position, (kind, fr, nl, de, en) in enumerate(FIRST, 1):
        rows.create(kind=kind, position=10 * position, text_fr=fr, text_nl=nl, text_de=de, text_en=en)


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0011_changed_since")]

    operations = [
        migrations.CreateModel(
            name="DenyReason",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("mission", "mission"), ("quote", "quote")],
                        default="mission",
                        max_length=16,
                        verbose_name="for",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=100, verbose_name="position")),
                ("text_fr", models.CharField(max_length=120, verbose_name="in French")),
                ("text_nl", models.CharField(max_length=120, verbose_name="in Dutch")),
                ("text_de", models.CharField(max_length=120, verbose_name="in German")),
                ("text_en", models.CharField(max_length=120, verbose_name="in English")),
            ],
            options={
                "verbose_name": "reason of a denial",
                "verbose_name_plural": "reasons of denials",
                "ordering": ["kind", "position", "pk"],
            },
        ),
        migrations.RunPython(offer, migrations.RunPython.noop),
    ]
