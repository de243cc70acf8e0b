"""Takes a practice out on the command line: asks for it, shows how far it is, exports, hands over, confirms."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from models.db import DatabaseFailure
from models.inputs.answers import Answer
from models.rules.offboarding import Leaving, Order
from models.settings import SettingsError, settings
from tasks import offboarding
from tasks.moment import now
from tasks.policy import TaskFailed
from tasks.quarantine import SENTENCE, is_quarantined

_ABOUT: Final = (
    "Take a practice out: everything outstanding is ended, all its data is exported and handed over, and after a "
    "waiting period its keys are destroyed, when a second person has confirmed it. Without a word it lists practices "
    "that leave or have left, and the one next step of each."
)
_WORDS: Final = (
    ("ask", "begin; nothing is sent for it any more, and its people have no access"),
    ("export", "write all its data into one file now, and read it again"),
    ("hand-over", "record that the practice has the export; the waiting period begins"),
    ("confirm", "confirm the destruction as the second person"),
    ("call-off", "stop before the keys are destroyed; nothing is sent until it is resumed"),
    ("resume", "let a practice that stays be sent for again"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what was done and the next step; a refusal goes to the standard error."""
    wish = _parser().parse_args(arguments)
    try:
        answer = _obey(wish)
    except SettingsError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return os.EX_CONFIG
    except (DatabaseFailure, TaskFailed) as failure:
        sys.stderr.write(f"The database cannot be used: {failure}. Look at GOLIVE_DATABASE_URL.\n")
        return os.EX_UNAVAILABLE
    (sys.stdout if answer.is_done else sys.stderr).write(f"{answer.sentence}\n")
    return os.EX_OK if answer.is_done else os.EX_TEMPFAIL


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="golive offboard", description=_ABOUT)
    words = parser.add_subparsers(dest="word", metavar="word")
    for word, purpose in _WORDS:
        one = words.add_parser(word, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
        one.add_argument("practice", help="short name of the practice")
        if word == "ask":
            one.add_argument("--reason", required=True, choices=[reason.value for reason in Leaving])
        if word == "hand-over":
            one.add_argument("--digest", required=True, help="SHA-256 of the file that the practice has, or its start")
        one.add_argument("--by", required=True, metavar="KEY", help="key of the member of staff who does it")
    words.add_parser("status", help="list practices that leave or have left, with the next step of each")
    words.add_parser("go-on", help="take every offboarding as far as it may go now, as the schedule would")
    return parser


def _obey(wish: argparse.Namespace) -> Answer:
    as_of = now()
    if wish.word in (None, "status"):
        return Answer(is_done=True, sentence=_list())
    if is_quarantined():
        return Answer.refused(SENTENCE)
    if wish.word == "go-on":
        counts = offboarding.advance(as_of=as_of)
        done = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
        return Answer(is_done=True, sentence=done or "Nothing is to be done now.")
    order = Order(wish.practice, wish.by, f"cli:{uuid4().hex}")
    match wish.word:
        case "ask":
            return offboarding.begin(order, Leaving(wish.reason), as_of=as_of)
        case "export":
            answer = offboarding.make_export(order, as_of=as_of)
            place = f"\nIt lies in {settings().export_folder}, for its owner only." if answer.is_done else ""
            return Answer(answer.is_done, f"{answer.sentence}{place}")
        case "hand-over":
            return offboarding.note_handed_over(order, wish.digest, as_of=as_of)
        case "confirm":
            return offboarding.confirm_destruction(order, as_of=as_of)
        case "call-off":
            return offboarding.stop_leaving(order, as_of=as_of)
    return offboarding.resume_practice(order, as_of=as_of)


def _list() -> str:
    rows = offboarding.listed(as_of=now())
    lines = [f"{one['practice']:<42}{one['stage']:<12}{one['next']}" for one in rows]
    return "\n".join(lines) or "No practice leaves."
