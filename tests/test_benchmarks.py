"""The benchmarks: what they count and compare, and one run of each with tiny sizes."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "benchmarks"))  # a folder of scripts

import bench  # noqa: E402
import downloads  # noqa: E402
import ett  # noqa: E402
import glove_reading  # noqa: E402
import keras_models  # noqa: E402
import patent_splits  # noqa: E402
import patents  # noqa: E402
import records  # noqa: E402
import reviews  # noqa: E402
import scaling  # noqa: E402
import speed  # noqa: E402
import streaming  # noqa: E402
import torch_env  # noqa: E402
import windows  # noqa: E402
import worker  # noqa: E402
import workloads  # noqa: E402

from rnnkit import corpora, encoding, scoring  # noqa: E402

TINY = workloads.SETS["tiny"]


# ---------------------------------------------------------------- workloads


def parameters(notebook, source):
    """What the cell tagged `parameters` of a notebook sets."""
    cells = nbformat.read(ROOT / "notebooks" / f"{notebook}.ipynb", 4).cells
    (cell,) = [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    found = {"os": os}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_DATA", source)
        exec(cell.source, found)
    return found


@pytest.mark.parametrize("source", ["synthetic", "real"])
def test_the_sizes_are_those_of_the_notebooks(source):
    sets = workloads.SETS[source]
    ours = sets["language model"]
    theirs = parameters("03_language_modeling", source)
    assert theirs["BEST"].pop("tied")
    assert {"units": ours["units"], "dropout": ours["dropout"]} == {"dropout": 0.0} | theirs["BEST"]
    assert ours["batch"] == theirs["TRAINING"]["batch"]
    assert ours["length"] in theirs["SIZES"]["boundaries"]
    ours, theirs = sets["classifier"], parameters("04_sentiment_analysis", source)
    assert theirs["MODEL"].items() <= ours.items() and ours["batch"] == theirs["BATCH"]
    assert ours["smoothing"] == theirs["TRAINING"]["smoothing"]
    assert ours["length"] in theirs["SIZES"]["boundaries"]
    limit = theirs["SIZES"]["vocabulary"]
    assert limit is None or ours["words"] == limit + 4
    ours, theirs = sets["forecaster"], parameters("05_time_series_forecasting", source)
    assert (ours["length"], ours["batch"]) == (theirs["SIZES"]["window"], theirs["SIZES"]["batch"])
    assert {name: ours[name] for name in ("units", "dropout")}.items() <= theirs["TRAINING"].items()
    assert ours["linear"] == theirs["MAIN"]["linear"]
    assert ours.get("jit", False) == theirs["TRAINING"]["jit"]
    ours, theirs = sets["translator"], parameters("06_translation", source)
    for name in ("units", "width", "dropout", "smoothing"):
        assert ours[name] == theirs["SIZES"][name]
    assert ours["batch"] == theirs["FINAL"]["batch"]
    assert ours["length"] in theirs["BOUNDARIES"]


def test_rows_are_as_long_as_in_a_bucket():
    rows = workloads.data("classifier", workloads.SETS["synthetic"]["classifier"])["inputs"]
    lengths = np.count_nonzero(rows, axis=1)
    assert rows.shape == (60 * 16, 26)
    assert lengths.min() == round(0.7 * 26) and lengths.max() == 26
    assert (np.arange(26) < lengths[:, None]).tolist() == (rows > 0).tolist()  # on the right
    assert rows[rows > 0].min() > workloads.END and rows.max() < 432


@pytest.mark.parametrize(
    ("task", "inputs", "sizes", "expected"),
    [
        # Two rows of 2 and 1 words; D=3, H=4, V=5: LSTM 3 steps of 7 x 16, out 3 x (4x3 + 3x5).
        (
            "language model",
            {"inputs": [[4, 4], [4, 0]]},
            dict(width=3, units=4, words=5),
            {"recurrence": 2 * 3 * 7 * 16, "output": 2 * 3 * (12 + 15), "rest": 0},
        ),
        # Two GRUs of 2 units: 3 steps of (3 + 2) x 6 each; the average and the largest, 4 + 4.
        (
            "classifier",
            {"inputs": [[4, 4], [4, 0]]},
            dict(width=3, units=4, pooled=True),
            {"recurrence": 2 * 2 * 3 * 5 * 6, "output": 2 * 2 * 8, "rest": 0},
        ),
        # Two windows of 5 steps of 3 features, 4 units: 10 steps of 7 x 12.
        (
            "forecaster",
            {"inputs": np.ones((2, 5, 3))},
            dict(features=3, units=4, length=5, linear=True),
            {"recurrence": 2 * 10 * 7 * 12, "output": 2 * 2 * 4, "rest": 2 * 2 * 5},
        ),
        # S = 2 and 1, T = 2 and 1; D=3, H=4, V=5. Encoder 2 x 3 steps, decoder 3, of 7 x 12.
        # Rest: bridge 2 of 8 x 4, keys 3 of 8 x 4, pairs 2x2 + 1x1 of 4 + 8, mix 3 of 12 x 6.
        (
            "translator",
            {"sources": [[4, 4], [4, 0]], "inputs": [[4, 4], [4, 0]]},
            dict(width=3, units=4, target_words=5),
            {
                "recurrence": 2 * (6 + 3) * 7 * 12,
                "output": 2 * 3 * 6 * 5,
                "rest": 2 * (2 * 32 + 3 * 32 + 5 * 12 + 3 * 72),
            },
        ),
    ],
)
def test_operations_by_hand(task, inputs, sizes, expected):
    rows = {name: np.array(x) for name, x in inputs.items()}
    assert workloads.operations(task, sizes | {"batch": 2, "batches": 1}, rows) == expected


def test_surprise_by_hand():
    batch = {"targets": np.array([[1, 2], [2, 0]])}
    p = np.array([[[0.1, 0.7, 0.2], [0.1, 0.4, 0.5]], [[0.5, 0.25, 0.25], [1, 0, 0]]])
    expected = -np.log([0.7, 0.5, 0.25]).mean()
    found = workloads.surprise("language model", p, batch, from_logits=False)
    assert found == pytest.approx(expected)
    with np.errstate(divide="ignore"):
        logits = np.log(p) + 5
    found = workloads.surprise("language model", logits, batch, from_logits=True)
    assert found == pytest.approx(expected)
    batch = {"targets": np.array([1.0, 0.0])}
    found = workloads.surprise("classifier", np.zeros((2, 1)), batch, from_logits=True)
    assert found == pytest.approx(np.log(2))


# ---------------------------------------------------------------- arithmetic


def test_a_ratio_is_that_of_the_medians_with_the_spread_of_the_rounds():
    middle, low, high = speed.ratio([2.0, 3.0, 10.0], [1.0, 2.0, 4.0])
    assert middle == 3 / 2
    assert (low, high) == pytest.approx(np.percentile([2, 1.5, 2.5], (10, 90)))


def test_a_curve_bends_where_doubling_doubles():
    values = [1, 2, 4, 8, 16]
    assert scaling.bend(values, [1, 1.1, 1.5, 2.8, 5.5]) == 4  # 1.1, 1.36, 1.87, 1.96
    assert scaling.bend(values, [1, 2, 4, 8, 16]) == 1
    assert scaling.bend(values, [1, 2, 4, 5, 10]) == 8  # a dip in between counts
    assert scaling.bend(values, [1, 1, 1, 1, 1]) is None
    assert scaling.bend([1, 4, 16], [1, 2, 8]) == 4  # 4 times the size: 1.41 and 2 a doubling
    assert scaling.doublings([1, 4], [1, 9]).tolist() == pytest.approx([3])


def test_a_curve_says_what_its_points_compute():
    measured = {
        scaling._key(scaling.MIDDLE | {"words": words}): (seconds, 1.0)
        for words, seconds in ((1000, 0.01), (4000, 0.04))
    }
    small, large = scaling.curve("words", (1000, 4000), measured)
    assert (small["a doubling costs"], large["a doubling costs"]) == (None, pytest.approx(2))
    assert small["varied"] == "V" and large["ms a step"] == 40
    assert large["output, share"] > small["output, share"] > 0
    assert large["recurrence, share"] + large["output, share"] == pytest.approx(1)


# ---------------------------------------------------------------- records


def made(figures, **more):
    tables = {"Points": [{"T": 16, "ms": 1.23456}, {"T": 1600, "MiB": None}]}
    return records.entry("speed", "tiny", seconds=1.6, figures=figures, tables=tables) | more


def test_an_entry_says_where_it_comes_from():
    entry = made({})
    assert {"python", "tensorflow", "keras", "numpy"} <= set(entry["versions"])
    assert f"{os.cpu_count()} CPU cores" in entry["machine"] and len(entry["date"]) == 10
    assert entry["seconds"] == 2 and "benchmarks/bench.py" in entry["command"]


def test_figures_stand_beside_the_last_ones(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(records, "RESULTS", tmp_path / "new")
    assert records.last("speed", "tiny") == {}
    records.write(made({"a": 2.0, "b": 5.0}))
    recorded = records.last("speed", "tiny")
    assert records.beside_last({"a": 3.0, "c": 1.0}, recorded) == [
        ("a", "3", "2", "1.50"),
        ("c", "1", "-", "new"),
        ("b", "-", "5", "gone"),
    ]
    bench.show(made({"a": 3.0}), recorded)
    assert capsys.readouterr().out.splitlines()[3].split() == ["a", "3", "2", "1.50"]


def test_only_record_writes(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    monkeypatch.setattr(speed, "run", lambda sizes: made({"a": 1.0}, sizes=sizes))
    bench.main(["speed", "--tiny"])
    assert not list(tmp_path.iterdir())
    bench.main(["speed", "--tiny", "--record", "--note", "A quiet machine."])
    assert json.loads((tmp_path / "speed.tiny.json").read_text())["note"] == "A quiet machine."
    bench.main(["speed", "--tiny"])
    assert capsys.readouterr().out.count("1.00") == 1
    with pytest.raises(SystemExit):
        bench.main(["sped"])


def test_the_recorded_entries_are_whole():
    for path in records.RESULTS.glob("*.json"):
        entry = json.loads(path.read_text(encoding="utf-8"))
        assert path.name == f"{entry['benchmark']}.{entry['sizes']}.json"
        assert entry["benchmark"] in bench.NAMES and entry["sizes"] in ("synthetic", "real")
        assert entry["figures"] and all(x is not None for x in entry["figures"].values())


def test_memory_grows_with_what_is_held():
    code = "import records, sys; before = records.peak_mib(); x = bytearray(b'x' * 2**26); "
    command = [sys.executable, "-c", code + "print(records.peak_mib() - before)"]
    printed = subprocess.check_output(command, cwd=ROOT / "benchmarks", text=True)
    assert 60 <= float(printed) <= 140  # 64 MiB, and a second time while it is copied


# ---------------------------------------------------------------- the columns


# The states of padding are zeros, and what is negative is cut off after the maximum.
@pytest.mark.parametrize("task", workloads.TASKS)
def test_all_ways_of_keras_train_the_same_model(task):
    styles = ("workbook", "xla", "defaults")
    columns = [keras_models.Keras(task, TINY[task], style) for style in styles]
    for column in columns[1:]:
        column.set_weights(columns[0].weights())
    before = [column.loss() for column in columns]
    assert before == pytest.approx([before[0]] * 3, rel=1e-4)
    for column in columns:
        assert len(column.train()) == len(column.infer()) == 2
        assert all(seconds > 0 for seconds in column.train() + column.infer())
    after = [column.loss() for column in columns]
    assert all(x != y for x, y in zip(before, after, strict=True))
    assert after == pytest.approx([after[0]] * 3, rel=0.02)
    ours, by_xla, theirs = (column.model for column in columns)
    assert by_xla.jit_compile and not ours.jit_compile and ours.optimizer.global_clipnorm == 1
    assert theirs.optimizer.global_clipnorm is None


def torch_python():
    """A Python that has PyTorch: this one, or that of the benchmarks' own environment."""
    if find_spec("torch"):
        return sys.executable
    stamp = torch_env.VENV / "stamp"
    return str(torch_env.make_env.venv_python(torch_env.VENV)) if stamp.is_file() else None


