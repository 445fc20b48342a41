"""What a notebook says about a training: how long it will take, and whether it was worth it."""

import time

import keras


class TimeEstimate(keras.callbacks.Callback):
    """Say early how long a training will take at most, if that is more than a minute.

    It measures some of the first batches, but not the very first ones, which compile. Where Keras
    does not know how many batches an epoch has, it measures the first epoch.
    """

    def on_train_begin(self, logs=None):
        self.began = None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch_began = time.perf_counter()
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        steps = self.params["steps"]
        if self.epoch > 0 or not steps or self.began == "said":
            return
        if batch == 2:
            self.began = time.perf_counter()
        elif batch > 2 and (time.perf_counter() - self.began > 5 or batch == steps - 1):
            self.say((time.perf_counter() - self.began) / (batch - 2) * steps)

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0 and self.began != "said":
            self.say(time.perf_counter() - self.epoch_began)

    def say(self, seconds):
        self.began = "said"
        epochs = self.params["epochs"]
        minutes = 1.1 * seconds * epochs / 60  # the validation part takes its share
        if minutes > 1:
            print(
                f"This training takes about {minutes:.0f} minutes at most: {epochs} epochs of "
                f"{1.1 * seconds:.0f} s each. To cut it, take fewer epochs or units, or less data."
            )


def verdict(scores, model, *, lower_is_better=False, margin=0.0):
    """Say in a sentence whether a model is better than the best of its rivals.

    scores: pandas.Series of model to score, NaN where there is none; model: one of its names;
    margin: a difference that may be chance, such as twice the standard error -> str.
    """
    rivals = scores.drop([model, "best possible"], errors="ignore").dropna()
    best = rivals.idxmin() if lower_is_better else rivals.idxmax()
    gain = scores[model] - rivals[best]
    if lower_is_better:
        gain = -gain
    between = f"{model} has {scores[model]:.4g} and {best} {rivals[best]:.4g}"
    if gain > margin:
        return f"{between}: on this test part the network is better."
    if gain < -margin:
        return f"{between}: here the network is not worth its trouble, take {best}."
    return f"{between}: the difference may be chance, so the cheaper {best} will do."
