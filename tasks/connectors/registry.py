"""The only place where a vendor is named: settings choose, these dictionaries build."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from models.inputs.practice_system import SystemAccount
from models.rules.enrollment_words import BUILT_IN, STEDI
from models.rules.reputation import ReviewSource
from models.sealing import key_ring
from models.settings import Settings
from tasks.connectors.google_business import GoogleReviews
from tasks.connectors.google_wire import GoogleAccount
from tasks.connectors.kareo import KareoSystem
from tasks.connectors.local import MailboxMailer, MailboxTexter
from tasks.connectors.payer_simulator import PayerSimulator
from tasks.connectors.payer_simulator_store import SimulatorFile
from tasks.connectors.ports import BillingEvidence, Clearinghouse, Mailer, PracticeSystem, ReviewSite, Texter
from tasks.connectors.practice_calendar import PracticeCalendar
from tasks.connectors.practice_calendar_office import FrontOffice
from tasks.connectors.practice_calendar_store import CalendarFile
from tasks.connectors.smtp import Encryption, MailServer, SmtpMailer
from tasks.connectors.stedi import StediClearinghouse
from tasks.connectors.stedi_wire import StediAccount
from tasks.connectors.twilio import TwilioAccount, TwilioTexter
from tasks.moment import now

VENDOR_NAME: Final = "golive"
STATUS_HOOK: Final = "/hooks/twilio/status"  # the id of the attempt is added to it


def mailer(settings: Settings) -> Mailer:
    """Build the mailer that the settings name."""
    return MAILERS[settings.mailer](settings)


def texter(settings: Settings) -> Texter:
    """Build the texter that the settings name."""
    return TEXTERS[settings.texter](settings)


def practice_system(
    account: SystemAccount, settings: Settings, *, before_call: Callable[[], None] | None = None
) -> PracticeSystem:
    """Build the practice system that an account names; a vendor's is asked by `before_call` before each call."""
    return PRACTICE_SYSTEMS[account.vendor](account, settings, before_call)


def billing_evidence(
    account: SystemAccount, settings: Settings, *, before_call: Callable[[], None] | None = None
) -> BillingEvidence:
    """Build what shows a practice's charges and claims; a vendor's is asked by `before_call` before each call."""
    return BILLING_EVIDENCE[account.vendor](account, settings, before_call)


def front_office(account: SystemAccount, settings: Settings) -> FrontOffice:
    """Build the desk of a practice that keeps the built-in calendar; others work in their vendor's own program."""
    return FrontOffice(_calendar_file(account, settings))


def register_vendor(account: SystemAccount) -> int:
    """Register us with a vendor that keeps our ids of patients; gives the number that it knows us by."""
    return KareoSystem(account).register_vendor(VENDOR_NAME)


def clearinghouse_in_use(settings: Settings) -> str:
    """Name the clearinghouse of this installation; empty where there is none: payers are simulated locally only."""
    return "" if settings.clearinghouse == BUILT_IN and settings.mode != "local" else settings.clearinghouse


def clearinghouse(settings: Settings) -> Clearinghouse:
    """Build the clearinghouse that the settings name."""
    return CLEARINGHOUSES[settings.clearinghouse](settings)


def review_site(source: ReviewSource, settings: Settings) -> ReviewSite | None:
    """Build what reads and answers reviews of a source; none where the settings name no account for it."""
    build = REVIEW_SITES.get(source)
    return build(settings) if build else None


def _google(settings: Settings) -> ReviewSite | None:
    if not settings.google_refresh_token.get_secret_value():
        return None
    return _google_client(
        GoogleAccount(
            client_id=settings.google_client_id,
            client_secret=settings.google_client_secret.get_secret_value(),
            refresh_token=settings.google_refresh_token.get_secret_value(),
            token_url=settings.google_token_url,
            reviews_url=settings.google_reviews_url.rstrip("/"),
            accounts_url=settings.google_accounts_url.rstrip("/"),
            locations_url=settings.google_locations_url.rstrip("/"),
        )
    )


