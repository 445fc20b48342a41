"""Diagrams of recurrent layers and their cells: each function draws on an Axes and returns it.

Colours are those of Okabe and Ito (2008), which stay apart for colour-blind readers.
"""

import numpy as np

PALETTE = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "red": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "black": "#000000",
}

# ---------------------------------------------------------------- a layer over time


def unrolled(inputs, outputs, ax, *, state="h"):
    """Draw a recurrent layer unrolled over time: one column a step, the same weights in each.

    inputs, outputs: lists of T labels, None where a step reads or gives nothing -> ax.
    Raises ValueError if the lengths differ.
    """
    if len(inputs) != len(outputs):
        raise ValueError(f"{len(inputs)} inputs, but {len(outputs)} outputs: pass one a step")
    _node(ax, (-1, 1), f"${state}_0$", "white")
    for t, (x, y) in enumerate(zip(inputs, outputs, strict=True)):
        here = (t, 1)
        _node(ax, here, f"${state}_{{{t + 1}}}$", "sky")
        _arrow(ax, (t - 1, 1), here, "$W_h$")
        if x is not None:
            _node(ax, (t, 0), x, "orange")
            _arrow(ax, (t, 0), here, "$W_x$")
        if y is not None:
            _node(ax, (t, 2), y, "green")
            _arrow(ax, here, (t, 2), "$W_y$")
    ax.set(xlim=(-1.5, len(inputs) - 0.5), ylim=(-0.4, 2.4), aspect="equal")
    ax.set_label(f"a recurrent layer unrolled over {len(inputs)} steps")
    ax.axis("off")
    return ax


def _node(ax, place, label, colour):
    """Write a label in a rounded box at (column, row)."""
    ground = PALETTE.get(colour, colour)
    box = {"boxstyle": "round,pad=0.4", "edgecolor": "black", "facecolor": ground}
    text = ax.text(*place, label, ha="center", va="center", fontsize=11, bbox=box)
    text.get_bbox_patch().set_alpha(0.5)


def _arrow(ax, start, end, label):
    """Draw an arrow between two boxes, its weight matrix written beside it."""
    style = {"arrowstyle": "->", "shrinkA": 16, "shrinkB": 16}
    ax.annotate("", end, start, arrowprops=style)
    middle = np.add(start, end) / 2
    if start[1] == end[1]:
        place = {"xytext": (0, 4), "ha": "center", "va": "bottom"}
    else:
        place = {"xytext": (5, 0), "ha": "left", "va": "center"}
    ax.annotate(label, middle, textcoords="offset points", fontsize=10, **place)


# ---------------------------------------------------------------- the cells of LSTM and GRU

