"""What `manage.py doctor` looks at: one finding a check, in words, with what to do where something is ill."""

import datetime as dt
import email.utils
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from smtplib import SMTPException

import requests
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import ERROR, CheckMessage, run_checks
from django.core.mail import get_connection
from django.db import connection
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from claims360_link import credentials, write_once
from claims360_link.client import Claims360Client, NoOtherAuth, shared_session
from claims360_link.credentials import KeyDamaged, Kind
from claims360_link.fields import CannotDecrypt
from dossiers import loose_files, stock
from dossiers.models import LooseFile
from dossiers.sentences import sentence
from dossiers.store import files
from planmanager import __version__, health
from planmanager.checks import Refusal
from repairers import mail
from repairers.models import Repairer

ROOM = 1024**3  # bytes that must be free
APART = dt.timedelta(seconds=60)  # how far our clock may be from that of Claims360


@dataclass(frozen=True, slots=True)
class Finding:
    """How one check ended; `repairer` is the id of the one that it is about."""

    check: str
    well: bool
    text: str
    repairer: int | None = None


def examine(stock_too: bool = False) -> Iterator[Finding]:
    """Every check, one after the other; what needs the database or Claims360 is left out where that is not there.

    `stock_too`: each row is held against its file, which may take minutes.
    """
    yield Finding("version", True, f"PlanManager {__version__}")
    yield _settings()
    yield _static()
    yield _disk()
    yield _store()
    yield _broker()
    yield _mail_server()
    claims360 = list(_claims360())
    database = list(_database())
    yield from (*claims360, *database)
    if all(finding.well for finding in database):
        yield _write_once()
        yield _rounds()
        yield _mails()
        yield _given_up()
        if stock_too:
            yield from _stock()
        for repairer in Repairer.objects.filter(claims360_configuration__isnull=False).order_by("pk"):
            yield from _repairer(repairer, reachable=claims360[0].well)


def _settings() -> Finding:
    wrong = [_in_words(found) for found in run_checks() if found.level >= ERROR]
    if settings.DEBUG:
        wrong.append(
            _("DEBUG is on: error pages show what nobody should see. Take DEBUG out of the environment.")
        )
    return Finding("settings", not wrong, " ".join(wrong) or _("The settings are in order."))


def _in_words(found: CheckMessage) -> str:
    return found.in_words() if isinstance(found, Refusal) else f"{found.msg} {found.hint or ''}".strip()


def _static() -> Finding:
    """Whether what pages are drawn with was collected; a page that wants what was not is an error."""
    # None: under DEBUG they are taken from where they are
    collected = getattr(staticfiles_storage, "hashed_files", None)
    names = (name for finder in get_finders() for name, _storage in finder.list([]))
    missing = [name for name in names if collected is not None and name not in collected]
    if not missing:
        return Finding("static", True, _("What pages are drawn with is there."))
    text = _(
        "What pages are drawn with was not collected (%(n)d files, such as %(name)s), so there are none: run manage.py"
        " collectstatic and restart the web server."
    )
    return Finding("static", False, text % {"n": len(missing), "name": missing[0]})


def _disk() -> Finding:
    free, folder = shutil.disk_usage(settings.VAR_DIR).free, settings.VAR_DIR
    if not os.access(folder, os.W_OK):
        return Finding(
            "disk", False, _("%(folder)s can't be written to: give it to this user.") % {"folder": folder}
        )
    told = {"free": number_format(free / 1024**3, 1), "folder": folder}
    if free < ROOM:
        return Finding(
            "disk",
            False,
            _("Only %(free)s GB are free in %(folder)s: make room, or photos can't be kept.") % told,
        )
    return Finding("disk", True, _("%(free)s GB are free in %(folder)s.") % told)


def _store() -> Finding:
    """Whether photos can be kept where the settings say, and only read from here: by as much as a photo would need."""
    if not settings.S3_BUCKET:
        return _folder()
    told = {"bucket": settings.S3_BUCKET}
    try:
        is_public = files.is_public()
    except PermissionError as error:
        text = _(
            "The bucket %(bucket)s refuses us (%(error)s): its keys must be those of S3_ACCESS_KEY and S3_SECRET_KEY,"
            " and may list, read, write and delete. Photos that come wait till then."
        )
        return Finding("store", False, text % {**told, "error": error.strerror})
    except OSError as error:
        text = _(
            "The bucket %(bucket)s can't be used (%(error)s): look at S3_BUCKET, S3_ENDPOINT_URL and S3_REGION, and"
            " whether its server is up. Photos that come wait till then."
        )
        return Finding("store", False, text % {**told, "error": error.strerror})
    if is_public:
        text = _("Anybody can read what is in the bucket %(bucket)s, photos too: make it private.")
        return Finding("store", False, text % told)
    return Finding(
        "store", True, _("The bucket %(bucket)s keeps what it is given, and gives it to us alone.") % told
    )


