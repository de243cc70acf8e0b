"""Submissions after a restore: what may have been made since the backup is looked for before it is made."""

from sqlalchemy import select

from models.db import Database
from models.store import restores, submissions
from models.tables.enrollment import SubmissionRow
from tests.store.submitting import NOON, an_applicant


def test_a_submission_made_since_the_backup_is_looked_for_first(db: Database) -> None:
    """I18."""
    applicant = an_applicant(db)
    applicant.submit()
    assert db.read(lambda s: set(s.scalars(select(SubmissionRow.state)))) == {"queued"}
    db.transaction(lambda s: restores.doubt_writes(s, as_of=NOON))
    claim = db.transaction(lambda s: submissions.claim_due(s, as_of=NOON, limit=9))
    assert all(one.is_unsure for one in db.read(lambda s: submissions.claimed(s, claim)))
    assert len(claim.ids) == len(applicant.ids)
