"""Scores the rules by small changes: which share of them some test of tests/rules notices.

`python -m tests.mutants` draws a sample over all modules of models/rules and tries it; the same seed draws the same
changes. It goes on where it was stopped. What was not noticed is tried again with tests that are new or have changed.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from tests.mutants.changes import KEPT, ROOT, Change, changes_of, drawn, functions_passed_over, make, modules
from tests.mutants.equivalent import is_equivalent, listed
from tests.mutants.known import KNOWN, SEEN, everything_known, quick, still_to_try, tests_of_today
from tests.mutants.score import Row, page, weighted, wilson

WISH: Final = KEPT / "wish.json"
PAGE: Final = ROOT / "docs" / "mutants.md"


def attempt(wished: Sequence[Change], files: Sequence[str], tests: Mapping[str, str]) -> None:
    """Try changes with the tests of some files, in one warm process of its own; in an order that favours no module."""
    states = [tests[file] for file in files]
    changes = [(one.name, one.mark) for one in sorted(wished, key=lambda one: one.mark)]
    WISH.write_text(json.dumps({"files": files, "states": states, "changes": changes}))
    subprocess.run([sys.executable, "-m", "tests.mutants.trying", str(WISH), str(KNOWN)], cwd=KEPT, check=True)


def row_of(module: str, every: Sequence[Change], picked: Sequence[Change], known: Mapping[str, str]) -> Row:
    """Count what became of the changes of a module."""
    same = listed()
    tried = [one for one in picked if one.module == module and one.mark in known]
    missed = [one for one in tried if known[one.mark] not in SEEN]
    equivalent = sum(is_equivalent(one, same) for one in missed)
    unseen = sum(known[one.mark] == "unseen" for one in missed)
    return Row(module, len(every), len(tried), len(tried) - len(missed), equivalent, unseen)


def tell_missed(picked: Sequence[Change], known: Mapping[str, str]) -> None:
    """Print each change that no test noticed and that is not known to change nothing."""
    same = listed()
    for one in picked:
        if known.get(one.mark, "noticed") not in SEEN and not is_equivalent(one, same):
            was, now = one.lines
            sys.stdout.write(f"{one.name} ({known[one.mark]})\n  {one.module}.{one.function}\n  - {was}\n  + {now}\n")


def wishes() -> argparse.Namespace:
    """Read what was wished for."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="names of modules of models/rules; all when none is named")
    parser.add_argument("--sample", type=int, default=1000, help="how many changes in all; 0 tries all")
    parser.add_argument("--least", type=int, default=4, help="how many of each module at least")
    parser.add_argument("--seed", type=int, default=1, help="the number that the draw follows from")
    parser.add_argument("--told", action="store_true", help="only tell what earlier runs found")
    parser.add_argument("--write", action="store_true", help="write docs/mutants.md")
    return parser.parse_args()


def main() -> None:
    """Draw a sample, try what is not known yet, print what was not noticed and the score."""
    wish = wishes()
    if not wish.told:
        make()
    tests = tests_of_today()
    found = {one: some for one in wish.modules or modules() if (some := changes_of(one)) or not wish.modules}
    picked = drawn(found, of=wish.sample, least=wish.least, seed=wish.seed)
    if not wish.told:
        for stage in (quick(tests), tests):
            for files, group in still_to_try(picked, stage).items():
                attempt(group, files, tests)
    known = {mark: one.outcome for mark, one in everything_known().items()}
    rows = [row_of(module, some, picked, known) for module, some in found.items()]
    tell_missed(picked, known)
    share, worth = weighted(rows)
    low, high = wilson(share, worth)
    sys.stdout.write(f"{share:.1%} noticed, between {low:.1%} and {high:.1%}; {sum(row.tried for row in rows)} tried\n")
    if wish.write:
        command = f"python -m tests.mutants --sample {wish.sample} --least {wish.least} --seed {wish.seed} --write"
        day = f"{datetime.now(tz=UTC):%B %-d, %Y}"
        PAGE.write_text(page(rows, command=command, passed_over=functions_passed_over(), day=day))


if __name__ == "__main__":
    main()
