"""A large remittance beside a bare split: the promise of E-30, and the figures for whoever asks for them."""

from statistics import median

import pytest

from tests.benchmarks.bench_x12 import CLAIMS, evidence, large_remittance, measure, peak, show

AIM = 2
AT_MOST = 3
"""How many times a bare split the evidence may take: the aim, and room for a busy machine."""
MEMORY = 80_000_000


@pytest.mark.slow
def test_a_large_remittance_is_read_near_the_floor_of_a_split_e_30() -> None:
    timed = measure()
    show(timed)
    assert timed.size > 8_600_000
    assert timed.ratio <= AT_MOST
    assert median(timed.ours) < 1
    assert timed.peak < MEMORY


@pytest.mark.slow
def test_the_large_remittance_adds_up_e_33() -> None:
    record = evidence(large_remittance())
    assert (record.claims, record.unbalanced_claims, record.is_balanced) == (CLAIMS, 0, True)
    assert 0.08 < record.denials / CLAIMS < 0.12
    assert peak(large_remittance()) < MEMORY
