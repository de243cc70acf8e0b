"""Keeps what became of each change: a noticed one stays noticed, a survivor is tried again with tests that are new."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.mutants.changes import KEPT, ROOT, Change

KNOWN: Final = KEPT / "known.jsonl"
"""What became of each change that was tried, one attempt a line."""
TESTS: Final = Path("tests", "rules")
SEEN: Final = frozenset({"noticed", "endless"})
_SUPPORT: Final = re.compile(r"\bfrom tests\.rules\.(\w+) import")


@dataclass
class Known:
    """What became of one change: its outcome, and the states of test files with which it was tried."""

    outcome: str = "unseen"
    files: set[str] = field(default_factory=set)


def tests_of_today() -> dict[str, str]:
    """Give each test file of the rules with its state: a hash of it and of all in tests/rules that it imports."""
    sources = {file.stem: file.read_text() for file in (ROOT / TESTS).glob("*.py")}
    return {str(TESTS / f"{name}.py"): _state(name, sources) for name in sorted(sources) if name.startswith("test_")}


def quick(tests: Mapping[str, str]) -> dict[str, str]:
    """Leave out the files of invariants, which take longest: they are for what all others did not notice."""
    return {file: state for file, state in tests.items() if not file.endswith("_properties.py")}


def _state(name: str, sources: Mapping[str, str]) -> str:
    found, waiting = set[str](), {name}
    while waiting:
        one = waiting.pop()
        found.add(one)
        waiting |= set(_SUPPORT.findall(sources[one])) & sources.keys() - found
    return hashlib.sha256("".join(f"{one}\n{sources[one]}" for one in sorted(found)).encode()).hexdigest()[:12]


def everything_known() -> dict[str, Known]:
    """Read what became of changes, by their marks."""
    found: dict[str, Known] = defaultdict(Known)
    for line in KNOWN.read_text().splitlines() if KNOWN.exists() else ():
        told = json.loads(line)
        one = found[told["mark"]]
        one.files |= set(told["files"])
        if one.outcome not in SEEN and told["outcome"] != "unseen":
            one.outcome = told["outcome"]
    return found


def outcomes(tests: Mapping[str, str]) -> dict[str, str]:
    """Give the outcome of each change that was noticed, or tried with all tests as they are today."""
    today = set(tests.values())
    return {mark: one.outcome for mark, one in everything_known().items() if one.outcome in SEEN or one.files >= today}


def still_to_try(wished: Sequence[Change], tests: Mapping[str, str]) -> dict[tuple[str, ...], list[Change]]:
    """Group the changes whose outcome is open by the files that were not tried with them, few files first."""
    known, done, groups = everything_known(), outcomes(tests), defaultdict[tuple[str, ...], list[Change]](list)
    for one in wished:
        if one.mark not in done:
            tried = known[one.mark].files if one.mark in known else set()
            groups[tuple(file for file, state in tests.items() if state not in tried)].append(one)
    return dict(sorted(groups.items(), key=lambda each: len(each[0])))
