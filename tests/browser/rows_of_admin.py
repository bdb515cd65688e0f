"""A row of everything that the helpdesk looks at in admin and the garage has not, and who looks."""

from datetime import timedelta

from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from claims360_link import credentials
from claims360_link.models import Configuration, Inquiry, SyncRun, Unknown
from dossiers.option_changes import change_options
from dossiers.winformex import tokens
from planmanager.demo.data import PASSWORD
from repairers.models import ApiToken, FailedLogin, Integration, Repairer, Scope, User
from repairers.tokens import new_secret

HELPDESK = "support"  # with a second factor; that of the demo has none yet
FACTOR = "a5" * 20  # the secret of the telephone's app, in hexadecimal


def rows_of_admin(long_name: str, long_word: str) -> None:
    """Make them, each with names as long as they come."""
    helpdesk = User.objects.create_user(HELPDESK, password=PASSWORD, is_staff=True)
    TOTPDevice.objects.create(user=helpdesk, key=FACTOR, name="app")
    was_reset(Repairer.objects.get(name="Carrosserie de la Meuse"), helpdesk, long_word)
    failed_run(Repairer.objects.get(name="Carrosserie Demo"), helpdesk, long_word)
    tokens.make(Repairer.objects.get(name="Insypro"), helpdesk)
    token_of(Integration.objects.create(username=long_name, is_program=True), helpdesk)
    rules = f"insurer = KBC*\nowner = {long_word} and make = Škoda"
    change_options({"INFORMEX_EXCLUDES": rules}, helpdesk)
    change_options({"INFORMEX_EXCLUDES": ""}, helpdesk)
    tried = {"username": long_word, "ip_address": "2001:db8::1", "user_agent": long_name}
    FailedLogin.objects.create(failures_since_start=5, path_info="/login/", **tried)
    met = f'{{"place": "Quote.status", "word": "{long_word}"}}'
    now = timezone.now()
    Unknown.objects.create(name="unknown_total", labels=met, value=3, first_at=now, last_at=now)


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
