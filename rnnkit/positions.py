"""Where a token stands, as numbers of which a product tells how far two places are apart."""

import keras
import numpy as np

SPEEDS = np.float32([0.1, 0.1, 0.2, 0.2, 0.4, 0.4, 0.8, 0.8])  # radians a place
SHIFTS = np.float32([0, np.pi / 2] * 4)  # a sine and a cosine of each speed


def sines(ids):
    """Give the place of each token: int (N, T), a tensor or an input -> float (N, T, 8).

    The numbers are sin(w n) and cos(w n) for the n-th token of a row and four speeds w (Vaswani et
    al. 2017, section 3.5). The product of two places n and m is the sum of cos(w (n - m)), which is
    largest, 4, where they are the same.
    """
    ones = keras.ops.ones_like(ids, dtype="float32")
    number = keras.ops.cumsum(ones, axis=1)
    number = keras.ops.expand_dims(number, -1)
    angles = number * SPEEDS + SHIFTS
    return keras.ops.sin(angles)
