"""The benchmark that times cuDNN against the generic kernel: run small, and with faults put in."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

import kernels  # noqa: E402

SMALL = kernels.SIZES["synthetic"]


def test_a_small_run_measures_everything_and_says_where(capsys):
    tables = kernels.run("synthetic")
    (device,) = tables["Device"]
    gpu = not device["device"].endswith("no GPU.")
    work = [(row["layer"], row["what"]) for row in tables["Times"]]
    steps = ["training step", "inference"]
    assert work == [(layer, what) for layer in ("LSTM", "GRU") for what in steps]
    for row in tables["Times"]:
        first = row["cuDNN, ms"] if gpu else row["Keras' choice, ms"]
        assert first > 0 and row["times as fast"] == pytest.approx(row["generic, ms"] / first)
    compared = [(row["layer"], row["mask"]) for row in tables["Same"]]
    masks = ["no mask", "full length", "length one", "mixed lengths"]
    assert compared == [(layer, mask) for layer in ("LSTM", "GRU") for mask in masks]
    assert all(row["same"] for row in tables["Same"])
    assert tables["versions"]


def test_mixed_lengths_go_from_one_to_all_steps():
    lengths = kernels.masks(batch=64, steps=32)
    assert lengths["no mask"] is None
    assert set(lengths["length one"]) == {1} and set(lengths["full length"]) == {32}
    assert lengths["mixed lengths"].min() == 1 and lengths["mixed lengths"].max() == 32


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("faulty", ["auto", False])
def test_a_kernel_that_ignores_the_mask_is_found(monkeypatch, kind, faulty):
    right = kernels.outputs

    def wrong(kind, weights, x, mask, use_cudnn):
        return right(kind, weights, x, None if use_cudnn is faulty else mask, use_cudnn)

    monkeypatch.setattr(kernels, "outputs", wrong)
    rows = kernels.parity(kind, 6, 8, SMALL)
    same = {row["mask"]: row["same"] for row in rows}
    assert same["no mask"] and same["full length"]
    assert not same["length one"] and not same["mixed lengths"]


def test_a_difference_from_numpy_is_found(monkeypatch):
    right = kernels.outputs

    def wrong(*arguments):  # the two kernels agree, and both are wrong
        every, last = right(*arguments)
        return every + 0.1, last

    monkeypatch.setattr(kernels, "outputs", wrong)
    rows = kernels.parity("GRU", 6, 8, SMALL)
    assert not any(row["same"] for row in rows)
    assert all(row["Keras' choice - generic"] < 1e-5 for row in rows)


def test_times_leave_out_the_first_calls(monkeypatch):
    clock = iter(np.cumsum([0, 9, 0, 9, 0, 9, 0, 0.001, 0, 0.002, 0, 0.005]))  # s: call, pause, ...
    monkeypatch.setattr(kernels.time, "perf_counter", lambda: next(clock))
    assert kernels.milliseconds(lambda: None, 3) == pytest.approx(2)
