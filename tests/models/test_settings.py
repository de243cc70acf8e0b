"""Settings: what they default to, and the sentence that each mistake earns."""

import base64
from pathlib import Path
from typing import Literal

import pytest
from pydantic import SecretStr

from deployments.show_settings import describe_settings
from models.settings import (
    Settings,
    SettingsError,
    load_settings,
    settings,
    use_settings,
)

GOOD_KEY = base64.b64encode(bytes(range(32))).decode()
CHANGE = "Change it in the environment or in .env."


def sentences(monkeypatch: pytest.MonkeyPatch, **variables: str) -> tuple[str, ...]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert caught.value.__context__ is None
    return caught.value.sentences


def test_nothing_needs_to_be_set_to_start() -> None:
    ours = load_settings()
    assert (ours.mode, ours.mailer, ours.texter, ours.example) == ("local", "mailbox", "mailbox", True)
    assert ours.home.is_absolute()
    assert ours.resolved_database_url == f"sqlite:///{ours.home}/golive.db"


def test_everything_is_kept_below_the_home(tmp_path: Path) -> None:
    ours = Settings(home=tmp_path)
    places = (ours.database_file, ours.mailbox_folder, ours.intake_folder, ours.keys_file, ours.prefect_home)
    assert {place.parent for place in (*places, ours.logs_folder)} == {tmp_path}


