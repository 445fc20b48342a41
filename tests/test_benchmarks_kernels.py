"""The script that times cuDNN against the generic kernel: run small, and with a fault put in."""

import importlib.util
import json
import string
from pathlib import Path

import keras
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def kernels():
    """The script as a module; benchmarks/ is no package."""
    spec = importlib.util.spec_from_file_location("kernels", ROOT / "benchmarks" / "kernels.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(kernels, tmp_path):
    """Run the script small: -> its exit status and what it wrote."""
    out = tmp_path / "new folder" / "kernels.json"
    status = kernels.main(["--small", "--out", str(out)])
    return status, json.loads(out.read_text(encoding="utf-8"))


def test_a_small_run_measures_everything_and_says_where(kernels, tmp_path, capsys):
    status, result = run(kernels, tmp_path)
    printed = capsys.readouterr().out.splitlines()
    assert status == 0 and printed[0] == result["device"]
    assert result["gpu"] == (not result["device"].endswith("no GPU."))
    assert result["versions"]["keras"] == keras.__version__
    assert "--small" in result["command"] and len(result["date"]) == 10
    work = [(row["layer"], row["what"]) for row in result["timings"]]
    steps = ["training step", "inference"]
    assert work == [(layer, what) for layer in ("LSTM", "GRU") for what in steps]
    for row in result["timings"]:
        assert row["cudnn_ms"] > 0 and row["generic_ms"] > 0
        assert row["ratio"] == pytest.approx(row["generic_ms"] / row["cudnn_ms"])
        assert result["gpu"] or row["kernel"] == "not cuDNN"
    compared = [(row["layer"], row["mask"]) for row in result["parity"]]
    masks = ["no mask", "full length", "length one", "mixed lengths"]
    assert compared == [(layer, mask) for layer in ("LSTM", "GRU") for mask in masks]
    assert all(row["passed"] for row in result["parity"])


def test_mixed_lengths_go_from_one_to_all_steps(kernels):
    lengths = kernels.masks(batch=64, steps=32)
    assert lengths["no mask"] is None
    assert set(lengths["length one"]) == {1} and set(lengths["full length"]) == {32}
    assert lengths["mixed lengths"].min() == 1 and lengths["mixed lengths"].max() == 32


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("faulty", ["auto", False])
def test_a_kernel_that_ignores_the_mask_is_found(kernels, monkeypatch, kind, faulty):
    right = kernels.outputs

    def wrong(kind, weights, x, mask, *, use_cudnn):
        return right(kind, weights, x, None if use_cudnn is faulty else mask, use_cudnn=use_cudnn)

    monkeypatch.setattr(kernels, "outputs", wrong)
    rows = kernels.parity(kind, 6, 8, kernels.SMALL, gpu=False)
    passed = {row["mask"]: row["passed"] for row in rows}
    assert passed["no mask"] and passed["full length"]
    assert not passed["length one"] and not passed["mixed lengths"]


def test_a_difference_from_numpy_fails_the_run(kernels, monkeypatch, tmp_path):
    right = kernels.outputs

    def wrong(*arguments, use_cudnn):  # the two kernels agree, and both are wrong
        every, last = right(*arguments, use_cudnn=use_cudnn)
        return every + 1e-3, last

    monkeypatch.setattr(kernels, "outputs", wrong)
    monkeypatch.setattr(kernels, "timings", lambda *arguments, gpu: [])
    status, result = run(kernels, tmp_path)
    assert status == 1 and not any(row["passed"] for row in result["parity"])
    assert all(row["auto_to_generic"] < 1e-5 for row in result["parity"])


def test_times_leave_out_the_first_calls(kernels, monkeypatch):
    clock = iter(np.cumsum([0, 9, 0, 9, 0, 9, 0, 0.001, 0, 0.002, 0, 0.005]))  # s: call, pause, ...
    monkeypatch.setattr(kernels.time, "perf_counter", lambda: next(clock))
    assert kernels.milliseconds(lambda: None, repeats=3) == pytest.approx(2)


def test_a_gpu_result_has_what_notebook_02_shows(kernels):
    notebook = json.loads((ROOT / "notebooks" / "02_gates.ipynb").read_text(encoding="utf-8"))
    code = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    (line,) = [line for line in code.splitlines() if "{cudnn_ms" in line]
    shown = {name for _, name, _, _ in string.Formatter().parse(line.split('"')[1]) if name}
    (row, _) = kernels.timings("GRU", 2, 3, kernels.SMALL | {"repeats": 1}, gpu=False)
    assert shown and shown <= set(row)
