"""What golive refuses where others can reach it, and the sentence that says so."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deployments.local import refuse_without_password, start
from deployments.parts import web_protection
from models.exposure import AUTH_STRING, unsafe, without_password
from models.settings import Settings, SettingsError, use_settings

RANDOM_KEY = "w2Xl0nLr7Qm4p8vT1sYd6cB9eH3kJ5uZ0aG7fN2iRxE="
PASSWORD = "golive:not-a-real-one-555-0100"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - the address of which this is about


def reachable(home: Path, **others: object) -> Settings:
    """Give settings that are safe everywhere, but for what a test changes."""
    safe = {
        "mode": "server",
        "host": EVERYWHERE,
        "public_address": "https://start.example.com",
        "master_key": RANDOM_KEY,
        "trusted_proxy": "10.0.0.5",
    }
    return Settings.model_validate({"home": home, **safe, **others})


def written_pair(folder: Path, name: str = "site") -> tuple[Path, Path]:
    """Write a certificate for ninety days and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "start.example.com")])
    began = datetime.now(UTC) - timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    dated = builder.not_valid_before(began).not_valid_after(began + timedelta(days=90))
    certificate = dated.serial_number(x509.random_serial_number()).sign(key, hashes.SHA256())
    files = (folder / f"{name}.pem", folder / f"{name}.key")
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].touch(mode=0o600)
    kind = serialization.PrivateFormat.PKCS8
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()))
    return files


def test_a_server_behind_a_named_proxy_is_safe(tmp_path: Path) -> None:
    assert list(unsafe(reachable(tmp_path))) == []


def test_a_server_with_a_certificate_of_its_own_is_safe(tmp_path: Path) -> None:
    certificate, key = written_pair(tmp_path)
    chosen = reachable(tmp_path, trusted_proxy="", tls_certificate=str(certificate), tls_key=str(key))
    assert list(unsafe(chosen)) == []
    assert web_protection(chosen)[-4:] == ("--ssl-certfile", str(certificate), "--ssl-keyfile", str(key))


def test_only_the_named_proxy_and_this_machine_say_who_a_visitor_is(tmp_path: Path) -> None:
    chosen = reachable(tmp_path, trusted_proxy="10.0.0.5, 10.0.1.0/28")
    assert web_protection(chosen) == ("--forwarded-allow-ips", "127.0.0.1,10.0.0.5,10.0.1.0/28")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"trusted_proxy": ""}, "nothing protects their words. Set GOLIVE_TLS_CERTIFICATE and GOLIVE_TLS_KEY, or name"),
        ({"tls_key": "some.key"}, "GOLIVE_TLS_CERTIFICATE and GOLIVE_TLS_KEY belong together"),
        ({"tls_certificate": "no.pem", "tls_key": "no.key"}, "GOLIVE_TLS_CERTIFICATE names "),
        ({"trusted_proxy": "*"}, "'*' would let strangers claim any address"),
        ({"trusted_proxy": "0.0.0.0/0"}, "'0.0.0.0/0' would let strangers claim any address"),
        ({"trusted_proxy": "proxy.example.com"}, "'proxy.example.com' would let strangers claim any address"),
        ({"master_key": base64.b64encode(bytes(range(32))).decode()}, "GOLIVE_MASTER_KEY is a pattern"),
        ({"master_key": base64.b64encode(b"change-me-change-me-change-me-42").decode()}, "is a pattern"),
        ({"master_key": base64.b64encode(bytes.fromhex("8f01c2a47be95d36") * 4).decode()}, "is a pattern"),
    ],
)
def test_what_is_missing_where_others_reach_it_is_said(
    tmp_path: Path, changed: dict[str, object], sentence: str
) -> None:
    (said,) = unsafe(reachable(tmp_path, **changed))
    assert sentence in said


def test_a_pair_that_does_not_fit_or_that_others_can_read_is_refused(tmp_path: Path) -> None:
    certificate, key = written_pair(tmp_path)
    _, strange = written_pair(tmp_path, "other")
    (unfit,) = unsafe(reachable(tmp_path, tls_certificate=str(certificate), tls_key=str(strange)))
    assert "do not fit each other" in unfit
    key.chmod(0o644)
    (open_key,) = unsafe(reachable(tmp_path, tls_certificate=str(certificate), tls_key=str(key)))
    assert open_key.endswith(f"chmod 600 {key}")


def test_the_key_that_lies_beside_the_data_is_refused(tmp_path: Path) -> None:
    chosen = reachable(tmp_path)
    chosen.keys_file.write_text(json.dumps({"master_key": RANDOM_KEY, "check": ""}))
    (said,) = unsafe(chosen)
    assert "the key that local mode wrote to keys.json" in said
    assert RANDOM_KEY not in said


def test_a_server_that_only_this_machine_reaches_needs_neither(tmp_path: Path) -> None:
    chosen = reachable(tmp_path, host="127.0.0.1", trusted_proxy="")
    assert [*unsafe(chosen), *without_password(chosen, {})] == []


@pytest.mark.parametrize("given", ["", "golive", "golive:short", ":not-a-real-one-555-0100"])
def test_prefect_needs_a_password_where_others_reach_this_machine(tmp_path: Path, given: str) -> None:
    (said,) = without_password(reachable(tmp_path), {AUTH_STRING: given})
    assert said.startswith(f"{AUTH_STRING} must be a user and a password of at least 16 characters")
    assert not given or f"'{given}'" not in said


ELSEWHERE = [{"prefect_host": "10.0.0.7"}, {"prefect_address": "http://10.0.0.7:4200"}]


@pytest.mark.parametrize("changed", ELSEWHERE)
def test_local_mode_neither_opens_prefect_nor_reaches_for_another(tmp_path: Path, changed: dict[str, object]) -> None:
    (said,) = unsafe(Settings.model_validate({"home": tmp_path, **changed}))
    assert said.startswith("GOLIVE_PREFECT_")
    assert "must name this machine while GOLIVE_MODE is local" in said


@pytest.mark.parametrize("changed", ELSEWHERE)
def test_prefect_on_several_machines_needs_a_password_that_all_know(tmp_path: Path, changed: dict[str, object]) -> None:
    chosen = reachable(tmp_path, host="127.0.0.1", **changed)
    (said,) = without_password(chosen, {})
    assert "while GOLIVE_PREFECT_" in said
    assert list(without_password(chosen, {AUTH_STRING: PASSWORD})) == []


def test_the_launcher_stops_before_it_starts_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(AUTH_STRING, raising=False)
    with use_settings(reachable(tmp_path / "home")):
        assert start() != 0
    assert AUTH_STRING in capsys.readouterr().out
    assert not (tmp_path / "home").exists()


def test_a_given_password_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(AUTH_STRING, PASSWORD)
    refuse_without_password(reachable(tmp_path))
    monkeypatch.setenv(AUTH_STRING, "golive")
    with pytest.raises(SettingsError, match=AUTH_STRING):
        refuse_without_password(reachable(tmp_path))
