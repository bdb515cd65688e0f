"""INFORMEX_QUEING and INFORMEX_EXCLUDES: pure functions, each decision with its reason (design, section 4)."""

import enum
import fnmatch
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec import Struct

from dossiers.normalise import fold, key

KINDS = ("mission", "quote")
YES = {"1", "yes", "oui", "ja", "true"}
NO = {"0", "no", "non", "nee", "false", "nein"}
CONDITION = re.compile(r"""\s*(?P<field>[\w ]+?)\s*=\s*(?:"(?P<literal>[^"]*)"|(?P<pattern>[^"]*?))\s*$""")
AND = re.compile(r"""\s+and\s+(?=(?:[^"]*"[^"]*")*[^"]*$)""", re.IGNORECASE)


class Queueing(enum.Enum):
    """Which of the two wait in the queue; the others go straight to a dossier."""

    OFF = "off"
    MISSIONS = "missions"
    QUOTES = "quotes"
    ALL = "all"

    @property
    def missions_wait(self) -> bool:
        return self in (Queueing.MISSIONS, Queueing.ALL)

    @property
    def quotes_wait(self) -> bool:
        return self in (Queueing.QUOTES, Queueing.ALL)


class RuleError(ValueError):
    """A line that is no rule: its number (from 1), a sentence code and what in it is wrong."""

    def __init__(self, line_number: int, code: str, detail: str = "") -> None:
        super().__init__(line_number, code, detail)
        self.line_number, self.code, self.detail = line_number, code, detail


@dataclass(frozen=True, slots=True)
class Condition:
    field: str
    pattern: re.Pattern[str]

    def fits(self, texts: "Texts") -> bool:
        return any(map(self.pattern.fullmatch, texts[self.field]))


@dataclass(frozen=True, slots=True)
class Rule:
    text: str
    conditions: tuple[Condition, ...]

    def fits(self, texts: "Texts") -> bool:
        return all(condition.fits(texts) for condition in self.conditions)


class Subject(Struct, frozen=True):
    """What the rules look at; a quote is judged by its own kind and status and its mission's other fields."""

    kind: str
    task_code: str = ""
    status: str = ""
    insurer_code: str = ""
    insurer_name: str = ""
    expert: str = ""
    make: str = ""
    plate: str = ""
    owner: str = ""
    repairer: str = ""
    smart_expertise: bool = False


COMPARED: dict[str, Callable[[Subject], tuple[str, ...]]] = {
    "kind": lambda subject: (subject.kind,),
    "task_code": lambda subject: (fold(subject.task_code),),
    "status": lambda subject: (fold(subject.status),),
    "insurer": lambda subject: (fold(subject.insurer_code), fold(subject.insurer_name)),
    "expert": lambda subject: (fold(subject.expert),),
    "make": lambda subject: (fold(subject.make),),
    "plate": lambda subject: (key(subject.plate).lower(),),
    "owner": lambda subject: (fold(subject.owner),),
    "repairer": lambda subject: (fold(subject.repairer),),
    "smart_expertise": lambda subject: ("yes" if subject.smart_expertise else "no",),
}


FIELDS = tuple(COMPARED)


class Texts(dict[str, tuple[str, ...]]):
    """By field, the texts of a subject as patterns are held against them; worked out when a rule asks for them."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def __missing__(self, field: str) -> tuple[str, ...]:
        self[field] = COMPARED[field](self._subject)
        return self[field]


@functools.lru_cache(8)
def parse_rules(text: str) -> tuple[Rule, ...]:
    """The rules of `text`, one a line; empty lines and lines that begin with # say nothing.

    Raises RuleError for the first line that is no rule.
    """
    lines = enumerate((line.strip() for line in text.splitlines()), start=1)
    return tuple(_rule(number, line) for number, line in lines if line and not line.startswith("#"))


def excluded_by(subject: Subject, rules: Sequence[Rule]) -> Rule | None:
    """The first of `rules` that keeps `subject` out, or None."""
    texts = Texts(subject)
    return next((rule for rule in rules if rule.fits(texts)), None)


def _rule(number: int, line: str) -> Rule:
    # The space shows an "and" at the end, after which nothing comes.
    return Rule(line, tuple(_condition(number, part.strip() or "and") for part in AND.split(f"{line} ")))


def _condition(number: int, part: str) -> Condition:
    match = CONDITION.fullmatch(part)
    if match is None:
        raise RuleError(number, "rule-form", part)
    field = fold(match["field"]).replace(" ", "_")
    if field not in COMPARED:
        raise RuleError(number, "rule-field", match["field"])
    literal = match["literal"] is not None
    wanted = _comparable(field, match["literal"] if literal else match["pattern"], literal)
    if not wanted:
        raise RuleError(number, "rule-empty", match["field"])
    return Condition(field, _pattern(number, field, wanted, literal))


def _pattern(number: int, field: str, wanted: str, literal: bool) -> re.Pattern[str]:
    if field == "smart_expertise":
        if wanted not in YES | NO:
            raise RuleError(number, "rule-yes-no", wanted)
        return re.compile("yes" if wanted in YES else "no")
    if field == "kind" and wanted not in KINDS and not _wild(wanted, literal):
        raise RuleError(number, "rule-kind", wanted)
    if literal:
        return re.compile(re.escape(wanted), re.DOTALL)
    # `[` means itself: only * and ? are wild.
    return re.compile(fnmatch.translate(wanted.replace("[", "[[]")))


def _comparable(field: str, text: str, literal: bool) -> str:
    """`text` as the values of `field` are compared: of a plate only letters, digits and what is wild."""
    if field != "plate":
        return fold(text)
    wild = "" if literal else "*?"
    return "".join(letter for letter in fold(text) if letter.isalnum() or letter in wild)


def _wild(wanted: str, literal: bool) -> bool:
    return not literal and ("*" in wanted or "?" in wanted)
