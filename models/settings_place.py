"""The settings of the place where golive runs: mode, folder, database, ports, addresses."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

Port = Annotated[int, Field(ge=1, le=65535, json_schema_extra={"must": "a whole number from 1 to 65535"})]


def project_folder() -> Path:
    """Give the checkout this runs from; the current folder when golive is installed as a package."""
    checkout = Path(__file__).resolve().parents[1]
    return checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()


class PlaceSettings(BaseSettings):
    """The first settings of an installation; `models.settings` reads all of them."""

    mode: Literal["local", "server"] = Field(
        default="local",
        description="local: one machine, nothing to configure; server: refuses to start with unsafe defaults",
    )
    secrets_folder: str = Field(
        default="", description="Folder with a file for each secret setting, named like its variable; for containers"
    )
    home: Path = Field(
        default=Path("var"), description="Folder of everything golive writes; relative to the project folder"
    )
    database_url: str = Field(
        default="",
        repr=False,
        description="postgresql://user:password@host/name; empty: the SQLite file golive.db in the home",
    )
    prefect_database_url: str = Field(
        default="",
        repr=False,
        description="postgresql://user:password@host/name of Prefect's own database; empty: a SQLite file in the home",
    )
    workers: Annotated[int, Field(ge=1, le=16, json_schema_extra={"must": "a whole number from 1 to 16"})] = Field(
        default=1,
        description="Processes that run flows side by side; more than one needs PostgreSQL for both databases",
    )
    prefect_servers: Annotated[int, Field(ge=1, le=4, json_schema_extra={"must": "a whole number from 1 to 4"})] = (
        Field(
            default=1,
            description="Prefect servers on this machine, from the Prefect port on; more than one needs Redis",
        )
    )
    redis_url: str = Field(
        default="",
        repr=False,
        description="redis://user:password@host/0 that all Prefect servers share; empty: there is one Prefect server",
    )
    host: str = Field(default="127.0.0.1", description="Address on which the web site listens")
    web_port: Port = Field(default=8080, description="Port of the web site")
    prefect_port: Port = Field(default=4200, description="Port of the Prefect server")
    prefect_host: str = Field(
        default="127.0.0.1", description="Address on which Prefect listens; any other needs server mode and a password"
    )
    prefect_address: str = Field(
        default="",
        description="Address of Prefect when it runs elsewhere, like http://10.0.0.7:4200; empty: this machine's",
    )
    public_address: str = Field(
        default="", description="Address that people's links start with; empty: http://127.0.0.1 and the web port"
    )
    tls_certificate: str = Field(
        default="", description="PEM file with the web site's certificate and its chain; empty: a proxy speaks TLS"
    )
    tls_key: str = Field(default="", description="PEM file with the certificate's key, without a passphrase, mode 0600")
    trusted_proxy: str = Field(
        default="", description="Addresses, with commas, of the proxy before the web site; it says who visitors are"
    )
    organisation: str = Field(default="golive", min_length=1, description="Name of your organisation in messages")
    postal_address: str = Field(default="", description="Postal address of your organisation at the foot of mails")

    @field_validator("home")
    @classmethod
    def _below_the_project(cls, home: Path) -> Path:
        return project_folder() / home.expanduser()

    @field_validator("tls_certificate", "tls_key")
    @classmethod
    def _as_a_path(cls, file: str) -> str:
        return str(project_folder() / Path(file).expanduser()) if file else ""

    @field_validator("database_url")
    @classmethod
    def _with_our_driver(cls, url: str) -> str:
        scheme, found, rest = url.partition("://")
        if scheme in {"postgres", "postgresql", "postgresql+psycopg"} and found:
            return f"postgresql+psycopg://{rest}"
        if url and not url.startswith("sqlite:///"):
            message = "must start with postgresql:// or sqlite:///"
            raise ValueError(message)
        return url

    @field_validator("prefect_database_url")
    @classmethod
    def _with_prefects_driver(cls, url: str) -> str:
        scheme, found, rest = url.partition("://")
        if scheme in {"postgres", "postgresql", "postgresql+asyncpg"} and found:
            return f"postgresql+asyncpg://{rest}"
        if url:
            message = "must start with postgresql://"
            raise ValueError(message)
        return url

    @field_validator("redis_url")
    @classmethod
    def _a_redis(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://")):
            message = "must start with redis:// or rediss://"
            raise ValueError(message)
        return url

    @field_validator("prefect_address")
    @classmethod
    def _an_address(cls, address: str) -> str:
        if address and not _is_address(address):
            message = "must be an address like http://10.0.0.7:4200"
            raise ValueError(message)
        return address.rstrip("/")

    @field_validator("public_address")
    @classmethod
    def _reachable(cls, address: str, info: ValidationInfo) -> str:
        if not address:
            return f"http://127.0.0.1:{info.data.get('web_port', 8080)}"
        if not _is_address(address):
            message = "must be an address like https://onboarding.example.com"
            raise ValueError(message)
        return address.rstrip("/")

    @property
    def database_file(self) -> Path:
        """The SQLite file that is used when no database URL is set."""
        return self.home / "golive.db"

    @property
    def resolved_database_url(self) -> str:
        """The URL of the database in use; it may hold a password."""
        return self.database_url or f"sqlite:///{self.database_file}"

    @property
    def mailbox_folder(self) -> Path:
        """Where the built-in mailbox writes mails and texts."""
        return self.home / "mailbox"

    @property
    def intake_folder(self) -> Path:
        """Where intake files are dropped."""
        return self.home / "intake"

    @property
    def payer_folder(self) -> Path:
        """Where files from payers come in and are put away."""
        return self.home / "payer-files"

    @property
    def payer_inbox(self) -> Path:
        """Where files from payers wait to be read."""
        return self.payer_folder / "inbox"

    @property
    def practice_calendar_folder(self) -> Path:
        """Where the built-in practice calendar keeps one file per practice, mode 0600."""
        return self.home / "practice-calendar"

    @property
    def keys_file(self) -> Path:
        """Where the local master key lives, mode 0600."""
        return self.home / "keys.json"

    @property
    def prefect_home(self) -> Path:
        """Where Prefect keeps its own database."""
        return self.home / "prefect"

    @property
    def logs_folder(self) -> Path:
        """Where the launcher keeps logs."""
        return self.home / "logs"


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and not parts.fragment