def _folder() -> Finding:
    told = {"folder": settings.MEDIA_ROOT, "names": ", ".join(files.elsewhere())}
    if told["names"]:
        text = _(
            "%(names)s in %(folder)s is on another file system than the rest, so no photo can be kept in it: give"
            " one file system to all of %(folder)s."
        )
        return Finding("store", False, text % told)
    return Finding("store", True, _("Photos are kept in %(folder)s: S3_BUCKET is not set.") % told)


def _given_up() -> Finding:
    if number := LooseFile.objects.filter(loose_files.overdue()).count():
        text = _(
            "%(n)d files of deleted photos are still there, for the store did not take their deletion: it is tried"
            " again each night, or by manage.py retention."
        )
        return Finding("given-up", False, text % {"n": number})
    return Finding("given-up", True, _("Every file of a deleted photo is gone."))


def _stock() -> Iterator[Finding]:
    """Whether each row has its file, and each file its row."""
    try:
        lost, strays = _amiss()
    except OSError as error:
        text = _("The files can't be looked through (%(error)s): see what is said of where photos are kept.")
        yield Finding("lost", False, text % {"error": error.strerror})
        return
    text = _(
        "%(n)d photos are in the database and their files are not there, such as %(name)s: fetch them from a"
        " backup of the files, under these names."
    )
    yield _none_of("lost", lost, text, _("Every photo has its file."))
    text = _(
        "%(n)d files are of no photo here, such as %(name)s. If they are not another installation's, and this"
        " database is the right one: manage.py retention --strays has them deleted in the night after next."
    )
    yield _none_of("strays", strays, text, _("Every file is of a photo."))


def _none_of(check: str, names: list[str], text: str, well: str) -> Finding:
    """There should be none: else how many there are, and the first of them."""
    return (
        Finding(check, False, text % {"n": len(names), "name": names[0]})
        if names
        else Finding(check, True, well)
    )


def _amiss() -> tuple[list[str], list[str]]:
    parts = list(stock.take())
    return [name for part in parts for name in part.lost], [name for part in parts for name in part.strays]


def _broker() -> Finding:
    if health.broker() != health.OK:
        return Finding(
            "broker", False, _("The broker can't be reached: start it, or correct CELERY_BROKER_URL.")
        )
    return Finding("broker", True, _("The broker can be reached."))


def _mail_server() -> Finding:
    """Whether it takes us, by as much as a mail would need; nothing is sent."""
    if not settings.EMAIL_ON:
        return Finding("mail-server", True, _("No e-mail leaves from here: EMAIL_URL is not set."))
    try:
        with get_connection():
            pass
    except (SMTPException, OSError) as error:
        text = _("The mail server can't be reached (%(error)s): look at EMAIL_URL. E-mails wait till then.")
        return Finding("mail-server", False, text % {"error": type(error).__name__})
    return Finding("mail-server", True, _("The mail server can be reached."))


def _mails() -> Finding:
    if waiting := mail.waiting_for_server():
        text = _(
            "%(n)d people wait for an e-mail that the mail server did not take: see EMAIL_URL and its log."
        )
        return Finding("mails", False, text % {"n": waiting})
    return Finding("mails", True, _("No e-mail waits for the mail server."))


