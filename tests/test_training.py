"""Resuming after SIGKILL, bit for bit; damaged backups; the one line of progress."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from rnnkit import training

PATH = os.pathsep.join([str(Path(training.__file__).parents[1]), *filter(None, sys.path)])

# Resuming. One process imports Keras once and forks a child for each run, which saves seconds.

RUNS = """
import json, os, signal, sys
import keras
import numpy as np
from rnnkit import encoding, training

EPOCHS = 9
save_weights = keras.Model.save_weights


def fit(folder, kill_in_batch=None, kill_while_saving=None):
    keras.utils.set_random_seed(7)
    # Training rows count upwards, held-out rows are noise: the first epoch is the best.
    rng = np.random.default_rng(0)
    rows = ((np.arange(10) + rng.integers(8, size=(32, 1))) % 8 + 4).astype("int32")
    noise = rng.integers(4, 12, (16, 10)).astype("int32")
    train = encoding.batches(rows[:, :-1], rows[:, 1:], batch_size=8, seed=3)
    held_out = encoding.batches(noise[:, :-1], noise[:, 1:], batch_size=8)
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(12, 8),
            keras.layers.Dropout(0.1),
            keras.layers.LSTM(16, dropout=0.1, return_sequences=True),
            keras.layers.Dense(12),
        ]
    )
    schedule = keras.optimizers.schedules.CosineDecay(0.1, EPOCHS * 4)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(schedule, global_clipnorm=1.0), loss)

    class Killer(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.epoch = epoch

        def on_train_batch_end(self, batch, logs=None):
            if (self.epoch, batch) == kill_in_batch:
                os.kill(os.getpid(), signal.SIGKILL)

    def half_save(self, filepath, overwrite=True):
        save_weights(self, filepath, overwrite)
        if killer.epoch == kill_while_saving:
            os.truncate(filepath, os.path.getsize(filepath) // 2)
            os.kill(os.getpid(), signal.SIGKILL)

    killer = Killer()
    keras.Model.save_weights = half_save
    history = model.fit(
        train,
        validation_data=held_out,
        epochs=EPOCHS,
        verbose=0,
        shuffle=False,
        callbacks=[killer, *training.callbacks(folder, patience=4, data=train)],
    )
    np.savez(folder + "/weights.npz", *model.get_weights())
    np.savez(folder + "/optimizer.npz", *[v.numpy() for v in model.optimizer.variables])
    with open(folder + "/history.json", "w") as file:
        json.dump([history.epoch, history.history], file)


def child(*arguments):
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        fit(*arguments)
        sys.stdout.flush()
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    print("ended with", status)


child("whole")
child("killed", (2, 1))
child("killed", None, 3)
child("killed")
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with an undisturbed run and one killed twice, and what the script printed."""
    if not hasattr(os, "fork"):
        pytest.skip("needs fork and SIGKILL")
    folder = tmp_path_factory.mktemp("runs")
    for name in ("whole", "killed"):
        (folder / name).mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUNS],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": PATH, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


NAMES = ("whole", "killed")


def test_the_runs_were_killed_and_went_on_where_they_stood(runs):
    _, printed = runs
    lines = [line for line in printed.splitlines() if not line.startswith("5 epochs, ")]
    backup = os.path.join("killed", "backup", "epoch-000")
    assert lines == [
        "ended with 0",
        "ended with -9",
        f"Going on after epoch 2 from {backup}2; resume=False starts anew.",
        "ended with -9",
        f"Going on after epoch 3 from {backup}3; resume=False starts anew.",
        "ended with 0",
    ]


def test_a_killed_run_ends_with_the_same_scores(runs):
    folder, _ = runs
    whole, killed = (json.loads((folder / name / "history.json").read_text()) for name in NAMES)
    assert whole == killed
    epochs, scores = whole
    assert epochs == [0, 1, 2, 3, 4]  # patience 4 counted over both kills
    assert np.argmin(scores["val_loss"]) == 0  # the best epoch lies before them


@pytest.mark.parametrize("file", ["weights.npz", "optimizer.npz"])
def test_a_killed_run_ends_with_the_same_weights(runs, file):
    folder, _ = runs
    with np.load(folder / "whole" / file) as whole, np.load(folder / "killed" / file) as killed:
        assert whole.files == killed.files
        for name in whole.files:
            np.testing.assert_array_equal(whole[name], killed[name])


def test_a_killed_run_leaves_the_best_model_and_no_backup(runs):
    folder, _ = runs
    for name in NAMES:
        assert not (folder / name / "backup").exists()
        best = keras.models.load_model(folder / name / "best.keras")
        with np.load(folder / name / "weights.npz") as kept:  # early stopping restored the best
            for weight, key in zip(best.get_weights(), kept.files, strict=True):
                np.testing.assert_array_equal(weight, kept[key])


# Damaged and foreign backups, in this process


class Interrupt(keras.callbacks.Callback):
    """Ctrl-C at the start of an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


def small_model(units=4):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(units),
            keras.layers.Dropout(0.5, seed=2),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.Adam(0.05), "mse", run_eagerly=True)  # nothing to trace: faster
    return model


def fit(model, folder, *more, epochs=4, **options):
    x = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
    return model.fit(
        x,
        x[:, :1],
        validation_data=(x, x[:, :1]),
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=[*training.callbacks(folder, **options), *more],
    )


@pytest.fixture
def interrupted(tmp_path):
    """A folder with the backups of a run that was interrupted after three epochs."""
    with pytest.raises(KeyboardInterrupt):
        fit(small_model(), tmp_path, Interrupt(3))
    assert sorted(p.name for p in (tmp_path / "backup").iterdir()) == ["epoch-0002", "epoch-0003"]
    return tmp_path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    model = small_model()
    return fit(model, tmp_path_factory.mktemp("undisturbed")).history, model.get_weights()


def same(model, history, undisturbed):
    assert history.history == undisturbed[0]
    assert history.epoch == [0, 1, 2, 3]
    for weight, expected in zip(model.get_weights(), undisturbed[1], strict=True):
        np.testing.assert_array_equal(weight, expected)


FILES = ["latest.weights.h5", "best.keras", "state.json", "training_metadata.json"]


@pytest.mark.parametrize("file", FILES)
def test_a_damaged_backup_is_named_and_the_one_before_taken(interrupted, undisturbed, file, capsys):
    newest = interrupted / "backup" / "epoch-0003"
    os.truncate(newest / file, (newest / file).stat().st_size // 2)
    model = small_model()
    same(model, fit(model, interrupted), undisturbed)
    first, second, _ = capsys.readouterr().out.splitlines()
    assert first.startswith(f"The backup {newest} is damaged or of another model, and left: ")
    assert second.startswith(f"Going on after epoch 2 from {newest.with_name('epoch-0002')};")


def test_damage_inside_the_weights_is_found(interrupted, capsys):
    weights = interrupted / "backup" / "epoch-0003" / "latest.weights.h5"
    weights.write_bytes(weights.read_bytes()[:700] + bytes(weights.stat().st_size - 700))
    fit(small_model(), interrupted)
    assert "Going on after epoch 2" in capsys.readouterr().out


def test_if_no_backup_can_be_read_training_starts_anew(interrupted, undisturbed, capsys):
    for name in ("epoch-0002", "epoch-0003"):
        weights = interrupted / "backup" / name / "latest.weights.h5"
        weights.write_bytes(weights.read_bytes()[:-200])
    model = small_model()
    same(model, fit(model, interrupted), undisturbed)
    lines = capsys.readouterr().out.splitlines()
    assert [line.startswith("The backup") for line in lines[:2]] == [True, True]
    assert lines[2] == "No backup can be read: training starts anew."


def test_a_damaged_backup_leaves_no_best_score_behind(interrupted, capsys):
    for name in ("epoch-0002", "epoch-0003"):
        os.truncate(interrupted / "backup" / name / "latest.weights.h5", 2000)
    (loss,) = fit(small_model(), interrupted, epochs=1).history["val_loss"]
    assert f"; kept epoch 1 with val_loss {loss:.4g}\n" in capsys.readouterr().out


def test_a_backup_of_another_model_changes_nothing(interrupted, capsys):
    model, fresh = small_model(units=5), small_model(units=5)
    history = fit(model, interrupted)
    assert history.epoch == [0, 1, 2, 3]
    assert "is damaged or of another model" in capsys.readouterr().out
    expected = fit(fresh, interrupted)
    assert history.history == expected.history


def test_a_backup_made_in_part_is_never_read(interrupted, undisturbed, capsys):
    """What a kill leaves behind: Keras' files of epoch 4 in part, the backup of epoch 3 whole."""
    backup = interrupted / "backup"
    shutil.copytree(backup / "epoch-0002", backup / "unfinished")
    (backup / "unfinished" / "training_metadata.json").write_text("")
    model = small_model()
    same(model, fit(model, interrupted), undisturbed)
    assert "Going on after epoch 3" in capsys.readouterr().out


def test_resume_can_be_declined(interrupted, undisturbed, capsys):
    model = small_model()
    model._initial_epoch = 3  # what an interrupted run that had been resumed leaves in Keras
    same(model, fit(model, interrupted, resume=False), undisturbed)
    assert "Going on" not in capsys.readouterr().out


def test_a_finished_run_is_not_resumed_and_the_next_fit_begins_at_its_first_epoch(interrupted):
    model = small_model()
    assert fit(model, interrupted).epoch == [0, 1, 2, 3]
    assert not (interrupted / "backup").exists()
    assert model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0).epoch == [0]
    assert fit(model, interrupted, epochs=2).epoch == [0, 1]


def test_a_run_killed_after_its_last_epoch_only_restores_its_best(interrupted, capsys):
    best = interrupted / "best.keras"
    before = keras.models.load_model(best).get_weights()
    os.truncate(best, 100)  # as a kill in the middle of saving it leaves it
    model = small_model()
    history = fit(model, interrupted, epochs=3)
    assert history.epoch == [0, 1, 2]
    assert len(history.history["val_loss"]) == 3
    for weights in (model.get_weights(), keras.models.load_model(best).get_weights()):
        for weight, expected in zip(weights, before, strict=True):
            np.testing.assert_array_equal(weight, expected)
    assert "no epoch left to train; kept epoch" in capsys.readouterr().out


def test_an_epoch_that_stops_training_is_not_backed_up(tmp_path):
    """Else a run killed right after it would go on training when it is resumed."""
    seen = []

    def stop(epoch, logs):
        model.stop_training = epoch == 2

    def look(epoch, logs):
        seen.append(sorted(os.listdir(tmp_path / "backup")))

    first, last = (
        keras.callbacks.LambdaCallback(on_epoch_end=function) for function in (stop, look)
    )
    model = small_model()
    x = np.ones((4, 3), "float32")
    callbacks = [first, *training.callbacks(tmp_path), last]
    model.fit(x, x[:, :1], validation_data=(x, x[:, :1]), epochs=9, verbose=0, callbacks=callbacks)
    assert seen == [["epoch-0001"], *[["epoch-0001", "epoch-0002"]] * 2]


def test_the_epoch_reaches_the_data(tmp_path):
    class Data(keras.utils.PyDataset):
        epoch = None
        seen = []

        def __len__(self):
            return 2

        def __getitem__(self, index):
            self.seen.append(self.epoch)
            return np.ones((4, 3), "float32"), np.ones((4, 1), "float32")

    data = Data()
    callbacks = training.callbacks(tmp_path, monitor="loss", data=data)
    small_model().fit(data, epochs=3, verbose=0, shuffle=False, callbacks=callbacks)
    assert [e for e in data.seen if e is not None] == [0, 0, 1, 1, 2, 2]


def test_bad_arguments_are_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="file is a file: give a folder"):
        training.callbacks(tmp_path / "file")
    with pytest.raises(ValueError, match="list has no attribute `epoch`"):
        training.callbacks(tmp_path, data=[])