@pytest.mark.skipif(torch_python() is None, reason="PyTorch is not installed; `make bench` does it")
def test_pytorch_trains_the_same_model():
    pythons = {"workbook": sys.executable, "pytorch": torch_python()}
    with speed.workers(pythons) as team:
        for task, sizes in TINY.items():
            # One batch, since the orders of several would differ.
            speed.prepared(team, task, sizes | {"batches": 1})
            before = {name: worker.ask("state") for name, worker in team.items()}
            speed.check_same(task, before)
            first = []
            for worker_ in team.values():
                worker_.ask("train")
                first.append(worker_.ask("state")["training_loss"])
                for _ in range(4):
                    worker_.ask("train")
            assert first[1] == pytest.approx(first[0], rel=1e-4)  # penalties, guides, smoothing
            losses = {name: worker.ask("state")["loss"] for name, worker in team.items()}
            moved = losses["workbook"] - before["workbook"]["loss"]
            # PyTorch's LSTM has two biases where Keras has one, so their sum moves twice as far.
            allowed = 0.1 if task == "language model" else 0.01
            change = losses["pytorch"] - before["pytorch"]["loss"]
            assert change == pytest.approx(moved, rel=allowed)


def test_other_models_are_refused():
    states = {"workbook": {"loss": 2.0}, "pytorch": {"loss": 2.001}}
    speed.check_same("classifier", states)
    states["pytorch"]["loss"] = 2.01
    with pytest.raises(speed.WorkerError, match="classifier: pytorch has a loss of 2.01"):
        speed.check_same("classifier", states)


