"""Figures that more than one notebook draws. Each function takes data and an Axes and returns it.

The diagrams of layers and cells stand in `diagrams` and are to be had from here too.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from rnnkit import diagrams, harmony
from rnnkit.diagrams import PALETTE

unrolled, rnn_cell = diagrams.unrolled, diagrams.rnn_cell
lstm_cell, gru_cell = diagrams.lstm_cell, diagrams.gru_cell
COLOURS = list(PALETTE.values())
STYLE = {
    "figure.figsize": (7, 3.4),
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "legend.fontsize": 10,
    "axes.prop_cycle": plt.cycler(color=COLOURS),
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.alpha": 0.3,
    "lines.linewidth": 1.8,
    "date.converter": "concise",  # full dates at each tick run into one another
}


def style():
    """Set what all figures of the workbook share: large type, colours in order, a light grid.

    In a notebook it also stores the words of `describe` with each picture, as its alternative text.
    """
    plt.rcParams.update(STYLE)
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell:  # before each cell: Matplotlib sets up its part for notebooks only after this one
        plt.switch_backend(plt.get_backend())
        shell.events.register("pre_run_cell", lambda *_: _store_words(shell.display_formatter))


def describe(figure):
    """Put a figure into words for those who do not see it, from its titles, labels and legends."""
    parts = [figure.get_suptitle()]
    for ax in figure.axes:
        _, names = ax.get_legend_handles_labels()
        label = ax.get_label().partition("<")[0]  # of a diagram; of a colour bar <colorbar>
        axes = _joined(" against ", [ax.get_ylabel(), ax.get_xlabel()])
        words = [ax.get_title(), label, axes, ", ".join(names)]
        parts.append(_joined(": ", words))
    text = _joined("; ", parts)
    return f"Figure. {text or 'It has no labels'}."


def _joined(mark, words):
    """Join the words that are not empty."""
    return mark.join(filter(None, words))


def _store_words(formatters):
    """Let a notebook store with the picture of each figure the words that describe it."""
    formatter = formatters.formatters["image/png"]
    draw = formatter.type_printers.get(Figure)
    if draw is None or getattr(draw, "__name__", "") == "with_words":
        return

    def with_words(figure):
        drawn = draw(figure)
        if not drawn:
            return drawn
        png, size = drawn if isinstance(drawn, tuple) else (drawn, {})
        return png, {**size, "alt": describe(figure)}

    formatter.for_type(Figure, with_words)


# ---------------------------------------------------------------- training


def learning_curves(histories, ax, *, metric="loss", transform=None, limit=None, label=None):
    """Draw a metric on training data (dashed) and on validation data (solid) over epochs.

    histories: dict name -> dict of lists as in `History.history`; transform: a function of the
    values, such as numpy.exp; limit: a number drawn as the best possible -> ax.
    Raises ValueError if a history lacks the metric.
    """
    transform = transform or np.asarray
    for number, (name, history) in enumerate(histories.items()):
        if metric not in history:
            known = sorted(history)
            raise ValueError(f"{name!r} has no {metric!r}, only {known}: name one of them")
        colour = COLOURS[number % len(COLOURS)]
        training = transform(history[metric])
        epochs = np.arange(1, len(training) + 1)
        ax.plot(epochs, training, "--", color=colour, alpha=0.6)
        if f"val_{metric}" in history:
            validation = transform(history[f"val_{metric}"])
            ax.plot(epochs, validation, "-o", ms=4, color=colour, label=name)
    if limit is not None:
        ax.axhline(limit, color="black", linestyle=":", label="best possible")
    ax.set(xlabel="epoch", ylabel=label or metric)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(title="solid: validation, dashed: training", title_fontsize=9)
    return ax


# ---------------------------------------------------------------- memory


def gradient_by_lag(norms, ax, *, label="norm of the gradient"):
    """Draw how strongly the last output still depends on the step `lag` steps before it.

    norms: dict name -> float (T,), the value at lag 0 first -> ax, logarithmic upwards. Zeros,
    where nothing is left of a gradient, are not drawn. Raises ValueError if `norms` is empty.
    """
    if not norms:
        raise ValueError("norms is empty: give one array a curve, as {name: values}")
    for name, values in norms.items():
        values = np.asarray(values, float)
        shown = np.where(values > 0, values, np.nan)
        ax.plot(np.arange(len(shown)), shown, label=name)
    ax.set(xlabel="lag (steps back in time)", ylabel=label, yscale="log")
    ax.legend()
    return ax


def gate_map(gates, ax, *, marks=()):
    """Draw a gate of every unit over time: a row for each unit, the most open one on top.

    gates: float (T, H), from 0 to 1; marks: float (T,), a triangle stands where it is not 0 -> ax.
    """
    order = np.argsort(gates.mean(axis=0))
    picture = ax.imshow(gates.T[order], vmin=0, vmax=1, aspect="auto", origin="lower")
    ax.figure.colorbar(picture, ax=ax, label="gate")
    steps = np.flatnonzero(marks)
    above = np.full(len(steps), len(order) + 0.4)
    ax.plot(steps, above, "v", color="black")
    ax.set(xlabel="step", ylabel="unit", ylim=(-0.5, len(order) + 1.5))
    ax.grid(False)
    return ax


# ---------------------------------------------------------------- words


def token_heat_map(tokens, values, ax, *, columns=64, cmap="viridis", label="", limits=None):
    """Write a text whose words are coloured by a value each.

    tokens: list of str (T,), values: float (T,) -> ax, with a colour bar called `label`. Lines
    break after `columns` characters. Raises ValueError if the lengths differ.
    """
    if len(tokens) != len(values):
        raise ValueError(f"{len(tokens)} tokens, but {len(values)} values: pass one value a token")
    low, high = limits or (np.min(values), np.max(values))
    scale = plt.cm.ScalarMappable(plt.Normalize(low, high), cmap)
    style = {"family": "monospace", "fontsize": 10}
    column = line = 0
    for token, value in zip(tokens, values, strict=True):
        if column + len(token) > columns:
            column = 0
            line += 1
        ground = scale.to_rgba(value)
        brightness = np.dot(ground[:3], (0.299, 0.587, 0.114))  # luminance, ITU-R BT.601
        letters = "white" if brightness < 0.5 else "black"
        box = {"facecolor": ground, "edgecolor": "none", "pad": 1.5}
        ax.text(column, -line, token, color=letters, bbox=box, **style)
        column += len(token) + 1.2
    ax.set(xlim=(-0.5, columns + 1), ylim=(-line - 0.6, 0.9))
    ax.axis("off")
    ax.figure.colorbar(scale, ax=ax, label=label, shrink=0.8, aspect=12)
    return ax


def mistakes(judged, ax, *, sentences=8, columns=90):
    """Write the first sentences in which a word got a wrong label, a sentence in each line.

    judged: pandas.DataFrame with a row for each word: sentence, word, label (the true one), guess.
    Wrong words are red, with the guess and the true label behind; what is longer than `columns`
    characters is cut -> the Axes.
    """
    wrong = judged["guess"] != judged["label"]
    shown = judged.loc[wrong, "sentence"].unique()[:sentences]
    style = {"family": "monospace", "fontsize": 11}
    for line, number in enumerate(shown):
        column = 0
        for word in judged[judged["sentence"] == number].itertuples():
            is_right = word.guess == word.label
            text = word.word if is_right else f"{word.word}/{word.guess} ({word.label})"
            if column + len(text) > columns:
                break
            ground = "none" if is_right else "#f4b6a6"
            box = {"facecolor": ground, "edgecolor": "none", "pad": 1.5}
            ax.text(column, -line, text, bbox=box, **style)
            column += len(text) + 1
    ax.set(xlim=(0, columns), ylim=(-len(shown) + 0.4, 0.6))
    ax.axis("off")
    return ax


def attention_map(weights, source, target, ax, *, links=None, least=0):
    """Draw how much of its attention each target word gives to each source word.

    weights: float (T, S), rows of sum 1; source, target: S and T labels; links: the true places,
    a list of T tuples of source numbers, the first of which is framed; anything else, such as NaN,
    stands for unknown places; least: source words whose weights are all lower are left out, for a
    long source without links -> ax. Raises ValueError if the sizes differ.
    """
    size = (len(target), len(source))
    if np.shape(weights) != size:
        raise ValueError(
            f"weights have the shape {np.shape(weights)}: {len(target)} target and {len(source)} "
            f"source words need {size}"
        )
    is_shown = np.max(weights, axis=0) >= least
    weights, source = np.array(weights)[:, is_shown], np.array(source)[is_shown]
    ax.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    if not isinstance(links, list):
        links = []
    for row, places in enumerate(links[: len(target)]):
        for place in places[:1]:
            frame = plt.Rectangle((place - 0.5, row - 0.5), 1, 1, fill=False)
            frame.set(edgecolor=PALETTE["red"], linewidth=1.5)
            ax.add_patch(frame)
    ax.set_xticks(range(len(source)), source, rotation=60, ha="right", fontsize=10)
    ax.set_yticks(range(len(target)), target, fontsize=10)
    ax.set(xlabel="source", ylabel="output")
    ax.grid(False)
    return ax


def spectrograms(clips, titles, axes, *, stride=20):
    """Draw spectrograms beside each other.

    clips: float (N, T, bands), titles: N str, axes: N Axes, stride: ms from frame to frame ->
    the Axes.
    """
    for clip, title, ax in zip(clips, titles, axes, strict=True):
        ax.imshow(clip.T, origin="lower", aspect="auto")
        ax.set(title=title, xlabel=f"frame ({stride} ms)", ylabel="mel band")
        ax.grid(visible=False)
    return axes


VOICES = ("soprano", "alto", "tenor", "bass")


def piano_roll(notes, ax, *, title=""):
    """Draw a piece: a bar for each note, as long as it's held, a colour for each voice.

    notes: int (T, voices), MIDI numbers, 0 for none -> ax, time to the right, pitch upwards.
    """
    for number, voice in enumerate(np.asarray(notes).T):
        colour = COLOURS[number % len(COLOURS)]
        name = VOICES[number] if len(notes[0]) == len(VOICES) else f"voice {number + 1}"
        ax.plot([], [], color=colour, linewidth=5, label=name)
        start = 0
        for pitch, length in harmony.held(voice):
            if pitch > 0:
                span = (start + 0.06, length - 0.12)  # a gap, so that repeated notes can be told
                ax.broken_barh([span], (pitch - 0.4, 0.8), color=colour)
            start += length
    ax.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1))
    ax.set(xlabel="step", ylabel="pitch (MIDI number)")
    ax.set_title(title, y=1.12)
    return ax
