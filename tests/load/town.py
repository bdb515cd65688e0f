"""A town of body shops: in Claims360 their missions, in PlanManager their people, their dossiers and their keys."""

import os
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile

from claims360_link import credentials
from claims360_link.sandbox.store import Store
from dossiers import uploads
from planmanager.demo.data import PASSWORD
from planmanager.demo.sandbox import Sandbox
from repairers.models import Repairer, Site, User
from tests.dossiers import pictures
from tests.dossiers.factories import DossierFactory, RepairerFactory, SiteFactory, StaffFactory
from tests.link.world import set_options


@dataclass(frozen=True)
class Size:
    """`missions` of each repairer at first, `turns` of each of the staff, a round every `round` seconds."""

    staff: int
    repairers: int
    missions: int
    turns: int
    round: float


SAMPLE = Size(staff=10, repairers=20, missions=2, turns=3, round=5.0)
FULL = Size(staff=50, repairers=200, missions=4, turns=5, round=30.0)


def size_of_the_town() -> Size:
    return FULL if os.environ.get("SOAK") == "1" else SAMPLE


def bodyshop_id(number: int) -> str:
    return f"{500_000_000 + number}"


def fill_claims360(state: Path, size: Size) -> None:
    """A body shop for each repairer, with missions that nobody has read yet."""
    store = Store(str(state))
    with store.db.transaction():
        for shop in map(bodyshop_id, range(size.repairers)):
            store.open_bodyshop(shop, f"Carrosserie {shop}", "atelier")
            for _ in range(size.missions):
                store.create_mission(shop, photos=1)
    store.db.close()


def settle(size: Size) -> list[User]:
    """A site for each of the staff, with some repairers, and a dossier that has no mission."""
    set_options(CLAIMS360_ENABLED=True)
    sites = [SiteFactory() for _ in range(size.staff)]
    for number in range(size.repairers):
        site = sites[number % size.staff]
        RepairerFactory(name=f"Carrosserie {number}", site=site, mailbox_number=bodyshop_id(number))
    hashed = make_password(PASSWORD)
    staff = [StaffFactory(username=f"atelier-{site.pk}", password=hashed, sites=[site]) for site in sites]
    for number, user in enumerate(staff):
        _dossier_without_mission(user.sites.get(), user, number)
    return staff


def configure_all(sandbox_url: str) -> None:
    """Each repairer with the keys that Claims360 shows for its body shop."""
    for repairer in Repairer.objects.all():
        shop = repairer.mailbox_number
        keys = Sandbox(sandbox_url, shop).keys()
        credentials.configure(repairer.pk, shop, keys["bodyshop"], keys["planmanager"], None)


def _dossier_without_mission(site: Site, user: User, number: int) -> None:
    dossier = DossierFactory(repairer=site.repairers.first(), plate=f"9-XYZ-{number:03d}", claim_number="")
    uploads.add_photo(dossier, SimpleUploadedFile("IMG_0.jpg", pictures.jpeg(size=(640 + number, 480))), user)
