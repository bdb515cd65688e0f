"""Production: Django's own checks have nothing to say, and nothing starts with what is only for trying out."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from claims360_link import write_once
from planmanager.checks import production
from planmanager.start import require_sound
from tests.link.test_commands import url_of_the_tests
from tests.migrated import begin_migrated
from tests.processes import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
SOUND = {
    "PRODUCTION": "true",
    "HTTPS": "true",
    "SECRET_KEY": "".join(chr(65 + n % 57) for n in range(60)),
    "CREDENTIALS_KEYS": Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": "planmanager.example.be",
    "CLAIMS360_API_URL": "https://api.claims360.example/v1",
}
CELERY = ("-m", "celery", "--app=planmanager")
STARTS = [
    ("manage.py", "check"),
    ("-m", "gunicorn", "planmanager.wsgi", "--bind=127.0.0.1:0", "--no-control-socket"),
    (*CELERY, "worker", "--concurrency=1"),
    (*CELERY, "beat"),
]


PROVIDER = {
    "OIDC_ISSUER": "https://id.example.com",
    "OIDC_RP_CLIENT_ID": "planmanager",
    "OIDC_RP_CLIENT_SECRET": "of the provider",
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "https://id.example.com/authorize",
    "OIDC_OP_TOKEN_ENDPOINT": "https://id.example.com/token",
    "OIDC_OP_USER_ENDPOINT": "https://id.example.com/userinfo",
    "OIDC_OP_JWKS_ENDPOINT": "https://id.example.com/keys",
}

MAIL = {
    "EMAIL_ON": True,
    "EMAIL_HOST_PASSWORD": "of the mail server",
    "EMAIL_USE_TLS": True,
    "DEFAULT_FROM_EMAIL": "planmanager@example.com",
    "PUBLIC_URL": "https://planmanager.example.com",
}

BUCKET = {"S3_BUCKET": "photos", "S3_SERVER": {"access_key": "one", "secret_key": "of the server"}}


def started(args: tuple[str, ...], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Our own program with SOUND and what is given here; DEBUG and the like of outside do not count."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    known = {**kept, **SOUND, "VAR_DIR": str(folder), **environment}
    known = {name: value for name, value in known.items() if value}
    return subprocess.run(
        [sys.executable, *args], cwd=ROOT, env=known, capture_output=True, text=True, timeout=PATIENCE
    )


def test_the_checks_of_a_deployment_find_nothing(tmp_path: Path) -> None:
    done = started(("manage.py", "check", "--deploy", "--fail-level=WARNING"), tmp_path)
    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done


@pytest.mark.parametrize("args", STARTS, ids=["check", "web", "worker", "beat"])
def test_nothing_starts_with_a_secret_of_its_own(args: tuple[str, ...], tmp_path: Path) -> None:
    done = started(args, tmp_path, CREDENTIALS_KEYS="")
    assert done.returncode != 0
    assert "CREDENTIALS_KEYS is not set" in done.stderr
    assert "HINT: Set CREDENTIALS_KEYS. Make one with: python -c" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_secret_in_a_file_is_set(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(SOUND["CREDENTIALS_KEYS"] + "\n")
    known = {"CREDENTIALS_KEYS": "", "CREDENTIALS_KEYS_FILE": str(tmp_path / "keys")}
    assert started(("manage.py", "check"), tmp_path / "var", **known).returncode == 0


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"DEBUG": True}, ["planmanager.E001"]),
        ({**MAIL, "PUBLIC_URL": "http://planmanager.example"}, ["planmanager.E008"]),
        ({**MAIL, "DEFAULT_FROM_EMAIL": "planmanager@localhost"}, ["planmanager.E009"]),
        ({**MAIL, "EMAIL_USE_TLS": False}, ["planmanager.E010"]),
        ({"MADE_SECRETS": ["SECRET_KEY"]}, ["planmanager.E002"]),
        ({"MADE_SECRETS": ["CREDENTIALS_KEYS"]}, ["planmanager.E003"]),
        ({"SECRET_KEY": "changeme"}, ["planmanager.E004"]),
        (PROVIDER, []),
        (MAIL, []),
        ({**PROVIDER, "OIDC_OP_TOKEN_ENDPOINT": "http://id.example.com/token"}, ["planmanager.E006"]),
        ({**PROVIDER, "OIDC_OP_JWKS_ENDPOINT": ""}, ["planmanager.E006"]),
        ({**PROVIDER, "OIDC_RP_CLIENT_SECRET": ""}, ["planmanager.E007"]),
        ({"CLAIMS360_API_URL": "http://127.0.0.1:9360/v1"}, ["planmanager.E005"]),
        ({"CLAIMS360_API_URL": "https://localhost:9360/v1"}, ["planmanager.E005"]),
        ({"CLAIMS360_API_URL": "http://api.claims360.example/v1"}, ["planmanager.E005"]),
        ({"WINFORMEX_URL": "http://127.0.0.1:9360/winformex"}, ["planmanager.E013"]),
        (BUCKET, []),
        ({**BUCKET, "S3_BUCKET": ""}, ["planmanager.E011"]),
        ({**BUCKET, "S3_SERVER": {"access_key": "one", "secret_key": ""}}, ["planmanager.E012"]),
    ],
)
def test_what_production_does_not_go_with(
    settings: Settings, change: dict[str, Any], found: list[str]
) -> None:
    sound = {name: SOUND[name] for name in ("SECRET_KEY", "CLAIMS360_API_URL")} | {"WINFORMEX_URL": ""}
    for name, value in {"DEBUG": False, "MADE_SECRETS": [], **sound, **change}.items():
        setattr(settings, name, value)
    settings.PRODUCTION = False
    assert production() == []
    settings.PRODUCTION = True
    assert [message.id for message in production()] == found
    assert all(message.hint for message in production())


def test_a_missing_trigger_stops_the_start(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    require_sound()
    on = f" ON {write_once.TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {write_once.NAME}_update{on}")
    with pytest.raises(SystemExit) as end:
        require_sound()
    assert end.value.code == 3
    assert "Triggers are missing on default" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_what_the_check_says_puts_the_triggers_back(transactional_db: None, tmp_path: Path) -> None:
    """`migrate` runs the check before it mends what the check finds, so the hint says to skip it."""
    on = f" ON {write_once.TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {write_once.NAME}_update{on}")
    try:
        known = {"DATABASE_URL": url_of_the_tests(), "PRODUCTION": ""}
        refused = started(("manage.py", "check", "--database=default"), tmp_path, **known)
        assert refused.returncode == 1
        assert "manage.py migrate --skip-checks" in refused.stderr
        done = started(("manage.py", "migrate", "--skip-checks"), tmp_path, **known)
        assert done.returncode == 0, done.stderr
        assert write_once.missing(connection) == set()
    finally:
        call_command("migrate", verbosity=0)


def test_a_database_that_is_not_there_yet_is_no_reason_to_end(tmp_path: Path) -> None:
    program = "import planmanager.wsgi; print('serves')"
    done = started(("-c", program), tmp_path, DATABASE_URL="postgres://nobody@127.0.0.1:9/nothing")
    assert (done.returncode, done.stdout) == (0, "serves\n"), done.stderr
    assert "The database can't be reached yet" in done.stderr


def login_page(tmp_path: Path, *names: str, **environment: str) -> list[str]:
    """What its headers of these names say, in production."""
    program = (
        "import django; django.setup(); from django.core.management import call_command;"
        "call_command('migrate', verbosity=0); call_command('collectstatic', verbosity=0, interactive=False);"
        "from django.test import Client;"
        "answer = Client().get('/login/', secure=True, headers={'host': 'planmanager.example.be'});"
        f"print(*(answer[name] for name in {names}), answer.cookies.output(header=''), sep='\\n')"
    )
    known = {"DJANGO_SETTINGS_MODULE": "planmanager.settings", **environment}
    begin_migrated(tmp_path / "planmanager.sqlite3")
    done = started(("-c", program), tmp_path, **known)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_who_may_show_the_pages_in_a_frame(tmp_path: Path) -> None:
    names = ("X-Frame-Options", "Content-Security-Policy")
    by_default = login_page(tmp_path, *names)
    assert by_default[0] == "DENY" and "frame-ancestors 'none'" in by_default[1]
    allowed = login_page(tmp_path, *names, FRAME_ANCESTORS="https://pm.example.be")
    assert allowed[0] == "SAMEORIGIN" and "frame-ancestors https://pm.example.be" in allowed[1]


def test_cookies_are_for_this_host_alone(tmp_path: Path) -> None:
    hsts, cookie = login_page(tmp_path, "Strict-Transport-Security")
    assert hsts == "max-age=31536000; includeSubDomains; preload"
    name, *said = cookie.strip().split("; ")
    assert name.startswith("__Host-csrftoken=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(said)
    assert not any(word.startswith("Domain") for word in said)
