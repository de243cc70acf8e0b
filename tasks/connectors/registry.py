"""The only place where a vendor is named: settings choose, these dictionaries build."""

from collections.abc import Callable, Mapping
from typing import Final

from models.settings import Settings
from tasks.connectors.local import MailboxMailer, MailboxTexter
from tasks.connectors.ports import Mailer, Texter
from tasks.connectors.smtp import Encryption, MailServer, SmtpMailer
from tasks.connectors.twilio import TwilioAccount, TwilioTexter


def mailer(settings: Settings) -> Mailer:
    """Build the mailer that the settings name."""
    return MAILERS[settings.mailer](settings)


def texter(settings: Settings) -> Texter:
    """Build the texter that the settings name."""
    return TEXTERS[settings.texter](settings)


def _mailbox_mailer(settings: Settings) -> Mailer:
    return MailboxMailer(settings.mailbox_folder)


def _mailbox_texter(settings: Settings) -> Texter:
    return MailboxTexter(settings.mailbox_folder)


def _smtp(settings: Settings) -> Mailer:
    return SmtpMailer(
        MailServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            encryption=_encryption(settings),
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value(),
            connect_timeout=settings.smtp_connect_timeout_seconds,
            answer_timeout=settings.smtp_timeout_seconds,
            name=settings.mail_sender.rpartition("@")[2],
        )
    )


def _encryption(settings: Settings) -> Encryption:
    if settings.smtp_tls:
        return Encryption.IMPLICIT
    return Encryption.STARTTLS if settings.smtp_starttls else Encryption.NONE


def _twilio(settings: Settings) -> Texter:
    return TwilioTexter(
        TwilioAccount(
            sid=settings.twilio_account_sid,
            token=settings.twilio_auth_token.get_secret_value(),
            number=settings.twilio_from,
            messaging_service=settings.twilio_messaging_service_sid,
            base_url=settings.twilio_base_url,
        )
    )


MAILERS: Final[Mapping[str, Callable[[Settings], Mailer]]] = {"mailbox": _mailbox_mailer, "smtp": _smtp}
TEXTERS: Final[Mapping[str, Callable[[Settings], Texter]]] = {"mailbox": _mailbox_texter, "twilio": _twilio}
