from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('claims360_link', '0006_unknown'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='unknown',
            options={'ordering': ['-last_at', '-pk'], 'verbose_name': 'unknown element sent by Claims360', 'verbose_name_plural': 'unknown elements sent by Claims360'},
        ),
    ]
