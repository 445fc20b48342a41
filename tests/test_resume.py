"""A training killed twice ends as an undisturbed one, bit for bit; backups that do not fit."""

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import pytest
import resume
import tensorflow as tf

PATH = os.pathsep.join([str(Path(resume.__file__).parent), *filter(None, sys.path)])

# One process imports Keras once and forks a child for each run, which saves seconds.

RUNS = """
import json, os, signal, sys
import keras
import numpy as np
import tensorflow as tf
import resume

EPOCHS = 9
save_weights = keras.Model.save_weights


def fit(folder, kill_in_batch=None, kill_while_saving=None):
    keras.utils.set_random_seed(7)
    # Training rows count upwards, validation rows are noise: the first epoch is the best.
    rng = np.random.default_rng(0)
    rows = ((np.arange(10) + rng.integers(8, size=(30, 1))) % 8 + 4).astype("int32")
    noise = rng.integers(4, 12, (16, 10)).astype("int32")
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
    best = folder + "/best.keras"
    checkpoint = keras.callbacks.ModelCheckpoint(best, save_best_only=True)
    stopping = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
    backup = resume.Backup(folder + "/backup", checkpoint, stopping)
    examples = tf.data.Dataset.from_tensor_slices((rows[:, :-1], rows[:, 1:])).cache()
    train_ds = backup.shuffle(examples).batch(8)

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
        train_ds,
        validation_data=(noise[:, :-1], noise[:, 1:]),
        epochs=EPOCHS,
        verbose=0,
        shuffle=False,
        callbacks=[killer, checkpoint, stopping, backup],
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
    """A folder with an undisturbed run and one killed twice, and what the script printed.

    Four trainings in fresh processes take about ten seconds; nothing less shows what is promised.
    """
    if not hasattr(os, "fork"):
        pytest.skip("needs fork and SIGKILL")
    folder = tmp_path_factory.mktemp("runs")
    for name in NAMES:
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
    backup = os.path.join("killed", "backup", "epoch-000")
    assert printed.splitlines() == [
        "ended with 0",
        "ended with -9",
        f"Going on after epoch 2 from {backup}2.",
        "ended with -9",
        f"Going on after epoch 3 from {backup}3.",
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
        assert not list((folder / name / "backup").iterdir())
        best = keras.models.load_model(folder / name / "best.keras")
        with np.load(folder / name / "weights.npz") as kept:  # early stopping restored the best
            for weight, key in zip(best.get_weights(), kept.files, strict=True):
                np.testing.assert_array_equal(weight, kept[key])


# ---------------------------------------------------------------- the order of the rows


def test_the_order_of_the_rows_follows_from_the_epoch_alone():
    def orders(epochs, **options):
        backup = resume.Backup("unused", None, None)
        rows = backup.shuffle(tf.data.Dataset.range(20).cache(), **options)
        assert rows.cardinality() == 20
        found = []
        for epoch in epochs:
            backup.on_epoch_begin(epoch)
            found.append([int(row) for row in rows])
        return found

    tf.random.set_seed(0)  # the seed outside must not matter, not even this one
    first, second, third = orders([0, 1, 2])
    assert sorted(first) == list(range(20))
    assert len({tuple(first), tuple(second), tuple(third), tuple(range(20))}) == 4
    assert orders([2, 1]) == [third, second]
    assert orders([0], seed=100) != [first]
    with pytest.raises(ValueError, match="the size of the dataset is not known"):
        resume.Backup("unused", None, None).shuffle(
            tf.data.Dataset.range(4).filter(lambda x: x > 1)
        )


# ---------------------------------------------------------------- other backups, in this process


class Interrupt(keras.callbacks.Callback):
    """Ctrl-C at the start of an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


def small_model(units=4, rate=0.05, activation=None, loss="mse"):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(units, activation),
            keras.layers.Dropout(0.5, seed=2),
            keras.layers.Dense(1),
        ]
    )
    # Nothing to trace, which is faster.
    model.compile(keras.optimizers.Adam(rate), loss, run_eagerly=True)
    return model


def fit(model, folder, *more, epochs=4, monitor="val_loss", mode="min", name="best.keras"):
    options = {"monitor": monitor, "mode": mode}
    only_weights = {"save_weights_only": name.endswith("weights.h5"), "save_best_only": True}
    checkpoint = keras.callbacks.ModelCheckpoint(folder / name, **only_weights, **options)
    stopping = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True, **options)
    backup = resume.Backup(folder / "backup", checkpoint, stopping)
    x = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
    return model.fit(
        x,
        x[:, :1],
        validation_data=(x, x[:, :1]),
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=[checkpoint, stopping, backup, *more],
    )


