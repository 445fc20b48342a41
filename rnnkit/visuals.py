"""Figures that more than one notebook draws. Each function takes data and an Axes and returns it.

Colours are those of Okabe and Ito (2008), which stay apart for colour-blind readers.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

PALETTE = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "red": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "black": "#000000",
}


def style():
    """Set what all figures of the workbook share: colours in order, white ground, light grid.

    In a notebook it also stores the words of `describe` with each picture, as its alternative text.
    """
    plt.rcParams.update(
        {
            "figure.figsize": (7, 3.2),
            "figure.dpi": 110,
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "figure.constrained_layout.use": True,
            "axes.prop_cycle": plt.cycler(color=list(PALETTE.values())),
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "grid.alpha": 0.3,
            "date.converter": "concise",  # full dates at each tick run into one another
        }
    )
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell:  # before each cell: Matplotlib sets up its part for notebooks only after this one
        plt.switch_backend(plt.get_backend())
        shell.events.register("pre_run_cell", lambda *_: _store_words(shell.display_formatter))


def describe(figure):
    """Put a figure into words for those who do not see it, from its titles, labels and legends."""
    parts = [figure.get_suptitle()]
    for ax in figure.axes:
        axes = " against ".join(filter(None, [ax.get_ylabel(), ax.get_xlabel()]))
        names = ", ".join(ax.get_legend_handles_labels()[1])
        parts.append(": ".join(filter(None, [ax.get_title(), axes, names])))
    return f"Figure. {'; '.join(filter(None, parts)) or 'It has no labels'}."


def _store_words(formatters):
    """Let a notebook store with the picture of each figure the words that describe it."""
    formatter = formatters.formatters["image/png"]
    draw = formatter.type_printers.get(Figure)
    if draw is None or getattr(draw, "__name__", "") == "with_words":
        return

    def with_words(figure):
        drawn = draw(figure)
        png, size = drawn if isinstance(drawn, tuple) else (drawn, {})
        return png and (png, {**size, "alt": describe(figure)})

    formatter.for_type(Figure, with_words)


def learning_curves(histories, ax, *, metric="loss", transform=None, limit=None, label=None):
    """Draw a metric on training data (dashed) and on validation data (solid) over epochs.

    histories: dict name -> dict of lists as in `History.history`; transform: a function of the
    values, such as numpy.exp; limit: a number drawn as the best possible -> ax.
    Raises ValueError if a history lacks the metric.
    """
    transform = transform or np.asarray
    for number, (name, history) in enumerate(histories.items()):
        if metric not in history:
            raise ValueError(
                f"{name!r} has no {metric!r}, only {sorted(history)}: name one of them"
            )
        epochs = np.arange(1, len(history[metric]) + 1)
        colour = list(PALETTE.values())[number % len(PALETTE)]
        ax.plot(epochs, transform(history[metric]), "--", color=colour, alpha=0.6)
        if f"val_{metric}" in history:
            ax.plot(
                epochs, transform(history[f"val_{metric}"]), "-o", ms=3, color=colour, label=name
            )
    if limit is not None:
        ax.axhline(limit, color="black", linestyle=":", label="best possible")
    ax.set(xlabel="epoch", ylabel=label or metric)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(title="solid: validation, dashed: training", fontsize=8, title_fontsize=8)
    return ax


def token_heat_map(tokens, values, ax, *, columns=76, cmap="viridis", label="", limits=None):
    """Write a text whose words are coloured by a value each.

    tokens: list of str (T,), values: float (T,) -> ax, with a colour bar called `label`. Lines
    break after `columns` characters. Raises ValueError if the lengths differ.
    """
    if len(tokens) != len(values):
        raise ValueError(f"{len(tokens)} tokens, but {len(values)} values: pass one value a token")
    low, high = limits or (np.min(values), np.max(values))
    colours = plt.cm.ScalarMappable(plt.Normalize(low, high), cmap)
    column = line = 0
    for token, value in zip(tokens, values, strict=True):
        if column + len(token) > columns:
            column, line = 0, line + 1
        ground = colours.to_rgba(value)
        dark = np.dot(ground[:3], (0.299, 0.587, 0.114)) < 0.5  # luminance, ITU-R BT.601
        ax.text(
            column,
            -line,
            token,
            family="monospace",
            fontsize=8.5,
            color="white" if dark else "black",
            bbox={"facecolor": ground, "edgecolor": "none", "pad": 1.5},
        )
        column += len(token) + 1.2
    ax.set(xlim=(-0.5, columns + 1), ylim=(-line - 0.6, 0.9))
    ax.axis("off")
    ax.figure.colorbar(colours, ax=ax, label=label, shrink=0.8, aspect=12)
    return ax


def unrolled(inputs, outputs, ax, *, state="h"):
    """Draw a recurrent layer unrolled over time: one column a step, the same weights in each.

    inputs, outputs: lists of T labels, None where a step reads or gives nothing -> ax.
    Raises ValueError if the lengths differ.
    """
    if len(inputs) != len(outputs):
        raise ValueError(f"{len(inputs)} inputs, but {len(outputs)} outputs: pass one a step")
    for t, (x, y) in enumerate(zip(inputs, outputs, strict=True)):
        _node(ax, t, 1, f"${state}_{{{t + 1}}}$", "sky")
        _arrow(ax, (t - 1, 1), (t, 1), "$W_h$")
        if x is not None:
            _node(ax, t, 0, x, "orange")
            _arrow(ax, (t, 0), (t, 1), "$W_x$")
        if y is not None:
            _node(ax, t, 2, y, "green")
            _arrow(ax, (t, 1), (t, 2), "$W_y$")
    _node(ax, -1, 1, f"${state}_0$", None)
    ax.set(xlim=(-1.5, len(inputs) - 0.5), ylim=(-0.4, 2.4), aspect="equal")
    ax.axis("off")
    return ax


def _node(ax, column, row, label, colour):
    """Write a label in a rounded box at (column, row); without colour, in an empty one."""
    ground = {"facecolor": PALETTE[colour], "alpha": 0.45} if colour else {"facecolor": "white"}
    box = {"boxstyle": "round,pad=0.4", "edgecolor": "black", **ground}
    ax.text(column, row, label, ha="center", va="center", fontsize=10, bbox=box)


def _arrow(ax, start, end, label):
    """Draw an arrow between two boxes, its weight matrix written beside it."""
    style = {"arrowstyle": "->", "shrinkA": 16, "shrinkB": 16}
    ax.annotate("", end, start, arrowprops=style)
    along = start[1] == end[1]
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    shift = (0, 4) if along else (5, 0)
    place = {"ha": "center", "va": "bottom"} if along else {"ha": "left", "va": "center"}
    ax.annotate(label, (x, y), shift, textcoords="offset points", fontsize=8, **place)


def gradient_by_lag(norms, ax, *, label="norm of the gradient"):
    """Draw how strongly the last output still depends on the step `lag` steps before it.

    norms: dict name -> float (T,), the value at lag 0 first -> ax, logarithmic upwards. Zeros,
    where nothing is left of a gradient, are not drawn. Raises ValueError if `norms` is empty.
    """
    if not norms:
        raise ValueError("norms is empty: give one array a curve, as {name: values}")
    for number, (name, values) in enumerate(norms.items()):
        colour = list(PALETTE.values())[number % len(PALETTE)]
        values = np.asarray(values, float)
        shown = np.where(values > 0, values, np.nan)
        ax.plot(np.arange(len(shown)), shown, color=colour, label=name)
    ax.set(xlabel="lag (steps back in time)", ylabel=label, yscale="log")
    ax.legend(fontsize=8)
    return ax


def success_by_lag(lags, rates, ax, *, chance=None):
    """Draw how often each network remembers, by the longest lag it was asked for.

    lags: int (L,), rates: dict name -> float (L, S), the success rate (0 to 1) of S runs at each
    lag; chance: the rate of guessing -> ax. Lines are means, bands reach from the worst run to the
    best. Raises ValueError if the rates of a name are not (L, S).
    """
    for number, (name, values) in enumerate(rates.items()):
        values = np.asarray(values, float)
        if values.ndim != 2 or len(values) != len(lags):
            raise ValueError(f"{name!r} has the shape {values.shape}: it must be ({len(lags)}, S)")
        colour = list(PALETTE.values())[number % len(PALETTE)]
        ax.plot(lags, values.mean(axis=1), "-o", color=colour, label=name)
        ax.fill_between(lags, values.min(axis=1), values.max(axis=1), color=colour, alpha=0.2)
    if chance is not None:
        ax.axhline(chance, color="black", linestyle=":", label="guessing")
    ax.set_xscale("log", base=2)
    ax.set_xticks(lags, lags)
    ax.set(xlabel="longest lag (steps)", ylabel="success rate", ylim=(0, 1.03))
    ax.legend(fontsize=8)
    return ax


def gate_trace(traces, ax, *, marks=(), label="gate (0 closed, 1 open)"):
    """Draw what gates, or other values of a unit, do over time.

    traces: dict name -> float (T,); marks: the steps at which something happened, drawn as
    vertical lines -> ax. Raises ValueError if the traces differ in length.
    """
    if len({len(values) for values in traces.values()}) != 1:
        lengths = {name: len(values) for name, values in traces.items()}
        raise ValueError(f"the traces have the lengths {lengths}: give one value a step to each")
    for mark in marks:
        ax.axvline(mark, color="black", alpha=0.25, linewidth=5)
    for number, (name, values) in enumerate(traces.items()):
        colour = list(PALETTE.values())[number % len(PALETTE)]
        ax.plot(np.arange(len(values)), values, "-o", ms=3, color=colour, label=name)
    ax.set(xlabel="step", ylabel=label)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


def attention_map(weights, source, target, ax, *, links=None):
    """Draw how much of its attention each target word gives to each source word.

    weights: float (T, S), rows of sum 1; source, target: S and T labels; links: the true places,
    T tuples of source numbers, drawn as frames -> ax. Raises ValueError if the sizes differ.
    """
    if np.shape(weights) != (len(target), len(source)):
        raise ValueError(
            f"weights have the shape {np.shape(weights)}: {len(target)} target and {len(source)} "
            f"source words need ({len(target)}, {len(source)})"
        )
    ax.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, places in enumerate(links or []):
        for place in places[:1]:
            frame = plt.Rectangle((place - 0.5, row - 0.5), 1, 1, fill=False)
            frame.set(edgecolor=PALETTE["red"], linewidth=1.2)
            ax.add_patch(frame)
    ax.set_xticks(range(len(source)), source, rotation=60, ha="right", fontsize=8)
    ax.set_yticks(range(len(target)), target, fontsize=8)
    ax.grid(False)
    return ax
