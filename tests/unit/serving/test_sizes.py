"""One image fits many machines: the web part takes what the exam part can spare."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.serving.sizes import MOST_WORKERS, SPARED_MB, WORKER_MB, this_machine, web_size


@pytest.mark.parametrize(
    ("cores", "memory_mb", "size"),
    [
        (1, 1000, (1, 4)),  # a trial on an old laptop
        (2, 2000, (2, 8)),
        (4, 4000, (3, 8)),  # a school's PC: one core stays with the exam part
        (4, 1500, (2, 4)),  # cores without memory
        (16, 64_000, (8, 8)),
    ],
)
def test_the_web_part_follows_cores_and_memory(cores: int, memory_mb: int, size: tuple[int, int]):
    assert web_size(cores, memory_mb) == size


@given(st.integers(1, 256), st.integers(256, 1_000_000))
def test_it_never_takes_more_memory_than_the_rest_can_spare(cores: int, memory_mb: int):
    workers, threads = web_size(cores, memory_mb)
    assert 1 <= workers <= MOST_WORKERS
    assert threads >= 1
    assert workers == 1 or workers * WORKER_MB + SPARED_MB <= memory_mb


def test_a_larger_machine_never_gets_a_smaller_part():
    sizes = [web_size(cores, memory) for cores, memory in ((1, 1000), (2, 2000), (4, 4000), (8, 8000), (32, 32_000))]
    assert sizes == sorted(sizes)


def test_this_machine_is_measured():
    cores, memory_mb = this_machine()
    assert cores >= 1
    assert memory_mb > 256
