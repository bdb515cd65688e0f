"""A database with a row of every state, made in a process of its own (manage.py shell)."""

import json
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from claims360_link import credentials
from claims360_link.models import SyncRun, SyncState
from dossiers import uploads
from dossiers.models import (
    Comment,
    Dossier,
    Mission,
    MissionState,
    OrderLine,
    Photo,
    Quote,
    QuoteState,
    SetAside,
    Transmission,
    TransmissionPhoto,
)
from dossiers.models.order import OrderState
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from dossiers.normalise import key
from dossiers.paging import SIZE
from planmanager.demo.data import PASSWORD, load_demo
from repairers.models import Message, Repairer, Site, User
from repairers.staff_messages import mark_read, settle, tell
from tests.browser.rows_of_admin import rows_of_admin
from tests.dossiers import factories, pictures
from tests.dossiers.factories import NOW, line

IDS = "ids.json"  # beside the database
LONG_NAME = "Vereniging van Mede-eigenaars Residentie Zilverberkenlaan-Wezembeek-Oppem"
LONG_WORD = "Reparaturkostenübernahmebestätigung" * 2
REASONS = {  # state: why, and with what
    MissionState.WAITING: ("queueing", {}),
    MissionState.EXCLUDED: ("excluded-by-rule", {"rule": 'insurer = "KBC*" and make = Škoda'}),
    MissionState.DENIED: ("denied", {"reason": LONG_WORD}),
    MissionState.ARCHIVED: ("first-seen-closed", {}),
    MissionState.INCOMPLETE: ("shell", {}),
}


def main() -> None:
    """Make them in an empty database; their ids go to IDS, because addresses need them."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    load_demo()
    # A browser says in which language it reads; all of it came since their last visit.
    User.objects.update(language="", looked_at=timezone.now(), looked_before=NOW - timedelta(days=1))
    (settings.VAR_DIR / IDS).write_text(json.dumps(rows()))


def rows() -> dict[str, int]:
    """Make them; gives the ids by name."""
    repairer = Repairer.objects.get(name="Carrosserie Demo")
    user = User.objects.get(username="namur")
    dossier = Dossier.objects.filter(repairer=repairer).earliest("pk")
    linked_to(repairer, user)
    waiting, *_ = [mission(repairer, state) for state in REASONS]
    several = mission(repairer, MissionState.WAITING, plate="1-TWO-222", reason="several-dossiers")
    factories.DossierFactory.create_batch(2, repairer=repairer, plate="1-TWO-222", claim_number="")
    linked = in_dossier(dossier)
    quote = quote_with_versions(linked)
    photos_of(linked)
    transmissions(dossier, linked, user)
    orders(dossier, quote)
    Comment.objects.create(dossier=dossier, author=user, text=LONG_WORD)
    set_aside(repairer)
    messages(repairer, dossier, user)
    nobody()
    hoarder()
    of_admin = rows_of_admin(LONG_NAME, LONG_WORD)
    album = album_of(repairer, user)
    to_fill = factories.DossierFactory(repairer=repairer, plate="3-UPL-001", owner_name="Uploads")
    unlinked = Repairer.objects.get(name="Insypro")
    ids = {"dossier": dossier, "waiting": waiting, "several": several, "linked": linked, "quote": quote}
    ids |= {"album": album, "uploads": to_fill, "photo": Photo.objects.filter(dossier=album).earliest("pk")}
    ids |= {"configured": repairer, "unlinked": unlinked, "namur": user}
    return {name: row.pk for name, row in {**ids, **of_admin}.items()}


def linked_to(repairer: Repairer, user: User) -> None:
    """Configured, and synchronised a moment ago."""
    bodyshop_id = repairer.mailbox_number
    credentials.configure(repairer.pk, bodyshop_id, "b" * 53, "p" * 53, user, unchecked=True)
    now = timezone.now()
    SyncState.objects.create(repairer=repairer, bodyshop_id=bodyshop_id, last_run_at=now, last_ok_at=now)
    run = {"started_at": now, "ended_at": now, "outcome": SyncRun.Outcome.OK}
    SyncRun.objects.create(repairer=repairer, bodyshop_id=bodyshop_id, trigger="round", **run)


def mission(repairer: Repairer, state: str, plate: str = "1-ABC-234", **more: object) -> Mission:
    reason, args = REASONS[MissionState(state)]
    names = {"make": "Volkswagen", "model": LONG_NAME, "owner_name": LONG_NAME, "owner_number": "10482"}
    told = {**names, "plate": plate, "plate_key": key(plate), "smart_expertise": True, "task_code": "130"}
    known = {"reason": reason, "reason_args": args, "facts": {**names, "plate": plate, "power_kw": 81}}
    notes = {"claim.occurred_on": "31/02/2026", "owner.address": LONG_WORD}
    return factories.MissionFactory(repairer=repairer, state=state, notes=notes, **{**told, **known, **more})


def in_dossier(dossier: Dossier) -> Mission:
    """A mission that offers other facts than its dossier has; beside it one that was withdrawn."""
    facts = {"plate": dossier.plate, "owner_name": LONG_NAME, "power_kw": 81, "circumstances": LONG_WORD}
    comments = [{"author": LONG_NAME, "at": NOW.isoformat(), "text": LONG_WORD}]
    factories.MissionFactory(
        repairer=dossier.repairer, dossier=dossier, state=MissionState.WITHDRAWN, reason="withdrawn"
    )
    return factories.MissionFactory(
        repairer=dossier.repairer, dossier=dossier, plate=dossier.plate, facts=facts, comments=comments
    )


def quote_with_versions(mission: Mission) -> Quote:
    """A quote whose second version waits for a person."""
    quote = factories.QuoteFactory(
        mission=mission, state=QuoteState.WAITING, reason="queueing", version=2, status="approved",
        gross=Decimal("3418.55"), previous_gross=Decimal("121.00"),
    )  # fmt: skip
    came = [
        line("Bumper front", "100.00", code="7P5 807 217", quantity="1"),
        line("Clip", "0.00", quantity="2"),
    ]
    factories.QuoteVersionFactory(quote=quote, version=1, lines=came)
    bumper = line("Bumper front", "120.00", code="7P5 807 217", quantity="1", unit_price="120.00")
    lines = [bumper, line(LONG_WORD, "2725.21", "labour", hours="39.50", hourly_rate="68.992658")]
    totals = {"net": "2825.25", "vat": "593.30", "gross": "3418.55"}
    factories.QuoteVersionFactory(quote=quote, version=2, status="approved", lines=lines, totals=totals)
    return quote


def photos_of(mission: Mission) -> None:
    """Photos that came, that are still to come, and that can't."""
    here = Photo.objects.filter(dossier=mission.dossier).first()
    told = {
        FetchState.STORED: {"content": here.content, "file_name": f"{LONG_WORD}.jpg"},
        FetchState.PENDING: {},
        FetchState.FAILED: {"fetch_error": "photo-not-an-image"},
    }
    for state, more in told.items():
        factories.PhotoFactory(
            dossier=None, repairer=mission.repairer, mission=mission, source="claims360", external_id=state,
            fetch_state=state, **more,
        )  # fmt: skip


