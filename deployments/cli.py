"""The command `golive`: one line per command, each a module with a main of its own, imported when it is asked for."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from deployments.environment import with_secrets
from deployments.log_lines import command_lines


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its word, the module whose `main` it is, and what it is for."""

    word: str
    module: str
    purpose: str


COMMANDS = (
    Command("run", "deployments.local", "start everything on this machine, or one part of it; Ctrl-C stops it"),
    Command("prepare", "deployments.prepare", "bring both databases up to date before several machines start"),
    Command(
        "deploy", "deployments.deploy", "write prefect.yaml to a Prefect server that runs without a worker beside it"
    ),
    Command("demo", "deployments.demo", "play one practice's half-year in under a minute, with a report to look at"),
    Command("migrate", "models.migrations.migrate", "bring the database up to date (upgrade), back, or check it"),
    Command(
        "connect-kareo", "deployments.connect_kareo", "connect a practice with its Kareo account; asks for the login"
    ),
    Command(
        "kareo-server", "deployments.kareo_server.serve", "run a stand-in for Kareo on this machine, to try it out"
    ),
    Command(
        "export-appointments", "deployments.export_appointments", "write a practice's appointments as FHIR R4 JSON"
    ),
    Command("sign-in-link", "deployments.sign_in_link", "make a link that signs one of our staff in, on this machine"),
    Command("prove", "deployments.prove", "play thousands of invented histories and check what was promised in each"),
    Command("simulate", "deployments.capacity.command", "say how many people so many practices need, and what waits"),
    Command("backup", "deployments.backup", "write the database as one sealed file; list backups, or check one"),
    Command(
        "restore", "deployments.restore", "restore a backup beside the database, in quarantine; reconcile, release"
    ),
    Command(
        "rotate-keys", "deployments.rotate_keys", "rotate the keys of practices, or the master key; show their age"
    ),
    Command(
        "restore-drill", "deployments.restore_drill", "restore the newest backup for a while, look at it, remove it"
    ),
    Command("purge", "deployments.purge", "purge what is outlived, or count it with --dry-run"),
    Command("offboard", "deployments.offboard", "take a practice out: export everything, then destroy its keys"),
    Command("why", "deployments.why", "say why a visit's patient was asked for feedback, or was not"),
    Command("watchdog", "deployments.alarms", "look once whether everything works; for cron and systemd timers"),
    Command("catch-up", "deployments.catch_up", "do once what is due, without Prefect; safe beside running flows"),
    Command("release", "deployments.release", "let a practice's messages go out again after a broken promise"),
    Command("settings", "deployments.show_settings", "show every setting, its value and its meaning"),
    Command("flows-doc", "deployments.flows_doc", "write docs/flows.md, or compare it with --check"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; everything behind its word belongs to it."""
    parser = argparse.ArgumentParser(
        prog="golive",
        description="Takes a medical practice from a signed agreement to graduation.",
        epilog="\n".join(f"  {one.word:<21}{one.purpose}" for one in COMMANDS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=[one.word for one in COMMANDS], metavar="command")
    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = parser.parse_args(given[:1]).command
    module = next(one.module for one in COMMANDS if one.word == chosen)
    os.environ.update(with_secrets(os.environ))  # before any settings are read; children inherit it
    with command_lines(chosen):
        code: int = importlib.import_module(module).main(given[1:])
    return code


if __name__ == "__main__":
    sys.exit(main())
