"""What a notebook says about a training: how long it will take, and whether it was worth it."""

import math
import time

import keras


class TimeEstimate(keras.callbacks.Callback):
    """Say early how long a training will take at most, if that is two minutes or more.

    It measures five seconds of batches, but not the first three, during which Keras compiles. If an
    epoch is shorter, it measures the second one; if Keras does not know how many batches an epoch
    has, the rest of the first one, or else the second.
    """

    def on_train_begin(self, logs=None):
        self.has_spoken = False

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()
        self.warm = math.inf  # when the third batch ended

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        if batch >= 2 and self.warm == math.inf:
            self.warm = now
            self.first = batch
        steps = self.params["steps"]
        if steps and now - self.warm > 5 and not self.has_spoken:
            per_batch = (now - self.warm) / (batch - self.first)
            self.say(1.1 * per_batch * steps)  # the validation part takes its share

    def on_epoch_end(self, epoch, logs=None):
        now = time.perf_counter()
        if epoch > 0 and not self.has_spoken:
            self.say(now - self.began)
        elif now - self.warm > 20 and not self.has_spoken:
            self.say(now - self.warm)

    def say(self, seconds):
        self.has_spoken = True
        epochs = self.params["epochs"]
        minutes = seconds * epochs / 60
        if minutes >= 1.5:
            print(
                f"This training takes about {minutes:.0f} minutes at most: {epochs} epochs of "
                f"{seconds:.0f} s each. To cut it, take fewer epochs or units, or less data."
            )


def verdict(scores, model, *, lower_is_better=False, margin=0.0, share=0.0):
    """Say in a sentence whether a model is better than the best of its rivals.

    scores: pandas.Series of model to score, NaN where there is none; model: one of its names;
    margin: a difference that may be chance, such as twice the standard error, or else `share`, a
    share of the rival's score -> str.
    """
    rivals = scores.drop([model, "best possible"], errors="ignore").dropna()
    if rivals.empty:
        return f"{model} has {scores[model]:.4g}, and there is nothing to compare it with."
    best = rivals.idxmin() if lower_is_better else rivals.idxmax()
    gain = scores[model] - rivals[best]
    margin = max(margin, share * abs(rivals[best]))
    if lower_is_better:
        gain = -gain
    between = f"{model} has {scores[model]:.4g} and {best} {rivals[best]:.4g}"
    if gain > margin:
        return f"{between}: on this test part the network is better."
    if gain < -margin:
        return f"{between}: here the network is not worth its trouble, take {best}."
    return f"{between}: the difference may be chance, so the cheaper {best} will do."
