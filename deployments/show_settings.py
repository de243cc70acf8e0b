"""Shows every setting with its value and meaning; secrets are shown as set or empty."""

import argparse
import os
from collections.abc import Sequence

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from models.settings import PREFIX, Settings, SettingsError, describe_settings, settings


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