def test_a_worker_says_what_went_wrong():
    with speed.workers({"workbook": sys.executable}) as team:
        with pytest.raises(speed.WorkerError, match="workbook: KeyError: 'length'"):
            team["workbook"].ask("prepare", task="classifier", sizes={})
        team["workbook"].process.kill()
        with pytest.raises(speed.WorkerError, match="the process ended"):
            team["workbook"].ask("train")


def test_gigaflops_are_those_of_the_median(monkeypatch):
    clock = iter(np.cumsum([0, 9, 0, 1, 0, 2]))
    monkeypatch.setattr(worker.time, "perf_counter", lambda: next(clock))
    assert worker.gigaflops(lambda: None, 1000, repeats=3) == 1.0  # 2e9 operations in 2 s


def test_pytorch_is_left_out_where_it_cannot_be_installed(monkeypatch, tmp_path, capsys):
    def fail(*arguments):
        raise SystemExit("no network")

    monkeypatch.setattr(torch_env, "VENV", tmp_path / "torch")
    monkeypatch.setattr(torch_env.make_env, "create", lambda venv, uv: None)
    monkeypatch.setattr(torch_env.check_backends, "install", fail)
    assert set(speed.columns()) == {"workbook", "xla", "defaults"}
    assert "PyTorch is left out" in capsys.readouterr().out


