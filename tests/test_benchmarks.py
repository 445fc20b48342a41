"""The benchmarks: what they compare, keep and show, and the small ones run with tiny sizes."""

import json
import os
import subprocess
import sys
import types
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "benchmarks"))  # a folder of scripts

import bench  # noqa: E402
import gates_race  # noqa: E402
import gates_task  # noqa: E402
import gates_ways  # noqa: E402
import keras  # noqa: E402
import keras_models  # noqa: E402
import records  # noqa: E402
import scaling  # noqa: E402
import speed  # noqa: E402
import streaming  # noqa: E402
import summaries  # noqa: E402
import torch_env  # noqa: E402
import translation  # noqa: E402
import word_vectors  # noqa: E402
import workloads  # noqa: E402

TINY = workloads.SETS["tiny"]

# ---------------------------------------------------------------- records


def made(tables, **more):
    return records.result("speed", "synthetic", tables, seconds=1.6) | more


def test_a_result_says_where_it_comes_from():
    table = pd.DataFrame({"model": ["a", "b"], "accuracy": [0.5, np.nan]})
    result = made({"Scores": table, "Sizes": [{"T": np.int64(3), "why": None}]})
    assert result["tables"] == {
        "Scores": [{"model": "a", "accuracy": 0.5}, {"model": "b", "accuracy": None}],
        "Sizes": [{"T": 3, "why": None}],
    }
    assert {"python", "tensorflow", "keras", "numpy"} <= set(result["versions"])
    assert f"{os.cpu_count()} CPU cores" in result["machine"] and len(result["date"]) == 10
    assert result["seconds"] == 2 and result["command"] == "python benchmarks/bench.py speed"
    assert len(result["code"]) == 16