def _claims360() -> Iterator[Finding]:
    """Whether there is an answer, be it the refusal of a request without a key; and the date that it carries."""
    url = f"{settings.CLAIMS360_API_URL.rstrip('/')}/whoami"
    timeout = (settings.CLAIMS360_CONNECT_TIMEOUT, settings.CLAIMS360_READ_TIMEOUT)
    try:
        with shared_session().get(url, timeout=timeout, stream=True, auth=NoOtherAuth()) as answer:
            status, date = answer.status_code, answer.headers.get("Date", "")
    except requests.RequestException as error:
        text = _(
            "Claims360 can't be reached (%(error)s): look at CLAIMS360_API_URL and the way out of this network."
        )
        yield Finding("claims360", False, text % {"error": type(error).__name__})
        return
    if status >= 500:
        text = _("Claims360 is out of order (HTTP %(status)d): nothing is lost, it is tried again by itself.")
        yield Finding("claims360", False, text % {"status": status})
        return
    yield Finding("claims360", True, _("Claims360 can be reached."))
    yield clock(date, timezone.now())


def clock(date: str, now: dt.datetime) -> Finding:
    """How far `now` is from the `date` of an answer of Claims360."""
    try:
        theirs = email.utils.parsedate_to_datetime(date)
    except ValueError:
        return Finding("clock", False, _("Claims360 does not tell the time: compare the clock by hand."))
    apart = abs(now - theirs.replace(tzinfo=theirs.tzinfo or dt.UTC))
    seconds = {"seconds": round(apart.total_seconds())}
    if apart > APART:
        text = _(
            "The clock is %(seconds)d seconds away from that of Claims360: switch time synchronisation on."
        )
        return Finding("clock", False, text % seconds)
    return Finding("clock", True, _("The clock is right, to %(seconds)d seconds.") % seconds)


def _database() -> Iterator[Finding]:
    if health.database() != health.OK:
        yield Finding(
            "database", False, _("The database can't be reached: start it, or correct DATABASE_URL.")
        )
        return
    yield Finding("database", True, _("The database can be reached."))
    yield _migrations()


def _migrations() -> Finding:
    word = health.migrations()
    if word == health.NEWER:
        text = _(
            "The database is of a newer version: install that one again, or restore the backup that was made "
            "before the upgrade."
        )
        return Finding("migrations", False, text)
    if word != health.OK:
        return Finding("migrations", False, _("The database is of an older version: run manage.py migrate."))
    return Finding("migrations", True, _("The database is of this version."))


def _write_once() -> Finding:
    if names := write_once.missing(connection):
        text = _("Nothing keeps the configurations as they were written (%(names)s): run manage.py migrate.")
        return Finding("write-once", False, text % {"names": ", ".join(sorted(names))})
    return Finding("write-once", True, _("The database keeps the configurations as they were written."))


def _rounds() -> Finding:
    word = health.rounds(timezone.now())
    if word == health.OFF:
        return Finding("rounds", True, _("Claims360 is not active for this database: no rounds."))
    if word != health.OK:
        text = _(
            "A repairer was not synchronised for more than half an hour: are beat and the workers running?"
        )
        return Finding("rounds", False, text)
    return Finding("rounds", True, _("The rounds keep to their time."))


def _repairer(repairer: Repairer, reachable: bool) -> Iterator[Finding]:
    told = {"repairer": repairer.name}
    try:
        clients = {kind: credentials.client_for(repairer.pk, kind) for kind in credentials.KINDS}
    except (CannotDecrypt, ValueError):  # another key, or no key at all
        text = _("%(repairer)s: the keys can't be decrypted; put the key back that CREDENTIALS_KEYS had.")
        yield Finding("keys", False, text % told, repairer.pk)
        return
    except KeyDamaged:
        text = _(
            "%(repairer)s: a stored key is not the one that was written; reset the configuration in admin."
        )
        yield Finding("keys", False, text % told, repairer.pk)
        return
    yield Finding("keys", True, _("%(repairer)s: the keys are as they were written.") % told, repairer.pk)
    if reachable:
        yield _link(repairer, clients)


def _link(repairer: Repairer, clients: dict[Kind, Claims360Client]) -> Finding:
    labels = {"bodyshop": _("Bodyshop API key"), "planmanager": _("PlanManager API key")}
    refusals = {kind: credentials.refusal(client, kind) for kind, client in clients.items()}
    wrong = [f"{labels[kind]}: {sentence(code)}" for kind, code in refusals.items() if code]
    if not wrong:
        text = _("%(repairer)s: Claims360 takes both keys.") % {"repairer": repairer.name}
        return Finding("link", True, text, repairer.pk)
    advice = _("If it stays so, reset the configuration in admin and enter the keys anew.")
    return Finding("link", False, f"{repairer.name}: {' '.join(wrong)} {advice}", repairer.pk)