# The line of progress


class Clock:
    """Stands in for the module time: a clock that tests move."""

    now = 0.0

    def perf_counter(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(training, "time", clock)
    return clock


def drive(line, clock, *, epochs=2, steps=1000, seconds=0.001, verbose=0):
    """Send a callback the events of a training, one step each `seconds`."""
    line.set_params({"verbose": verbose, "epochs": epochs, "steps": None})
    line.on_train_begin()
    for epoch in range(epochs):
        line.on_epoch_begin(epoch)
        for step in range(steps):
            clock.now += seconds
            line.on_train_batch_end(step, {"loss": 2.0 - epoch})
        line.on_epoch_end(epoch, {"loss": 2.0 - epoch, "val_loss": 0.123456})
    line.on_train_end({})


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_line_is_rewritten_and_throttled(clock, monkeypatch):
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    monkeypatch.setenv("COLUMNS", "80")
    drive(training.ProgressLine(), clock)
    written = terminal.getvalue()
    assert "\x1b" not in written
    assert written.count("\n") == 1 and written.endswith("\n")
    lines = [line.rstrip() for line in written.split("\r")[1:]]
    # Five a second for two seconds, the ends of two epochs, the summary.
    assert 12 <= len(lines) <= 14
    assert lines[0] == "epoch 1/2 step 1 loss 2, 0 s"
    assert lines[5] == f"epoch 1/2 [{'#' * 20}] loss 2, val_loss 0.1235, 1 s"
    assert lines[8] == "epoch 2/2 [########............] loss 1, val_loss 0.1235, 1 s"
    assert lines[-1] == "2 epochs, 2 s: loss 1, val_loss 0.1235"
    assert {len(line) for line in written.rstrip("\n").split("\r")[1:]} == {79}


def test_elsewhere_only_the_summary_is_printed(clock, capsys):
    drive(training.ProgressLine(), clock, epochs=1)
    assert capsys.readouterr() == ("1 epoch, 1 s: loss 2, val_loss 0.1235\n", "")


def test_the_line_is_silent_beside_keras_own_bar(clock, capsys):
    drive(training.ProgressLine(), clock, verbose="auto")
    assert capsys.readouterr().out == ""


def test_the_summary_names_the_epoch_that_was_kept(clock, capsys):
    stopping = keras.callbacks.EarlyStopping()
    stopping.best, stopping.best_epoch = 0.1, 1
    drive(training.ProgressLine(stopping), clock)
    assert capsys.readouterr().out.endswith("; kept epoch 2 with val_loss 0.1\n")


NOTEBOOK = """
from rnnkit import runtime
runtime.start(seed=1)
---
import keras
import numpy as np
from rnnkit import training
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
line = training.ProgressLine(interval=0)
x = np.ones((64, 3))
_ = model.fit(x, x[:, :1], epochs=3, batch_size=8, verbose=0, callbacks=[line])
"""


def test_a_notebook_keeps_one_clean_line(monkeypatch):
    import nbclient
    import nbformat

    monkeypatch.setenv("PYTHONPATH", PATH)
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in NOTEBOOK.split("---")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    start, fitted = (cell.outputs for cell in notebook.cells)
    assert start == []  # nothing on stderr
    (output,) = fitted
    assert output.output_type == "display_data"
    assert set(output.data) == {"text/plain"}
    assert re.fullmatch(r"3 epochs, \d+ s: loss [\d.e-]+", output.data["text/plain"])


# Beginning again.


def small(seed, rate, width=4):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(width), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(rate), "mse", jit_compile=False)
    return model


@pytest.mark.parametrize("schedule", [False, True])
def test_a_restarted_model_trains_like_a_new_one(schedule):
    rates = keras.optimizers.schedules
    rate = rates.CosineDecay(0.1, 20) if schedule else 0.1
    rng = np.random.default_rng(1)
    data = {"x": rng.normal(size=(32, 3)), "y": rng.normal(size=(32, 1)), "shuffle": False}
    used, new = small(1, rate), small(2, rate)
    used.fit(**data, epochs=3, verbose=0)
    training.restart(used, small(2, rate))
    losses = [model.fit(**data, epochs=3, verbose=0).history["loss"] for model in (used, new)]
    assert losses[0] == losses[1]
    assert losses[0][-1] < losses[0][0]  # the rate is still there


def test_restart_refuses_weights_of_another_shape():
    with pytest.raises(ValueError, match="shape"):
        training.restart(small(1, 0.1), small(1, 0.1, width=5))
