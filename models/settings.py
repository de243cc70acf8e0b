"""The settings of the product, read from GOLIVE_ variables and .env; what is wrong is said in plain sentences."""

import base64
import binascii
import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from models.exposure import CHANGE, unsafe
from models.rules.retention import Kept, days_of, meaning_of
from models.settings_place import project_folder
from models.settings_vendors import VendorSettings

PREFIX = "GOLIVE_"
TESTS_PREFIX = "GOLIVE_TEST_"  # variables of our test suite are not settings of the product
MASTER_KEY_BYTES = 32
TOKEN_LENGTH = 24
_CONFIDENTIAL = frozenset({"database_url", "prefect_database_url", "redis_url"})
"""Settings that may hold a password in their address, beside every SecretStr."""


class SettingsError(ValueError):
    """One or more settings are wrong. Each sentence names its variable and never shows a secret."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = tuple(sentences)


Count = Annotated[int, Field(ge=1, le=10_000, json_schema_extra={"must": "a whole number from 1 to 10000"})]
Days = Annotated[int, Field(ge=0, le=36_500, json_schema_extra={"must": "a number of days from 0 to 36500"})]

Wait = Annotated[int, Field(ge=1, le=3_650, json_schema_extra={"must": "a number of days from 1 to 3650"})]


class Settings(VendorSettings):
    """The settings of one installation. Ask `settings()` for them; build one directly only in tests."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=project_folder() / ".env",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    master_key: SecretStr = Field(
        default=SecretStr(""),
        description="32 random bytes in base64 that protect stored personal data; empty: keys.json in the home",
    )
    earlier_master_key: SecretStr = Field(
        default=SecretStr(""),
        description="The master key before the present one, while golive rotate-keys --root wraps keys anew",
    )
    key_days: Days = Field(
        default=365, description="Days after which a practice's key is rotated by itself; 0: by hand only"
    )
    offboarding_days: Wait = Field(
        default=30, description="Days between handing over a practice's export and destroying its keys"
    )
    keep_reports_days: Days = Field(default=days_of(Kept.REPORTS), description=meaning_of(Kept.REPORTS))
    keep_changes_days: Days = Field(default=days_of(Kept.CHANGES), description=meaning_of(Kept.CHANGES))
    keep_requests_days: Days = Field(default=days_of(Kept.REQUESTS), description=meaning_of(Kept.REQUESTS))
    keep_conversations_days: Days = Field(
        default=days_of(Kept.CONVERSATIONS), description=meaning_of(Kept.CONVERSATIONS)
    )
    keep_feedback_days: Days = Field(default=days_of(Kept.FEEDBACK), description=meaning_of(Kept.FEEDBACK))
    keep_files_days: Days = Field(default=days_of(Kept.FILES), description=meaning_of(Kept.FILES))
    backup_key: SecretStr = Field(
        default=SecretStr(""),
        description="32 random bytes in base64 that seal backups, kept elsewhere; empty: backup-key.json in the home",
    )
    backup_folder: Path = Field(
        default=Path("backups"), description="Folder of the backups; relative to the home, better on another disk"
    )
    backup_daily: Count = Field(default=14, description="So many days keep their newest backup")
    backup_weekly: Count = Field(default=8, description="So many weeks keep their newest backup")
    postgres_tools: str = Field(
        default="", description="Folder of pg_dump and pg_restore, not older than the server; empty: as found"
    )
    enrollment_finalised: Literal["approved", "proven"] = Field(
        default="approved",
        description="approved: go-live waits until the top three payers approved; proven: until it works with them",
    )
    dispatch_timer_batch: Count = Field(default=2000, description="Most timers that one task run takes")
    dispatch_message_batch: Count = Field(default=200, description="Most messages that one task run takes")
    dispatch_send_window: Count = Field(
        default=20, description="Most messages marked as under way at once: so many may be doubtful after a crash"
    )
    example: bool = Field(
        default=True,
        description="Load the example practices at the first start (local mode with the built-in mailbox only)",
    )
    watchdog_mail: str = Field(default="", description="Address that the watchdog writes to; empty: it mails nothing")
    log_format: Literal["text", "json"] = Field(
        default="text", description="text: log lines for people; json: one JSON object a line, for machines"
    )
    traces_endpoint: str = Field(
        default="", description="Address of an OTLP collector, like http://127.0.0.1:4318/v1/traces; empty: no traces"
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="At least 24 characters that open /metrics; empty: open to this machine only, in local mode",
    )
    idle_minutes: Annotated[
        int, Field(ge=1, le=720, json_schema_extra={"must": "a number of minutes from 1 to 720"})
    ] = Field(default=15, description="Minutes without a page after which whoever signed in is logged off")
    kareo_server_port: Annotated[
        int, Field(ge=0, le=65535, json_schema_extra={"must": "a whole number from 0 to 65535"})
    ] = Field(
        default=0,
        description="Port of a stand-in for Kareo that the first example practice is connected to; 0: none is started",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then our lines of .env (others may live there too)."""
        if not isinstance(dotenv_settings, DotEnvSettingsSource):
            return init_settings, env_settings
        lines = {
            name.removeprefix(PREFIX.lower()): value
            for name, value in dotenv_settings.env_vars.items()
            if value and name.startswith(PREFIX.lower()) and not name.startswith(TESTS_PREFIX.lower())
        }
        return init_settings, env_settings, InitSettingsSource(settings_cls, init_kwargs=lines)

    @field_validator("master_key", "earlier_master_key", "backup_key")
    @classmethod
    def _strong(cls, key: SecretStr) -> SecretStr:
        text = key.get_secret_value()
        if text and len(set(_decoded_key(text))) < MASTER_KEY_BYTES // 4:
            message = "must be 32 random bytes in base64; make one with: openssl rand -base64 32"
            raise ValueError(message)
        return key

    @field_validator("traces_endpoint")
    @classmethod
    def _a_collector(cls, address: str) -> str:
        if address and not address.startswith(("http://", "https://")):
            message = "must be an address like http://127.0.0.1:4318/v1/traces"
            raise ValueError(message)
        if address and find_spec("opentelemetry.sdk") is None:
            message = "needs the extra traces; install it with: .tools/bin/uv sync --frozen --extra traces"
            raise ValueError(message)
        return address

    @field_validator("metrics_token")
    @classmethod
    def _hard_to_guess(cls, token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        if text and (len(text) < TOKEN_LENGTH or not text.isascii() or not text.isprintable() or " " in text):
            message = f"must be at least {TOKEN_LENGTH} characters without spaces; make one with: openssl rand -hex 24"
            raise ValueError(message)
        return token

    def master_key_bytes(self) -> bytes:
        """Give the master key from the environment; empty when the key file is to be used."""
        return _decoded_key(self.master_key.get_secret_value())

    def earlier_master_key_bytes(self) -> bytes:
        """Give the master key before the present one; empty when there is none."""
        return _decoded_key(self.earlier_master_key.get_secret_value())

    def days_kept(self, kind: Kept) -> int:
        """Give for how many days a class is kept; 0 means for ever."""
        days: int = getattr(self, f"keep_{kind.value}_days")
        return days

    @property
    def backup_key_file(self) -> Path:
        """Where the local key of backups lives, mode 0600."""
        return self.home / "backup-key.json"

    @property
    def export_folder(self) -> Path:
        """Where exports of practices that leave lie until they were handed over, for the owner only."""
        return self.home / "offboarding"

    @property
    def backups(self) -> Path:
        """Where backups are written and rotated."""
        return self.home / self.backup_folder.expanduser()

    def backup_key_bytes(self) -> bytes:
        """Give the key of backups from the environment; empty when the key file is to be used."""
        return _decoded_key(self.backup_key.get_secret_value())

    def check_ready(self) -> None:
        """Refuse settings that contradict each other or are unsafe for their mode.

        Raises:
            SettingsError: with one sentence per contradiction.
        """
        wrong = [*_missing_accounts(self), *unsafe(self), *_shared(self)]
        if wrong:
            raise SettingsError(wrong)


def load_settings() -> Settings:
    """Read and check the settings.

    Raises:
        SettingsError: with one plain sentence per wrong variable, without secret values.
    """
    sentences = _unknown_variables(os.environ)
    found: Settings | None = None
    try:
        found = Settings()
    except ValidationError as error:
        sentences += [_sentence(one) for one in error.errors(include_url=False)]
    if found is None or sentences:
        raise SettingsError(sentences)
    found.check_ready()
    return found


@dataclass(slots=True)
class _InUse:
    current: Settings | None = field(default=None)


_in_use = _InUse()


def settings() -> Settings:
    """Give the settings of this process, read once; raises as `load_settings`."""
    if _in_use.current is None:
        _in_use.current = load_settings()
    return _in_use.current


@contextmanager
def use_settings(chosen: Settings) -> Iterator[Settings]:
    """Use other settings for a while: for tests and the simulator."""
    before = _in_use.current
    _in_use.current = chosen
    try:
        yield chosen
    finally:
        _in_use.current = before


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _decoded_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        return b""
    return key if len(key) == MASTER_KEY_BYTES else b""


def _sentence(error: ErrorDetails) -> str:
    name = str(error["loc"][0]).lower()
    known = Settings.model_fields.get(name)
    if known is None:
        return _unknown(_variable(name))
    complaint = error["msg"].removeprefix("Value error, ") if error["type"] == "value_error" else _must(known, error)
    shown = "" if name in _CONFIDENTIAL or known.annotation is SecretStr else f"; it is {str(error['input'])!r}"
    return f"{_variable(name)} {complaint}{shown}. {CHANGE}"


def _must(known: FieldInfo, error: ErrorDetails) -> str:
    extra = known.json_schema_extra
    if isinstance(extra, dict) and "must" in extra:
        return f"must be {extra['must']}"
    if error["type"] == "literal_error":
        return f"must be {error['ctx']['expected']}"
    if known.annotation is bool:
        return "must be true or false"
    return "must be " + ("a folder" if known.annotation is Path else "a text that is not empty")


def _unknown_variables(environment: Mapping[str, str]) -> list[str]:
    known = {_variable(name) for name in Settings.model_fields}
    ours = (name.upper() for name in environment if name.upper().startswith(PREFIX))
    return [_unknown(name) for name in sorted(ours) if name not in known and not name.startswith(TESTS_PREFIX)]


def _unknown(variable: str) -> str:
    close = difflib.get_close_matches(variable, [_variable(name) for name in Settings.model_fields], n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return f"{variable} is not a setting of golive. {hint}Correct or remove it in the environment or in .env."


def _missing_accounts(chosen: Settings) -> Iterator[str]:
    for name, because in chosen.empty_accounts():
        yield f"{_variable(name)} is empty, but {because}. Set it in the environment or in .env."


def _shared(chosen: Settings) -> Iterator[str]:
    """Refuse what several processes cannot share: SQLite, which has one writer; memory; one database for both."""
    ours, prefects = (url.partition("://")[2] for url in (chosen.database_url, chosen.prefect_database_url))
    is_postgresql = chosen.database_url.startswith("postgresql") and prefects
    if chosen.workers > 1 and not is_postgresql:
        yield (
            f"GOLIVE_WORKERS is {chosen.workers}, but SQLite has one writer. "
            "Set GOLIVE_DATABASE_URL and GOLIVE_PREFECT_DATABASE_URL to two PostgreSQL databases."
        )
    if chosen.prefect_servers > 1 and not (prefects and chosen.redis_url):
        yield (
            f"GOLIVE_PREFECT_SERVERS is {chosen.prefect_servers}, but several servers share a PostgreSQL database and "
            "a Redis. Set GOLIVE_PREFECT_DATABASE_URL and GOLIVE_REDIS_URL."
        )
    if prefects and ours == prefects:
        yield (
            "GOLIVE_DATABASE_URL and GOLIVE_PREFECT_DATABASE_URL name the same database. "
            "Make a second one, and give Prefect that."
        )
