"""What practices choose about feedback: one change per form, by whoever may, and the settings as people see them."""

from datetime import datetime

from prefect.artifacts import create_table_artifact
from sqlalchemy.orm import Session

from models.db import read, transaction
from models.inputs.answers import Answer
from models.reports import feedback as report
from models.rules.decisions import Refusal
from models.settings import settings
from models.store import feedback_settings, practices
from models.store.feedback_settings import Changed, Choice, Choose, Wanted
from tasks.policy import effect

__all__ = ["Choice", "Choose"]


@effect()
def choose(practice: str, choosing: Choose, *, by: str, key: str, as_of: datetime) -> Answer:
    """Change what a practice chose, once per key; refusals come back in plain words."""
    wanted = Wanted(practice, choosing, by, key, bool(settings().postal_address))
    done = transaction(lambda session: feedback_settings.change(session, wanted, as_of=as_of))
    if isinstance(done, Refusal):
        return Answer.refused(done.sentence)
    return Answer.repeated() if done.again else _answer(done)


def _answer(done: Changed) -> Answer:
    """Say what holds from now on; what waits is withdrawn as soon as it would be sent, where sending stopped."""
    version = f"Recorded as version {done.policy.version}"
    told = f"{version}; it holds for visits that are checked out from now on."
    if not done.policy.is_sending:
        waits = f"{done.waiting} message{'' if done.waiting == 1 else 's'}"
        told = f"{version}: nobody is asked any more; {waits} that waited stay unsent."
    return Answer(is_done=True, sentence=told, kinds=("feedback_setting_changed",))


@effect()
def show_settings(practice: str) -> bool:
    """Show a practice's settings with who may change them, and their history; False when there is no such practice."""

    def load(session: Session) -> tuple[list[dict[str, str]], list[dict[str, str]]] | None:
        found = practices.find_practice(session, practice)
        if found is None:
            return None
        return report.settings_rows(session, found), report.history_rows(session, found)

    loaded = read(load)
    if loaded is None:
        return False
    rows, history = loaded
    words = f"How {practice} asks for feedback, and who may change it"
    create_table_artifact(rows, key=f"feedback-settings-{practice}", description=words)
    create_table_artifact(history, key=f"feedback-history-{practice}", description=f"What {practice} changed of it")
    return True
