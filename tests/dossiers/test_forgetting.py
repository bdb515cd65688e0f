"""An owner asks what is held on them, and to be forgotten: in every table and every file, and nobody else is."""

import io
import json
import logging
import stat
import zipfile
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client

from claims360_link import work
from claims360_link.models import SyncState
from claims360_link.sandbox.server import Sandbox
from dossiers import outbox, search, search_index, services, uploads
from dossiers.contents import discard_unused
from dossiers.forgetting import KEPT
from dossiers.intake import decide
from dossiers.models import Comment, Content, Dossier, Event, Mission, OrderLine, Photo, Source
from dossiers.owner.find import mentions
from planmanager.logs import OneDocument
from repairers.models import Repairer, User
from tests.dossiers.pictures import scene
from tests.link.world import DEMO, mission_of, pull, set_options
from tests.project.every_row import fill, rows
from tests.project.place import files_in

pytestmark = pytest.mark.django_db(transaction=True)
DELETED = {Comment, OrderLine}
# Tables that hold nothing on the owner of a vehicle, and why. A new one belongs here, or into dossiers/forgetting.py.
OF_OTHERS = {
    "of Django: who may do what, who is logged in, what the helpdesk changed": """
        auth.group auth.group_permissions auth.permission contenttypes.contenttype sessions.session admin.logentry
    """,
    "staff, programs and their ways in": """
        repairers.user repairers.user_groups repairers.user_repairers repairers.user_sites
        repairers.user_user_permissions repairers.apitoken dossiers.winformextoken otp_totp.totpdevice
        axes.accessattempt axes.accessattemptexpiration axes.accessfailurelog axes.accesslog
    """,
    "repairers, their links, and how these went": """
        repairers.site repairers.repairer claims360_link.configuration claims360_link.configurationreset
        claims360_link.syncrun claims360_link.syncstate claims360_link.inquiry claims360_link.figure
    """,
    "what the staff is told, as codes and numbers": """
        repairers.message repairers.reading repairers.mailing
    """,
    "the options: a rule that names somebody holds the command up": "constance.constance",
    "what the helpdesk offers to deny for": "dossiers.denyreason",
    "contents, which go with the last photo that has them": "dossiers.content dossiers.loosefile",
}  # fmt: skip


