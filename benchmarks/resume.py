"""Going on with a training of minutes or hours that was cut off, as if nothing had happened.

Checkpoint, early stopping, schedules and clipping are Keras' own, and stand in the notebooks.
"""

import json
import re
import shutil
from pathlib import Path

import keras


class Backup(keras.callbacks.Callback):
    """Keep after each epoch what a training needs, and go on from there when it was cut off.

        backup = resume.Backup("backup", checkpoint, stopping)
        train_ds = backup.shuffle(examples).padded_batch(64)
        model.fit(train_ds, ..., shuffle=False, callbacks=[checkpoint, stopping, backup])

    A script that is killed and started again ends with the very weights of an undisturbed one, if
    it sets its seeds. Beside weights, optimizer and epoch, which Keras' BackupAndRestore keeps too,
    these are the best model so far, the count of early stopping, the states of dropout, the
    history, and by `shuffle` the order of the rows. All of it lies in one folder, which gets its
    name, `epoch-0007` after seven epochs, when it is whole, and is deleted when training ends. A
    backup of another training (another model, optimizer, learning rate, loss or monitor) is refused
    and kept. A score that is NaN is no best one: the next that is a number takes its place.
    """

    def __init__(self, folder, checkpoint, stopping):
        """folder: of its own, made if it is missing; checkpoint: a ModelCheckpoint to one file;
        stopping: an EarlyStopping with the same monitor. Both stand before this callback."""
        super().__init__()
        self.folder = Path(folder).expanduser()
        self.checkpoint = checkpoint
        self.stopping = stopping
        self.epoch = None  # the number of the epoch that runs, where `shuffle` is used

    def shuffle(self, dataset, *, seed=0):
        """Shuffle a dataset in an order that follows from seed and epoch alone.

        dataset: a tf.data.Dataset of known size, before it is batched -> Dataset of the same
        elements, in another order in each epoch. ValueError if its size is not known.
        """
        import tensorflow as tf

        rows = int(dataset.cardinality())
        if rows < 0:
            raise ValueError(
                "the size of the dataset is not known: shuffle it before filter and batch"
            )
        self.epoch = tf.Variable(0, dtype=tf.int64, trainable=False)

        def in_order_of_epoch(_):
            # Of this function alone: the order does not hang on the seed outside, and with 0 there
            # TensorFlow would ask whether the tensor below is 0, which it cannot know yet.
            tf.random.set_seed(1)
            return dataset.shuffle(rows, seed=seed + self.epoch)

        shuffled = tf.data.Dataset.range(1).flat_map(in_order_of_epoch)
        return shuffled.apply(tf.data.experimental.assert_cardinality(rows))

    def on_train_begin(self, logs=None):
        """Restore the last backup; raise ValueError for one that does not fit or cannot be read,
        for a folder that is a file, and for a checkpoint to more than one file."""
        if self.folder.is_file():
            raise ValueError(f"{self.folder} is a file: name a folder for the backup.")
        if "{" in str(self.checkpoint.filepath):
            raise ValueError(f"The checkpoint goes to {self.checkpoint.filepath}: name one file.")
        self.epochs = []  # the scores of each finished epoch
        self.settings = _settings(self.model, self.checkpoint, self.stopping)
        backups = self._backups()
        if backups:
            self._restore(backups[-1])
            print(f"Going on after epoch {len(self.epochs)} from {backups[-1]}.")
        self.model._initial_epoch = len(self.epochs)  # what Keras' own callback sets, too

    def on_epoch_begin(self, epoch, logs=None):
        if self.epoch is not None:
            self.epoch.assign(epoch)

    def on_epoch_end(self, epoch, logs=None):
        scores = {name: _plain(value) for name, value in logs.items()}
        self.epochs.append(scores)
        for callback in (self.checkpoint, self.stopping):
            if callback.best != callback.best:  # NaN
                callback.best = None
        if self.model.stop_training:
            return  # a run that is killed from here on repeats this epoch and stops again
        try:
            self._save(f"epoch-{epoch + 1:04d}")
        except OSError as error:
            raise OSError(
                f"The backup in {self.folder} cannot be written ({error}): free some space and "
                "start again, which goes on from the last whole backup."
            ) from error

    def _save(self, name):
        unfinished = self.folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        self.model.save_weights(unfinished / "last.weights.h5")
        shutil.copy(self._best_file(), unfinished / self._best_name())
        state = json.dumps(self._state(), default=float)
        (unfinished / "state.json").write_text(state)
        unfinished.rename(self.folder / name)
        for old in self._backups()[:-1]:
            shutil.rmtree(old)

    def on_train_end(self, logs=None):
        self.model._initial_epoch = None  # else the next fit would begin there
        history = self.model.history  # Keras' own has the epochs since the restart only
        history.epoch = list(range(len(self.epochs)))
        history.history = {}
        for scores in self.epochs:
            for name, value in scores.items():
                history.history.setdefault(name, []).append(value)
        for backup in [*self._backups(), self.folder / "unfinished"]:
            shutil.rmtree(backup, ignore_errors=True)

    def _backups(self):
        """The finished backups, the newest last."""
        states = sorted(self.folder.glob("epoch-*/state.json"))  # what else is there is not ours
        return [state.parent for state in states]

    def _best_file(self):
        path = Path(self.checkpoint.filepath)
        if not path.is_file():
            raise ValueError(
                f"The checkpoint has not written {path}: put it before the backup in the list of "
                "callbacks."
            )
        return path

    def _best_name(self):
        """Keras tells the kinds of its files by their names."""
        if self.checkpoint.save_weights_only:
            return "best.weights.h5"
        return "best.keras"

    def _state(self):
        """Gather what Keras leaves out: numbers, lists and dicts."""
        stopping = self.stopping
        return {
            "settings": self.settings,
            "epochs": self.epochs,
            "seeds": [keras.ops.convert_to_numpy(seed).tolist() for seed in _seeds(self.model)],
            "best": self.checkpoint.best,
            "stopping": [stopping.best, stopping.best_epoch, stopping.wait],
        }

    def _restore(self, backup):
        """Bring model, optimizer and callbacks back to where a backup was made."""
        model = self.model
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        state = _read_state(backup)
        for name, value in self.settings.items():
            if state["settings"].get(name) != value:
                raise ValueError(
                    f"The backup {backup} is of a training with {name} other than here: "
                    "name another folder for this one, or delete the backup."
                )
        try:
            model.load_weights(backup / self._best_name())
            best_weights = model.get_weights()
            model.load_weights(backup / "last.weights.h5")
        except Exception as error:  # h5py, zipfile and Keras have many names for damage
            raise ValueError(_unreadable(backup, error)) from error
        Path(self.checkpoint.filepath).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(backup / self._best_name(), self.checkpoint.filepath)
        for seed, value in zip(_seeds(model), state["seeds"], strict=True):
            seed.assign(value)
        self.epochs = state["epochs"]
        self.checkpoint.best = state["best"]
        stopping = self.stopping
        stopping.best_weights = best_weights
        stopping.best, stopping.best_epoch, stopping.wait = state["stopping"]


