"""How fast a large remittance gives its evidence, beside a bare split of the same bytes into segments."""

import gc
import io
import random
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from statistics import median

from models.inputs.payer_files import Kind, Remittance
from tasks.connectors.x12 import read_payer_file
from tests import edi
from tests.benchmarks.table import Measured, keep

CLAIMS = 20_000
RUNS = 25
BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class Timed:
    """The seconds of many runs: evidence, a bare split of all bytes, and one block by block."""

    size: int
    ours: tuple[float, ...]
    split: tuple[float, ...]
    blocks: tuple[float, ...]
    peak: int

    @property
    def ratio(self) -> float:
        """How many times the bare split the run in the middle takes."""
        return median(self.ours) / median(self.split)


@cache
def large_remittance() -> bytes:
    """Write an 835 of 8.6 MB with 20,000 claims whose amounts are all over the place."""
    chance = random.Random(835)
    claims = [
        edi.Claim(
            charged=(charged := chance.randrange(5_000, 90_000)),
            paid=0 if (is_denied := chance.random() < 0.1) else chance.randrange(charged),
            status="4" if is_denied else "1",
            lines=chance.choice((2, 3, 4, 5)),
            number=f"PCN{chance.randrange(10**12):012d}",
        )
        for _ in range(CLAIMS)
    ]
    return edi.encode(edi.interchange(edi.group(Kind.REMITTANCE, edi.remittance(claims, adjustments=(12_345,)))))


def evidence(content: bytes) -> Remittance:
    """Read the evidence as the product does."""
    (record,) = read_payer_file(io.BytesIO(content)).evidence
    if not isinstance(record, Remittance):
        raise TypeError
    return record


def split(content: bytes) -> int:
    """Split all bytes into segments at once."""
    return len(content.split(b"~"))


def split_blocks(content: bytes) -> int:
    """Split block by block, letting each go: less than any reader can do, since it looks at nothing."""
    stream, count = io.BytesIO(content), 0
    while block := stream.read(BLOCK):
        count += len(block.split(b"~"))
    return count


def measure(*, runs: int = RUNS) -> Timed:
    """Run all ways in turns, then once more for the peak of memory, in bytes beside the file itself."""
    content = large_remittance()
    evidence(content)
    ours, whole, blocks = list[float](), list[float](), list[float]()
    gc.collect()
    gc.freeze()  # what the test run itself keeps in memory is not ours to look through
    for _ in range(runs):
        for work, taken in ((evidence, ours), (split, whole), (split_blocks, blocks)):
            taken.append(_seconds(work, content))
    gc.unfreeze()
    return Timed(len(content), tuple(ours), tuple(whole), tuple(blocks), peak(content))


def peak(content: bytes) -> int:
    """Give the most memory that reading holds at once, in bytes beside the file itself."""
    tracemalloc.start()
    evidence(content)
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return held


def _seconds(work: Callable[[bytes], object], content: bytes) -> float:
    start = time.perf_counter()
    work(content)
    return time.perf_counter() - start


def show(timed: Timed) -> None:
    """Write one line per way, in milliseconds."""
    lines = [
        f"{f'835 of {timed.size / 1e6:.1f} MB, {CLAIMS:,} claims, ms':<44}{'median':>8}{'min':>8}{'max':>8}{'ratio':>7}"
    ]
    ways = (("evidence", timed.ours), ("split into segments", timed.split), ("split block by block", timed.blocks))
    for name, taken in ways:
        figures = "".join(f"{1000 * each:>8.1f}" for each in (median(taken), min(taken), max(taken)))
        lines.append(f"{name:<44}{figures}{median(taken) / median(timed.split):>7.2f}")
    lines.append(f"{'peak of memory while reading':<44}{timed.peak / 1e6:>8.1f} MB")
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
    ours, floor = tuple(timed.ours), tuple(timed.split)
    title = f"remittance of {timed.size / 1e6:.1f} MB, {CLAIMS:,} claims"
    keep(title, [Measured("evidence", CLAIMS, ours), Measured("floor: split into segments", CLAIMS, floor)])
