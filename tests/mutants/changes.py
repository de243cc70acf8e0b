"""Makes the small changes to models/rules with `mutmut`, and draws a sample of them that follows from a number."""

import ast
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from difflib import ndiff
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Final

from mutmut.mutation.data import MutantLineSpans
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = ROOT / "mutants"
"""What mutmut makes, and what is known of it; git passes over it."""
RULES: Final = Path("models", "rules")
ORIGINAL: Final = "orig"


@dataclass(frozen=True)
class Change:
    """One small change: its name with mutmut, the function with and without it."""

    name: str
    module: str
    original: str
    changed: str

    @property
    def function(self) -> str:
        """Name the function as a reader does: `planned`, or `Hours.at` for a method."""
        mangled = self.name.removeprefix(f"models.rules.{self.module}.").partition("__mutmut_")[0]
        return mangled.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")

    @property
    def mark(self) -> str:
        """Tell this change from every other, also after the file was edited: results are kept under it."""
        return hashlib.sha256(f"{self.module}\n{self.original}\n{self.changed}".encode()).hexdigest()[:16]

    @cached_property
    def lines(self) -> tuple[str, str]:
        """Give the lines that the change takes away and those that it puts there, without indentation."""
        told = list(ndiff(self.original.splitlines(), self.changed.splitlines()))
        was, now = (" ".join(one[2:].strip() for one in told if one.startswith(sign)) for sign in ("- ", "+ "))
        return was, now


def make() -> None:
    """Let mutmut write every change of every module beside its original, where that has not been done yet."""
    from mutmut.__main__ import create_mutants  # its import settles how processes are started, for the whole process

    KEPT.mkdir(exist_ok=True)
    shutil.rmtree(KEPT / "tests", ignore_errors=True)
    set_mutant_under_test("mutant_generation")
    try:
        with chdir(ROOT), Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            copy_src_dir()
            copy_also_copy_files()
            create_mutants(1)
    finally:
        os.environ.pop("MUTANT_UNDER_TEST")


def modules() -> list[str]:
    """List the modules of models/rules."""
    return sorted(one.stem for one in (ROOT / RULES).glob("[!_]*.py"))


def changes_of(module: str) -> list[Change]:
    """Read the changes of a module, in the order of its lines."""
    file = RULES / f"{module}.py"
    names = json.loads((KEPT / f"{file}.meta").read_text())["exit_code_by_key"]
    with chdir(ROOT):
        spans = MutantLineSpans.load(file)
        if spans is None:
            sys.exit(f"mutants/{file} was made by another mutmut: delete the folder mutants and start again")
        short = [name.rpartition(".")[2] for name in names]
        originals = sorted({f"{one.partition('__mutmut_')[0]}__mutmut_{ORIGINAL}" for one in short})
        sources = dict(zip([*short, *originals], _sources(spans, [*short, *originals]), strict=True))
    return [
        Change(name, module, sources[f"{one.partition('__mutmut_')[0]}__mutmut_{ORIGINAL}"], sources[one])
        for name, one in zip(names, short, strict=True)
    ]


def _sources(spans: MutantLineSpans, names: Sequence[str]) -> Iterator[str]:
    """Read functions with their own names instead of mutmut's."""
    for name, source in zip(names, spans.read_function_sources(names), strict=True):
        yield source.replace(f"def {name}(", "def it(")


def drawn(found: Mapping[str, Sequence[Change]], *, of: int, least: int, seed: int) -> list[Change]:
    """Draw `of` changes by chance: `least` of each module or all it has, the rest as the modules have changes.

    The same seed draws the same ones, and more of them hold all that fewer hold. 0 draws all.
    """
    total = sum(len(some) for some in found.values())
    picked = []
    for module, some in found.items():
        order = Random(f"{seed} {module}").sample(sorted(some, key=lambda one: one.mark), len(some))
        share = max(least, round(of * len(some) / total)) if of else len(some)
        picked += order[:share]
    return picked


def functions_passed_over() -> dict[str, list[str]]:
    """Name the decorated functions of each module, which mutmut leaves as they are."""
    passed = {}
    for module in modules():
        tree = ast.parse((ROOT / RULES / f"{module}.py").read_text())
        named = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.decorator_list]
        if named:
            passed[module] = named
    return passed