@lru_cache(maxsize=4)
def _google_client(account: GoogleAccount) -> GoogleReviews:
    """Keep one token and one set of connections per account and process."""
    return GoogleReviews(account)


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
    is_public = settings.public_address.startswith("https://")
    return _twilio_client(
        TwilioAccount(
            sid=settings.twilio_account_sid,
            token=settings.twilio_auth_token.get_secret_value(),
            number=settings.twilio_from,
            messaging_service=settings.twilio_messaging_service_sid,
            base_url=settings.twilio_base_url,
        ),
        f"{settings.public_address.rstrip('/')}{STATUS_HOOK}" if is_public else "",
    )


@lru_cache(maxsize=4)
def _twilio_client(account: TwilioAccount, status_callback: str) -> TwilioTexter:
    """Keep one set of connections per account and process."""
    return TwilioTexter(account, status_callback=status_callback)


def _kareo(account: SystemAccount, _settings: Settings, before_call: Callable[[], None] | None) -> KareoSystem:
    return KareoSystem(account, before_call=before_call)


def _calendar(account: SystemAccount, settings: Settings, _before_call: object) -> PracticeCalendar:
    return PracticeCalendar(_calendar_file(account, settings), name=account.system_name)


def _calendar_file(account: SystemAccount, settings: Settings) -> CalendarFile:
    folder = settings.practice_calendar_folder
    return CalendarFile(folder, practice=account.practice, ring=key_ring(settings), now=now)


def wrap_calendar_keys(settings: Settings) -> int:
    """Wrap the keys of the built-in practice calendars by the present master key; gives how many were not.

    Raises:
        OutsideError: a calendar cannot be read or written.
    """
    folder, ring = settings.practice_calendar_folder, key_ring(settings)
    practices = sorted(int(file.stem) for file in folder.glob("*.db") if file.stem.isdecimal())
    return sum(CalendarFile(folder, practice=one, ring=ring, now=now).wrap_keys_anew() for one in practices)


def forget_calendar(settings: Settings, practice: int) -> None:
    """Remove the built-in practice calendar of a practice that left, with its key; raises as `Path.unlink`."""
    for file in settings.practice_calendar_folder.glob(f"{practice}.db*"):
        file.unlink(missing_ok=True)


def _payer_simulator(settings: Settings) -> Clearinghouse:
    return PayerSimulator(SimulatorFile(settings.home / "payer-simulator" / "payers.db"), now=now)


def _stedi(settings: Settings) -> Clearinghouse:
    return _stedi_client(
        StediAccount(
            key=settings.stedi_api_key.get_secret_value(),
            email=settings.stedi_email or settings.mail_sender,
            base_url=settings.stedi_base_url,
        )
    )


@lru_cache(maxsize=4)
def _stedi_client(account: StediAccount) -> StediClearinghouse:
    """Keep one set of connections per account and process."""
    return StediClearinghouse(account)


CLEARINGHOUSES: Final[Mapping[str, Callable[[Settings], Clearinghouse]]] = {
    BUILT_IN: _payer_simulator,
    STEDI: _stedi,
}
MAILERS: Final[Mapping[str, Callable[[Settings], Mailer]]] = {"mailbox": _mailbox_mailer, "smtp": _smtp}
TEXTERS: Final[Mapping[str, Callable[[Settings], Texter]]] = {"mailbox": _mailbox_texter, "twilio": _twilio}
Build = Callable[[SystemAccount, Settings, Callable[[], None] | None], PracticeSystem]
PRACTICE_SYSTEMS: Final[Mapping[str, Build]] = {
    "calendar": _calendar,
    "kareo": _kareo,
}
BILLING_EVIDENCE: Final[Mapping[str, Callable[..., BillingEvidence]]] = {"calendar": _calendar, "kareo": _kareo}
REVIEW_SITES: Final[Mapping[ReviewSource, Callable[[Settings], ReviewSite | None]]] = {ReviewSource.GOOGLE: _google}