def test_the_public_address_follows_the_web_port_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLIVE_WEB_PORT", "9090")
    assert load_settings().public_address == "http://127.0.0.1:9090"
    monkeypatch.setenv("GOLIVE_PUBLIC_ADDRESS", "https://start.example.com/")
    assert load_settings().public_address == "https://start.example.com"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_gets_our_driver(scheme: str) -> None:
    assert Settings(database_url=f"{scheme}://u@h/golive").resolved_database_url == "postgresql+psycopg://u@h/golive"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("GOLIVE_WEB_PORT", "abc", "must be a whole number from 1 to 65535; it is 'abc'"),
        ("GOLIVE_PREFECT_PORT", "0", "must be a whole number from 1 to 65535; it is '0'"),
        ("GOLIVE_KAREO_SERVER_PORT", "70000", "must be a whole number from 0 to 65535; it is '70000'"),
        ("GOLIVE_MODE", "prod", "must be 'local' or 'server'; it is 'prod'"),
        ("GOLIVE_EXAMPLE", "maybe", "must be true or false; it is 'maybe'"),
        ("GOLIVE_SMTP_TIMEOUT_SECONDS", "-1", "must be a number of seconds from 1 to 600; it is '-1'"),
        ("GOLIVE_PUBLIC_ADDRESS", "here", "must be an address like https://onboarding.example.com; it is 'here'"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_must_be(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    assert sentences(monkeypatch, **{name: value}) == (f"{name} {sentence}. {CHANGE}",)


def test_every_mistake_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = sentences(monkeypatch, GOLIVE_WEB_PORT="abc", GOLIVE_MODE="prod", GOLIVE_WEBPORT="1")
    assert len(said) == 3


def test_a_misspelt_variable_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = sentences(monkeypatch, GOLIVE_WEBPORT="9090")
    assert said.startswith("GOLIVE_WEBPORT is not a setting of golive. Did you mean GOLIVE_WEB_PORT?")


@pytest.mark.parametrize("name", ["GOLIVE_MASTER_KEY", "GOLIVE_DATABASE_URL"])
def test_a_wrong_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (said,) = sentences(monkeypatch, **{name: "mysql://u:hunter2@h/n"})
    assert said.startswith(name)
    assert "hunter2" not in said


def test_settings_can_be_shown_without_their_secrets() -> None:
    ours = Settings(
        database_url="postgresql://u:hunter2@h/n", smtp_password=SecretStr("hunter3"), master_key=SecretStr(GOOD_KEY)
    )
    assert not {"hunter2", "hunter3", GOOD_KEY} & set(repr(ours).replace("'", " ").split())
    assert "hunter" not in repr(ours)


def test_our_lines_of_the_env_file_are_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / ".env"
    file.write_text("OTHER_TOOL=1\nGOLIVE_WEB_PORT=9001\nGOLIVE_ORGANISATION=North\nGOLIVE_TEST_DATABASE_URL=x\n")
    monkeypatch.setitem(Settings.model_config, "env_file", file)
    monkeypatch.setenv("GOLIVE_WEB_PORT", "9002")
    ours = load_settings()
    assert (ours.web_port, ours.organisation) == (9002, "North")
    file.write_text("GOLIVE_WEBPORT=9001\n")
    assert sentences(monkeypatch)[0].startswith("GOLIVE_WEBPORT is not a setting")


def test_an_empty_variable_means_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLIVE_WEB_PORT", "")
    assert load_settings().web_port == 8080


def test_local_mode_is_not_opened_to_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = sentences(monkeypatch, GOLIVE_HOST="0.0.0.0")  # noqa: S104 - what must be refused
    assert said.startswith("GOLIVE_HOST must be 127.0.0.1 while GOLIVE_MODE is local; it is '0.0.0.0'.")


def test_a_server_does_not_start_without_a_key_and_https(monkeypatch: pytest.MonkeyPatch) -> None:
    key, address = sentences(monkeypatch, GOLIVE_MODE="server")
    assert key.startswith("GOLIVE_MASTER_KEY is empty, but GOLIVE_MODE is server.")
    assert address.startswith("GOLIVE_PUBLIC_ADDRESS must start with https://")


@pytest.mark.parametrize("weak", ["changeme", "A" * 43 + "=", base64.b64encode(b"short").decode()])
def test_a_default_or_short_key_is_refused(monkeypatch: pytest.MonkeyPatch, weak: str) -> None:
    (said,) = sentences(monkeypatch, GOLIVE_MASTER_KEY=weak)
    assert said.startswith("GOLIVE_MASTER_KEY must be 32 random bytes in base64")
    assert weak not in said


def test_a_server_has_no_stand_in_for_kareo(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in, _, _ = sentences(monkeypatch, GOLIVE_MODE="server", GOLIVE_KAREO_SERVER_PORT="4300")
    assert stand_in.startswith("GOLIVE_KAREO_SERVER_PORT must be 0 while GOLIVE_MODE is server")


def test_a_server_with_everything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLIVE_MODE", "server")
    monkeypatch.setenv("GOLIVE_MASTER_KEY", GOOD_KEY)
    monkeypatch.setenv("GOLIVE_PUBLIC_ADDRESS", "https://start.example.com")
    assert load_settings().master_key_bytes() == bytes(range(32))


def test_mail_in_clear_is_refused_on_a_server() -> None:
    ours = Settings(
        mode="server",
        master_key=SecretStr(GOOD_KEY),
        public_address="https://start.example.com",
        mailer="smtp",
        smtp_host="mail.example.com",
        smtp_starttls=False,
    )
    with pytest.raises(SettingsError, match="must not travel in clear"):
        ours.check_ready()


def test_real_accounts_must_be_complete() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(mailer="smtp", texter="twilio", smtp_user="ada").check_ready()
    missing = [sentence.split()[0] for sentence in caught.value.sentences]
    assert missing == [
        "GOLIVE_SMTP_HOST",
        "GOLIVE_TWILIO_ACCOUNT_SID",
        "GOLIVE_TWILIO_AUTH_TOKEN",
        "GOLIVE_TWILIO_FROM",
        "GOLIVE_SMTP_PASSWORD",
    ]


def test_every_setting_is_described_for_the_readme() -> None:
    rows = describe_settings()
    assert len(rows) == len(Settings.model_fields)
    assert all(row.name.startswith("GOLIVE_") and row.meaning for row in rows)
    assert next(row for row in rows if row.name == "GOLIVE_HOME").default == "var"


def test_chosen_settings_are_used_for_a_while(tmp_path: Path) -> None:
    before = settings()
    with use_settings(Settings(home=tmp_path)):
        assert settings().home == tmp_path
    assert settings() is before


@pytest.mark.parametrize(
    ("texter", "chosen", "confirms"),
    [("twilio", "usual", True), ("mailbox", "usual", False), ("twilio", "false", False), ("mailbox", "true", True)],
)
def test_whether_the_provider_confirms_stops_follows_from_the_provider(
    texter: Literal["twilio", "mailbox"], chosen: Literal["usual", "true", "false"], confirms: bool
) -> None:
    """F-206."""
    assert Settings(texter=texter, texts_confirmed_by_provider=chosen).provider_confirms_texts is confirms


def test_several_prefect_servers_need_postgresql_and_a_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = sentences(monkeypatch, GOLIVE_PREFECT_SERVERS="2")
    assert said.endswith("Set GOLIVE_PREFECT_DATABASE_URL and GOLIVE_REDIS_URL.")
    monkeypatch.setenv("GOLIVE_PREFECT_DATABASE_URL", "postgresql://u@h/prefect")
    (said,) = sentences(monkeypatch, GOLIVE_REDIS_URL="http://u:hunter2@h/0")
    assert said.startswith("GOLIVE_REDIS_URL must start with redis:// or rediss://")
    assert "hunter2" not in said
    monkeypatch.setenv("GOLIVE_REDIS_URL", "rediss://u:hunter2@h/0")
    assert "hunter2" not in repr(load_settings())


def test_the_address_of_prefect_elsewhere_is_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = sentences(monkeypatch, GOLIVE_PREFECT_ADDRESS="10.0.0.7:4200")
    assert said.startswith("GOLIVE_PREFECT_ADDRESS must be an address like http://10.0.0.7:4200")
