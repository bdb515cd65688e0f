"""A repairer with a row of everything, each recognisable by its MARK; for whoever should not see it."""

import io
from dataclasses import dataclass
from functools import cached_property

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from PIL import Image

from claims360_link import credentials
from claims360_link.models import Configuration, ConfigurationReset, Inquiry, SyncRun, SyncState, Unknown
from dossiers import history, uploads
from dossiers.models import (
    DenyReason,
    Dossier,
    Event,
    Mission,
    MissionState,
    OptionChange,
    OrderLine,
    Photo,
    Quote,
    QuoteState,
    SetAside,
    Transmission,
    WinformexToken,
)
from dossiers.models.transmission import SendState
from dossiers.winformex import tokens as winformex_tokens
from repairers.models import ApiToken, FailedLogin, Integration, Message, Repairer, SecondFactor, User
from tests.api.programs import IntegrationFactory, secret_of
from tests.dossiers.factories import (
    NOW,
    DossierFactory,
    MissionFactory,
    OrderLineFactory,
    QuoteFactory,
    QuoteVersionFactory,
    TransmissionFactory,
)
from tests.link.world import DEMO

MARK = "Zwijgzaam"
FIELD = (
    '{"place": "mission.driver", "word": ""}'  # a name of the wire, which whoever reads the figures may see
)
KEYS = (
    "bodyshop-0123456789abcdefghijklmnopqrstuvwxyz-bodyBODY",
    "planmanager-0123456789abcdefghijklmnop-planPLAN",
)


@dataclass(frozen=True)
class World:
    repairer: Repairer
    staff: User
    dossier: Dossier
    mission: Mission  # in the dossier, with another model to offer
    waiting: Mission
    denied: Mission
    second: Dossier
    quote: Quote  # of `mission`, waits
    line: OrderLine
    photo: Photo
    transmission: Transmission  # needs a person
    secret: str  # of a program that sees this repairer, and may do everything

    @cached_property
    def rows(self) -> dict[str, Model]:
        """The row that admin shows, by app label and model name."""
        of_link = (Configuration, ConfigurationReset, Inquiry, SyncRun, SyncState, Unknown)
        others = (DenyReason, OptionChange, Event, SetAside, SecondFactor, FailedLogin, Integration, ApiToken)
        rows: list[Model] = [model.objects.latest("pk") for model in (*of_link, *others)]
        rows += [self.repairer, self.repairer.site, self.staff]
        rows += [self.dossier, self.mission, self.transmission, WinformexToken.objects.latest("pk")]
        rows.append(Message.objects.latest("pk"))
        return {row._meta.label_lower: row for row in rows}


def build(repairer: Repairer, staff: User) -> World:
    """Fill the database for `repairer`, to whose site `staff` belongs; configured with KEYS where it is not yet."""
    Repairer.objects.filter(pk=repairer.pk).update(name=f"Carrosserie {MARK}")
    repairer.refresh_from_db()
    known = {"repairer": repairer, "plate": MARK, "owner_name": MARK, "plate_key": MARK.upper()}
    dossier = DossierFactory(
        repairer=repairer, plate=MARK, owner_name=MARK, claim_number=MARK, mileage=84_210
    )
    mission = MissionFactory(**known, dossier=dossier, insurer_name=MARK, facts={"model": f"{MARK} GT"})
    quote = QuoteFactory(mission=mission, state=QuoteState.WAITING, accepted_version=None, number=MARK)
    QuoteVersionFactory(quote=quote)
    world = World(
        repairer=repairer,
        staff=staff,
        dossier=dossier,
        mission=mission,
        waiting=MissionFactory(**known, state=MissionState.WAITING, reason="queueing"),
        denied=MissionFactory(**known, state=MissionState.DENIED, reason="denied"),
        second=DossierFactory(repairer=repairer, plate=MARK, owner_name=MARK),
        quote=quote,
        line=OrderLineFactory(dossier=dossier, quote=quote, description=MARK),
        photo=uploads.add_photo(dossier, picture(), staff, caption=MARK),
        transmission=TransmissionFactory(
            dossier=dossier, mission=mission, state=SendState.NEEDS_PERSON, error="maintenance"
        ),
        secret=secret_of(IntegrationFactory(sites=[repairer.site])),
    )
    _seen_in_admin(world)
    return world


def picture(colour: str = "navy") -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(data, "JPEG")
    return SimpleUploadedFile(f"{MARK}.jpg", data.getvalue(), "image/jpeg")


def _seen_in_admin(world: World) -> None:
    mine = {"repairer": world.repairer, "bodyshop_id": DEMO}
    if credentials.configuration_of(world.repairer.pk) is None:
        credentials.configure(world.repairer.pk, DEMO, *KEYS, world.staff, unchecked=True)
    history.record("accepted", repairer_id=world.repairer.pk, dossier=world.dossier, args={"number": MARK})
    SyncState.objects.get_or_create(**mine)
    SyncRun.objects.create(**mine, trigger="round", started_at=NOW, ended_at=NOW, outcome="ok")
    ConfigurationReset.objects.create(**mine, configured_at=NOW, reset_by=world.staff, reason=MARK)
    SetAside.objects.create(
        repairer=world.repairer,
        entity="quote",
        external_id=MARK,
        mission_external_id=world.mission.external_id,
        traces=MARK.upper(),
        reason="unreadable-amount",
        raw={"number": MARK},
        created_at=NOW,
    )
    Inquiry.objects.create(repairer=world.repairer, mission_external_id=MARK, asked_at=NOW, ended_at=NOW)
    Unknown.objects.create(name="unknown_total", labels=FIELD, value=1)
    winformex_tokens.make(world.repairer, world.staff)
    OptionChange.objects.create(name="INFORMEX_EXCLUDES", old="", new=f"owner = {MARK}")
    Message.objects.create(repairer=world.repairer, kind="link", reason="keys-refused", changed_at=NOW)
    SecondFactor.objects.create(user=world.staff, name="app")
    FailedLogin.objects.create(username=MARK, failures_since_start=1)