# A line is a kind of part, its colour, one or more places x,y, and what is written there. Wires
# pass through all their places; an arrow is a wire with a tip.
RNN_PARTS = """
arrow blue 0.5,3 1.8,3
arrow blue 3.4,3 4.6,3
arrow black 0.5,1 1.8,1
arrow black 3.4,1 5,1 5,2.6
arrow black 5,4.6 5,3.4
arrow blue 5.4,3 6.6,3
arrow blue 8,3 10.9,3
box orange 2.6,3 × $W_h$
box orange 2.6,1 × $W_x$
circle white 5,3 +
box sky 7.3,3 tanh
name black 0,3 $h_{t-1}$
name black 0,1 $x_t$
name black 5,4.9 $b$
name black 11.4,3 $h_t$
"""
LSTM_PARTS = """
arrow blue 0.5,5 2.3,5
arrow blue 2.9,5 5,5
arrow blue 5.6,5 11,5
wire black 0.5,0.7 8.2,0.7
wire black 0.5,0 1.2,0 1.2,0.7
arrow black 2.6,0.7 2.6,1.6
arrow black 4.4,0.7 4.4,1.6
arrow black 6.2,0.7 6.2,1.6
arrow black 8.2,0.7 8.2,1.6
arrow black 2.6,2.4 2.6,4.7
arrow black 4.4,2.4 4.4,3.6 5,3.6
arrow black 6.2,2.4 6.2,3.6 5.6,3.6
arrow black 5.3,3.9 5.3,4.7
arrow black 9.9,5 9.9,4.1
arrow black 9.9,3.3 9.9,2.3
arrow black 8.8,2 9.6,2
arrow black 10.2,2 11,2
box red 2.6,2 $f_t$: σ
box orange 4.4,2 $i_t$: σ
box green 6.2,2 $g_t$: tanh
box sky 8.2,2 $o_t$: σ
box white 9.9,3.7 tanh
circle white 2.6,5 ×
circle white 5.3,5 +
circle white 5.3,3.6 ×
circle white 9.9,2 ×
name black 0,5 $c_{t-1}$
name black 11.4,5 $c_t$
name black 0,0.7 $h_{t-1}$
name black 0,0 $x_t$
name black 11.4,2 $h_t$
"""
GRU_PARTS = """
arrow blue 0.5,5 4.1,5
arrow blue 4.7,5 8.7,5
arrow blue 9.3,5 11,5
arrow black 1.2,5 1.2,0.7 6.1,0.7
arrow black 0.5,0 9.3,0 9.3,1.6
arrow black 2.8,0 2.8,1.6
arrow black 4.6,0 4.6,1.6
arrow black 2.4,0.7 2.4,1.6
arrow black 4.2,0.7 4.2,1.6
arrow black 6.7,0.7 8.7,0.7 8.7,1.6
arrow black 2.6,2.4 2.6,3 6.4,3 6.4,1
arrow black 4.4,2.4 4.4,4.7
arrow black 4.4,3.8 6,3.8
arrow black 6.8,3.8 8.7,3.8
arrow black 9,2.4 9,3.5
arrow black 9,4.1 9,4.7
box orange 2.6,2 $r_t$: σ
box red 4.4,2 $z_t$: σ
box green 9,2 $g_t$: tanh
circle white 4.4,5 ×
circle white 6.4,3.8 1−
circle white 9,3.8 ×
circle white 9,5 +
circle white 6.4,0.7 ×
name black 0,5 $h_{t-1}$
name black 11.4,5 $h_t$
name black 0,0 $x_t$
"""


def rnn_cell(ax):
    """Draw one step of a simple recurrent layer: the state goes in, and comes out changed -> ax."""
    ax.set_label("a diagram of one step of a simple recurrent layer")
    _cell(RNN_PARTS, ax)
    ax.set_ylim(0.4, 5.3)
    return ax


def lstm_cell(ax):
    """Draw one step of an LSTM, the cell state along the top and the gates below -> ax."""
    ax.set_label("a diagram of one step of an LSTM")
    return _cell(LSTM_PARTS, ax)


def gru_cell(ax):
    """Draw one step of a GRU, the state along the top and its two gates below -> ax."""
    ax.set_label("a diagram of one step of a GRU")
    return _cell(GRU_PARTS, ax)


def _cell(parts, ax):
    """Draw the parts of a cell, line by line -> ax."""
    for line in parts.strip().splitlines():
        kind, colour, *words = line.split(" ")
        shade = PALETTE.get(colour, colour)
        if kind in ("wire", "arrow"):
            _wire(ax, [_place(word) for word in words], shade, kind == "arrow")
            continue
        place, text = _place(words[0]), " ".join(words[1:])
        shapes = {"box": "round,pad=0.4", "circle": "circle,pad=0.2"}
        writing = {"ha": "center", "va": "center", "zorder": 3}
        if kind == "name":
            ax.text(*place, text, fontsize=13, **writing)
        else:
            box = {"boxstyle": shapes[kind], "edgecolor": "black"}
            white = {"facecolor": "white"}
            tint = {"facecolor": shade, "alpha": 0.5}
            ax.text(*place, text, fontsize=11, bbox=box | white, **writing)
            ax.text(*place, text, fontsize=11, bbox=box | tint, **writing)
    ax.set(xlim=(-0.5, 11.8), ylim=(-0.4, 5.5))
    ax.axis("off")
    return ax


def _wire(ax, places, colour, tip):
    """Draw a line through places, an arrow at its end if it has a tip."""
    x, y = zip(*places, strict=True)
    ax.plot(x, y, color=colour, linewidth=1.5)
    if tip:
        arrow = {"arrowstyle": "->", "color": colour, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", places[-1], places[-2], arrowprops=arrow)


def _place(text):
    """Read "2.6,5" as the pair of numbers (2.6, 5.0)."""
    x, y = text.split(",")
    return float(x), float(y)
