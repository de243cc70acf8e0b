"""The mail about a broken promise: one for all that is new, nothing without an address."""

from models.inputs.mailbox import read_mailbox
from models.settings import Settings, use_settings
from tasks.watching import mail_of_breaches
from tests.factories import MONDAY

NEW = [("maple-street", "asked_twice"), ("cedar-hill", "history_cut")]


def test_what_is_new_is_mailed_to_the_operator_in_one_mail(own_settings: Settings) -> None:
    with use_settings(own_settings.model_copy(update={"watchdog_mail": "ops@example.com"})) as ours:
        mail_of_breaches.fn(NEW, as_of=MONDAY)
    [mail] = read_mailbox(ours.mailbox_folder)
    assert mail.text.splitlines() == [
        "A promise is broken in maple-street: asked_twice. See docs/runbook/promises.md.",
        "A promise is broken in cedar-hill: history_cut. See docs/runbook/promises.md.",
    ]


def test_without_an_address_nobody_is_mailed(own_settings: Settings) -> None:
    mail_of_breaches.fn(NEW, as_of=MONDAY)
    assert not own_settings.mailbox_folder.exists()