# ---------------------------------------------------------------- whole runs


def test_speed_compares_all_columns(monkeypatch, capsys):
    pythons = dict.fromkeys(("workbook", "defaults"), sys.executable)
    monkeypatch.setitem(workloads.SETS, "tiny", {"forecaster": TINY["forecaster"]})
    entry = speed.run("tiny", pythons)
    (about,) = entry["tables"]["The models"]
    assert about["parameters, the workbook"] == about["parameters, Keras' defaults"] > 0
    against = entry["tables"]["How many times as fast as the others"]
    assert [(row["work"], row["against"]) for row in against] == [
        ("training", "Keras' defaults"),
        ("inference", "Keras' defaults"),
    ]
    assert all(row["times as fast"] > 0 for row in against)
    for row in entry["tables"]["A step"]:
        assert 0 < row["10 %"] <= row["ms a step"] <= row["90 %"]
        assert row["windows a second"] == pytest.approx(5000 / row["ms a step"])
        assert row["peak, MiB"] > 50
    assert len(entry["figures"]) == 2 + 2 + 1


def test_scaling_measures_each_point_once(monkeypatch):
    points = []
    monkeypatch.setattr(scaling, "point", lambda sizes: points.append(sizes) or (0.01, 20.0))
    plan = {"length": (64, 128), "batch": (16, 32)}  # the middle is in both
    monkeypatch.setitem(scaling.PLANS, "tiny", plan)
    entry = scaling.run("tiny")
    assert len(points) == 3 and len(entry["tables"]["Points"]) == 4
    assert [row["varied"] for row in entry["tables"]["Where the curves bend"]] == ["T", "B"]


