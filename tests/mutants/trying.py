"""Tries changes one after the other: one warm process that has seen every test, forked once for each change.

A change is tried with the tests that enter its function, since no other can notice it.
Started in the folder in which mutmut keeps its copy, with the file of what is wished and the file of what is known.
"""

import functools
import gc
import json
import math
import os
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import Phase, settings
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

OURS: Final = ("deployments", "models", "tasks", "templates", "tests")
PATIENCE: Final = 4
"""How many times the processor seconds of its tests a change may take."""
MINIMUM: Final = 10
"""Processor seconds that each change may take."""
MEMORY: Final = 6 << 30
NOTICED: Final = 1
OPTIONS: Final = ("-q", "-s", "--no-header", "-p", "no:cacheprovider", "-m", "not slow and not bench")


class Outcome(StrEnum):
    """What became of a change."""

    NOTICED = "noticed"
    ENDLESS = "endless"  # it came to no end, which is noticed too
    SURVIVED = "survived"
    UNSEEN = "unseen"  # no test runs its function


@dataclass
class Trying:
    """A plugin of pytest that runs each test once to see where it goes, and then tries the wished changes."""

    wished: list[tuple[str, str]]
    known: Path
    files: list[str]
    states: list[str]
    cost: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    items_of: dict[str, list[pytest.Item]] = field(default_factory=lambda: defaultdict(list))
    at_import: set[str] = field(default_factory=set)
    caches: list[Any] = field(default_factory=list)
    in_child: bool = False
    failed: bool = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """See where each test goes, make sure that all hold without a change, and try the changes."""
        if session.testsfailed:
            return False
        self._see(session.items)
        if self.failed or self._tried("nothing is changed", session.items) is not Outcome.SURVIVED:
            sys.exit("the tests do not hold without any change: make them hold first")
        with self.known.open("a") as known:
            for done, (name, mark) in enumerate(self.wished, start=1):
                outcome = self._outcome(name)
                told = {"name": name, "mark": mark, "outcome": outcome, "files": self.states}
                known.write(json.dumps(told) + "\n")
                known.flush()
                _show(done, len(self.wished))
        return True

    def _outcome(self, name: str) -> Outcome:
        """Try one change with the tests that enter its function, cheapest first, and anew where imports enter it."""
        function = name.partition("__mutmut_")[0]
        items = sorted(self.items_of[function], key=lambda one: self.cost[one.nodeid])
        outcome = self._tried(name, items) if items else Outcome.UNSEEN
        if function in self.at_import and outcome in (Outcome.SURVIVED, Outcome.UNSEEN):
            return _tried_anew(name, self.files)
        return outcome

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """End a child at the first failure, which needs no report; remember one of the parent."""
        fails = call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception)
        if fails and not item.get_closest_marker("xfail"):
            if self.in_child:
                os._exit(NOTICED)
            self.failed = True

    def _see(self, items: Sequence[pytest.Item]) -> None:
        """Run every test once and note which functions of the rules it enters."""
        self.at_import = set(state()._stats)
        for item, following in zip(items, [*items[1:], None], strict=True):
            self.caches = self.caches or list(_caches())
            self._forget()
            state()._stats.clear()
            before = time.process_time()
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following or items[0])
            self.cost[item.nodeid] = time.process_time() - before
            for function in state()._stats:
                self.items_of[function].append(item)
        set_mutant_under_test("")
        self.caches = list(_caches())
        gc.collect()
        gc.freeze()

    def _forget(self) -> None:
        for cache in self.caches:
            cache.cache_clear()

    def _tried(self, name: str, items: Sequence[pytest.Item]) -> Outcome:
        """Fork a child that runs tests with a change until one fails."""
        limit = math.ceil(MINIMUM + PATIENCE * sum(self.cost[item.nodeid] for item in items))
        child = os.fork()
        if not child:
            self._run(name, items, limit)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return Outcome.ENDLESS
        return Outcome.NOTICED if os.WEXITSTATUS(status) else Outcome.SURVIVED

    def _run(self, name: str, items: Sequence[pytest.Item], limit: int) -> None:
        """Be the child: run tests with a change, and end with whether one failed."""
        try:
            self.in_child = True
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nowhere, stream)
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            set_mutant_under_test(name)
            self._forget()
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        except BaseException:  # noqa: BLE001 - whatever it was, the change was noticed, and a child never returns
            os._exit(NOTICED)
        os._exit(0)


def _tried_anew(name: str, files: Sequence[str]) -> Outcome:
    """Run all tests in a process that has the change from its first import on: what is made then stays made."""
    command = [sys.executable, "-m", "pytest", "-x", "--hypothesis-profile=ci", *OPTIONS, *files]
    done = subprocess.run(command, env={**os.environ, "MUTANT_UNDER_TEST": name}, capture_output=True, check=False)
    return Outcome.NOTICED if done.returncode else Outcome.SURVIVED


def _caches() -> Iterator[Any]:
    """Find what our modules keep of earlier answers: a child must not read what was true without its change."""
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper) and str(one.__module__).startswith(OURS):
            yield one


def _show(done: int, of: int, width: int = 40) -> None:
    filled = width * done // of
    sys.stderr.write(f"\r[{'#' * filled}{'.' * (width - filled)}] {done} of {of}" + ("\n" if done == of else ""))
    sys.stderr.flush()


def main() -> None:
    """Try what is wished in the first file, and write what became of it to the second."""
    wish, known = (Path(one) for one in sys.argv[1:3])
    # a failing example is enough: nobody reads the smallest one
    settings.register_profile("mutants", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate])
    wished = json.loads(wish.read_text())
    changes = [(name, mark) for name, mark in wished["changes"]]
    plugin = Trying(changes, known, wished["files"], wished["states"])
    set_mutant_under_test("stats")
    sys.exit(pytest.main(["--hypothesis-profile=mutants", *OPTIONS, *plugin.files], plugins=[plugin]))


if __name__ == "__main__":
    main()
