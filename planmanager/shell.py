"""What stands around every page: side bar, tabs, badge, languages. Computed only where a template asks."""

from typing import cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dossiers.models import Mission, MissionState, Quote, Source
from dossiers.options import enabled_for
from dossiers.paging import Counted, counted
from dossiers.queue import waiting_of
from planmanager import help
from repairers.access import visible
from repairers.framing import in_frame
from repairers.models import User
from repairers.staff_messages import own, unread

# what lives elsewhere: its label and its icon
MODULES: dict[str, tuple[str | Promise, str]] = {"pointage": (_("Time clock"), "clock")}


def shell(request: HttpRequest) -> dict[str, "Shell"]:
    """Context processor; what `shell.html` and the login page read as `shell.…`."""
    return {"shell": Shell(request)}


class Shell:
    """Two statements at most, none for a fragment: it has no shell. An empty URL hides its entry.

    A page that counts itself what waits and what is unread says so in `request.counted`.
    """

    dossiers_url = property(lambda self: self._for_users("dossiers:list"))
    communication_url = property(lambda self: self._for_users("communication"))
    orders_url = property(lambda self: self._for_users("dossiers:orders"))
    preferences_url = property(lambda self: self._for_users("preferences"))
    password_url = property(lambda self: self._for_users("password"))
    logout_url = property(lambda self: self._for_users("logout"))

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        # The page of an error may have been reached before anybody was asked for.
        self.user: User | AnonymousUser = getattr(request, "user", AnonymousUser())
        self.language_url = reverse("language")

    @property
    def around(self) -> str:
        """The template around a form that is a dialog when the dialog asks for it, else a page."""
        in_dialog = getattr(self.request, "htmx", None) and self.request.htmx.target == "dialog"  # type: ignore[attr-defined]
        return "components/dialog.html" if in_dialog else "components/page.html"

    @property
    def embedded(self) -> bool:
        """In the frame of another program: the shell is hidden there."""
        return in_frame(self.request)

    @property
    def back_url(self) -> str:
        """Where PlanManager's other screens are; without such an address, the list of dossiers, if not there."""
        home = self.dossiers_url
        return settings.BACK_URL or ("" if self.request.path == home else home)

    @property
    def help_url(self) -> str:
        """What Aide says of this very page."""
        match = self.request.resolver_match
        return help.place_of(match.view_name if match else "") if self._known else ""

    @cached_property
    def enabled(self) -> bool:
        return self._known and enabled_for(self.request)

    @cached_property
    def claims360_url(self) -> str:
        return reverse("claims360:list") if self.enabled else ""

    @property
    def waiting(self) -> int:
        """How many missions and quotes that this user may see wait for a person."""
        return self._counted["badge"] if self.enabled else 0

    @property
    def winformex_waiting(self) -> int:
        """How many missions of Winformex II wait while Claims360 is off, whose tab has them once it is on."""
        return 0 if self.enabled or not self._known else self._counted["winformex"]

    @property
    def unread(self) -> int:
        """How many messages to the staff that stand are new to this user."""
        return self._counted["unread"] if self._known else 0

    @cached_property
    def _counted(self) -> dict[str, int]:
        if hasattr(self.request, "counted"):
            return self.request.counted()
        user = cast(User, self.user)
        counts: dict[str, Combinable] = {"unread": Counted(unread(own(user), user))}
        missions = visible(Mission.objects.filter(twin_of=None), self.user)
        if self.enabled:
            counts["badge"] = waiting_of(missions, visible(Quote.objects.all(), self.user))
        else:
            of_winformex = missions.filter(source=Source.WINFORMEX, state=MissionState.WAITING)
            counts["winformex"] = Counted(of_winformex)
        return counted(counts)

    @property
    def winformex_url(self) -> str:
        return reverse("winformex:queue") if self.winformex_waiting or self.section == "winformex" else ""

    @property
    def admin_url(self) -> str:
        return reverse("admin:index") if self.user.is_staff else ""

    @property
    def modules(self) -> list[tuple[str | Promise, str, str]]:
        """(label, url, icon) of the modules that have an address here."""
        urls = {name: settings.SHELL_MODULES.get(name) for name in MODULES}
        return [(label, url, icon) for name, (label, icon) in MODULES.items() if (url := urls[name])]

    @property
    def section(self) -> str:
        """Which tab or entry is the current one: dossiers, orders, claims360, communication or help."""
        match = self.request.resolver_match
        if match is None:
            return ""
        if match.view_name.startswith(("help", "communication")):
            return match.view_name.split("-")[0]
        return "orders" if match.view_name.startswith("dossiers:order") else match.namespace

    @property
    def languages(self) -> list[tuple[str, str, bool]]:
        """(code, label, whether it is the current one)."""
        return [(code, label, code == get_language()) for code, label in settings.LANGUAGES]

    @property
    def _known(self) -> bool:
        return self.user.is_authenticated

    def _for_users(self, name: str) -> str:
        return reverse(name) if self._known else ""
