"""The deeds that a random history is drawn from: each a function of the world and its arguments."""

from typing import Any

from hypothesis import strategies as st

from tests.soak import claims360, garage, trouble, winformex
from tests.soak.points import STEP_NAMES
from tests.soak.world import Deed

Told = tuple[Deed, dict[str, Any]]
Drawn = st.SearchStrategy[Any]


def told(do: Deed, **args: Drawn) -> st.SearchStrategy[Told]:
    return st.tuples(st.just(do), st.fixed_dictionaries(args))


def one_of(*values: Any) -> Drawn:
    """One that is named twice comes twice as often."""
    return st.sampled_from(values)


which, few, yes_no = st.integers(0, 7), st.integers(0, 2), st.booleans()
plate = claim = st.integers(0, claims360.MADE_UP)
whose, home = one_of(0, 0, 0, 1), one_of(0, 0, 0, 1, 2)
times = one_of(1, 1, 2, 3, None)

# --- in Claims360 ---------------------------------------------------------------------------------------------

MISSION = told(claims360.create_mission, home=home, plate=plate, claim=claim)
HOW = one_of("whole", "shell", "quote_first", "draft", "closed", "cancelled")
COMES = st.one_of(
    told(claims360.create_mission, home=home, plate=plate, claim=claim, how=HOW, quotes=few),
    told(claims360.add_photo, which=which, picture=st.integers(0, 3), nuls=one_of(0, 0, 300)),
    told(claims360.add_quote, which=which),
    told(claims360.add_our_photo, which=which, ours=few),
)
STATUS = one_of("submitted", "approved", "rejected", "peer_review")
CHANGES = st.one_of(
    told(claims360.change_mission, which=which, change=st.integers(0, len(claims360.CHANGES) - 1)),
    told(claims360.set_quote_status, which=which, status=STATUS, lines=few, mission_too=yes_no),
    told(claims360.transmit_mission, which=which, as_shell=yes_no),
)
GOES = st.one_of(
    told(claims360.delete_mission, which=which),
    told(claims360.delete_quote, which=which),
    told(claims360.delete_photo, which=which),
    told(claims360.transmit_mission, which=which),
    told(claims360.rotate_keys, home=home),
)

# --- in Winformex II ------------------------------------------------------------------------------------------

BY_THE_OTHER_WAY = st.one_of(
    told(
        winformex.send_mission,
        which=which,
        change=st.integers(0, len(winformex.CHANGES) - 1),
        gross=st.integers(0, 1),
        late=one_of(0, 0, 0, 30),
    ),
    told(winformex.send_album, which=which, picture=few),
)

# --- in PlanManager -------------------------------------------------------------------------------------------

DECIDES = st.one_of(
    told(garage.accept, which=which, new=yes_no),
    told(garage.link, which=which, dossier=which),
    told(garage.deny, which=which),
    told(garage.reconsider, which=which),
    told(garage.undo_link, which=which),
    told(garage.move_link, which=which, dossier=which),
    told(garage.answer_offer, which=which, offer=few, take=yes_no),
    told(garage.accept_quote, which=which),
    told(garage.deny_quote, which=which),
)
WRITES = st.one_of(
    told(garage.create_dossier, whose=whose, plate=few, claim=claim),
    told(garage.edit, dossier=which, fact=few),
    told(garage.upload, dossier=which, picture=st.integers(0, 3)),
    told(garage.set_dossier_status, dossier=which, status=one_of("closed", "planned")),
)
SEND = told(garage.send, dossier=which, photos=few, mission=st.none() | which, clicks=st.integers(1, 2))
SENDS = st.one_of(SEND, told(garage.try_again, which=which), told(garage.cancel, which=which))
HELPDESK = st.one_of(
    told(garage.set_queueing, value=one_of("off", "missions", "quotes", "all")),
    told(garage.set_excludes, rule=st.integers(0, len(garage.RULES) - 1)),
    told(garage.enable, on=yes_no),
    told(garage.configure_anew, whose=whose, moves=yes_no),
    told(garage.reset, whose=whose),
    told(garage.read_again, which=few),
)

# --- between them ---------------------------------------------------------------------------------------------

