"""The settings of the vendors that golive speaks with, and what each of them cannot do without."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from models.settings_place import PlaceSettings, Port

Seconds = Annotated[int, Field(ge=1, le=600, json_schema_extra={"must": "a number of seconds from 1 to 600"})]


class VendorSettings(PlaceSettings):
    """Which vendor does what, and the accounts there; `models.settings` reads all of them."""

    mailer: Literal["mailbox", "smtp"] = Field(
        default="mailbox", description="mailbox: mails become files in the home; smtp: they are really sent"
    )
    mail_sender: str = Field(default="onboarding@example.com", description="Address that mails come from")
    mail_sender_name: str = Field(default="golive", description="Name that mails come from")
    smtp_host: str = Field(default="", description="Mail server")
    smtp_port: Port = Field(default=587, description="Port of the mail server; 465 with GOLIVE_SMTP_TLS")
    smtp_user: str = Field(default="", description="User name at the mail server; empty: no login")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password at the mail server")
    smtp_starttls: bool = Field(default=True, description="Switch to TLS after connecting (usual with port 587)")
    smtp_tls: bool = Field(default=False, description="TLS from the first byte (port 465); then STARTTLS is not used")
    smtp_connect_timeout_seconds: Seconds = Field(
        default=10, description="Longest wait for a connection to the mail server"
    )
    smtp_timeout_seconds: Seconds = Field(default=60, description="Longest wait for one answer of the mail server")

    texter: Literal["mailbox", "twilio"] = Field(
        default="mailbox", description="mailbox: texts become files in the home; twilio: they are really sent"
    )
    twilio_account_sid: str = Field(default="", description="Twilio account SID")
    twilio_auth_token: SecretStr = Field(default=SecretStr(""), description="Twilio auth token")
    twilio_from: str = Field(default="", description="Number that texts come from, like +12025550143")
    twilio_messaging_service_sid: str = Field(default="", description="Twilio messaging service, instead of a number")
    twilio_base_url: str = Field(default="https://api.twilio.com", description="Address of the Twilio API")

    texts_confirmed_by_provider: Literal["usual", "true", "false"] = Field(
        default="usual",
        description="Whether the provider answers STOP, START and HELP itself; usual: true for twilio, else false",
    )

    clearinghouse: Literal["built_in", "stedi"] = Field(
        default="built_in", description="built_in: simulated payers, in local mode only; stedi: enrollments are sent"
    )
    stedi_api_key: SecretStr = Field(default=SecretStr(""), description="Stedi API key")
    stedi_base_url: str = Field(
        default="https://enrollments.us.stedi.com/2024-09-01", description="Address of Stedi's enrollment API"
    )
    stedi_email: str = Field(
        default="", description="Where Stedi and payers write; must take mail for name+word@; empty: GOLIVE_MAIL_SENDER"
    )
    google_client_id: str = Field(default="", description="OAuth client id for Google Business Profile")
    google_client_secret: SecretStr = Field(default=SecretStr(""), description="OAuth client secret for Google")
    google_refresh_token: SecretStr = Field(
        default=SecretStr(""), description="OAuth refresh token of scope business.manage; empty: reviews come by CSV"
    )
    google_token_url: str = Field(default="https://oauth2.googleapis.com/token", description="Google's token address")
    google_reviews_url: str = Field(
        default="https://mybusiness.googleapis.com/v4", description="Address of Google's interface of reviews"
    )
    google_accounts_url: str = Field(
        default="https://mybusinessaccountmanagement.googleapis.com/v1",
        description="Address of Google's interface of accounts",
    )
    google_locations_url: str = Field(
        default="https://mybusinessbusinessinformation.googleapis.com/v1",
        description="Address of Google's interface of locations",
    )

    @property
    def provider_confirms_texts(self) -> bool:
        """Say whether the text provider answers its keywords itself (F-206)."""
        if self.texts_confirmed_by_provider == "usual":
            return self.texter == "twilio"
        return self.texts_confirmed_by_provider == "true"

    def empty_accounts(self) -> Iterator[tuple[str, str]]:
        """Give every field that a chosen vendor needs and that is empty, and why it is needed."""
        for name, because in self._needed():
            value = getattr(self, name)
            if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
                yield name, because

    def _needed(self) -> Iterator[tuple[str, str]]:
        if self.mailer == "smtp":
            yield "smtp_host", "GOLIVE_MAILER is smtp"
        if self.texter == "twilio":
            yield from ((name, "GOLIVE_TEXTER is twilio") for name in ("twilio_account_sid", "twilio_auth_token"))
            if not self.twilio_messaging_service_sid:
                yield "twilio_from", "GOLIVE_TEXTER is twilio without a messaging service"
        if self.clearinghouse == "stedi":
            yield "stedi_api_key", "GOLIVE_CLEARINGHOUSE is stedi"
        if self.google_refresh_token.get_secret_value():
            because = "GOLIVE_GOOGLE_REFRESH_TOKEN is set"
            yield from ((name, because) for name in ("google_client_id", "google_client_secret"))
        if self.smtp_user:
            yield "smtp_password", "GOLIVE_SMTP_USER is set"
