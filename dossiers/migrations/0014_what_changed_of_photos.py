from django.db import migrations, models
from django.utils import timezone


def as_they_came(apps, schema_editor):
    """Of photos that are there, nothing is known but when they came."""
    photos = apps.get_model("dossiers", "Photo").objects.using(schema_editor.connection.alias)
    photos.update(updated_at=models.F("received_at"))


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0013_fewer_indexes")]

    operations = [
        migrations.AddField(
            model_name="photo",
            name="updated_at",
            field=models.DateTimeField(auto_now=True, default=timezone.now),
            preserve_default=False,
        ),
        migrations.RunPython(as_they_came, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="photo",
            index=models.Index(fields=["updated_at"], name="photo_updated"),
        ),
    ]
