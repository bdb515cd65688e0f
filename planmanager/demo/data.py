"""Demo data: three sites, five repairers, their staff, a helpdesk user, dossiers with local photos. Loaded once."""

import datetime as dt
from decimal import Decimal

from constance import config
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from dossiers import services, uploads
from dossiers.models import Dossier
from planmanager.demo.drawing import drawn_car
from planmanager.demo.winformex import receive_winformex
from repairers.models import Repairer, Site, User

PASSWORD = "claims360-demo"  # noqa: S105 (of the demo, printed when it starts)
# site: its repairers with their Informex mailbox numbers ("" where it is not known)
SITES = {
    "Namur": [
        ("Carrosserie Demo", "475869429"),
        ("Insypro", "475869430"),
        ("Carrosserie de la Meuse", "475869431"),
    ],
    "Gent": [("Schadeherstel Leie", "")],
    "Eupen": [("Karosserie Hohes Venn", "475869433")],
}
# login: first name, last name, sites, language
STAFF = {
    "namur": ("Atelier", "Namur", ["Namur"], "fr"),
    "gent": ("Werkplaats", "Gent", ["Gent", "Eupen"], "nl"),
}
HELPDESK = "helpdesk"
DOSSIERS = (
    {
        "plate": "1-DMO-360",
        "make": "Peugeot",
        "model": "308",
        "power_kw": 92,
        "displacement_cc": 1560,
        "fuel": "diesel",
        "mileage": 84_210,
        "owner_name": "Démonstration SRL",
        "owner_number": "10482",
        "insurer_name": "Ethias",
        "circumstances": "Heurté en stationnement.",
        "damage_zones": ["front_left", "bonnet"],
    },
    {
        "plate": "2-DMO-361",
        "make": "Škoda",
        "model": "Octavia",
        "power_kw": 110,
        "fuel": "petrol",
        "mileage": 31_900,
        "owner_name": "Exemple & Fils",
        "owner_number": "9917",
        "insurer_name": "KBC",
        "claim_number": "KBC-2026-77120",
        "occurred_on": dt.date(2026, 10, 2),
        "deductible": Decimal("250.00"),
    },
    {
        "plate": "T-DMO-362",
        "make": "BMW",
        "model": "X1",
        "power_kw": 100,
        "owner_name": "Taxi Exemple",
        "owner_number": "5561",
        "insurer_name": "Baloise",
    },
)


def load_demo(active: bool = True) -> bool:
    """Load the demo data, with Claims360 switched on if `active`; False when it is there already."""
    with transaction.atomic():
        if User.objects.filter(username=HELPDESK).exists():
            return False
        _sites()
        _people()
        config.CLAIMS360_ENABLED = active
    _dossiers()  # photos are stored outside of a transaction
    receive_winformex()
    return True


def logins() -> list[tuple[str, str]]:
    """Who can log in, and what they see; all with PASSWORD."""
    staff = [(login, " + ".join(sites)) for login, (_first, _last, sites, _language) in STAFF.items()]
    return [*staff, (HELPDESK, "admin")]


def _sites() -> None:
    for name, repairers in SITES.items():
        site = Site.objects.create(name=name)
        Repairer.objects.bulk_create(
            Repairer(site=site, name=repairer, mailbox_number=mailbox) for repairer, mailbox in repairers
        )


def _people() -> None:
    User.objects.create_superuser(HELPDESK, password=PASSWORD, first_name="Helpdesk", language="fr")
    for login, (first, last, sites, language) in STAFF.items():
        user = User.objects.create_user(
            login, password=PASSWORD, first_name=first, last_name=last, language=language
        )
        user.sites.set(Site.objects.filter(name__in=sites))


def _dossiers() -> None:
    user = User.objects.get(username="namur")
    repairer = Repairer.objects.get(name="Carrosserie Demo")
    for number, values in enumerate(DOSSIERS):
        dossier = services.create(repairer, values, user)
        for view in range(3 - number):
            uploads.add_photo(dossier, _photo(dossier, view), user, caption=f"{dossier.plate} {view + 1}")


def _photo(dossier: Dossier, view: int) -> SimpleUploadedFile:
    name = f"dossier-{dossier.pk}-{view + 1}.jpg"
    return SimpleUploadedFile(name, drawn_car(dossier.plate, view), "image/jpeg")
