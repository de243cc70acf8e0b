"""Calendar links of providers: made and ended here, read by staff on their own page and nowhere else."""

from datetime import datetime
from typing import Final

from models.db import transaction
from models.inputs.answers import Answer
from models.rules.decisions import Refusal
from models.settings import settings
from models.store import feeds
from tasks.policy import effect

PAGE: Final = "{}/staff/practices/{}/feeds"


@effect()
def make_feed(practice: str, provider: str, *, by: str, as_of: datetime) -> Answer:
    """Make the link of a provider's calendar; the answer says where staff read it, and never the link."""
    made = transaction(lambda session: feeds.make_feed(session, practice, provider, by=by, as_of=as_of))
    if isinstance(made, Refusal):
        return Answer.refused(made.sentence)
    page = PAGE.format(settings().public_address, practice)
    return Answer(is_done=True, sentence=f"The calendar has a private link now. Read it on the staff page {page}.")


@effect()
def revoke_feed(practice: str, provider: str, *, by: str, as_of: datetime) -> Answer:
    """End the link of a provider's calendar."""
    ended = transaction(lambda session: feeds.revoke_feed(session, practice, provider, by=by, as_of=as_of))
    if isinstance(ended, Refusal):
        return Answer.refused(ended.sentence)
    return Answer(
        is_done=True, sentence="The link leads nowhere from now on; what calendars copied before stays there."
    )
