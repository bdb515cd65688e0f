"""What other options would have done to the last records received. Nothing is saved."""

import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from dossiers.intake.judge import Verdict, judge_mission, judge_quote
from dossiers.models import Mission, MissionState, Quote, QuoteState
from dossiers.options import Options

LAST = 500  # missions, with their quotes


@dataclass(frozen=True, slots=True)
class Change:
    """A record that the new options decide otherwise; `rule` is the line that keeps it out, or did before."""

    record: Mission | Quote
    mission: Mission
    before: str
    after: str
    rule: str

    @property
    def is_quote(self) -> bool:
        return isinstance(self.record, Quote)

    @property
    def in_words(self) -> tuple[str, str]:
        """The states before and after."""
        return _word(self.before), _word(self.after)


@dataclass(frozen=True, slots=True)
class Preview:
    """`counts`: (state, how many before, how many after); `total`: how many records were looked at."""

    total: int
    counts: list[tuple[str, int, int]]
    changes: list[Change]

    @property
    def counts_in_words(self) -> list[tuple[str, int, int]]:
        return [(_word(state), before, after) for state, before, after in self.counts]


def preview(now: Options, then: Options) -> Preview:
    """Judge the last 500 missions received and their quotes as if they came in new, by both options.

    Two statements, whatever comes of it.
    """
    outcomes = list(_outcomes(now, then))
    before, after = (
        Counter(outcome.before for outcome in outcomes),
        Counter(outcome.after for outcome in outcomes),
    )
    counts = [(state, before[state], after[state]) for state in sorted(before | after)]
    return Preview(
        len(outcomes), counts, [outcome for outcome in outcomes if outcome.before != outcome.after]
    )


def _outcomes(now: Options, then: Options) -> Iterator[Change]:
    missions = _last_missions()
    for mission in missions:
        fresh = copy.copy(mission)
        fresh.state, fresh.decided_by_id = MissionState.INCOMPLETE, None
        verdicts = [
            judge_mission(fresh, by.queueing, by.excludes, mission.repairer.name) for by in (now, then)
        ]
        yield _change(mission, mission, *verdicts)
    by_pk = {mission.pk: mission for mission in missions}
    for quote in Quote.objects.filter(mission__in=by_pk).exclude(state=QuoteState.WITHDRAWN):
        mission = quote.mission = by_pk[quote.mission_id]
        yield _change(quote, mission, *_quote_verdicts(quote, now, then))


def _last_missions() -> list[Mission]:
    rows = Mission.objects.exclude(state=MissionState.WITHDRAWN).select_related("repairer")
    return list(rows.order_by("-received_at", "-pk")[:LAST])


def _quote_verdicts(quote: Quote, now: Options, then: Options) -> list[Verdict]:
    """A quote is judged when its mission has a dossier."""
    fresh, name = copy.copy(quote), quote.mission.repairer.name
    fresh.mission = copy.copy(quote.mission)
    fresh.mission.state = MissionState.DOSSIER
    fresh.state, fresh.reason, fresh.accepted_version = QuoteState.FOLLOWS, "", None
    return [judge_quote(fresh, by.queueing, by.excludes, name) for by in (now, then)]


def _change(record: Mission | Quote, mission: Mission, before: Verdict, after: Verdict) -> Change:
    rule = after.args.get("rule") or before.args.get("rule") or ""
    return Change(record, mission, _state(before), _state(after), rule)


def _state(verdict: Verdict) -> str:
    return str(MissionState.DOSSIER) if verdict.opens else str(verdict.state)


def _word(state: str) -> str:
    return str(MissionState(state).label)