def test_numbers_stand_beside_the_last_ones(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(records, "RESULTS", tmp_path / "new")
    assert records.last("speed", "synthetic") == {}
    records.write(made({"A": [{"model": "x", "ms": 2.0, "old": 5}]}))
    bench.show(made({"A": [{"model": "x", "ms": 3.0, "new": 1}]}))
    _, _, compared = capsys.readouterr().out.partition("Beside the last record")
    rows = {line.split("  ")[0]: line.split()[-3:] for line in compared.splitlines()[2:]}
    assert rows["A, x, ms"] == ["3.0", "2.0", "1.5"]
    assert rows["A, x, new"] == ["1.0", "NaN", "NaN"]
    assert rows["A, x, old"] == ["NaN", "5.0", "NaN"]


def test_only_record_writes(monkeypatch, tmp_path, capsys):
    """A script of a notebook's control, run as benchmarks/README.md says."""
    control = types.ModuleType("speed")
    control.run = lambda sizes: {"Scores": pd.DataFrame({"sizes": [sizes], "accuracy": [0.75]})}
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    monkeypatch.setattr(records, "ROOT", tmp_path)
    monkeypatch.setitem(sys.modules, "speed", control)
    bench.main(["speed"])
    assert not list(tmp_path.iterdir())
    bench.main(["speed", "--real", "--record", "--note", "A quiet machine."])
    kept = json.loads((tmp_path / "speed.real.json").read_text())
    assert kept["note"] == "A quiet machine." and "--real" in kept["command"]
    assert kept["tables"] == {"Scores": [{"sizes": "real", "accuracy": 0.75}]}
    assert "0.75" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        bench.main(["sped"])


def test_the_scripts_with_a_function_run_are_the_benchmarks():
    assert set(bench.LONG) <= set(bench.NAMES)
    assert not {"records", "bench", "texts", "workloads"} & set(bench.NAMES)


@pytest.mark.parametrize("path", sorted(records.RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_a_recorded_result_is_whole_and_has_a_script(path):
    result = json.loads(path.read_text(encoding="utf-8"))
    assert path == records.path_of(result["benchmark"], result["sizes"])
    assert result["benchmark"] in bench.NAMES and result["sizes"] in ("synthetic", "real")
    assert all(result["tables"].values()) and result["code"] and result["versions"]


def test_means_and_spreads_of_seeds():
    found = records.mean_and_spread([{"a": 1.0, "b": 5}, {"a": 4.0, "b": 5}])
    assert found == {"a": 2.5, "a spread": 3.0, "b": 5, "b spread": 0}


def test_memory_grows_with_what_is_held():
    code = "import records; before = records.peak_mib(); x = bytearray(b'x' * 2**26); "
    command = [sys.executable, "-c", code + "print(records.peak_mib() - before)"]
    printed = subprocess.check_output(command, cwd=ROOT / "benchmarks", text=True)
    assert 60 <= float(printed) <= 140  # 64 MiB, and a second time while it is copied


# ---------------------------------------------------------------- speed


def test_rows_are_as_long_as_in_a_bucket():
    rows = workloads.data("classifier", workloads.SETS["synthetic"]["classifier"])["inputs"]
    lengths = np.count_nonzero(rows, axis=1)
    assert rows.shape == (64 * 16, 24)
    assert lengths.min() == round(0.7 * 24) and lengths.max() == 24
    assert (np.arange(24) < lengths[:, None]).tolist() == (rows > 0).tolist()  # on the right
    assert rows[rows > 0].min() > workloads.END and rows.max() < 500


def test_a_ratio_is_that_of_the_medians_with_the_spread_of_the_rounds():
    middle, low, high = speed.ratio([2.0, 3.0, 10.0], [1.0, 2.0, 4.0])
    assert middle == 3 / 2
    assert (low, high) == pytest.approx(np.percentile([2, 1.5, 2.5], (10, 90)))


@pytest.mark.parametrize("task", workloads.TASKS)
def test_keras_trains_each_model(task):
    model = keras_models.Keras(task, TINY[task], "workbook")
    before = model.loss()
    steps = model.train() + model.infer()
    assert len(steps) == 4 and min(steps) > 0
    assert model.loss() != before and model.parameters() > 0


def test_xla_trains_the_same_model():
    """One model, since XLA compiles for seconds."""
    sizes = TINY["forecaster"]
    columns = [keras_models.Keras("forecaster", sizes, column) for column in ("workbook", "xla")]
    columns[1].set_weights(columns[0].weights())
    for column in columns:
        column.train()
    assert columns[0].loss() == pytest.approx(columns[1].loss(), rel=1e-3)


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
            for worker in team.values():
                for _ in range(5):
                    worker.ask("train")
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


@pytest.fixture
def worker(monkeypatch):
    """A worker process that every start of one returns; it imports TensorFlow, for seconds."""
    started = speed.Worker("workbook")
    close = started.close
    started.close = lambda: None
    monkeypatch.setattr(speed, "Worker", lambda *_: started)
    yield started
    close()


def test_a_worker_measures_a_model_and_says_what_went_wrong(worker):
    pythons = {"workbook": sys.executable}
    about, ratios, times, _ = speed.one("forecaster", TINY["forecaster"], pythons, 2)
    assert about["parameters"] > 0 and ratios == []
    assert [row["work"] for row in times] == ["training", "inference"]
    for row in times:
        assert 0 < row["10 %"] <= row["ms a step"] <= row["90 %"] and row["peak, MiB"] > 50
    with pytest.raises(speed.WorkerError, match="workbook: KeyError: 'batch'"):
        worker.ask("prepare", task="classifier", sizes={})
    worker.process.kill()
    with pytest.raises(speed.WorkerError, match="the process ended"):
        worker.ask("train")


def test_pytorch_is_left_out_where_it_cannot_be_installed(monkeypatch, tmp_path, capsys):
    def fail(*arguments):
        raise SystemExit("no network")

    monkeypatch.setattr(torch_env, "VENV", tmp_path / "torch")
    monkeypatch.setattr(torch_env.make_env, "create", lambda venv, uv: None)
    monkeypatch.setattr(torch_env.check_backends, "install", fail)
    assert set(speed.columns()) == {"workbook", "xla"}
    assert "PyTorch is left out" in capsys.readouterr().out


# ---------------------------------------------------------------- scaling and streaming


def test_a_curve_bends_where_doubling_doubles():
    values = [1, 2, 4, 8, 16]
    assert scaling.bend(values, [1, 1.1, 1.5, 2.8, 5.5]) == 4  # 1.1, 1.36, 1.87, 1.96
    assert scaling.bend(values, [1, 2, 4, 8, 16]) == 1
    assert scaling.bend(values, [1, 2, 4, 5, 10]) == 8  # a dip in between counts
    assert scaling.bend(values, [1, 1, 1, 1, 1]) is None
    assert scaling.bend([1, 4, 16], [1, 2, 8]) == 4  # 4 times the size: 1.41 and 2 a doubling
    assert scaling.doublings([1, 4], [1, 9]).tolist() == pytest.approx([3])


def test_scaling_measures_each_point(monkeypatch):
    monkeypatch.setattr(scaling, "point", lambda sizes: (10.0 * sizes["length"], 20.0))
    tables = scaling.run("tiny")
    assert [row["ms a step"] for row in tables["Points"]] == [40, 80]
    assert [row["a doubling costs"] for row in tables["Points"]] == [None, pytest.approx(2)]
    (bends,) = tables["Where the curves bend"]
    assert bends["varied"] == "T" and bends["time bends at"] == 4


def test_reading_again_and_the_state_give_the_same_word():
    model = keras_models.language_model(TINY["language model"])
    tokens = np.arange(4, 12)
    again = streaming.last_logits(model).predict_on_batch(tokens[None])
    step = streaming.stepper(model).predict_on_batch
    h = c = np.zeros((1, TINY["language model"]["units"]), "float32")
    for token in tokens:
        logits, h, c = step([np.array([[token]]), h, c])
    np.testing.assert_allclose(logits[:, 0], again, atol=1e-5)


@pytest.mark.parametrize("way", streaming.WAYS)
def test_streaming_times_the_last_tokens(way):
    rows = streaming.measure(way, "tiny")
    assert [row["tokens"] for row in rows] == [10, 20]
    assert [row["timed"] for row in rows] == ([5, 10] if way == "state" else [5, 5])
    assert all(row["10 %"] <= row["ms for the next"] <= row["90 %"] for row in rows)


# ---------------------------------------------------------------- the gates of notebook 02


def test_the_target_is_the_value_at_the_last_mark():
    x, y, lags = gates_task.draw(np.random.default_rng(1), 50, 4, 9)
    for steps, target, lag in zip(x, y, lags, strict=True):
        length = np.count_nonzero(steps[:, 1] != gates_task.PADDING)
        assert steps[:length, 1].sum() == 2 and (steps[length:] == gates_task.PADDING).all()
        last = length - 1 - lag
        assert steps[last, 1] == 1 and steps[last, 0] == pytest.approx(target[0])
        assert not steps[last + 1 : length, 1].any()


def test_in_the_silent_task_there_is_nothing_but_the_value():
    x, y, lags = gates_task.draw(np.random.default_rng(1), 50, 4, 9, silent=True)
    assert (x[:, 0, 1] == 1).all() and x[:, 0, 0] == pytest.approx(y[:, 0])
    assert set(np.unique(x[:, 1:])) == {0.0, gates_task.PADDING}
    assert (x[:, :, 1] >= 0).sum(axis=1).tolist() == (lags + 1).tolist()


def one_update(layer):
    """Train on one batch, with a rate so high that every free weight moves."""
    (x, y, _), *_ = [gates_task.draw(np.random.default_rng(1), 64, 6, 6)]
    model = keras.Sequential([keras.Input((None, 2)), layer, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.5), "mse")
    model.train_on_batch(x, y)
    return x, layer.get_weights()


@pytest.mark.parametrize(
    "kind, gate, value", [("LSTM", "f", 0), ("LSTM", "o", 0.3), ("GRU", "z", 1)]
)
def test_a_held_gate_stays_where_it_is_whatever_it_sees(kind, gate, value):
    forward = {"LSTM": gates_ways.cells.lstm_forward, "GRU": gates_ways.cells.gru_forward}[kind]
    x, weights = one_update(gates_task.make_layer(kind, held={gate: value}, units=5))
    _, trace = forward(weights, x)
    np.testing.assert_allclose(trace[gate], value, atol=1e-6)
    assert trace["g"].std() > 0.1
    x, weights = one_update(gates_task.make_layer(kind, units=5))
    _, trace = forward(weights, x)
    assert trace[gate].std() > 0.01


def test_blind_parts_do_not_see_h_and_the_others_do():
    _, (_, w_h, _) = one_update(gates_task.make_layer("GRU", blind="g", units=5))
    assert not w_h[:, 10:].any() and w_h[:, :10].all()


def lstm_by_hand():
    """One unit that keeps the last marked value in its cell state; its W_h is zero."""
    w_x = np.array([[0, 0, 0.1, 0], [30, -30, 0, 0]])
    return [w_x, np.zeros((1, 4)), np.array([-15.0, 15, 0, 15])]


def test_the_cut_of_the_blue_line_takes_what_rides_on_it():
    """The weights set by hand hold a value in the cell state alone: no other cut can hurt them."""
    layer = keras.layers.LSTM(1)
    scale = keras.layers.Rescaling(10.0)
    model = keras.Sequential([keras.Input((None, 2)), keras.layers.Masking(-2.0), layer, scale])
    layer.set_weights(lstm_by_hand())
    x, y = gates_ways.held_value(40, count=100)
    rows = gates_ways.after_cutting("LSTM", layer, model, x, y)
    error = {row["cut"]: row["error"] for row in rows}
    blue = error.pop("the blue line (f = 0)")
    assert len(error) == 5 and max(error.values()) < 0.01 and blue > 0.4
    assert rows[0]["correlation"] > 0.99
    np.testing.assert_allclose(layer.get_weights()[2], lstm_by_hand()[2])


def test_cutting_the_blue_line_of_a_gru_leaves_its_candidate():
    x, weights = one_update(gates_task.make_layer("GRU", units=5))
    shut = gates_ways.cut_weights("GRU", weights)["the blue line (z = 0)"]
    h, trace = gates_ways.cells.gru_forward(shut, x)
    np.testing.assert_allclose(h, trace["g"], atol=1e-6)


def test_the_race_has_every_layer_and_rate_on_both_tasks(monkeypatch):
    asked = []

    def learning(name, layer, parts, rate, seed):
        asked.append(parts)
        epochs = {7: 4, 8: 6, 9: 120}[seed] if name == "GRU" else 4
        return {"layer": name, "rate": rate, "seed": seed, "epochs": epochs, "learned": epochs < 99}

    monkeypatch.setattr(gates_race, "learning", learning)
    monkeypatch.setattr(gates_race, "three_parts", lambda *_, silent=False: silent)
    noisy, silent = gates_race.run("synthetic").values()
    assert [line["layer"] for line in noisy] == list(gates_race.MAKERS)
    assert noisy[-1] == {
        "layer": "GRU",
        "rate 0.003": "2 of 3: 4 to 6",
        "rate 0.01": "2 of 3: 4 to 6",
    }
    assert silent[0]["rate 0.003"] == "3 of 3: 4"
    assert len(asked) == 2 * 6 * 2 * 3 and sum(asked) == len(asked) / 2


def test_the_layers_of_the_race_train_about_as_many_weights():
    """Held parts are no weights that are trained: all four parts of an LSTM are alike."""
    counts = {}
    for name, maker in gates_race.MAKERS.items():
        layer = maker()
        layer.build((None, None, 2))
        counts[name] = layer.count_params()
    counts["LSTM, all gates held"] /= 4
    counts["LSTM, f held at 0"] *= 3 / 4
    assert counts["LSTM, f held at 0"] < 3400
    assert all(4000 < n < 4600 for name, n in counts.items() if name != "LSTM, f held at 0")


# ---------------------------------------------------------------- word vectors


def test_words_without_a_vector_begin_as_the_random_ones():
    texts = word_vectors.Texts("synthetic", limit=4)
    random, glove = texts.matrix("random", 7), texts.matrix("glove", 7)
    known = [word in texts.vectors for word in texts.words]
    assert 0 < sum(known) < len(known)
    assert (random == glove).all(axis=1).tolist() == [not one for one in known]
    place = known.index(True)
    assert glove[place].tolist() == texts.vectors[texts.words[place]].tolist()
    assert random.std() == pytest.approx(glove[known].std(), rel=0.2)


def test_tied_vectors_are_one_matrix_and_frozen_ones_stay():
    matrix = np.random.default_rng(1).normal(size=(9, word_vectors.WIDTH))
    tied, own = (word_vectors.build(matrix, True, tied, units=4) for tied in (True, False))
    assert own.count_params() - tied.count_params() == matrix.size
    frozen = word_vectors.build(matrix, False, False, units=4)
    assert len(own.trainable_variables) - len(frozen.trainable_variables) == 1
    assert np.allclose(frozen.layers[1].get_weights()[0], matrix)


def test_each_row_takes_the_better_rate_of_its_first_seed(monkeypatch):
    monkeypatch.setattr(word_vectors, "Texts", lambda *_, **__: types.SimpleNamespace(sizes={}))
    asked = []

    def train(texts, name, seed, rate, epochs):
        asked.append((name, seed, rate))
        return {"val": rate, "test": 10.0 * seed}

    monkeypatch.setattr(word_vectors, "train", train)
    (lines,) = word_vectors.run("tiny").values()
    first, *others = word_vectors.SEEDS
    assert [line["network"] for line in lines] == list(word_vectors.ROWS)
    assert {line["rate"] for line in lines} == {min(word_vectors.RATES)}
    assert lines[0]["perplexity"] == 10 * np.mean([first, *others])
    assert len(asked) == len(word_vectors.ROWS) * (len(word_vectors.RATES) + len(others))


# ---------------------------------------------------------------- translation


def test_what_ran_once_has_no_spread():
    rows = [{"network": "phrases", "BLEU": 68.0}]
    rows += [{"network": "attention", "BLEU": score} for score in (97.0, 99.0)]
    phrases, attention = translation._summary(rows).to_dict("records")
    assert phrases["BLEU"] == 68 and np.isnan(phrases["BLEU spread"])
    assert attention == {"network": "attention", "BLEU": 98.0, "BLEU spread": 2.0}


# ---------------------------------------------------------------- summaries


@pytest.fixture(scope="module")
def few_texts():
    texts = summaries.Texts("synthetic")
    for part in ("train", "val", "test"):
        setattr(texts, part, getattr(texts, part).head(64))
    texts.sizes = texts.sizes | {"units": 8, "width": 8, "max_title": 3}
    return texts


def test_an_unknown_word_has_one_number_in_text_and_title(few_texts):
    size = len(few_texts.known)
    source, title, words = few_texts.number("the blorn and the zarv fit blorn", "zarv qux")
    assert [source[1], source[4], source[-1]] == [size, size + 1, size]
    assert title == [summaries.START, size + 1, summaries.UNK, summaries.END]
    assert words[size:] == ["blorn", "zarv"]


@pytest.mark.parametrize("kind", summaries.KINDS)
def test_only_copying_gives_unknown_words_a_probability(few_texts, kind):
    model, _ = summaries.fit(few_texts, kind, seed=1, rate=1e-3, epochs=1)
    size = len(few_texts.known)
    source = np.array([[4, size, size + 1]])
    outputs = model([source, np.array([[summaries.START]])])
    chances = np.array(outputs if kind == "no attention" else outputs[0])[0, 0]
    assert chances.sum() == pytest.approx(1, abs=1e-5)
    assert (chances[size : size + 2] > 0).all() == (kind == "copying")
    assert (chances[size + 2 :] == 0).all()
    titles = summaries.write(few_texts, model, few_texts.test.head(3), repeats=False)
    for title in titles:
        assert len(title.split()) == len(set(title.split())) <= 3


def test_words_are_counted_where_they_first_stand(few_texts):
    words = [word for word in few_texts.words[4:] if len(word) > 3][:10]
    part = pd.DataFrame({"text": [" ".join(words)], "title": [f"{words[0]} {words[9]} unknown"]})
    found = summaries.found_by_place(few_texts, [words[9]], part)
    assert found["0 to 20 %"] == 0 and found["80 to 100 %"] == 1
    assert np.isnan(found["20 to 40 %"])