def test_a_point_is_measured_in_a_process_of_its_own():
    sizes = TINY["language model"]
    seconds, mib = scaling.point(sizes)
    assert 0 < seconds < 5 and mib > 1


def test_reading_again_and_the_state_give_the_same_word():
    from rnnkit import models

    model = streaming.model_of(TINY["language model"])
    tokens = np.arange(4, 12)
    step, state = models.language_model_step(model), None
    for token in tokens:
        logits, state = step(np.array([token]), state)
    again = streaming.reader(model).predict_on_batch(tokens[None])
    assert np.allclose(logits, again, atol=1e-5)


@pytest.mark.parametrize("way", streaming.WAYS)
def test_streaming_times_the_last_tokens(way):
    rows = streaming.measure(way, "tiny")
    assert [row["tokens"] for row in rows] == [10, 20]
    assert [row["timed"] for row in rows] == ([5, 10] if way == "state" else [5, 5])
    assert all(row["10 %"] <= row["ms for the next"] <= row["90 %"] for row in rows)


def test_all_ways_cut_the_same_windows():
    sizes = windows.SIZES["tiny"] | {"batch": 1000}
    series = windows.series(sizes)
    loop = windows.series_by_loop(sizes, series)
    batches = windows.series_as_in_05(sizes, series)
    assert all(np.array_equal(*pair) for pair in zip(loop, batches, strict=True))
    texts = [ids for ids in windows.text(sizes) if len(ids) > windows.LOOKS_BACK]
    inputs, targets = windows.text_by_loop(sizes, [ids.tolist() for ids in texts])
    each_inputs, each_targets = windows.text_at_each_place(sizes, texts)
    assert np.array_equal(inputs, each_inputs) and np.array_equal(targets, each_targets[:, -1])
    _, once = windows.text_as_in_03(sizes, texts)
    assert np.count_nonzero(once) == sum(len(ids) - 1 for ids in texts)


def test_windows_are_measured_beside_their_loop(monkeypatch):
    def fresh(script, *arguments):
        way = arguments[1]
        return {"way": way, "seconds": 6.0 if "loop" in way else 2.0, "grown, MiB": 0.0}

    monkeypatch.setattr(records, "fresh", fresh)
    figures = windows.run("tiny")["figures"]
    assert figures["series, batches, as in 05: times as fast as the loop"] == 3
    assert figures["series, batches, as in 05: memory of the loop's"] == 1
    row = windows.measure("text, loop of slices", windows.SIZES["tiny"])
    assert row["seconds"] > 0 and row["grown, MiB"] >= 0