@pytest.fixture(scope="module")
def interrupted_once(tmp_path_factory):
    """The folder of a run that was interrupted after three epochs; leave it as it is."""
    folder = tmp_path_factory.mktemp("interrupted")
    with pytest.raises(KeyboardInterrupt):
        fit(small_model(), folder, Interrupt(3))
    assert [path.name for path in (folder / "backup").iterdir()] == ["epoch-0003"]
    return folder


@pytest.fixture
def interrupted(interrupted_once, tmp_path):
    """A folder with the backup of a run that was interrupted after three epochs."""
    return shutil.copytree(interrupted_once, tmp_path / "run")


@functools.cache
def undisturbed():
    """The scores and the weights of a training that nothing has disturbed."""
    model = small_model()
    with tempfile.TemporaryDirectory() as folder:
        history = fit(model, Path(folder))
    return history.history, model.get_weights()


def same(model, history):
    """Whether a training came out as an undisturbed one."""
    scores, weights = undisturbed()
    assert history.history == scores
    assert history.epoch == [0, 1, 2, 3]
    for weight, wanted in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(weight, wanted)


def test_an_interrupted_run_goes_on_in_the_same_process(interrupted, capsys):
    model = small_model()
    same(model, fit(model, interrupted))
    assert "Going on after epoch 3" in capsys.readouterr().out


FILES = ["last.weights.h5", "best.keras", "state.json"]


@pytest.mark.parametrize("file", FILES)
def test_a_damaged_backup_is_named_and_kept(interrupted, file):
    backup = interrupted / "backup" / "epoch-0003"
    os.truncate(backup / file, (backup / file).stat().st_size // 2)
    with pytest.raises(ValueError, match=r"epoch-0003 cannot be read \(.*\): delete it to start"):
        fit(small_model(), interrupted)
    assert backup.is_dir()


def test_a_backup_of_another_training_is_refused_and_kept(interrupted):
    for model, options, what in (
        (small_model(units=5), {}, "weights"),
        (small_model(rate=0.01), {}, "an optimizer"),
        (small_model(activation="tanh"), {}, "layers"),  # of the same shapes
        (small_model(loss="mae"), {}, "a loss"),
        (small_model(), {"monitor": "loss"}, "a monitor"),
        (small_model(), {"mode": "max"}, "a monitor"),
    ):
        with pytest.raises(ValueError, match=f"is of a training with {what} other than here"):
            fit(model, interrupted, **options)
    assert (interrupted / "backup" / "epoch-0003").is_dir()


def test_a_backup_made_in_part_is_never_read(interrupted):
    """What a kill leaves behind: files of epoch 4 in part, the backup of epoch 3 whole."""
    unfinished = interrupted / "backup" / "unfinished"
    unfinished.mkdir()
    (unfinished / "last.weights.h5").write_text("")
    model = small_model()
    same(model, fit(model, interrupted))


def test_a_finished_run_is_not_resumed_and_the_next_fit_begins_at_its_first_epoch(interrupted):
    model = small_model()
    assert fit(model, interrupted).epoch == [0, 1, 2, 3]
    assert not list((interrupted / "backup").iterdir())
    assert model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0).epoch == [0]
    assert fit(model, interrupted, epochs=2).epoch == [0, 1]


def test_a_run_killed_after_its_last_epoch_only_restores_its_best(interrupted):
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


def test_numbers_of_numpy_in_the_logs_and_a_tilde_in_the_name(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    noting = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: logs.update(extra=np.float32(0.5))
    )
    model = small_model()
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True)
    stopping = keras.callbacks.EarlyStopping(patience=5)
    backup = resume.Backup("~/backup", checkpoint, stopping)
    x = np.ones((4, 3), "float32")
    options = {"validation_data": (x, x[:, :1]), "epochs": 3, "verbose": 0}
    callbacks = [noting, checkpoint, stopping, backup, Interrupt(2)]
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, x[:, :1], callbacks=callbacks, **options)
    assert (tmp_path / "backup" / "epoch-0002").is_dir()


def test_an_epoch_that_stops_training_is_not_backed_up(tmp_path):
    """Else a run killed right after it would go on training when it is resumed."""
    seen = []

    def stop(epoch, logs):
        model.stop_training = epoch == 2

    def look(epoch, logs):
        seen.append(os.listdir(tmp_path / "backup"))

    first = keras.callbacks.LambdaCallback(on_epoch_end=stop)
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True)
    stopping = keras.callbacks.EarlyStopping(patience=5)
    backup = resume.Backup(tmp_path / "backup", checkpoint, stopping)
    last = keras.callbacks.LambdaCallback(on_epoch_end=look)
    model = small_model()
    x = np.ones((4, 3), "float32")
    callbacks = [first, checkpoint, stopping, backup, last]
    model.fit(x, x[:, :1], validation_data=(x, x[:, :1]), epochs=9, verbose=0, callbacks=callbacks)
    assert seen == [["epoch-0001"], ["epoch-0002"], ["epoch-0002"]]


