"""A row of everything that the helpdesk looks at in admin and the garage has not, and who looks."""

from datetime import timedelta

from django.db.models import Model
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from claims360_link import credentials
from claims360_link.models import Configuration, Inquiry, SyncRun, SyncState, Unknown
from dossiers.models import MissionState, SetAside
from dossiers.option_changes import change_options
from dossiers.winformex import tokens
from planmanager.demo.data import PASSWORD
from repairers.models import ApiToken, FailedLogin, Integration, Repairer, Scope, Site, User
from repairers.tokens import new_secret
from tests.dossiers.factories import MissionFactory

HELPDESK = "support"  # with a second factor; that of the demo has none yet
MANY = 120  # more than admin lists on one page
FACTOR = "a5" * 20  # the secret of the telephone's app, in hexadecimal


def rows_of_admin(long_name: str, long_word: str) -> dict[str, Model]:
    """Make them, each with names as long as they come; gives some of them by name."""
    helpdesk = User.objects.create_user(HELPDESK, password=PASSWORD, is_staff=True)
    TOTPDevice.objects.create(user=helpdesk, key=FACTOR, name="app")
    was_reset(Repairer.objects.get(name="Carrosserie de la Meuse"), helpdesk, long_word)
    failed_run(Repairer.objects.get(name="Carrosserie Demo"), helpdesk, long_word)
    tokens.make(Repairer.objects.get(name="Insypro"), helpdesk)
    token_of(Integration.objects.create(username=long_name, is_program=True), helpdesk)
    rules = f"insurer = KBC*\nowner = {long_word} and make = Škoda"
    change_options({"INFORMEX_EXCLUDES": rules}, helpdesk)
    change_options({"INFORMEX_EXCLUDES": ""}, helpdesk)
    tried = {"username": long_word, "user_agent": long_name}
    tries = [FailedLogin(failures_since_start=5, ip_address=f"2001:db8::{n}", **tried) for n in range(MANY)]
    FailedLogin.objects.bulk_create(tries)
    met = f'{{"place": "Quote.status", "word": "{long_word}"}}'
    now = timezone.now()
    Unknown.objects.create(name="unknown_total", labels=met, value=3, first_at=now, last_at=now)
    ill = Repairer.objects.create(name="Carrosserie de l'Ourthe", site=Site.objects.create(name="Liège"))
    return {"ill": ill, "configuration": refused_for_days(ill, helpdesk)}


def refused_for_days(repairer: Repairer, helpdesk: User) -> Configuration:
    """Four runs went well, then Claims360 refused its keys; before that a record came that can't be read."""
    credentials.configure(repairer.pk, "480001", "d" * 53, "r" * 53, helpdesk, unchecked=True)
    now = timezone.now()
    link = {"repairer": repairer, "bodyshop_id": "480001"}
    for ago in range(12):
        began = now - timedelta(hours=ago)
        went = {"outcome": SyncRun.Outcome.OK} if ago > 7 else {"outcome": "failed", "error": "keys-refused"}
        SyncRun.objects.create(
            trigger="round", started_at=began, ended_at=began + timedelta(seconds=2), **link, **went
        )
    since = now - timedelta(hours=8)
    known = {"last_run_at": now, "last_ok_at": since, "refused_since": since, "error": "keys-refused"}
    SyncState.objects.create(**link, **known)
    came = {"raw": {}, "created_at": since, "entity": "quote", "external_id": "q"}
    SetAside.objects.create(repairer=repairer, reason="unreadable-amount", digest="ill", **came)
    MissionFactory(repairer=repairer, state=MissionState.WAITING, received_at=now - timedelta(days=3))
    return Configuration.objects.get(repairer=repairer)


def was_reset(repairer: Repairer, helpdesk: User, reason: str) -> None:
    credentials.configure(repairer.pk, "475869431", "c" * 53, "q" * 53, helpdesk, unchecked=True)
    credentials.reset(Configuration.objects.get(repairer=repairer).pk, helpdesk, reason)


def failed_run(repairer: Repairer, helpdesk: User, detail: str) -> None:
    """A run and a question for one mission, both by hand and both in vain."""
    begun = timezone.now() - timedelta(minutes=1)
    asked = {"repairer": repairer, "asked_by": helpdesk, "error": "unreachable"}
    SyncRun.objects.create(
        bodyshop_id=repairer.mailbox_number, trigger="button", started_at=begun, ended_at=timezone.now(),
        outcome=SyncRun.Outcome.FAILED, error_detail=detail, tally={"missions": {"waiting": 2}}, **asked,
    )  # fmt: skip
    times = {"asked_at": begun, "begun_at": begun, "ended_at": timezone.now()}
    Inquiry.objects.create(mission_external_id=detail, **times, **asked)


def token_of(integration: Integration, helpdesk: User) -> None:
    until = timezone.now() + timedelta(days=365)
    token = ApiToken(integration=integration, scopes=Scope.values, expires_at=until, created_by=helpdesk)
    token.take(new_secret())
    token.save()