def test_reading_vectors_runs():
    entry = glove_reading.run("tiny")
    rows = entry["tables"]["Reading word vectors"]
    assert [row["reader"] for row in rows] == list(glove_reading.READERS)
    assert all(row["lines"] == 50 and row["seconds"] > 0 for row in rows)


# ---------------------------------------------------------------- trainings on real data


def test_trainings_on_real_data_are_of_the_long_set_only(capsys):
    with pytest.raises(SystemExit):
        bench.main(["ett"])
    assert "ett trains on real data: add --real" in capsys.readouterr().err


def test_windows_of_the_published_tables():
    """The targets of a part lie inside it, and a column that counts hours proves each place."""
    hours = np.arange(20.0 * ett.MONTH)[:, None] * [1, -1]
    for part, (begin, end) in ett.PARTS.items():
        past, future = ett.windows(hours, part)
        first = begin * ett.MONTH or ett.WINDOW
        assert future[0, 0, 0] == first and future[-1, -1, 0] == end * ett.MONTH - 1
        assert len(past) == end * ett.MONTH - first - ett.HORIZON + 1
        np.testing.assert_array_equal(past[:, -1] + [1, -1], future[:, 0])
    series = ett.per_column(past)
    np.testing.assert_array_equal(ett.back(series, 2), past)
    assert (np.diff(series[0]) == 1).all() and (np.diff(series[1]) == -1).all()


def test_errors_of_the_published_tables():
    found = ett.errors(np.zeros((2, 1, 1)), np.array([[[1.0]], [[-3.0]]]))
    assert found == {"MSE": 5, "MAE": 2}
    values = np.r_[np.full(12, 5.0), np.full(12, 7.0)].repeat(ett.MONTH)[:, None]
    scaled = ett.standardised(values + np.resize([1, -1], len(values))[:, None])
    train = scaled[: 12 * ett.MONTH]
    assert len(scaled) == 20 * ett.MONTH
    np.testing.assert_allclose([train.mean(), train.std(), scaled[-2:].mean()], [0, 1, 2])


def test_windows_of_patents_overlap_and_documents_stay_whole():
    documents = [" ".join(f"w{k}" for k in range(n, n + 60)) for n in range(0, 7000, 70)]
    tokens = [text.split() for text in documents]
    found = patent_splits.splits(documents, tokens)
    texts, split, changes = found["shuffled windows"]
    assert texts[:2] == [tokens[0][:50], tokens[0][25:60]] and changes["window"] == 52
    assert sum(map(len, split)) == len(texts) == 200
    for name in ("by patent", "by family"):
        texts, split, changes = found[name]
        assert texts is tokens and changes == {}
        assert len({number for part in split for number in part}) == sum(map(len, split))


def test_means_and_spreads_of_seeds():
    found = records.mean_and_spread([{"a": 1.0, "b": 5}, {"a": 4.0, "b": 5}])
    assert found == {"a": 2.5, "b": 5, "a spread": 3.0, "b spread": 0}


SAID = np.log([[0.1, 0.1, 0.1, 0.2, 0.5], [0.05, 0.05, 0.1, 0.7, 0.1]])  # of 5 words, by two models


@pytest.fixture
def two_models():
    """Two models that say the same at each step, and a bigram model of a few texts."""
    models = [lambda ids, training, row=row: np.tile(row, (*ids.shape, 1)) for row in SAID]
    counter = scoring.KneserNey(order=2).fit([[2, 4, 4, 3], [2, 4, 3]], vocabulary_size=5)
    return models, counter


def test_counts_give_a_whole_distribution(two_models):
    _, counter = two_models
    ids = np.array([2, 4, 3, 4, 1, 3])
    found = patents.counted(counter, ids)
    assert found.shape == (5, 5)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_allclose(np.log(found[np.arange(5), ids[1:]]), counter.log_probabilities(ids))


