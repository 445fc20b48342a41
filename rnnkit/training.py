"""The callbacks of every training here: best checkpoint, early stopping, resume, one-line progress.

Schedules and clipping are Keras' own: `keras.optimizers.Adam(schedule, global_clipnorm=1.0)`.
"""

import json
import shutil
import sys
import time
import zipfile
from pathlib import Path

import keras


def callbacks(folder, *, monitor="val_loss", patience=3, resume=True, data=None):
    """Compose what `model.fit(..., verbose=0, callbacks=callbacks(folder))` needs.

    folder: holds `best.keras`, the best model by `monitor`, and while a run is under way `backup`;
    patience: epochs without improvement after which training stops, its best weights restored;
    resume: go on after the last finished epoch of a run that did not reach its end, or start anew;
    data: the training data, if its order follows from its attribute `epoch` (`encoding.batches`)
    -> a list of callbacks. A resumed run ends with the very weights of an undisturbed one if
    `data` is given, the script sets its seeds, and on PyTorch each dropout layer has a seed.
    ValueError if the folder is a file.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: give a folder for the checkpoint and the backup.")
    mode = "min" if monitor.endswith("loss") else "auto"  # Keras cannot tell of one loss of several
    checkpoint = keras.callbacks.ModelCheckpoint(
        folder / "best.keras", monitor=monitor, mode=mode, save_best_only=True
    )
    stopping = keras.callbacks.EarlyStopping(
        monitor=monitor, mode=mode, patience=patience, restore_best_weights=True
    )
    backup = Backup(folder / "backup", checkpoint, stopping, resume=resume)
    order = [] if data is None else [EpochOrder(data)]
    return [checkpoint, stopping, backup, ProgressLine(stopping), *order]


def restart(model, fresh):
    """Let a compiled model begin again, which saves compiling another one for the next seed.

    model: compiled, and maybe trained; fresh: a model of the same shape, new from its builder. The
    model gets its weights, and its optimizer forgets all steps. A learning rate that is no schedule
    and the seeds of dropout stay where they are. Raises ValueError if the weights do not fit.
    """
    model.set_weights(fresh.get_weights())
    for variable in model.optimizer.variables:
        if variable is not model.optimizer.learning_rate:
            variable.assign(keras.ops.zeros_like(variable))


class EpochOrder(keras.callbacks.Callback):
    """Tell the training data which epoch begins, so that its order does not depend on the past."""

    def __init__(self, data):
        super().__init__()
        if not hasattr(data, "epoch"):
            raise ValueError(
                f"{type(data).__name__} has no attribute `epoch` to order its rows by."
            )
        self.data = data

    def on_epoch_begin(self, epoch, logs=None):
        self.data.epoch = epoch


class Backup(keras.callbacks.BackupAndRestore):
    """Keras' backup after each epoch, made whole: nothing half-written is ever restored.

    Keras saves weights, optimizer and epoch in two files one after the other. Here the best model,
    the numbers that early stopping goes by, the seeds of dropout and the history join them in one
    folder, which gets its name, `epoch-0007` after seven epochs, by one atomic rename. The last two
    such folders are kept.
    """

    def __init__(self, folder, checkpoint, stopping, *, resume=True):
        self.folder = Path(folder)
        super().__init__(str(self.folder / "unfinished"))
        self.checkpoint, self.stopping, self.resume = checkpoint, stopping, resume

    def on_train_begin(self, logs=None):
        self.epochs = []  # the logs of each finished epoch
        if not self.resume:
            shutil.rmtree(self.folder, ignore_errors=True)
        backups = self._backups()
        start = [_array(v) for v in _variables(self.model)] if backups else []
        for backup in backups:
            try:
                self._restore(backup)
            except (OSError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile) as error:
                reason = str(error).partition("\n")[0]
                print(f"The backup {backup} is damaged or of another model, and left: {reason}")
                shutil.rmtree(backup)
                for variable, value in zip(_variables(self.model), start, strict=True):
                    variable.assign(value)  # some may have been loaded before the damage
            else:
                done = len(self.epochs)
                print(f"Going on after epoch {done} from {backup}; resume=False starts anew.")
                return
        self.model._initial_epoch = None
        if backups:
            print("No backup can be read: training starts anew.")

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(logs)
        if self.model.stop_training:
            return  # a run killed from here on repeats this epoch and stops again
        super().on_epoch_end(epoch, logs)
        unfinished = Path(self.backup_dir)
        shutil.copy(self.checkpoint.filepath, unfinished / "best.keras")
        (unfinished / "state.json").write_text(json.dumps(self._state()))
        backup = self.folder / f"epoch-{epoch + 1:04d}"
        unfinished.rename(backup)
        for old in self._backups()[2:]:
            shutil.rmtree(old)

    def on_train_end(self, logs=None):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.model._initial_epoch = None  # Keras leaves it set, and the next fit would begin there
        history = self.model.history  # Keras' own has the epochs since the restart only
        history.epoch = list(range(len(self.epochs)))
        names = dict.fromkeys(name for scores in self.epochs for name in scores)
        history.history = {
            name: [scores[name] for scores in self.epochs if name in scores] for name in names
        }

    def _backups(self):
        """List the finished backups, the newest first."""
        return sorted(self.folder.glob("epoch-*"), reverse=True)

    def _state(self):
        """Gather what Keras leaves out: numbers, lists and dicts."""
        return {
            "best": self.checkpoint.best,
            "stopping": {
                name: vars(self.stopping)[name] for name in ("best", "best_epoch", "wait")
            },
            "seeds": [_array(seed).tolist() for seed in _seeds(self.model)],
            "epochs": self.epochs,
        }

    def _restore(self, backup):
        """Bring model, optimizer, callbacks and epoch back to where a backup was made."""
        state = json.loads((backup / "state.json").read_text())
        best_weights = None
        if state["best"] is not None:
            self.model.load_weights(backup / "best.keras")
            best_weights = self.model.get_weights()
        shutil.copytree(backup, self.backup_dir, dirs_exist_ok=True)
        super().on_train_begin()
        for seed, value in zip(_seeds(self.model), state["seeds"], strict=True):
            seed.assign(value)
        # Nothing can fail from here on, so a damaged backup leaves no trace in the callbacks.
        shutil.copy(backup / "best.keras", self.checkpoint.filepath)
        vars(self.stopping).update(state["stopping"], best_weights=best_weights)
        self.checkpoint.best, self.epochs = state["best"], state["epochs"]


class ProgressLine(keras.callbacks.Callback):
    """One line that shows how far training is: updated in place, and left behind as a summary.

    In a notebook the line is one display that is overwritten, so the stored output is the summary
    alone; in a terminal it is rewritten after a carriage return; elsewhere only the summary is
    printed. Silent if `fit` shows Keras' own bar, that is unless `verbose=0`.
    """

    def __init__(self, stopping=None, *, interval=0.2):
        """stopping: the EarlyStopping whose best epoch is named; interval: seconds of rest."""
        super().__init__()
        self.stopping, self.interval = stopping, interval

    def on_train_begin(self, logs=None):
        self.show = _line_writer() if self.params.get("verbose") == 0 else _nowhere
        self.began, self.shown = time.perf_counter(), -self.interval
        self.steps, self.logs, self.finished = self.params.get("steps"), {}, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.seen = epoch, 0

    def on_train_batch_end(self, batch, logs=None):
        self.seen = batch + 1
        now = time.perf_counter()
        if now - self.shown >= self.interval:
            self.shown = now
            self.show(self._running(self.logs | (logs or {})))

    def on_epoch_end(self, epoch, logs=None):
        self.steps, self.logs, self.finished = self.seen, logs or {}, epoch + 1
        self.show(self._running(self.logs))

    def on_train_end(self, logs=None):
        seconds = time.perf_counter() - self.began
        text = f"{self.finished} epoch{'s' * (self.finished > 1)}, {seconds:.0f} s"
        text = f"{text}: {_scores(self.logs)}" if self.logs else "no epoch left to train"
        best = getattr(self.stopping, "best", None)
        if best is not None:
            epoch = self.stopping.best_epoch + 1
            text += f"; kept epoch {epoch} with {self.stopping.monitor} {best:.4g}"
        self.show(text, last=True)

    def _running(self, logs):
        epochs = self.params.get("epochs", 0)
        done = 20 * self.seen // self.steps if self.steps else 0
        bar = f"[{'#' * done}{'.' * (20 - done)}]" if self.steps else f"step {self.seen}"
        seconds = time.perf_counter() - self.began
        return f"epoch {self.epoch + 1}/{epochs} {bar} {_scores(logs)}, {seconds:.0f} s"


def _line_writer():
    """Choose how a line is shown here, -> show(text, last=False)."""
    if "IPython" in sys.modules and _in_notebook():
        return _notebook_line()
    if sys.stdout.isatty():
        return _terminal_line()
    return lambda text, last=False: print(text) if last else None


def _in_notebook():
    shell = sys.modules["IPython"].get_ipython()
    return hasattr(shell, "kernel")  # the IPython of a terminal has none


def _notebook_line():
    from IPython.display import display

    handle = display({"text/plain": ""}, raw=True, display_id=True)
    return lambda text, last=False: handle.update({"text/plain": text}, raw=True)


def _terminal_line():
    width = shutil.get_terminal_size().columns - 1

    def show(text, last=False):
        sys.stdout.write("\r" + text[:width].ljust(width) + "\n" * last)
        sys.stdout.flush()

    return show


def _nowhere(text, last=False):
    pass


def _scores(logs):
    return ", ".join(f"{name} {value:.4g}" for name, value in logs.items())


def _seeds(model):
    """List the states of the random generators in a model; Keras does not save them."""
    return [v for v in model.variables if v.path.endswith("seed_generator_state")]


def _variables(model):
    """List all that restoring overwrites, the optimizer's state included."""
    model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]


def _array(variable):
    return keras.ops.convert_to_numpy(variable.value)
