"""Codes as sentences, in the reader's language: reasons of a state, errors, and the verbs of the trail."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

REASONS = {
    # why a mission or quote is where it is
    "accepted": _("accepted"),
    "cancelled-while-waiting": _("cancelled in Claims360 while it waited"),
    "contradiction": _("a dossier fits by one number but contradicts another: choose"),
    "denied": _("denied: %(reason)s"),
    "excluded-by-rule": _("rule: %(rule)s"),
    "first-seen-cancelled": _("already cancelled when it was first seen"),
    "first-seen-closed": _("already closed when it was first seen"),
    "incomplete-for-long": _("incomplete for more than 24 hours"),
    "linked": _("linked by hand"),
    "matched": _("matched to its dossier"),
    "no-longer-excluded": _("no longer excluded"),
    "open-again": _("open again in Claims360"),
    "opened": _("a new dossier was opened"),
    "opened-here": _("opened from this dossier"),
    "opening-unanswered": _("a file was opened for this plate and not confirmed yet: choose"),
    "placeholder": _("its mission has not come yet"),
    "queueing": _("waits for you"),
    "reconsidered": _("brought back to the queue"),
    "several-dossiers": _("several dossiers are possible: choose"),
    "same-quote": _("the same quote came from %(source)s, and counts"),
    "same-quote-differs": _("another version came from %(source)s: accept it if it is the newer one"),
    "shell": _("only its number has come so far"),
    "undone": _("a decision was taken back"),
    "unlinked": _("taken out of its dossier"),
    "withdrawn": _("withdrawn in Claims360"),
    # why a record was set aside
    "document-not-json": _("this document is no JSON that can be read"),
    "killed-three-times": _("its import broke off three times"),
    "list-unknown": _("a document has the list code 09 (mission) or 04 (photo album)"),
    "older-document": _("something newer had come before it"),
    "other-mission": _("it belongs to another mission than before"),
    "same-version-other-content": _("the same version came with other content"),
    "unreadable-amount": _("an amount can't be read"),
    "unreadable-data": _("its content can't be read"),
    "unreadable-envelope": _("its envelope can't be read"),
    "unreadable-id": _("its id can't be read"),
    "unreadable-number": _("its number can't be read"),
}

ERRORS = {
    # work that nobody began
    "no-worker": _(
        "No worker answers. It goes on by itself once one is back; otherwise write to %(helpdesk)s."
    ),
    # deciding
    "already-decided": _("Somebody else has decided this meanwhile."),
    "already-undone": _("This was taken back already."),
    "archived-meanwhile": _("The mission has ended in Claims360 meanwhile: reconsider it first."),
    "decided-since": _("Something else was decided on it since, and that stands."),
    "dossier-closed": _("That dossier is closed: reopen it first."),
    "dossier-worked-on": _(
        "Somebody has worked in the dossier since, so this is not undone by itself. Open the dossier and take the "
        "mission out of it there: what was done in it stays."
    ),
    "excluded-meanwhile": _("A rule excludes this mission by now: reconsider it first."),
    "newer-version-came": _("A newer version came meanwhile. Look at it before you decide."),
    "not-to-be-undone": _("This can't be undone any more."),
    "mission-not-in-dossier": _("The mission of this quote is in no dossier yet."),
    "no-such-dossier": _("There is no such dossier of this repairer."),
    "no-such-repairer": _("There is no repairer with that id."),
    "offer-gone": _("What was offered has changed meanwhile. Look at it again."),
    "quote-replaced": _(
        "This quote counts instead of the one that came by the other way, so this is not undone by itself."
    ),
    "reason-missing": _("Please give a reason."),
    "parts-ordered": _("Parts of this version were ordered since: it stays in the dossier."),
    "same-dossier": _("The mission is already in that dossier."),
    "withdrawn-meanwhile": _("The mission was withdrawn in Claims360 meanwhile."),
    # options
    "rule-empty": _("nothing stands after “=”"),
    "rule-field": _("“%(detail)s” is no field that rules know"),
    "rule-form": _("“%(detail)s” is not of the form field = pattern"),
    "rule-kind": _("a kind is mission or quote"),
    "rule-yes-no": _("smart_expertise is yes or no"),
    # configuring
    "already-configured": _("This repairer is configured already. Only the helpdesk can reset it."),
    "bodyshop-id-form": _("A bodyshop id has letters and digits only, 40 at most."),
    "bodyshop-id-taken": _("This bodyshop id is configured for another repairer."),
    "claims360-unreachable": _("Claims360 can't be reached at the moment, so the keys could not be checked."),
    "key-form": _("This is no API key: copy it again from Claims360, without spaces."),
    "key-is-bodyshop": _("This is the bodyshop key: paste “Claims360 API (Plan Manager)” here."),
    "key-is-planmanager": _("This is the PlanManager key: paste “Claims360 API (bodyshop)” here."),
    "key-of-another": _("This key belongs to another body shop than this id."),
    "key-refused": _("Claims360 does not accept this key."),
    "key-unknown": _("Claims360 does not know this key for this body shop."),
    "required": _("Please fill in this field."),
    "same-key-twice": _("Both fields hold the same key: paste “Claims360 API (Plan Manager)” here."),
    # syncing
    "busy": _("Another synchronisation of this repairer is under way."),
    "cannot-decrypt": _("The stored keys can't be decrypted: please contact the helpdesk."),
    "crashed": _("The synchronisation broke off; it is tried again by itself."),
    "feed-stuck": _("Claims360 keeps sending the same page; it is tried again by itself."),
    "interrupted": _("The synchronisation was interrupted; it is tried again by itself."),
    "key-damaged": _("The stored keys were damaged: please contact the helpdesk."),
    "keys-refused": _(
        "Claims360 refuses the keys. It is asked again every hour; otherwise contact the helpdesk."
    ),
    "lease-lost": _("Another synchronisation has taken over."),
    "not-active": _("Claims360 is not active for this database."),
    "not-configured": _("Claims360 is not configured for this repairer."),
    # sending
    "already-there": _("This photo had arrived before."),
    "choose-mission": _("Choose the mission that this is for."),
    "delivered-in-part": _("Plate and mileage have arrived; a photo was refused."),
    "killed-three-times": _("It broke off three times: please contact the helpdesk (%(helpdesk)s)."),
    "mailbox-changed": _("The repairer has another bodyshop id since this was asked for."),
    "mileage-missing": _("Please give the mileage."),
    "mileage-range": _("The mileage must be between 0 and 9 999 999 km."),
    "mission-withdrawn": _(
        "The mission of this dossier was withdrawn in Claims360: nothing is sent, and no other file is opened."
    ),
    "mission-not-here": _("This mission is not in the dossier any more."),
    "nothing-to-cancel": _("This transmission has ended or is under way."),
    "nothing-to-try": _("This transmission needs no new try."),
    "opening-unread": _(
        "The next synchronisation shows whether Claims360 opened the file; nothing is sent until then."
    ),
    "opening-unsure": _(
        "Claims360 did not confirm the opened file within 23 hours, so it is not asked again: each file costs a "
        "fee. Look there: if the file is there, link its mission to this dossier; if not, open it there."
    ),
    "photo-not-here": _("One of the photos is not in the dossier any more: choose again."),
    "plate-missing": _("Please give the plate."),
    "plate-too-long": _("A plate has 16 characters at most."),
    "too-many-photos": _("At most 100 photos at once."),
    # Winformex II
    "document-too-large": _("A document has 64 MB at most: send an album in parts."),
    "winformex-down": _("Winformex II is out of order at the moment; it is tried again by itself."),
    "winformex-no-address": _(
        "No address of Winformex II is set: please contact the helpdesk (%(helpdesk)s)."
    ),
    "winformex-no-mailbox": _(
        "The Informex mailbox number of this repairer is not known: please contact the helpdesk (%(helpdesk)s)."
    ),
    "winformex-over": _(
        "After the activation of Claims360, data can no longer be sent from PlanManager to the old platform, "
        "Winformex II."
    ),
    "winformex-refused": _("Winformex II refused this for good: please contact the helpdesk (%(helpdesk)s)."),
    "winformex-timeout": _("Winformex II does not answer in time; it is tried again by itself."),
    "winformex-unreachable": _("Winformex II can't be reached at the moment; it is tried again by itself."),
    "mailbox-unknown": _("No repairer has this mailbox number, or more than one has it."),
    "token-missing": _("A token of the repairer is needed: Authorization: Bearer …"),
    "token-unknown": _(
        "This token is not known, or was revoked: please contact the helpdesk (%(helpdesk)s)."
    ),
    # photos
    "disk-error": _("The photo could not be stored or read; it is tried again by itself."),
    "disk-full": _("There is no room left to store photos: please contact the helpdesk (%(helpdesk)s)."),
    "photo-away": _("This photo can't be read just now: try again in some minutes."),
    "photo-content": _("The content of this photo is no base64 that can be read."),
    "photo-damaged": _("This photo is damaged."),
    "photo-file": _("The file of this photo is not beside the document."),
    "photo-format": _("This is no photo that can be read: JPEG, PNG, WebP or HEIC."),
    "photo-gone": _("Claims360 does not have this photo any more."),
    "photo-limit": _("The mission has 100 photos already."),
    "photo-not-an-image": _("This file is no photo."),
    "photo-not-stored": _("This photo could not be stored just now: try again in some minutes."),
    "photo-too-large": _("This photo is too large to be sent: 10 MB at most once it is prepared."),
    "photo-too-many-pixels": _("The photo has too many pixels."),
    "photo-too-slow": _("This photo takes too long to read."),
    "photo-type": _("Claims360 does not take this kind of photo."),
    "wrong-hash": _("What came is not the photo that was announced."),
    # what Claims360 or the way to it answered
    "answer-cut": _("The answer of Claims360 broke off; it is tried again by itself."),
    "answer-too-large": _("The answer of Claims360 is too large; it is tried again by itself."),
    "answer-unreadable": _("The answer of Claims360 can't be read; it is tried again by itself."),
    "claims360-down": _(
        "Claims360 answers nobody at the moment; it is tried again by itself in a minute or two."
    ),
    "cursor-expired": _("Claims360 starts its feed anew; it is read again by itself."),
    "idempotency-mismatch": _(
        "Claims360 got something else under the same key: please contact the helpdesk."
    ),
    "key-scope": _("Claims360 asks for the other key: please contact the helpdesk."),
    "link-expired": _("The address of the photo has expired; a new one is asked for by itself."),
    "maintenance": _("Claims360 is under maintenance; it is tried again by itself."),
    "mission-closed": _("The mission is closed in Claims360."),
    "not-found": _("Claims360 does not know this mission any more."),
    "outage": _("Claims360 is out of order at the moment; it is tried again by itself."),
    "rate-limited": _("Claims360 asks to wait a moment; it is tried again by itself."),
    "range-not-satisfiable": _("Claims360 has less of the photo than it announced."),
    "refused": _("Claims360 refused this for good: please contact the helpdesk (%(helpdesk)s)."),
    "redirect-refused": _("The answer of Claims360 leads to a forbidden address."),
    "redirected-twice": _("The answer of Claims360 leads on and on."),
    "timeout": _("Claims360 does not answer in time; it is tried again by itself."),
    "unreachable": _("Claims360 can't be reached at the moment; it is tried again by itself."),
    "validation": _("Claims360 refused what was sent."),
}

VERBS = {
    "accepted": _("accepted mission %(number)s"),
    "cancelled-at-source": _("mission %(number)s was cancelled in Claims360"),
    "claims360-configured": _("configured Claims360 (bodyshop id %(bodyshop_id)s)"),
    "claims360-reset": _("reset the Claims360 configuration: %(reason)s"),
    "commented": _("added a comment"),
    "denied": _("denied mission %(number)s: %(reason)s"),
    "dossier-created": _("created this dossier"),
    "dossier-edited": _("changed: %(fields)s"),
    "dossier-status": _("status: from %(from)s to %(to)s"),
    "exported": _("took away %(rows)s %(what)s as %(form)s (filter: %(filter)s)"),
    "forgotten": _("deleted what was personal: kept for %(days)s days"),
    "forgotten-asked": _("deleted what was personal, as the owner asked"),
    "linked": _("linked mission %(number)s to this dossier"),
    "linked-by-rule": _("mission %(number)s was put into this dossier by itself"),
    "moved-away": _("moved mission %(number)s to dossier %(dossier)s"),
    "offer-refused": _("kept the dossier's value of %(fact)s instead of %(theirs)s"),
    "offer-taken": _("took over %(fact)s from mission %(number)s (was: %(own)s)"),
    "opened-here": _("mission %(number)s, opened from this dossier, came back"),
    "order-state": _("parts %(state)s: %(parts)s"),
    "owner-exported": _("gave out what is held on an owner: %(rows)s rows"),
    "photo-added": _("added the photo %(file)s"),
    "photos-forgotten": _("deleted photos: %(photos)s, kept for %(days)s days"),
    "quote-accepted": _("accepted quote %(number)s, version %(version)s"),
    "quote-denied": _("denied quote %(number)s, version %(version)s: %(reason)s"),
    "reconsidered": _("brought mission %(number)s back to the queue"),
    "sending-again": _("asked to send again: %(plate)s, %(mileage)s km"),
    "sending-asked": _("asked to send: %(plate)s, %(mileage)s km, photos: %(photos)s"),
    "same-number": _("mission %(number)s is the same as that of %(source)s: one mission"),
    "sending-ended": _("not sent any more: %(plate)s, %(mileage)s km"),
    "sending-cancelled": _("gave up sending: %(plate)s, %(mileage)s km"),
    "undone": _("took back the last decision on mission %(number)s"),
    "unlinked": _("took mission %(number)s out of this dossier"),
    "winformex-token-made": _("made the Winformex II token %(token)s"),
    "winformex-token-revoked": _("revoked the Winformex II token %(token)s"),
}

UNKNOWN = _("Something went wrong (%(code)s); it is tried again by itself.")


class _Given(dict[str, Any]):
    """An argument that an old row did not keep reads as a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


def sentence(code: str, args: Mapping[str, Any] | None = None) -> str:
    """The sentence of a reason or an error `code`; "" gives ""."""
    if not code:
        return ""
    text = REASONS.get(code) or ERRORS.get(code)
    return str(text) % _given(args) if text else str(UNKNOWN) % {"code": code}


def whole(code: str) -> str:
    """The same as a sentence of its own: what is a reason in a row begins small and has no end."""
    text = capfirst(sentence(code))
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def known(code: str, otherwise: str) -> str:
    """`code` where it has a sentence of its own, else `otherwise`: what others answer is not ours to foresee."""
    return code if code in ERRORS else otherwise


def verb(code: str, args: Mapping[str, Any] | None = None) -> str:
    """What an event of the trail tells, without who and when."""
    return str(VERBS[code]) % _given(args) if code in VERBS else code


def _given(args: Mapping[str, Any] | None) -> _Given:
    return _Given({"helpdesk": settings.HELPDESK_EMAIL, **(args or {})})