def album_of(repairer: Repairer, user: User) -> Dossier:
    """A dossier with six photos, one of which a phone stored on its side, and the first two of which were sent."""
    dossier = factories.DossierFactory(repairer=repairer, plate="3-ALB-001", owner_name="Album")
    made = [
        pictures.jpeg(size=(1280, 960), exif=pictures.exif(6 if n == 2 else 1), quality=80 + n)
        for n in range(6)
    ]
    files = [SimpleUploadedFile(f"album-{n}.jpg", photo) for n, photo in enumerate(made, 1)]
    photos = [uploads.add_photo(dossier, file, user) for file in files]
    row: Transmission = factories.TransmissionFactory(
        dossier=dossier, state=SendState.DELIVERED, created_by=user
    )
    for photo in photos[:2]:
        known = {"idempotency_key": f"album-{photo.pk}", "state": SendState.DELIVERED}
        TransmissionPhoto.objects.create(transmission=row, photo=photo, **known)
    return dossier


def transmissions(dossier: Dossier, mission: Mission, user: User) -> None:
    photo = Photo.objects.filter(dossier=dossier).first()
    for state in SendState.values:
        error = "mission-closed" if state == SendState.NEEDS_PERSON else ""
        known = {"mission": mission, "created_by": user, "error": error}
        row: Transmission = factories.TransmissionFactory(dossier=dossier, state=state, **known)
        TransmissionPhoto.objects.create(
            transmission=row, photo=photo, idempotency_key=f"photo-{state}", state=state
        )


def messages(repairer: Repairer, dossier: Dossier, user: User) -> None:
    """Each kind, unread; one read; one settled."""
    tell(repairer.pk, "link", reason="keys-refused")
    tell(repairer.pk, "sending", str(dossier.pk), reason="mission-closed")
    tell(repairer.pk, "waiting", count=12)
    other = Repairer.objects.get(name="Insypro")
    tell(other.pk, "waiting", count=1)
    mark_read(user, Message.objects.filter(repairer=other), timezone.now())
    tell(other.pk, "link", reason="outage")
    settle(other.pk, "link")


def orders(dossier: Dossier, quote: Quote) -> None:
    for state in OrderState.values:
        row: OrderLine = factories.OrderLineFactory(dossier=dossier, quote=quote, state=state)
    OrderLine.objects.filter(pk=row.pk).update(in_quote=False, description=LONG_WORD)


def set_aside(repairer: Repairer) -> None:
    SetAside.objects.create(
        repairer=repairer, entity="quote", external_id=LONG_WORD, version=7, reason="unreadable-amount",
        mission_external_id="m-hurt", traces="1ABC234",
        detail=f"lines.2.amount: {LONG_WORD}", digest="0", raw={}, created_at=NOW,
    )  # fmt: skip


def nobody() -> None:
    """Somebody whose site has no repairer yet."""
    user = User.objects.create_user("nobody", password=PASSWORD)
    user.sites.add(Site.objects.create(name="Arlon"))


def hoarder() -> None:
    """Somebody whose order list has five pages, so that the one in the middle leads everywhere."""
    site = Site.objects.create(name="Bastogne")
    user = User.objects.create_user("hoarder", password=PASSWORD)
    user.sites.add(site)
    first: OrderLine = factories.OrderLineFactory(dossier__repairer__site=site)
    lines = factories.OrderLineFactory.build_batch(4 * SIZE, dossier=first.dossier, quote=first.quote)
    OrderLine.objects.bulk_create(lines)
