"""Sizes for a reader's own file: the rules by which they follow from the data, in one place.

Each function takes the table of `own` and returns a dict of name -> (size, reason). The notebook
shows both; its `parameters` cell can replace any size.
"""

import re
from collections import Counter

import numpy as np
import pandas as pd

from rnnkit.spoken import RATE

TOKEN = r"\w+|[^\w\s]"
COUNTED = "texts that n-grams count at most, two million words: their memory grows with it"
SEASONS = [  # name, hours, and hours of the shortest step that has it
    ("a year", 8766, 168),
    ("a week", 168, 24),
    ("a day", 24, 0),
    ("an hour", 1, 0),
    ("a minute", 1 / 60, 0),
]


def between(value, least, most):
    return int(min(max(value, least), most))


def covering(lengths, share, most):
    """The length that this share of rows does not exceed, or `most`."""
    return between(np.ceil(lengths.quantile(share)), 5, most)


def frequent(texts, pattern):
    """Count the different words that occur twice or more."""
    counts = Counter()
    for text in texts:
        counts.update(re.findall(pattern, text.lower()))
    return sum(count > 1 for count in counts.values())


def texts(data):
    """Sizes of the language model, for the table of `own.texts`."""
    is_tokenised = data["text"].str.contains("<unk>", regex=False).any()
    pattern = r"\S+" if is_tokenised else TOKEN
    lengths = data["text"].str.count(pattern)
    words = int(lengths.sum())
    common = frequent(data["text"], pattern)
    units = 64 if words < 30_000 else 128 if words < 200_000 else 256 if words < 600_000 else 400
    epochs = between(16_000_000 / words, 2, 40)
    marks = "(\u00b6)" if is_tokenised else r"([^\w\s])"
    return {
        "vocab_size": (between(common + 4, 50, 10_000), "words that occur twice, at most 10,000"),
        "max_length": (covering(lengths, 0.95, 254) + 2, "19 in 20 texts fit, at most 256"),
        "marks": (marks, "what is set apart; <unk> shows that the file is cut into words already"),
        "counted": (between(2_000_000 / lengths.mean(), 50, 200_000), COUNTED),
        "in_order": (bool(data["in_order"].any()), "whether the last part of the file is the test"),
        "units": (units, "64 below 30,000 words, 128 below 200,000, 256 below 600,000, then 400"),
        "dropout": (0.4, "little text is soon learned by heart"),
        "epochs": (epochs, "16 million words in all, 2 to 40 epochs; early stopping ends sooner"),
        "patience": (between(epochs // 4, 1, 3), "epochs without improvement until it does"),
        "batch_size": (between(words / 20_000, 8, 20), "some hundred steps an epoch"),
        "learning_rate": (3e-3, "usual for Adam and an LSTM"),
    }


def reviews(data):
    """Sizes of the classifier, for the table of `own.reviews`."""
    lengths = data["text"].str.split().str.len()
    common = frequent(data["text"], r"\w+")
    is_small = len(data) < 20_000
    return {
        "vocab_size": (between(common + 2, 50, 30_000), "words that occur twice, at most 30,000"),
        "max_length": (covering(lengths, 0.95, 400), "19 in 20 texts fit, at most 400"),
        "embedding_dim": (64, "small, since it is learned from these texts alone"),
        "units": (32, "in each direction"),
        "dropout": (0.5 if is_small else 0.4, "more below 20,000 texts"),
        "learning_rate": (1e-3, "Adam's usual one"),
        "batch_size": (between(len(data) / 200, 16, 64), "about 200 steps an epoch"),
        "epochs": (20 if is_small else 8, "more below 20,000 texts; early stopping ends sooner"),
    }


def series(data, target):
    """Sizes of the forecast, for the table of `series.read_table`.

    Every part holds several windows with their horizons, and a window at least one season.
    """
    rows = len(data)
    hours = (data.index[-1] - data.index[0]) / pd.Timedelta("1h") / (rows - 1)
    first, second = int(rows * 0.7), int(rows * 0.85)
    part = rows - second
    longest = min(168, int(part * 0.6))
    season, season_name = _season(hours, data.index.freqstr, longest)
    horizon = min(season or 4, 24, part // 4)
    season = season or horizon
    periods = [
        period for period in (24, 168, 8766) if 2 * hours <= period and 3 * period < rows * hours
    ]
    changing = data.columns[data[:first].std() > 0]
    others = [name for name in changing if name != target]
    return {
        "step": (data.index.freqstr, "of the file"),
        "columns": (others, "all other columns of numbers that change"),
        "winds": ([], "pairs of speed and direction, if there are any"),
        "periods": (periods, "day, week and year, in hours, where the file holds three"),
        "signs": ([], "known of the simulated station only"),
        "train_end": (data.index[first - 1], "the first 70 % of the rows"),
        "val_from": (data.index[first], "the next 15 %"),
        "val_end": (data.index[second - 1], "the next 15 %"),
        "test_from": (data.index[second], "the last 15 %"),
        "until": (data.index[-1], "the last row"),
        "per_day": (season, f"rows in a season: {season_name}"),
        "window": (between(2 * season, 4, longest), "two seasons, at most 168 rows, 9 % of all"),
        "horizon": (horizon, "a season, at most 24 rows, 4 % of all"),
        "units": (8 if rows < 50_000 else 32, "8 below 50,000 rows: few rows, few weights"),
        "dropout": (0.2 if rows < 50_000 else 0.0, "less with 50,000 rows and more"),
        "epochs": (between(600_000 / rows, 5, 60), "more for few rows; early stopping ends sooner"),
        "batch_size": (between(rows / 100, 16, 128), "about 70 steps an epoch"),
        "learning_rate": (3e-3, "small steps, since early stopping ends the training"),
    }


def _season(hours, step, longest):
    """Count the rows of the longest season of at most `longest` rows -> int, name; 0 if none.

    A day, an hour or a minute of what is measured more often, a week of days, a year of the rest.
    """
    if step == "B":
        return 5, "a week"
    for name, length, least in SEASONS:
        count = round(length / hours)
        is_whole = abs(count - length / hours) < 0.2
        if hours >= least and is_whole and 2 <= count <= longest:
            return count, name
    return 0, "none fits, so as many as in the horizon"


def pairs(data):
    """Sizes of the translator, for the table of `own.pairs`."""
    count = len(data)
    lengths = data["target"].str.count(r"\d|[^\W\d]+|[^\w\s]") + 1  # each digit is a token
    boundaries = np.unique(lengths.quantile([0.25, 0.5, 0.75, 0.95]).astype(int) + 1).tolist()
    size = between(count / 400, 16, 64)
    longest = between(1.5 * lengths.quantile(0.999), 10, 200)
    return {
        "min_count": (
            2 if count < 20_000 else 3,
            "a rarer word becomes [UNK]; 3 from 20,000 pairs",
        ),
        "width": (96, "of the word vectors"),
        "start": (0.03 if count < 20_000 else 0.5, "larger from 20,000 pairs"),
        "units": (128 if count < 20_000 else 256, "128 below 20,000 pairs"),
        "dropout": (0.3 if count < 20_000 else 0.2, "more below 20,000 pairs"),
        "epochs": (between(600_000 / count, 5, 40), "600,000 pairs in all, 5 to 40 epochs"),
        "learning_rate": (3e-3, "falls to 0"),
        "bucket_boundaries": (boundaries, "quarters of the pairs, by their length"),
        "batch_sizes": ([size] * (len(boundaries) + 1), "64, fewer where there are few pairs"),
        "max_length": (longest, "half as much again as nearly all translations have"),
    }


def tagged(data):
    """Sizes of the tagger, for the table of `conll.own`."""
    sentences = data.groupby("sentence").size()
    count = len(sentences)
    quarters = sentences.quantile([0.25, 0.5, 0.75, 0.95]).astype(int) + 1
    boundaries = np.unique(quarters).tolist()
    size = between(count / 100, 8, 32)
    letters = between(data["word"].str.len().quantile(0.99), 3, 20)
    is_small = count < 3000
    return {
        "min_count": (2, "a rarer word becomes [UNK], so that [UNK] is trained"),
        "letters": (letters, "99 in 100 words have no more, at most 20"),
        "width": (100, "of the word vectors"),
        "letter_width": (25, "of the letters' vectors"),
        "filters": (100, "patterns of letters"),
        "units": (64 if is_small else 128, "64 below 3,000 sentences"),
        "dropout": (0.5 if is_small else 0.4, "more below 3,000 sentences"),
        "epochs": (between(150_000 / count, 8, 40), "150,000 sentences in all, 8 to 40 epochs"),
        "learning_rate": (3e-3, "falls to 0"),
        "bucket_boundaries": (boundaries, "quarters of the sentences, by their length"),
        "batch_sizes": ([size] * (len(boundaries) + 1), "at least 100 steps an epoch, at most 32"),
    }


def titled(data):
    """Sizes of the summarizer, for the table of `titled.of_ones_own`."""
    count = len(data)
    lengths = data["text"].str.split().str.len()
    title_lengths = data["title"].str.split().str.len()
    is_small = count < 10_000
    return {
        "min_count": (3 if is_small else 5, "a rarer word can only be copied; 5 from 10,000 texts"),
        "max_words": (covering(lengths, 0.9, 200), "9 in 10 texts fit, at most 200"),
        "max_title": (covering(title_lengths, 0.98, 30), "98 in 100 titles fit, at most 30"),
        "repeats": (False, "or a title may stammer; True if yours need a word twice"),
        "max_unknown": (30, "different unknown words of a text that can be copied"),
        "in_order": (bool(data["in_order"].any()), "whether the last rows are the test"),
        "width": (100, "of the word vectors"),
        "units": (128, "in each direction"),
        "dropout": (0.3, "little text is soon learned by heart"),
        "epochs": (between(40_000 / count, 4, 15), "40,000 texts in all, 4 to 15 epochs"),
        "learning_rate": (2e-3, "falls to 0"),
        "batch_size": (between(count / 100, 8, 32), "100 steps an epoch, at most 32 texts in one"),
    }


def spoken(data):
    """Sizes of the recogniser of words, for the table of `spoken.of_ones_own`."""
    count = len(data)
    lengths = data["wave"].str.len() / RATE
    seconds = between(np.ceil(4 * lengths.quantile(0.98)), 2, 40) / 4
    return {
        "seconds": (seconds, "98 in 100 recordings fit"),
        "bands": (40, "of the spectrogram, more than a voice of 4,000 Hz needs"),
        "filters": (64, "of each convolution"),
        "units": (64, "in each direction"),
        "dropout": (0.3, "few recordings are soon learned by heart"),
        "epochs": (between(20_000 / count, 10, 40), "20,000 recordings in all, 10 to 40 epochs"),
        "learning_rate": (6e-3, "falls to 0"),
        "batch_size": (between(count / 20, 8, 32), "20 steps an epoch, at most 32 in one"),
        "strings": (between(2 * count, 500, 3000), "two for each recording, 500 to 3,000"),
        "string_epochs": (8, "early stopping may end sooner"),
    }


def chorales(data):
    """Sizes of the composer, for the table of `music.of_ones_own`."""
    lengths = data["notes"].map(len)
    chords = int(lengths[data["part"] == "train"].sum())
    return {
        "embedding": (32, "numbers for each note"),
        "units": (128 if chords < 5000 else 256, "128 below 5,000 chords in training"),
        "dropout": (0.3, "few pieces are soon learned by heart"),
        "transposition": (6, "semitones up and down, all twelve keys"),
        "epochs": (between(800_000 / chords, 5, 60), "800,000 chords in all, 5 to 60 epochs"),
        "learning_rate": (3e-3, "falls to 0"),
        "batch_size": (between(len(data) / 15, 4, 64), "15 steps an epoch, 64 pieces at most"),
    }