def test_a_score_that_is_no_number_is_no_best_one(tmp_path):
    """Once NaN in the first epoch made all later ones count as worse."""
    scores = iter([float("nan"), float("nan"), 3.0, 2.0, 5.0])

    def score(epoch, logs):
        logs["val_loss"] = next(scores)

    noting = keras.callbacks.LambdaCallback(on_epoch_end=score)
    model = small_model()
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True)
    stopping = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    backup = resume.Backup(tmp_path / "backup", checkpoint, stopping)
    x = np.ones((4, 3), "float32")
    callbacks = [noting, checkpoint, stopping, backup]
    model.fit(x, x[:, :1], epochs=5, verbose=0, callbacks=callbacks)
    assert (stopping.best, stopping.best_epoch, checkpoint.best) == (2.0, 3, 2.0)
    best = keras.models.load_model(tmp_path / "best.keras")
    for weight, wanted in zip(best.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, wanted)


def test_a_checkpoint_of_weights_alone_is_restored(tmp_path):
    """Keras goes by the names of files; the copy of such a checkpoint was once called .keras."""
    name = "best.weights.h5"
    with pytest.raises(KeyboardInterrupt):
        fit(small_model(), tmp_path, Interrupt(3), name=name)
    (tmp_path / name).unlink()
    model = small_model()
    same(model, fit(model, tmp_path, name=name))
    assert (tmp_path / name).is_file()


def test_a_score_may_be_one_for_each_class(tmp_path):
    noting = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: logs.update(f1=np.array([0.5, 0.25], "float32"))
    )
    model = small_model()
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True)
    stopping = keras.callbacks.EarlyStopping(patience=5)
    backup = resume.Backup(tmp_path / "backup", checkpoint, stopping)
    x = np.ones((4, 3), "float32")
    options = {"validation_data": (x, x[:, :1]), "epochs": 2, "verbose": 0}
    history = model.fit(x, x[:, :1], callbacks=[noting, checkpoint, stopping, backup], **options)
    assert history.history["f1"] == [[0.5, 0.25]] * 2


def test_what_else_lies_in_the_folder_is_left_alone(interrupted):
    mine = interrupted / "backup" / "epoch-0009"
    mine.mkdir()
    (mine / "notes.txt").write_text("of the reader")
    (interrupted / "backup" / "epoch-best.keras").write_text("of the reader")
    model = small_model()
    same(model, fit(model, interrupted))
    assert (mine / "notes.txt").is_file()
    assert (interrupted / "backup" / "epoch-best.keras").is_file()


def test_what_a_backup_cannot_use_is_named(tmp_path):
    (tmp_path / "backup").write_text("")
    with pytest.raises(ValueError, match="backup is a file: name a folder for the backup"):
        fit(small_model(), tmp_path)
    (tmp_path / "backup").unlink()
    with pytest.raises(ValueError, match=r"The checkpoint goes to .*epoch}.keras: name one file"):
        fit(small_model(), tmp_path, name="{epoch}.keras")
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras")
    stopping = keras.callbacks.EarlyStopping("loss")
    backup = resume.Backup(tmp_path / "backup", checkpoint, stopping)
    with pytest.raises(
        ValueError, match="has not written .*: put it before the backup in the list"
    ):
        x = np.ones((4, 3), "float32")
        small_model().fit(x, x[:, :1], verbose=0, callbacks=[backup, checkpoint, stopping])


def test_a_full_disk_leaves_the_last_backup(interrupted, monkeypatch):
    """h5py's own words, as they came from a disk that was full."""
    save_weights = keras.Model.save_weights

    def full(self, path, overwrite=True):
        save_weights(self, path, overwrite)
        os.truncate(path, 100)
        raise OSError("[Errno 28] Can't write data (... No space left on device)")

    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "save_weights", full)
        says = "cannot be written .*No space left on device.*: free some space and start again"
        with pytest.raises(OSError, match=says):
            fit(small_model(), interrupted)
    names = sorted(path.name for path in (interrupted / "backup").iterdir())
    assert names == ["epoch-0003", "unfinished"]
    model = small_model()
    same(model, fit(model, interrupted))
    assert not list((interrupted / "backup").iterdir())
