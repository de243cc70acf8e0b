"""What makes an installation unsafe where others can reach it: one plain sentence for each thing that is in the way."""

import base64
import ssl
import stat
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from models.settings import Settings  # it refuses by what stands here

CHANGE: Final = "Change it in the environment or in .env."
AUTH_STRING: Final = "PREFECT_SERVER_API_AUTH_STRING"
PASSWORD_LENGTH: Final = 16


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def unsafe(chosen: "Settings") -> Iterator[str]:
    """Say what is unsafe in the mode and at the address that were chosen."""
    if chosen.mode == "local":
        if not is_loopback(chosen.host):
            yield (
                f"GOLIVE_HOST must be 127.0.0.1 while GOLIVE_MODE is local; it is {chosen.host!r}. "
                "To be reached from other machines, set GOLIVE_MODE=server and its keys."
            )
        for name, value in _prefect_elsewhere(chosen):
            yield (
                f"{name} must name this machine while GOLIVE_MODE is local; it is {value!r}. "
                "To work with other machines, set GOLIVE_MODE=server and its keys."
            )
        return
    yield from _half_a_server(chosen)
    if not is_loopback(chosen.host):
        yield from _without_tls(chosen)
        yield from _example_key(chosen)


def without_password(chosen: "Settings", environment: Mapping[str, str]) -> Iterator[str]:
    """Say what Prefect's password lacks; asked by whoever starts its server where others reach this machine."""
    web = () if is_loopback(chosen.host) else (("GOLIVE_HOST", chosen.host),)
    reached = next(iter((*web, *_prefect_elsewhere(chosen))), None)
    if chosen.mode == "local" or reached is None:
        return
    user, found, password = environment.get(AUTH_STRING, "").partition(":")
    if not found or not user or len(password) < PASSWORD_LENGTH:
        yield (
            f"{AUTH_STRING} must be a user and a password of at least {PASSWORD_LENGTH} characters, like golive:..., "
            f"while {reached[0]} is {reached[1]!r}. Make a password with: openssl rand -base64 24, and set it in the "
            "environment."
        )


def _prefect_elsewhere(chosen: "Settings") -> Iterator[tuple[str, str]]:
    """Give the settings by which other machines reach Prefect here, or this one reaches it there."""
    if not is_loopback(chosen.prefect_host):
        yield "GOLIVE_PREFECT_HOST", chosen.prefect_host
    if chosen.prefect_address and not is_loopback(urlsplit(chosen.prefect_address).hostname or ""):
        yield "GOLIVE_PREFECT_ADDRESS", chosen.prefect_address


def proxies(chosen: "Settings") -> tuple[str, ...]:
    """List the proxies whose word about a visitor's address is taken."""
    return tuple(part.strip() for part in chosen.trusted_proxy.split(",") if part.strip())


def _half_a_server(chosen: "Settings") -> Iterator[str]:
    if chosen.kareo_server_port:
        yield (
            "GOLIVE_KAREO_SERVER_PORT must be 0 while GOLIVE_MODE is server: the stand-in for Kareo is for trying out. "
            f"{CHANGE}"
        )
    if not chosen.master_key_bytes():
        yield (
            "GOLIVE_MASTER_KEY is empty, but GOLIVE_MODE is server. "
            "Make a key with: openssl rand -base64 32, keep it safe, and set it in the environment."
        )
    if not chosen.public_address.startswith("https://"):
        yield (
            "GOLIVE_PUBLIC_ADDRESS must start with https:// while GOLIVE_MODE is server; "
            f"it is {chosen.public_address!r}. {CHANGE}"
        )
    if chosen.mailer == "smtp" and not (chosen.smtp_tls or chosen.smtp_starttls) and not is_loopback(chosen.smtp_host):
        yield (
            "GOLIVE_SMTP_STARTTLS or GOLIVE_SMTP_TLS must be true while GOLIVE_MODE is server: "
            f"mails hold names and must not travel in clear. {CHANGE}"
        )


def _without_tls(chosen: "Settings") -> Iterator[str]:
    if bool(chosen.tls_certificate) != bool(chosen.tls_key):
        yield f"GOLIVE_TLS_CERTIFICATE and GOLIVE_TLS_KEY belong together; only one of them is set. {CHANGE}"
    elif chosen.tls_certificate:
        yield from _unusable_pair(Path(chosen.tls_certificate), Path(chosen.tls_key))
    elif not chosen.trusted_proxy:
        yield (
            f"GOLIVE_HOST is {chosen.host!r}, so other machines reach the web site, and nothing protects their words. "
            "Set GOLIVE_TLS_CERTIFICATE and GOLIVE_TLS_KEY, or name the proxy that speaks TLS before it in "
            "GOLIVE_TRUSTED_PROXY, like 10.0.0.5."
        )
    wrong = [one for one in proxies(chosen) if not _is_one_proxy(one)]
    if wrong:
        yield (
            f"GOLIVE_TRUSTED_PROXY must be addresses or small networks, like 10.0.0.5 or 10.0.0.0/28; {wrong[0]!r} "
            f"would let strangers claim any address. {CHANGE}"
        )


def _is_one_proxy(text: str) -> bool:
    """Say whether this names few machines: a wide network is nobody's proxy."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return False
    return network.max_prefixlen - network.prefixlen <= 16  # noqa: PLR2004 - 65,536 addresses: a container network


def _unusable_pair(certificate: Path, key: Path) -> Iterator[str]:
    for name, file in (("GOLIVE_TLS_CERTIFICATE", certificate), ("GOLIVE_TLS_KEY", key)):
        if not file.is_file():
            yield f"{name} names {str(file)!r}, which is no file. {CHANGE}"
            return
    if stat.S_IMODE(key.stat().st_mode) & 0o077:
        yield f"The file of GOLIVE_TLS_KEY can be read by others. Keep it to yourself with: chmod 600 {key}"
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=b"")
    except (ssl.SSLError, OSError, ValueError):
        yield (
            "GOLIVE_TLS_CERTIFICATE and GOLIVE_TLS_KEY do not fit each other. Give the certificate with its chain, "
            "and its own key without a passphrase, both as PEM."
        )


def _example_key(chosen: "Settings") -> Iterator[str]:
    key = chosen.master_key_bytes()
    if key and _is_made_up(key):
        yield (
            "GOLIVE_MASTER_KEY is a pattern and no random key, as examples use. "
            "Make one with: openssl rand -base64 32, keep it safe, and set it in the environment."
        )
    elif key and _lies_in(chosen.keys_file, key):
        yield (
            "GOLIVE_MASTER_KEY is the key that local mode wrote to keys.json, beside the data that it protects. "
            "Keep a copy in a safe place, then remove that file from the home."
        )


def _is_made_up(key: bytes) -> bool:
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    repeats = any(key == key[:size] * (len(key) // size) for size in (1, 2, 4, 8, 16))
    return len(steps) == 1 or repeats or key.isascii()


def _lies_in(file: Path, key: bytes) -> bool:
    return file.is_file() and base64.b64encode(key) in file.read_bytes()