SYNC = told(trouble.sync_one, whose=whose)
WORKS = st.one_of(
    told(trouble.start_round),
    told(trouble.pick_up_pending),
    told(trouble.others_take_over, minutes=one_of(4, 11, 25 * 60)),
    told(trouble.run_tasks),
    told(trouble.run_one_task),
    told(garage.refresh, whose=whose),
    told(garage.ask_anew, which=which),
    told(garage.sync_by_command, whose=whose),
)
BROKER = told(trouble.lose_tasks) | told(trouble.repeat_tasks)
TIME = told(trouble.time_goes_by, minutes=one_of(1, 4, 11, 61, 23 * 60, 25 * 60, 3 * 24 * 60))


def fault(*names: str, **args: Drawn) -> Drawn:
    return st.fixed_dictionaries({"name": one_of(*names), **args})


anywhere = one_of(None, "/changes", "/content", "/vehicle", "/missions", "/photos")
ANSWERS = (
    fault("401", "403", "404", times=times, path=anywhere),
    fault("410", "409", "413", "415", "422", times=times),
    fault("429", "429_date", "503", times=times, path=anywhere, retry_after=one_of(1, 60, 4000)),
    fault("500", "502", "reset", times=times, path=anywhere, after=yes_no),
    fault("stall", path=anywhere),
    fault("cut_body", "empty_body", times=times, path=anywhere),
    fault("wrong_content_type", times=times, path=anywhere, type=one_of("html", "text")),
)
UNREADABLE = one_of("bad_date", "bad_amount", "missing_number", "string_data", "text_version")
FEED = (
    fault("repeat", times=times, where=one_of("page", "later")),
    fault("reorder", "shell_first", "unknown_fields", times=st.integers(1, 3)),
    fault("quote_first", count=st.integers(1, 3)),
    fault("invalid_record", times=times, variant=UNREADABLE),
    fault("wrong_hash", "not_an_image", "expired_link", "redirect", "nul_padded", times=times),
    fault("cut_content", times=times, quiet=yes_no),
)
WRONG = st.one_of(*ANSWERS, *FEED).map(lambda args: (trouble.fault, args)) | told(trouble.clear_faults)
# Where a file is opened, and for the answers that can be believed: a refusal is one, nothing was carried out.
LOST = fault("500", "502", "reset", "cut_body", "empty_body", method=st.just("POST"), after=st.just(True))
REFUSED = fault("401", "404", "409", "422", "503", "500", path=st.just("/missions"), method=st.just("POST"))
HARD_SENDING = told(
    trouble.hard_sending,
    faults=st.lists(st.one_of(LOST, REFUSED, *ANSWERS), max_size=3),
    dossier=which,
    photos=few,
)

REQUESTS = st.tuples(one_of("asks", "answered", "within"), one_of(*STEP_NAMES)).map(" ".join)
STATEMENTS = one_of(
    "claims360_link_syncrun", "claims360_link_syncstate", "dossiers_content", "dossiers_dossier",
    "dossiers_mission", "dossiers_opening", "dossiers_photo", "dossiers_quoteversion", "dossiers_transmission",
    "dossiers_transmissionphoto",
).map("writes {}".format)  # fmt: skip
ADDITIONS = st.just("adds dossiers_content")
DEATHS = told(
    trouble.doom, point=REQUESTS | STATEMENTS | ADDITIONS, outright=yes_no, times=one_of(1, 1, 1, 3)
)
REACHED = [f"{when} {step}" for step in STEP_NAMES if "content" not in step for when in ("asks", "answered")]
MEANWHILE = st.builds(
    lambda point, deed: (trouble.meanwhile, {"point": point, "deed": deed[0], **deed[1]}),
    one_of(*REACHED),
    COMES | CHANGES | GOES | BY_THE_OTHER_WAY | DECIDES | WRITES | SENDS | HELPDESK | WORKS | TIME,
)

WEIGHTS = {
    SYNC: 8, MISSION: 4, COMES: 2, CHANGES: 3, GOES: 1, BY_THE_OTHER_WAY: 3, DECIDES: 3, WRITES: 2, SEND: 2,
    SENDS: 2, HELPDESK: 1, HARD_SENDING: 2, WORKS: 3, BROKER: 1, TIME: 2, WRONG: 4, DEATHS: 4, MEANWHILE: 3,
}  # fmt: skip
DEEDS = one_of(*[kind for kind, weight in WEIGHTS.items() for _ in range(weight)]).flatmap(lambda kind: kind)
