"""A file is noted before it is written, too, and once only."""

import django.utils.timezone
from django.db import migrations, models
from django.db.models import Min


def keep_one_of_each(apps, schema_editor):
    rows = apps.get_model("dossiers", "LooseFile").objects.using(schema_editor.connection.alias)
    rows.exclude(pk__in=list(rows.values("name").annotate(first=Min("pk")).values_list("first", flat=True))).delete()


class Migration(migrations.Migration):

    dependencies = [
        ("dossiers", "0015_documents_are_texts"),
    ]

    operations = [
        migrations.AddField(
            model_name="content",
            name="wanted_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.RenameModel("DiscardedFile", "LooseFile"),
        migrations.AlterModelTable("LooseFile", "dossiers_discardedfile"),
        migrations.AddField(
            model_name="loosefile",
            name="expected_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(keep_one_of_each, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="loosefile",
            name="name",
            field=models.CharField(max_length=200, unique=True),
        ),
    ]
