"""The tokens that Winformex II sends with: made and revoked by the helpdesk, with a line in the history."""

from dossiers import history
from dossiers.models import WinformexToken
from repairers.models import Repairer, User
from repairers.tokens import new_secret


def make(repairer: Repairer, user: User) -> tuple[WinformexToken, str]:
    """A new token for `repairer`, and its secret, which is kept nowhere."""
    secret = new_secret()
    token = WinformexToken(repairer=repairer, created_by=user)
    token.take(secret)
    token.save(force_insert=True)
    _record("winformex-token-made", token, user)
    return token, secret


def revoke(token: WinformexToken, user: User) -> None:
    """Nobody comes in with `token` any more."""
    token.revoke()
    _record("winformex-token-revoked", token, user)


def _record(verb: str, token: WinformexToken, user: User) -> None:
    history.record(verb, repairer_id=token.repairer_id, actor=user, args={"token": str(token)})
