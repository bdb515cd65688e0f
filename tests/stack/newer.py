"""A version of the program that is one migration newer, which the version before it can do nothing with."""

import subprocess
from pathlib import Path

MIGRATION = '''"""Made up: a table and a column more, a column less, and every mission's number written otherwise."""

from django.db import migrations, models


def write_otherwise(apps, schema_editor):
    missions = apps.get_model("dossiers", "Mission").objects
    missions.update(number=models.functions.Concat(models.Value("NEW-"), "number"))


class Migration(migrations.Migration):
    dependencies = [("dossiers", "{latest}")]
    operations = [
        migrations.RunPython(write_otherwise),
        migrations.RemoveField("dossier", "circumstances"),
        migrations.AddField("mission", "made_up", models.TextField(db_default="new")),
        migrations.CreateModel(
            "MadeUp",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("mission", models.ForeignKey("dossiers.mission", models.CASCADE)),
            ],
        ),
        migrations.RunSQL("INSERT INTO dossiers_madeup (mission_id) SELECT id FROM dossiers_mission"),
    ]
'''


def commit_newer(repository: Path) -> None:
    """Commit it on a branch `newer` of `repository`, whose other branches stay as they are."""
    migrations = repository / "dossiers/migrations"
    latest = max(path.stem for path in migrations.glob("0*.py"))
    git(repository, "checkout", "--quiet", "-b", "newer")
    (migrations / "9999_made_up.py").write_text(MIGRATION.replace("{latest}", latest))
    commit_all(repository, "one migration newer")
    git(repository, "checkout", "--quiet", "-")


def commit_all(repository: Path, message: str) -> None:
    """Commit what is in the folder; it is made a repository if it is none."""
    git(repository, "init", "--quiet")
    git(repository, "add", "--all")
    author = ("-c", "user.name=Tests", "-c", "user.email=tests@example.be")
    git(repository, *author, "commit", "--quiet", "--message", message)


def git(repository: Path, *words: str) -> str:
    """What git says of `repository`."""
    command = ["git", "-C", str(repository), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
