"""The login of a Kareo account: typed without being shown, or read from a file that is its owner's alone."""

import getpass
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

ADDRESS: Final = "https://webservice.kareo.com/services/soap/2.1/KareoServices.svc?singleWsdl"
MOST_BYTES: Final = 10_000
NO_TERMINAL: Final = (
    "There is no terminal to ask for the login. Give it in a file of your own that nobody else may read: "
    "golive connect-kareo <practice> --login-file <file>, with the lines customer_key, user and password."
)
_ASKED: Final = {"customer_key": "Customer key", "user": "User", "password": "Password"}


class NotConnectedError(ValueError):
    """The connection cannot be made as asked; the sentence says what to do, and shows nothing of the login."""


class Given(BaseModel):
    """What opens an account, as it is typed or written into a file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    address: str = Field(default=ADDRESS, max_length=300)
    customer_key: str = Field(min_length=1, max_length=200, repr=False)
    user: str = Field(min_length=1, max_length=200, repr=False)
    password: str = Field(min_length=1, max_length=200, repr=False)

    @field_validator("address")
    @classmethod
    def _whole(cls, address: str) -> str:
        return address or ADDRESS


def login_in(file: Path) -> Given:
    """Read a login from a file that only its owner may read, and that is nobody else's.

    Raises:
        NotConnectedError: it is not there, is open to others, or does not hold a login.
    """
    try:
        with file.open("rb") as opened:
            _require_private(os.fstat(opened.fileno()))
            content = opened.read(MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        message = f"The login file cannot be read ({error.strerror}). Check its name and whose it is."
        raise NotConnectedError(message) from None
    except UnicodeDecodeError:
        content = ""
    return _given(_lines(content))


def _lines(content: str) -> dict[str, str]:
    """Split lines of `name: value`; a value is taken as it is, whatever signs a password holds."""
    lines = (line.strip().partition(":") for line in content.splitlines())
    return {name.strip(): value.strip() for name, _, value in lines if name and not name.startswith("#")}


def _require_private(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        message = "The login file is not a file. Write the login into a file of your own."
        raise NotConnectedError(message)
    if stat.S_IMODE(found.st_mode) & 0o177 or found.st_uid != os.geteuid():
        message = (
            "The login file can be read by others, or belongs to somebody else. "
            "Make it yours alone with chmod 600, and give the account a new password if others could have read it."
        )
        raise NotConnectedError(message)


def _given(content: Mapping[str, str]) -> Given:
    try:
        return Given.model_validate(content)
    except ValidationError as error:
        names = {str(one["loc"][0]) for one in error.errors(include_input=False, include_url=False) if one["loc"]}
    known = sorted(names & Given.model_fields.keys())  # a mistyped line could hold the password itself
    where = f"; look at {', '.join(known)}" if known else ""
    message = (
        "The login is not complete. It has the lines customer_key, user and password, each as `name: value`, "
        f"and may have address{where}."
    )
    raise NotConnectedError(message)


def ask_login() -> Given:
    """Ask for the login at the terminal, without showing what is typed.

    Raises:
        NotConnectedError: there is no terminal, or something was left empty.
    """
    if not sys.stdin.isatty():
        raise NotConnectedError(NO_TERMINAL)
    address = input(f"Address of the description [{ADDRESS}]: ")
    secret = {name: getpass.getpass(f"{words} (not shown): ") for name, words in _ASKED.items()}
    return _given({"address": address, **secret})