def _settings(model, checkpoint, stopping):
    """What a backup must have in common with the training that goes on from it: a dict."""
    return {
        "weights": [list(variable.shape) for variable in model.variables],
        "layers": _described(_layers(model)),
        "an optimizer": _described(model.optimizer),
        "a loss": _described(model.loss),
        "a monitor": [stopping.monitor, stopping.mode, checkpoint.monitor, checkpoint.mode],
    }


def _layers(model):
    try:
        return model.get_config()
    except NotImplementedError:  # a layer of the reader's own, which cannot describe itself
        return [type(layer).__name__ for layer in model._flatten_layers()]


def _described(part):
    """Describe something of Keras in JSON, without the numbers that Keras gives to names."""
    config = keras.saving.serialize_keras_object(part)
    text = json.dumps(config, default=lambda value: type(value).__name__, sort_keys=True)
    return re.sub(r"_\d+\b", "", text)


def _plain(value):
    """Turn a score, perhaps of NumPy or one number for each class, into what JSON can hold."""
    return keras.ops.convert_to_numpy(value).tolist()


def _read_state(backup):
    try:
        return json.loads((backup / "state.json").read_text())
    except (OSError, ValueError) as error:
        raise ValueError(_unreadable(backup, error)) from error


def _unreadable(backup, error):
    reason = str(error).partition("\n")[0]
    return f"The backup {backup} cannot be read ({reason}): delete it to start from the beginning."


def _seeds(model):
    """List the states of the random generators in a model; Keras does not save them."""
    return [v for v in model.variables if v.path.endswith("seed_generator_state")]
