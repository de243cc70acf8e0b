"""Letters of invitations: claimed mails with their readers opened; a link that is used or over sends none."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.inputs.access_letters import InvitationLetter
from models.inputs.outgoing import Mailbox
from models.rules.roles import Role
from models.rules.sign_in import INVITATION_LASTS
from models.sealing import INSTALLATION, KeyDestroyedError, SealBrokenError
from models.store.accounts import holder_of
from models.store.contacts import contact_of
from models.store.invitations import invitation_token
from models.store.keys import keys_of
from models.store.letters import NO_RECIPIENT, UNREADABLE
from models.store.messages import ClaimedMessage
from models.tables.access import InvitationRow
from models.tables.practices import Practice

OVER: Final = "invitation_over"


def load_invitation_letters(
    session: Session, claimed: Sequence[ClaimedMessage], *, address: str, as_of: datetime
) -> dict[int, InvitationLetter | str]:
    """Load what each claimed invitation needs; one that is over, or that nobody can receive, gives a code instead.

    `address` is the public address of the web site, without a slash at its end.
    """
    return {message.id: _letter(session, message, address, as_of) for message in claimed}


def _letter(session: Session, message: ClaimedMessage, address: str, as_of: datetime) -> InvitationLetter | str:
    row = session.get(InvitationRow, int(message.fields["invitation"] or 0))
    if row is None or row.used_at is not None or row.expires_at <= as_of:
        return OVER
    try:
        holder = holder_of(session, row.account_id)
        coach = contact_of(session, holder.practice, role=Role.SUCCESS_COACH) if holder.practice else None
        token = invitation_token(keys_of(session, INSTALLATION), row.id)
    except (KeyDestroyedError, SealBrokenError):
        return UNREADABLE
    if not holder.address:
        return NO_RECIPIENT
    practice = session.get_one(Practice, message.practice_id)
    return InvitationLetter(
        message.message_id,
        message.kind,
        Mailbox(name=holder.name, address=holder.address),
        holder.locale,
        practice.name if holder.practice else "",
        practice.zone,
        f"{address}/i/{token}",
        INVITATION_LASTS.days,
        holder.staff is not None,
        Mailbox(name=coach.name, address=coach.address) if coach else None,
    )
