"""Shows every setting with its value and meaning; secrets are shown as set or empty."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table

from models.settings import PREFIX, Settings, SettingsError, settings


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One row of the table of settings in the README."""

    name: str
    default: str
    meaning: str


def describe_settings() -> tuple[SettingRow, ...]:
    """List every variable with its default and meaning, in the order of the class."""
    return tuple(
        SettingRow(f"{PREFIX}{name.upper()}", _shown_default(one), one.description or "")
        for name, one in Settings.model_fields.items()
    )


def _shown_default(one: FieldInfo) -> str:
    if isinstance(one.default, SecretStr):
        return ""
    if isinstance(one.default, bool):
        return "true" if one.default else "false"
    return str(one.default)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of settings."""
    argparse.ArgumentParser(prog="golive settings", description=__doc__).parse_args(arguments)
    console = Console()
    try:
        chosen = settings()
    except SettingsError as error:
        console.print(str(error), style="red", highlight=False, soft_wrap=True)
        return os.EX_CONFIG
    table = Table("setting", "value", "meaning")
    for row in describe_settings():
        table.add_row(row.name, _shown(chosen, row.name), row.meaning)
    console.print(table)
    return os.EX_OK


def _shown(chosen: Settings, variable: str) -> str:
    name = variable.removeprefix(PREFIX).lower()
    value = getattr(chosen, name)
    if isinstance(value, SecretStr) or not Settings.model_fields[name].repr:
        secret = value.get_secret_value() if isinstance(value, SecretStr) else value
        return "(set)" if secret else ""
    return str(value)