def models() -> list[type[Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]


def labels(some: Iterable[type[Model]]) -> set[str]:
    return {model._meta.label_lower for model in some}


def manage(*command: object, **options: object) -> str:
    said = StringIO()
    call_command(*command, **options, stdout=said)
    return said.getvalue()


def test_every_table_is_of_owners_or_of_others() -> None:
    assert labels(models()) == labels(KEPT) | labels(DELETED) | set(" ".join(OF_OTHERS.values()).split())


def test_no_column_of_theirs_still_has_it(tmp_path: Path) -> None:
    """The first row of each table names one owner wherever it can, the second another."""
    fill(apps, text=" Xavier Zz")
    Photo.objects.update(fetch_since=None)
    default_storage.save(Content.objects.all()[0].file.name, ContentFile(b"1 Xavier Zz"))
    before = rows(labels_to_tables(KEPT))
    manage("export_owner", tmp_path / "held.zip", owner="Zz Xavier 1")
    exported = (held_in(tmp_path / "held.zip"))["rows.jsonl"].decode()
    manage("forget", owner="Zz Xavier 1", yes=True)
    after = rows(labels_to_tables(KEPT))
    for model in KEPT:
        table, kept = model._meta.db_table, columns(model, KEPT[model])
        assert f'"table": "{model._meta.label_lower}"' in exported
        still = [name for row in after[table] for name in row if "1 Xavier" in str(row[name])]
        assert set(still) <= kept, table
        others = [row for row in before[table] if "1 Xavier" not in str(row)]
        assert others and all(row in after[table] for row in others), table
    assert all(len(model._base_manager.all()) == 1 for model in DELETED)


def labels_to_tables(some: Iterable[type[Model]]) -> list[str]:
    return [model._meta.db_table for model in some]


def columns(model: type[Model], names: set[str]) -> set[str]:
    fields = model._meta.concrete_fields
    return {field.column for field in fields if field.name in names or field.primary_key or field.is_relation}


def held_in(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- a case, from the feed to the last copy of it ---------------------------------------------------------------------

OWNER = {
    "name": "Zoë Vandenbroucke", "customer_number": "K70411", "phone": "+32 499 11 22 33",
    "email": "zoe.vdb@example.com", "address": "Rue du Testament 9",
}  # fmt: skip
VEHICLE = {"plate": "1-ZVB-411", "vin": "VF3ZVB41100000001"}
TRACES = [
    *OWNER.values(),
    *VEHICLE.values(),
    "1ZVB411",
    "vandenbroucke",
    "she rang about her car",
    "her bumper",
]


@pytest.fixture
def case(configured: Repairer, sandbox: Sandbox, staff: User) -> Dossier:
    """A mission of hers, accepted, worked on, sent back and closed; and what else names her by then."""
    data = {
        "owner": OWNER,
        "vehicle": VEHICLE,
        "comments": [{"author": "x", "text": "she rang about her car"}],
    }
    ids = sandbox.store.create_mission(photos=1, data=data)
    sandbox.store.create_mission(photos=1)
    pull(configured)
    work.fetch_photos(configured.pk)
    dossier = decide.accept(mission_of(ids["id"]).pk, staff).dossier
    assert dossier is not None
    services.edit(
        dossier, {"circumstances": "she rang about her car", "owner_phone": "+32 499 11 22 33"}, staff
    )
    services.add_comment(dossier, "she rang about her car", staff)
    file = io.BytesIO()
    scene().save(file, "JPEG")
    photo = uploads.add_photo(
        dossier, SimpleUploadedFile("her bumper.jpg", file.getvalue()), staff, "her bumper"
    )
    given = {"plate": "1-ZVB-411", "mileage": 84_210, "photo_ids": [photo.pk], "mailbox": DEMO}
    work.deliver(outbox.ask(dossier, staff, link=Source.CLAIMS360, **given).pk)
    pull(configured)
    work.fetch_photos(configured.pk)
    return dossier


def close(dossier: Dossier, staff: User) -> None:
    services.set_status(dossier, "closed", staff)


def test_an_open_case_is_not_forgotten(case: Dossier) -> None:
    set_options(INFORMEX_EXCLUDES="owner = Vandenbroucke Zoë")
    with pytest.raises(CommandError) as refusal:
        manage("forget", owner="zoe vandenbroucke", yes=True)
    assert str(refusal.value).splitlines() == [
        "Nothing was deleted.",
        "A rule of INFORMEX_EXCLUDES names this owner: take it out first.",
        f"{case} is open: close it first.",
    ]
    for owner in ("Vandenbroucke", "zoe", "…"):
        with pytest.raises(CommandError, match=r"Nothing is held|names nobody"):
            manage("forget", owner=owner, yes=True)
    with pytest.raises(CommandError, match="Nothing is held"):
        manage("forget", owner="zoe vandenbroucke", plate="1-ABC-001", yes=True)


def test_all_of_a_case_is_given_out(case: Dossier, tmp_path: Path) -> None:
    file = tmp_path / "held.zip"
    manage("export_owner", file, owner=OWNER["email"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    held = held_in(file)
    lines = [json.loads(line) for line in held.pop("rows.jsonl").splitlines()]
    assert {line["table"] for line in lines} >= {"dossiers.mission", "dossiers.dossier", "dossiers.event"}
    assert mentions(lines, [OWNER["name"]]) and mentions(lines, ["she rang about her car"])
    hashes = {
        sha for photo in Photo.objects.filter(dossier=case) for sha in (photo.content_id, photo.prepared_id)
    }
    hashes |= set(Photo.objects.filter(mission__dossier=case).values_list("content", flat=True))
    assert {Path(name).stem for name in held} == hashes and len(hashes) == 3
    other = Mission.objects.exclude(dossier=case).get()
    assert not mentions(lines, [other.owner_name])
    assert Event.objects.get(verb="owner-exported").args == {"rows": len(lines)}
    with pytest.raises(CommandError, match="exists"):
        manage("export_owner", file, owner=OWNER["email"])


def test_nothing_of_her_is_left_and_nothing_of_others_is_lost(
    case: Dossier, configured: Repairer, sandbox: Sandbox, staff: User, client: Client
) -> None:
    other = Mission.objects.exclude(dossier=case).get()
    others = Mission.objects.filter(pk=other.pk).values().get()
    shared = Photo.objects.get(mission=other)
    hers = Photo.objects.get(mission__dossier=case, origin="insured")
    Photo.objects.filter(pk=hers.pk).update(sha256=shared.sha256, content=shared.content)
    with transaction.atomic():
        discard_unused([hers.sha256])
    Path(settings.MEDIA_ROOT, "incoming").mkdir(exist_ok=True)
    Path(settings.MEDIA_ROOT, "incoming", f"{hers.pk}-abc.part").write_bytes(b"her bumper")
    client.force_login(staff)
    local = Photo.objects.get(dossier=case)
    assert client.get(f"/dossiers/photos/{local.pk}/thumb").status_code == 200
    client.post("/dossiers/export/?owner=zoe+vandenbroucke", {"form": "csv"})
    close(case, staff)
    did = list(Event.objects.order_by("pk").values_list("verb", "actor_name", "address"))

    manage("forget", owner="Vandenbroucke Zoë", yes=True)

    assert traces() == []
    kept = set(Content.objects.values_list("pk", flat=True))
    assert kept == {shared.sha256}
    files = [name for name in files_in(Path(settings.MEDIA_ROOT)) if not name.startswith("photos/")]
    assert files == [] and len(files_in(Path(settings.MEDIA_ROOT))) == 1
    assert Mission.objects.filter(pk=other.pk).values().get() == others
    told = list(Event.objects.order_by("pk").values_list("verb", "actor_name", "address"))
    assert told[:-1] == did and told[-1] == ("forgotten-asked", "", None)
    page = client.get(f"/dossiers/{case.pk}/").content.decode()
    assert "deleted what was personal, as the owner asked" in page
    assert client.get(f"/claims360/missions/{case.missions.get().pk}/").status_code == 200
    assert not Mission.objects.filter(
        search.candidates("name", "broucke") & search.fits("name", "broucke")
    ).exists()

    SyncState.objects.update(cursor="")
    pull(configured)
    work.fetch_photos(configured.pk)
    assert traces() == [], "what was held is known again"
    sandbox.store.change_mission(case.missions.get().external_id, {"owner": {"phone": "+32 1"}})
    pull(configured)
    assert case.missions.get().facts["owner_name"] == OWNER["name"], "what is new is a new case"


def test_no_log_names_her(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture, staff: User, client: Client
) -> None:
    """Not even where everything is logged, and a request fails."""
    caplog.set_level(logging.DEBUG)
    case = request.getfixturevalue("case")
    client.force_login(staff)
    assert client.get(f"/dossiers/{case.pk}/").status_code == 200
    assert client.get("/dossiers/?owner=vandenbroucke&plate=1-ZVB-411").status_code == 200
    assert client.get("/dossiers/0/?owner=vandenbroucke").status_code == 404
    logging.getLogger("x").error("DETAIL: Failing row contains (%s, %s).", OWNER["name"], OWNER["phone"])
    logging.getLogger("x").error(
        "what a library may say: %s %s %s", OWNER["phone"], OWNER["email"], VEHICLE["plate"]
    )
    lines = [OneDocument().format(record) for record in caplog.records]
    assert any('"GET /dossiers/ 200 in' in line for line in lines)
    assert any("GET /v1/changes" in line or "/v1/changes" in line for line in lines)
    assert [(trace, line) for trace in TRACES for line in lines if trace in line] == []


def traces() -> list[str]:
    """Whatever still tells of her, in any table, index or file."""
    tables = set(connection.introspection.table_names()) - search_index.tables(connection)
    held = repr(rows(tables)).encode()
    places = {"the rows": held, **files_in(Path(settings.MEDIA_ROOT))}
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        places |= {end: Path(name + end).read_bytes() for end in ("", "-wal") if Path(name + end).exists()}
    return [
        f"{trace}: {place}" for trace in TRACES for place, what in places.items() if trace.encode() in what
    ]