def test_seeds_are_averaged_and_the_counts_mixed_in(two_models):
    models, counter = two_models
    texts = [np.array([2, 4, 3]), np.array([2, 3])]
    found = patents.scores(models, counter, 0.25, texts)
    assert found[0]["perplexity"] == pytest.approx((0.5 * 0.2 * 0.2) ** (-1 / 3))
    assert [found[way]["accuracy"] for way in (0, 1, "average")] == pytest.approx(
        [1 / 3, 2 / 3, 2 / 3]
    )
    average = [0.3, 0.45, 0.45]
    assert found["average"]["perplexity"] == pytest.approx(np.prod(average) ** (-1 / 3))
    counts = np.exp(np.concatenate([counter.log_probabilities(ids) for ids in texts]))
    mixed = 0.75 * np.array(average) + 0.25 * counts
    assert found["mixture"]["perplexity"] == pytest.approx(np.prod(mixed) ** (-1 / 3))


def test_the_share_of_the_counts_is_the_best_on_validation(two_models):
    models, counter = two_models
    like_counts = [np.array([2, 4, 3])] * 3
    unlike = [np.array([2, 3, 3, 3, 3, 3])]
    assert patents.chosen_share(models, counter, like_counts) == patents.SHARES[-1]
    assert patents.chosen_share(models, counter, unlike) < 0.2


def test_patents_train_and_score(monkeypatch):
    """Two epochs on invented abstracts: a table with all ways to predict."""
    monkeypatch.setattr(patents, "MODEL", {"units": 4, "tied": True})
    monkeypatch.setattr(patents, "SEEDS", (1, 2))
    monkeypatch.setattr(patents, "TRAINING", patents.TRAINING | {"batch": 2})
    vectors = corpora.embeddings("synthetic")
    monkeypatch.setattr(patents.corpora, "embeddings", lambda _: vectors)
    tokens = [encoding.tokenize(text) for text in corpora.load("abstracts", "synthetic")[:64]]
    found = patents.prepared(tokens, (range(56), range(56, 60), range(60, 64)))
    rows = patents.measure(found, epochs=2)
    assert rows[0] == {
        "model": "6-gram",
        "perplexity": found.counter.perplexity(found.ids[2]),
        "accuracy": found.counter.accuracy(found.ids[2]),
    }
    assert rows[1]["seeds"] == 2 and rows[1]["perplexity spread"] > 0
    assert rows[3]["perplexity"] < rows[2]["perplexity"]  # two epochs know less than the counts


def test_the_share_of_the_linear_model_by_hand():
    sure, unsure, labels = np.array([0.9, 0.1]), np.array([0.6, 0.4]), [1, 0]
    assert reviews.chosen_share(sure, unsure, labels) == 0
    assert reviews.chosen_share(unsure, sure, labels) == 1
    assert reviews.chosen_share(np.array([0.9, 0.9]), np.array([0.1, 0.1]), labels) == 0.5


def test_a_ladder_of_reviews_by_hand():
    labels = [np.array([1, 0]), np.array([1, 0, 1, 0])]
    first = [np.array([0.9, 0.2]), np.array([0.9, 0.2, 0.1, 0.1])]
    second = [np.array([0.6, 0.7]), np.array([0.9, 0.7, 0.95, 0.1])]
    counted = [np.array([0.1, 0.9]), np.array([0.1, 0.9, 0.9, 0.1])]
    rows = reviews.ladder([first, second], 5.0, counted, labels)
    assert [row["accuracy"] for row in rows] == [0.5, 0.75, 1.0, 1.0]
    assert [row["validation"] for row in rows] == [0.0, 0.75, 1.0, 1.0]
    assert rows[1]["validation spread"] == 0.5 and rows[1]["seeds"] == 2
    assert rows[3]["model"] == "average and 0% linear"


