"""Rotates keys on the command line: a practice's, everybody's that is due, or the master key."""

import argparse
import os
import sys
from collections.abc import Sequence

from models.db import DatabaseFailure
from models.inputs.answers import Answer
from models.settings import SettingsError, settings
from tasks.key_rotation import advance, ask, forget_root, listed, rotate_root
from tasks.moment import now

_ABOUT = (
    "Rotate keys while everything runs. Without a word it lists how old the key of each practice is. A practice's key "
    "is rotated in steps that take about an hour; the flow rotate-keys goes on with them, or --go-on does."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what was done; a refusal goes to the standard error."""
    parser = _parser()
    wish = parser.parse_args(arguments)
    if bool(wish.practice) != bool(wish.by):
        parser.error("--practice takes --by with the key of the member of staff who asks for it")
    try:
        answer = _obey(wish)
    except SettingsError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_CONFIG
    except DatabaseFailure as failure:
        sys.stderr.write(f"The database cannot be used: {failure}. Look at GOLIVE_DATABASE_URL.\n")
        return os.EX_UNAVAILABLE
    (sys.stdout if answer.is_done else sys.stderr).write(f"{answer.sentence}\n")
    return os.EX_OK if answer.is_done else os.EX_TEMPFAIL


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="golive rotate-keys", description=_ABOUT)
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--practice", default="", metavar="KEY", help="make a new key for a practice, or for golive-installation"
    )
    action.add_argument("--go-on", action="store_true", help="take every rotation as far as it may go now")
    action.add_argument("--root", action="store_true", help="wrap every key by a new master key")
    action.add_argument("--forget-root", action="store_true", help="let go of the master key before the present one")
    parser.add_argument("--by", default="", metavar="KEY", help="key of the member of staff who asks for it")
    return parser


def _obey(wish: argparse.Namespace) -> Answer:
    as_of = now()
    if wish.root:
        return rotate_root(settings())
    if wish.forget_root:
        return forget_root(settings())
    if wish.practice:
        return ask(wish.practice, by=wish.by, as_of=as_of)
    if wish.go_on:
        counts = advance(as_of=as_of)
        done = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
        return Answer(is_done=True, sentence=done or "Nothing is to be done now.")
    rows = listed()
    lines = [f"{one['practice']:<42}{one['made']}  {one['rotation']}".rstrip() for one in rows]
    return Answer(is_done=True, sentence="\n".join(lines) or "There are no keys yet.")
