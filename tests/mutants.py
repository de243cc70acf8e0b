"""Scores rules by mutants: which share of small changes to a module some test notices, with `mutmut`.

`python -m tests.mutants feedback_decision enrollment_due` tries every change of two modules. With `--of-each 20` it
tries twenty of each, the same ones every time; without names it does so for all modules of models/rules.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Final

ROOT: Final = Path(__file__).parents[1]
KEPT: Final = ROOT / "mutants" / "models" / "rules"
NOTICED: Final = frozenset({1, 3, 24, -24, 36, 152, 255})
"""What mutmut writes down for a change that a test noticed, or that came to no end."""
UNSEEN: Final = 33
"""What it writes down for a change that no test comes by."""


def changes_of(module: str) -> dict[str, int | None]:
    """Read what is known of each change of a module: what its tests said, none where they were not asked yet."""
    found: dict[str, int | None] = json.loads((KEPT / f"{module}.py.meta").read_text())["exit_code_by_key"]
    return found


def chosen(module: str, most: int) -> list[str]:
    """Choose changes of a module by chance, the same ones every time; 0 chooses all."""
    names = sorted(changes_of(module))
    return sorted(Random(module).sample(names, most)) if 0 < most < len(names) else names


def run(names: list[str]) -> None:
    """Let mutmut try changes, one after the other."""
    subprocess.run(
        [Path(sys.executable).with_name("mutmut"), "run", "--max-children", "1", *names], cwd=ROOT, check=True
    )


def line_of(module: str, names: list[str]) -> str:
    """Write one line of a table: the module, how many changes were tried, how many noticed, and the share."""
    codes = [changes_of(module)[name] for name in names]
    tried = [code for code in codes if code is not None]
    noticed = sum(code in NOTICED for code in tried)
    unseen = sum(code == UNSEEN for code in tried)
    share = f"{noticed / len(tried):.0%}" if tried else "none tried"
    return f"| `{module}` | {len(names)} of {len(changes_of(module))} | {noticed} | {unseen} | {share} |"


def main() -> None:
    """Try the changes that were wished for, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="names of modules of models/rules; all when none is named")
    parser.add_argument("--of-each", type=int, default=0, help="how many changes of each module; 0 tries all")
    parser.add_argument("--told", action="store_true", help="only tell what earlier runs found")
    wish = parser.parse_args()
    modules = wish.modules or sorted(one.stem for one in (ROOT / "models" / "rules").glob("[!_]*.py"))
    if not KEPT.is_dir():
        run(["models.rules.milestones*"])
    names = {one: found for one in modules if (found := chosen(one, wish.of_each))}
    if not wish.told:
        run([name for found in names.values() for name in found])
    sys.stdout.write("| module | changes tried | noticed | seen by no test | share |\n|---|---|---|---|---|\n")
    sys.stdout.write("".join(f"{line_of(one, found)}\n" for one, found in names.items()))


if __name__ == "__main__":
    main()
