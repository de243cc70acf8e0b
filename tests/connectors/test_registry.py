"""Settings choose a vendor by name, and each name that they allow builds one."""

from pathlib import Path
from typing import get_args

import pytest

from models.inputs.practice_system import SystemAccount
from models.settings import Settings
from tasks.connectors.kareo import KareoSystem
from tasks.connectors.local import MailboxMailer, MailboxTexter
from tasks.connectors.registry import MAILERS, TEXTERS, mailer, practice_system, texter
from tasks.connectors.smtp import Encryption, SmtpMailer
from tasks.connectors.twilio import TwilioTexter


def test_the_built_in_twins_are_the_default(tmp_path: Path) -> None:
    chosen = Settings(home=tmp_path)
    assert isinstance(mailer(chosen), MailboxMailer)
    assert isinstance(texter(chosen), MailboxTexter)


def test_every_name_that_the_settings_allow_has_a_vendor() -> None:
    assert set(get_args(Settings.model_fields["mailer"].annotation)) == set(MAILERS)
    assert set(get_args(Settings.model_fields["texter"].annotation)) == set(TEXTERS)


@pytest.mark.parametrize(
    ("tls", "starttls", "encryption"),
    [
        (False, True, Encryption.STARTTLS),
        (True, True, Encryption.IMPLICIT),
        (True, False, Encryption.IMPLICIT),
        (False, False, Encryption.NONE),
    ],
)
def test_the_mail_server_is_reached_as_the_settings_say(tls: bool, starttls: bool, encryption: Encryption) -> None:
    chosen = Settings(
        mailer="smtp",
        smtp_host="mail.example.com",
        smtp_user="clinic",
        smtp_tls=tls,
        smtp_starttls=starttls,
        mail_sender="hello@golive.example.com",
    )
    made = mailer(chosen)
    assert isinstance(made, SmtpMailer)
    server = made._server
    assert (server.host, server.port, server.user, server.encryption) == ("mail.example.com", 587, "clinic", encryption)
    assert server.name == "golive.example.com"


def test_twilio_is_built_from_its_settings() -> None:
    made = texter(Settings(texter="twilio", twilio_account_sid="AC1", twilio_from="+12025550100"))
    assert isinstance(made, TwilioTexter)
    assert (made._account.sid, made._account.number) == ("AC1", "+12025550100")
    assert (made._status_callback, made._validity_seconds) == ("", 14_400)


def test_twilio_reports_to_the_public_address_and_keeps_its_connections() -> None:
    """F-223: nothing can be reported to an address that is not public."""
    public = Settings(texter="twilio", twilio_account_sid="AC1", public_address="https://golive.example.com")
    made = texter(public)
    assert isinstance(made, TwilioTexter)
    assert made._status_callback == "https://golive.example.com/hooks/twilio/status"
    assert texter(public) is made


def test_an_account_names_its_practice_system() -> None:
    made = practice_system(SystemAccount("kareo", 1, "America/New_York"), Settings())
    assert isinstance(made, KareoSystem)
    assert made.calls.total() == 0
