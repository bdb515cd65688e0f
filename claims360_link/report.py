"""What the helpdesk copies into an e-mail: how links are and what failed, as text; no key, nothing of an owner."""

from collections.abc import Callable, Iterable, Sequence

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims360_link import glance
from claims360_link.failures import OfKind
from claims360_link.glance import Glance
from claims360_link.information import brought
from claims360_link.lights import WORST_FIRST
from claims360_link.models import SyncRun
from claims360_link.repairer_page import RepairerPage
from claims360_link.sparkline import in_words
from dossiers.formats import labelled, moment, up_to_limit
from dossiers.sentences import sentence
from repairers.models import Repairer

MOST = 50  # repairers that a report tells of
Absolute = Callable[[str], str]  # makes an address of a path


def of_one(page: RepairerPage, absolute: Absolute) -> str:
    """All that there is to tell of a repairer."""
    [seen] = glance.glances(list(glance.dressed(None).filter(pk=page.repairer.pk)))
    failed = [f"{trouble.what} {trouble.next}" for trouble in page.failed]
    runs = [_run(run) for run, _kind, _brought in page.runs]
    sections = [
        _named(_("What failed, and what happens next"), failed or [_("Nothing.")]),
        _named(_("Last synchronisations"), runs or [f"{_('Not synchronised yet')}."]),
    ]
    return _text([_as_of(), _link(seen, absolute), *sections])


def of_ill(rows: QuerySet[Repairer], absolute: Absolute) -> str:
    """A paragraph for each of `rows` that is not well, the most urgent first. Four statements."""
    ill = glance.ill(rows)
    first = ill.order_by(*WORST_FIRST).values("pk")[:MOST]
    found = list(glance.dressed(None).filter(pk__in=first).order_by(*WORST_FIRST))
    count = ill.count()
    head = ngettext("%(n)s repairer needs a look", "%(n)s repairers need a look", count) % {
        "n": up_to_limit(count)
    }
    more = [[_and_more(count - len(found))]] if count > len(found) else []
    return _text([[*_as_of(), head], *(_paragraph(seen, absolute) for seen in glance.glances(found)), *more])


def _as_of() -> list[str]:
    return [_("PlanManager and Claims360, as of %(at)s") % {"at": moment(timezone.now())}]


def _paragraph(seen: Glance, absolute: Absolute) -> list[str]:
    return [*_link(seen, absolute), *(f"- {_failed(kind)}" for kind in seen.failures)]


def _link(seen: Glance, absolute: Absolute) -> list[str]:
    """Who it is, how the link is, and what waits."""
    telling, repairer = seen.line.telling, seen.line.repairer
    said = (telling.title, telling.detail.rstrip("."), telling.foot)
    url = absolute(reverse("claims360:repairer", args=[repairer.pk]))
    return [_name(repairer), " · ".join(part for part in said if part), _queue(seen), url]


def _name(repairer: Repairer) -> str:
    configuration = getattr(repairer, "claims360_configuration", None)
    told = f"{repairer} ({repairer.site})"
    return f"{told}, {_('bodyshop id')} {configuration.bodyshop_id}" if configuration else told


def _queue(seen: Glance) -> str:
    _label, count, _url = seen.waiting
    if not count:
        return _("Nothing waits in the queue.")
    waits = ngettext(
        "%(n)s waits in the queue, since %(at)s.", "%(n)s wait in the queue, the oldest since %(at)s.", count
    )
    return waits % {"n": up_to_limit(count), "at": moment(seen.oldest)}


def _failed(kind: OfKind) -> str:
    reasons = [f"{failure.why.rstrip('.')} ({failure.n})" for failure in kind.failures]
    return labelled(kind.what, "; ".join(reasons))


def _run(run: SyncRun) -> str:
    return f"{moment(run.started_at)} · {in_words(run, brought(run))} {sentence(run.error)}".strip()


def _named(title: str, lines: Iterable[str]) -> list[str]:
    return [labelled(title, "").rstrip(), *(f"- {line}" for line in lines)]


def _and_more(n: int) -> str:
    return ngettext("and %(n)d more", "and %(n)d more", n) % {"n": n}


def _text(paragraphs: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(lines) for lines in paragraphs) + "\n"