def test_words_are_predicted_from_what_stands_before_and_after():
    """The surprise at all words, worked out from the states of both directions."""
    import keras

    keras.utils.set_random_seed(1)
    matrix = np.random.default_rng(1).normal(size=(9, 4)).astype("float32")
    layers = reviews.reader(matrix)
    counts = np.array([0, 3, 5, 5, 9, 1, 1, 2, 2])
    model = reviews.word_predictor(*layers, counts)
    ids = np.array([[2, 4, 6, 3, 0], [2, 7, 5, 4, 3], [2, 3, 0, 0, 0]], "int32")
    names = [layer.name for layer in model.layers if layer.name.startswith("guess")]
    guesses = keras.Model(model.input, [model.get_layer(name).output for name in sorted(names)])
    forward, backward = (np.asarray(guess) for guess in guesses(ids))
    bias = np.log((counts + 1) / (counts + 1).sum())
    lost = []
    for row, length in enumerate((4, 5, 2)):
        for place in range(1, length):
            for state, word in (
                (forward[row, place - 1], ids[row, place]),
                (backward[row, place], ids[row, place - 1]),
            ):
                logits = matrix @ state + bias
                lost.append(np.log(np.exp(logits).sum()) - logits[word])
    assert float(model(ids, training=False)) == pytest.approx(np.mean(lost), rel=1e-5)
    changed = guesses(np.where(ids == 5, 8, ids))  # the third word of the second row
    np.testing.assert_array_equal(np.asarray(changed[0])[1, :2], forward[1, :2])
    np.testing.assert_array_equal(np.asarray(changed[1])[1, 3:], backward[1, 3:])


def test_reviews_train_and_score(monkeypatch):
    """All stages once, on a few invented reviews."""
    for name, sizes in (
        ("ROWS", {"window": 40, "boundaries": (20,), "batch": 4}),
        ("MODEL", {"units": 5}),
        ("FIRST", {"samples": 8, "epochs": 2}),
    ):
        monkeypatch.setattr(reviews, name, getattr(reviews, name) | sizes)
    monkeypatch.setattr(reviews, "SEEDS", (1, 2))
    monkeypatch.setattr(reviews, "SCORED", 10)
    monkeypatch.setattr(reviews, "WARM", 2)
    vectors = corpora.embeddings("synthetic", corpus="reviews")
    monkeypatch.setattr(reviews.corpora, "embeddings", lambda *_, **__: vectors)
    found = corpora.load("reviews", "synthetic")["train"]
    cuts = [slice(0, 120), slice(120, 150), slice(150, 180)]
    labels = np.asarray(found.labels)
    texts, labels = ([part[cut] for cut in cuts] for part in (found.texts, labels))
    rows, first = reviews.measure(reviews.encoded(texts, labels))
    ways = ("linear,", "GRU without", "GRU, mean", "average of", "average and")
    assert all(row["model"].startswith(way) for row, way in zip(rows, ways, strict=True))
    assert rows[2]["seeds"] == 2 and first["perplexity on validation reviews"] < 432


def test_downloads_by_all_ways():
    rows = downloads.measure_all(1)
    assert [row["way"] for row in rows] == list(downloads.WAYS)
    assert all(row["MB"] == 1 and row["seconds"] > 0 for row in rows)
    assert all(row["seconds, half there"] > 0 for row in rows)


def test_a_download_of_another_file_is_refused(monkeypatch, tmp_path):
    source = tmp_path / downloads.NAME
    digest = downloads.write_file(source, 1)
    assert source.stat().st_size == 10**6
    monkeypatch.setattr(downloads.urllib.request, "urlopen", lambda _: (tmp_path / "b").open("rb"))
    (tmp_path / "b").write_bytes(b"other")
    with pytest.raises(ValueError, match="wrong checksum"):
        downloads.read_all("", 0, digest, tmp_path)
