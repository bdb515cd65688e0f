"""What becomes of a mission or a quote version: a state WITH its reason. Pure; see design, "States of a mission"."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from dossiers.intake.rules import Queueing, Rule, Subject, Texts, excluded_by
from dossiers.models import Mission, MissionState, Quote, QuoteState

ENDED = {"closed", "cancelled"}
DECIDED = {MissionState.DOSSIER, MissionState.DENIED, MissionState.WITHDRAWN}


class Verdict(Struct, frozen=True):
    """`reason` is a code of dossiers.sentences; `opens`: straight to a dossier, unless matching has doubts."""

    state: str
    reason: str = ""
    args: dict[str, Any] = {}
    opens: bool = False


def judge_mission(mission: Mission, queueing: Queueing, rules: tuple[Rule, ...], repairer: str) -> Verdict:
    """What becomes of `mission` as it now stands, from the state it is in; `repairer` is its repairer's name."""
    stays = Verdict(mission.state, mission.reason, mission.reason_args)
    if mission.state in DECIDED:
        return stays
    if is_shell(mission):
        return (
            stays
            if mission.state == MissionState.WAITING
            else Verdict(MissionState.INCOMPLETE, _shell(mission))
        )
    if mission.status in ENDED and mission.state == MissionState.ARCHIVED:
        return stays
    if mission.status in ENDED and mission.state == MissionState.INCOMPLETE:
        return Verdict(MissionState.ARCHIVED, f"first-seen-{mission.status}")
    if mission.status == "cancelled":
        return Verdict(MissionState.ARCHIVED, "cancelled-while-waiting")
    if mission.state == MissionState.WAITING and mission.decided_by_id:
        return stays  # a person brought it back to the queue
    rule = excluded_by(subject_of(mission, repairer), rules)
    if rule is not None:
        return Verdict(MissionState.EXCLUDED, "excluded-by-rule", {"rule": rule.text})
    return _let_in(mission, queueing)


def judge_quote(quote: Quote, queueing: Queueing, rules: tuple[Rule, ...], repairer: str) -> Verdict:
    """What becomes of the newest version of `quote`. It follows its mission until that has a dossier."""
    stays = Verdict(stands(quote), quote.reason, quote.reason_args)
    if quote.state == QuoteState.WITHDRAWN:
        return stays
    if quote.mission.state != MissionState.DOSSIER:
        return follows(quote)
    if quote.state == QuoteState.DOSSIER and quote.accepted_version == quote.version:
        return stays  # the same version, read better
    rule = rule_against(quote, rules, repairer)
    if rule is not None and quote.accepted_version is None:
        return Verdict(QuoteState.EXCLUDED, "excluded-by-rule", {"rule": rule.text})
    if quote.state == QuoteState.EXCLUDED:
        return Verdict(QuoteState.WAITING, "no-longer-excluded")
    if queueing.quotes_wait:
        return Verdict(QuoteState.WAITING, "queueing")
    if stays.state in (QuoteState.DENIED, QuoteState.WAITING):
        return stays
    return Verdict(QuoteState.DOSSIER)


def follows(quote: Quote) -> Verdict:
    """`quote` follows its mission, which is in no dossier; that a person denied it is still known."""
    denied = stands(quote) == QuoteState.DENIED
    return (
        Verdict(QuoteState.FOLLOWS, quote.reason, quote.reason_args)
        if denied
        else Verdict(QuoteState.FOLLOWS)
    )


def stands(quote: Quote) -> str:
    """The state of `quote` once its mission has a dossier again."""
    was_denied = quote.state == QuoteState.FOLLOWS and quote.reason == "denied"
    return QuoteState.DENIED if was_denied else quote.state


def is_shell(mission: Mission) -> bool:
    """Whether nothing but an id and a number has come yet."""
    return not mission.facts and not mission.status


def subject_of(mission: Mission, repairer: str) -> Subject:
    """What the rules look at of a mission."""
    known = mission.facts
    return Subject(
        kind="mission",
        task_code=mission.task_code,
        status=mission.status,
        insurer_code=known.get("insurer_code") or "",
        insurer_name=known.get("insurer_name") or "",
        expert=known.get("expert_name") or "",
        make=known.get("make") or "",
        plate=known.get("plate") or "",
        owner=known.get("owner_name") or "",
        repairer=repairer,
        smart_expertise=mission.smart_expertise,
    )


def _let_in(mission: Mission, queueing: Queueing) -> Verdict:
    if mission.state == MissionState.WAITING and mission.reason != "incomplete-for-long":
        return Verdict(MissionState.WAITING, mission.reason, mission.reason_args)
    if mission.state == MissionState.EXCLUDED:
        return Verdict(MissionState.WAITING, "no-longer-excluded")
    if mission.state == MissionState.ARCHIVED:
        return Verdict(MissionState.WAITING, "open-again")
    return Verdict(MissionState.WAITING, "queueing", opens=not queueing.missions_wait)


def _shell(mission: Mission) -> str:
    return "shell" if mission.version else "placeholder"


def rule_against(quote: Quote, rules: tuple[Rule, ...], repairer: str) -> Rule | None:
    """The rule by which `quote` is excluded, though its mission is in a dossier of `repairer`, so named.

    A rule that fits the mission too does not count: the mission was taken in spite of it, or before it."""
    mission = subject_of(quote.mission, repairer)
    by_itself, of_mission = Texts(replace(mission, kind="quote", status=quote.status)), Texts(mission)
    return next((rule for rule in rules if rule.fits(by_itself) and not rule.fits(of_mission)), None)
