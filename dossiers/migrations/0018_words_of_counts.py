from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('dossiers', '0017_quotes_of_withdrawn_missions'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='event',
            options={'ordering': ['-at', '-pk'], 'verbose_name': 'line of the history', 'verbose_name_plural': 'lines of the history'},
        ),
    ]
