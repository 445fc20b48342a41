import time
import tracemalloc

import numpy as np
import pytest

from rnnkit import encoding

# ---------------------------------------------------------------- documents and ids


def test_tokenize_by_hand():
    assert encoding.tokenize("A Device (10) isn't\nx-ray; naïve.") == [
        "a", "device", "(", "10", ")", "isn", "'", "t", "x", "-", "ray", ";", "naïve", ".",
    ]  # fmt: skip
    assert encoding.tokenize(" \n") == []


def test_detokenize_by_hand():
    line = "[START] a device ( 10 ) isn ' t x - ray , [UNK] . [END]"
    assert encoding.detokenize([*line.split(), ""]) == "a device (10) isn't x-ray, [UNK]."


def test_vocabulary_counts_and_breaks_ties_by_the_alphabet():
    documents = [["b", "a", "c"], ["c", "d", "[START]", ""], ["c", "b", "a"]]
    assert encoding.vocabulary(documents) == ["c", "a", "b", "d"]
    assert encoding.vocabulary(documents, min_count=2) == ["c", "a", "b"]
    assert encoding.vocabulary(documents, limit=2) == ["c", "a"]
    with pytest.raises(ValueError, match="no word occurs 9 times or more among 6"):
        encoding.vocabulary(documents, min_count=9)


def test_encode_by_hand():
    lookup = encoding.lookup(["the", "cell"])
    assert list(lookup.get_vocabulary()) == ["", "[UNK]", "[START]", "[END]", "the", "cell"]
    ids = encoding.encode([["the", "odd", "cell"], ["cell"]], lookup)
    assert [list(document) for document in ids] == [[2, 4, 1, 5, 3], [2, 5, 3]]
    assert {document.dtype for document in ids} == {np.dtype("int32")}
    assert encoding.encode([], lookup) == []


def test_encode_refuses_what_is_no_document():
    lookup = encoding.lookup(["the"])
    with pytest.raises(ValueError, match="document 1 is empty: remove"):
        encoding.encode([["the"], []], lookup)
    with pytest.raises(ValueError, match="document 0 is a str, 'the cell': pass it through tok"):
        encoding.encode(["the cell"], lookup)


def test_encode_refuses_another_lookup():
    keras = pytest.importorskip("keras")
    with pytest.raises(ValueError, match="build it with encoding.lookup"):
        encoding.encode([["the"]], keras.layers.StringLookup(vocabulary=["the"]))


# ---------------------------------------------------------------- windows


def test_windows_by_hand():
    inputs, targets = encoding.windows([np.arange(2, 9), np.array([2, 9, 3])], length=4)
    assert inputs.tolist() == [[2, 3, 4, 5], [6, 7, 0, 0], [2, 9, 0, 0]]
    assert targets.tolist() == [[3, 4, 5, 6], [7, 8, 0, 0], [9, 3, 0, 0]]
    assert inputs.dtype == targets.dtype == np.int32


def test_windows_that_overlap_by_hand():
    inputs, targets = encoding.windows([np.arange(2, 9)], length=4, stride=2)
    assert inputs.tolist() == [[2, 3, 4, 5], [4, 5, 6, 7]]
    assert targets.tolist() == [[3, 4, 5, 6], [5, 6, 7, 8]]


def random_sequences(count=60, longest=40):
    rng = np.random.default_rng(1)
    return [rng.integers(4, 999, rng.integers(2, longest)).astype(np.int32) for _ in range(count)]


@pytest.mark.parametrize("length", [1, 5, 16, 64])
def test_windows_predict_each_word_once_and_leave_no_row_empty(length):
    sequences = random_sequences()
    inputs, targets = encoding.windows(sequences, length=length)
    assert targets[targets != 0].tolist() == [i for ids in sequences for i in ids[1:]]
    assert inputs[inputs != 0].tolist() == [i for ids in sequences for i in ids[:-1]]
    filled = targets != 0
    assert filled[:, 0].all() and (np.diff(filled.astype(int), axis=1) <= 0).all()
    assert (filled == (inputs != 0)).all()


def test_windows_of_bad_input():
    with pytest.raises(ValueError, match="sequence 1 has 1 ids"):
        encoding.windows([[2, 4], [2]], length=4)
    for stride in (0, 5):
        with pytest.raises(ValueError, match=rf"stride {stride} is outside 1..4"):
            encoding.windows([[2, 4]], length=4, stride=stride)
    with pytest.raises(ValueError, match="length 0 is below 1"):
        encoding.windows([[2, 4]], length=0)


# ---------------------------------------------------------------- batches


def rows_of(dataset):
    """Everything one pass serves, as a list of (inputs, targets, weights) of each row."""
    return [row for batch in dataset.as_numpy_iterator() for row in zip(*batch, strict=True)]


def order_of(dataset):
    """Row numbers in the order served, for inputs whose first column numbers the rows."""
    return [int(inputs[0]) for inputs, _, _ in rows_of(dataset)]


def numbered_rows(count=50, length=12):
    rng = np.random.default_rng(2)
    lengths = rng.integers(1, length + 1, count)
    inputs = np.where(np.arange(length) < lengths[:, None], np.arange(1, count + 1)[:, None], 0)
    return inputs, np.where(inputs, inputs + 1, 0)


def test_batches_without_a_seed_keep_the_order_and_weigh_padding_zero():
    inputs, targets = numbered_rows()
    served = rows_of(encoding.batches(inputs, targets, batch_size=8))
    assert np.array_equal([row[0] for row in served], inputs)
    assert np.array_equal([row[1] for row in served], targets)
    assert np.array_equal([row[2] for row in served], targets != 0)
    assert [array.dtype.name for array in served[0]] == ["int32", "int32", "float32"]


@pytest.mark.parametrize("boundaries", [None, (4, 8)])
def test_batches_serve_each_row_once_in_an_order_of_seed_and_epoch_only(boundaries):
    def fresh(seed=3):
        return encoding.batches(*numbered_rows(), batch_size=8, seed=seed, boundaries=boundaries)

    dataset = fresh()
    assert len(dataset) == 7
    epochs = [order_of(dataset) for _ in range(3)]
    assert all(sorted(order) == list(range(1, 51)) for order in epochs)
    assert epochs[0] != epochs[1] != epochs[2] and epochs[0] != order_of(fresh(seed=4))
    resumed = fresh()
    resumed.epoch = 2  # as after an interruption in the third epoch
    assert order_of(resumed) == epochs[2]
    assert dataset.epoch == resumed.epoch == 3


def test_a_look_at_the_first_batch_does_not_use_up_an_epoch():
    first, second = (encoding.batches(*numbered_rows(), batch_size=4, seed=0) for _ in range(2))
    next(iter(first))
    assert order_of(first) == order_of(second)


@pytest.mark.parametrize("seed", [None, 0])
def test_boundaries_give_few_shapes_and_cut_no_word(seed):
    inputs, targets = numbered_rows(count=200)
    dataset = encoding.batches(inputs, targets, batch_size=8, seed=seed, boundaries=(4, 8, 99))
    shapes = {batch[0].shape for batch in dataset.as_numpy_iterator()}
    assert {width for _, width in shapes} <= {4, 8, 12} and len(shapes) <= 4
    kept = sorted(tuple(row[1][row[1] != 0]) for row in rows_of(dataset))
    assert kept == sorted(tuple(row[row != 0]) for row in targets)
    if seed is not None:  # rows of similar length stand together: less padding than in file order
        padded = sum(np.size(batch[1]) for batch in dataset.as_numpy_iterator())
        assert padded < 0.8 * targets.size


@pytest.mark.parametrize("boundaries", [None, (4, 8)])
def test_batches_tell_their_size_if_all_are_full(boundaries):
    inputs, targets = numbered_rows()  # 50
    for seed in (None, 3):
        options = {"seed": seed, "boundaries": boundaries}
        full = encoding.batches(inputs, targets, batch_size=10, **options)
        assert {spec.shape[0] for spec in full.element_spec} == {10}
        assert [len(x) for x, *_ in full] == [10] * 5
        rest = encoding.batches(inputs, targets, batch_size=8, **options)
        assert {spec.shape[0] for spec in rest.element_spec} == {None}
        assert sorted(len(x) for x, *_ in rest) == [2] + [8] * 6


def test_no_thread_tunes_batches_and_what_is_made_of_them():
    import tensorflow as tf

    pairs = [[np.array([2, 4, 3])]] * 2
    for made in (
        encoding.batches(*numbered_rows(), batch_size=8),
        encoding.pair_batches(*pairs, batch_size=1),
        encoding.untuned(tf.data.Dataset.range(3).cache()).map(lambda x: x + 1),
    ):
        assert made.options().autotune.enabled is False
    assert tf.data.Dataset.range(3).options().autotune.enabled is None  # else this tests nothing


def test_batches_of_bad_input():
    inputs, targets = numbered_rows()
    with pytest.raises(ValueError, match=r"inputs of shape \(50, 12\) and targets of shape \(5"):
        encoding.batches(inputs, targets[:5], batch_size=8)
    with pytest.raises(ValueError, match="at least one row"):
        encoding.batches(inputs[:0], targets[:0], batch_size=8)
    with pytest.raises(ValueError, match="batch_size 0 is below 1"):
        encoding.batches(inputs, targets, batch_size=0)
    targets[7] = 0
    with pytest.raises(ValueError, match="row 7 has no target"):
        encoding.batches(inputs, targets, batch_size=8)
    inputs, targets = numbered_rows()
    short = int(np.argmin(targets[:, 5] != 0))  # a row that has padding already
    inputs[short], targets[short] = inputs[short, ::-1], targets[short, ::-1]
    with pytest.raises(ValueError, match=f"row {short} is not padded on the right"):
        encoding.batches(inputs, targets, batch_size=8)


def test_training_that_goes_on_at_an_epoch_ends_with_the_same_weights():
    keras = pytest.importorskip("keras")

    class SetEpoch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            data.epoch = epoch

    def model():
        keras.utils.set_random_seed(0)
        layers = [keras.layers.Embedding(60, 3), keras.layers.Dense(60)]
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        built = keras.Sequential([keras.Input((None,), dtype="int32"), *layers])
        built.compile(keras.optimizers.SGD(1.0), loss)
        return built

    def fit(built, **epochs):
        callbacks = [SetEpoch()] if epochs.get("initial_epoch") else []
        built.fit(data, shuffle=False, verbose=0, callbacks=callbacks, **epochs)
        return built.get_weights()

    def fresh_data():
        return encoding.batches(*numbered_rows(), batch_size=8, seed=0)

    data = fresh_data()
    whole = fit(model(), epochs=3)
    data, half = fresh_data(), model()
    fit(half, epochs=1)
    data = fresh_data()  # the second process knows the epoch only from its checkpoint
    resumed = fit(half, epochs=3, initial_epoch=1)
    assert all(np.array_equal(a, b) for a, b in zip(whole, resumed, strict=True))


# ---------------------------------------------------------------- GloVe


def glove_lines(words, dimension=4):
    rng = np.random.default_rng(5)
    return [
        f"{word} " + " ".join(f"{x:.5f}" for x in rng.normal(1, 2, dimension)) for word in words
    ]


def write(path, lines, end="\n"):
    path.write_bytes(end.join([*lines, ""]).encode())
    return path


def usual_loop(path):
    """The loop that most tutorials use: every vector of the file in a dictionary."""
    vectors = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            word, *numbers = line.rstrip().split(" ")
            vectors[word] = np.asarray(numbers, dtype="float32")
    return vectors


WORDS = ["", "[UNK]", "[START]", "[END]", "cell", "naïve", "gate", "zebra"]


@pytest.fixture
def glove_file(tmp_path):
    return write(tmp_path / "glove.txt", glove_lines(["gate", "of", "naïve", "cell", "to"]))


def test_glove_rows_are_those_of_the_usual_loop(glove_file):
    glove = encoding.read_glove(glove_file, WORDS, dimension=4)
    vectors = usual_loop(glove_file)
    assert glove.lines == 5 and glove.matrix.dtype == np.float32
    assert [w for w, found in zip(WORDS, glove.found, strict=True) if found] == WORDS[4:7]
    assert all(np.array_equal(glove.matrix[i], vectors[WORDS[i]]) for i in (4, 5, 6))


def test_missing_words_get_numbers_as_spread_as_the_others_and_padding_zeros(tmp_path):
    path = write(tmp_path / "glove.txt", glove_lines(map(str, range(3000))))
    words = ["", *map(str, range(1000, 5000))]
    first, second = (encoding.read_glove(path, words, dimension=4) for _ in range(2))
    assert np.array_equal(first.matrix, second.matrix) and not first.matrix[0].any()
    drawn = first.matrix[1:][~first.found[1:]]
    assert len(drawn) == 2000
    assert drawn.std() == pytest.approx(first.matrix[first.found].std(), rel=0.03)
    assert drawn.mean() == pytest.approx(0, abs=0.1)
    other = encoding.read_glove(path, words, dimension=4, seed=1)
    assert not np.array_equal(first.matrix, other.matrix)
    zeros = encoding.read_glove(path, words, dimension=4, missing="zeros")
    assert not zeros.matrix[~zeros.found].any()
    with pytest.raises(ValueError, match="missing='mean' is unknown: choose"):
        encoding.read_glove(path, words, dimension=4, missing="mean")


def test_glove_accepts_windows_line_ends_and_words_with_spaces(tmp_path, glove_file):
    lines = ["cell 1 2 3 -4e-1", ". . . 5 6 7 8", "at x@y.z 9 9 9 9 ", "cell 0 0 0 0", ". 1 1 1 1"]
    path = write(tmp_path / "windows.txt", lines, end="\r\n")
    glove = encoding.read_glove(path, ["cell", ". . .", "at x@y.z", "."], dimension=4)
    assert glove.matrix.tolist() == [
        [1, 2, 3, np.float32(-0.4)], [5, 6, 7, 8], [9, 9, 9, 9], [1, 1, 1, 1]
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["gate", "unwanted"])
@pytest.mark.parametrize(
    ("damaged", "sentence"),
    [
        ("{} 1 2 x3 4", "line 6: has 'x3' where a number should be; the file is damaged"),
        ("{} 1 2 3", "line 6: has 3 numbers instead of 4"),
        ("{} 1 2 x", "line 6: has 3 numbers instead of 4"),
        ("{}", "line 6: has 0 numbers instead of 4"),
        ("{} 1 2 3 4 5", "line 6: has more than 4 numbers or a double space"),
        ("{} 1  2 3 4", "line 6: has more than 4 numbers or a double space"),
        ("{} 1 nan 3 4", "line 6: has 'nan' where a number should be"),
        ("na\xefve{} 1 2 3 4", "line 6: is not UTF-8; the file is damaged or cut off, download"),
    ],
)
def test_a_damaged_line_is_named(tmp_path, word, damaged, sentence):
    lines = glove_lines(["a", "b", "cell", "d", "e"])
    path = tmp_path / "glove.txt"
    path.write_bytes("\n".join([*lines, damaged.format(word), *lines, ""]).encode("latin-1"))
    with pytest.raises(ValueError, match=sentence) as caught:
        encoding.read_glove(path, ["cell", "gate"], dimension=4)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("damaged", ["2-3", "1e99", "1_0"])
def test_numbers_that_look_right_but_are_not_are_found_when_parsed(tmp_path, damaged):
    lines = [*glove_lines(["a", "cell"]), f"gate 1 {damaged} 3 4"]
    path = write(tmp_path / "glove.txt", lines)
    with pytest.raises(ValueError, match=f"line 3: has '{damaged}' where"):
        encoding.read_glove(path, ["cell", "gate"], dimension=4)


def test_glove_files_that_are_not_what_was_asked_for(tmp_path, glove_file):
    with pytest.raises(ValueError, match="line 1: the vectors have 4 numbers, but dimension=100"):
        encoding.read_glove(glove_file, WORDS)
    with pytest.raises(ValueError, match="line 1: the vectors have 4 numbers, but dimension=3"):
        encoding.read_glove(glove_file, WORDS, dimension=3)
    with pytest.raises(FileNotFoundError, match="nowhere.txt is missing: download"):
        encoding.read_glove(tmp_path / "nowhere.txt", WORDS)
    with pytest.raises(ValueError, match="line 1: no numbers; the file is empty"):
        encoding.read_glove(write(tmp_path / "empty.txt", []), WORDS)
    with pytest.raises(ValueError, match="has none of the 2 words, such as 'Gate': check"):
        encoding.read_glove(glove_file, ["Cell", "Gate"], dimension=4)
    with pytest.raises(ValueError, match="1 of the words stand in the list twice"):
        encoding.read_glove(glove_file, ["cell", "cell"], dimension=4)


def test_glove_reads_little_and_keeps_little(tmp_path):
    lines = glove_lines((f"word{n}" for n in range(8000)), dimension=100)
    path = write(tmp_path / "glove.txt", lines)
    words = [f"word{n}" for n in range(0, 8000, 10)]

    def cost(read):
        start = time.process_time()
        read()
        seconds = time.process_time() - start
        tracemalloc.start()
        kept = read()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return seconds, peak, kept

    seconds, peak, glove = cost(lambda: encoding.read_glove(path, words))
    usual_seconds, usual_peak, _ = cost(lambda: usual_loop(path))
    assert peak < glove.matrix.nbytes * 2.5 and peak < usual_peak / 3  # 0.5 and 4.6 MiB
    assert seconds < usual_seconds * 0.6  # measured: 0.2


def test_coverage_by_hand():
    glove = encoding.Glove(np.zeros((7, 2)), np.array([0, 0, 0, 0, 1, 0, 1], bool), 9)
    words = ["", "[UNK]", "[START]", "[END]", "cell", "zebra", "gate"]
    text = [["cell", "zebra", "zebra", "gate"], ["cell", "yak", "gate", "gate"]]
    report = encoding.coverage(glove, words, text)
    assert report.types == pytest.approx(2 / 3) and report.tokens == pytest.approx(5 / 8)
    assert report.missing == [("zebra", 2), ("yak", 1)]
    with pytest.raises(ValueError, match="2 words for 7 vectors"):
        encoding.coverage(glove, ["cell", "gate"], text)
    with pytest.raises(ValueError, match="the text has no tokens"):
        encoding.coverage(glove, words, [])


def test_neighbours_by_hand():
    matrix = np.array([[0, 0], [2, 0], [1, 1], [0, 3], [-1, 0]], np.float32)
    found = encoding.neighbours("b", ["", "b", "c", "d", "e"], matrix, k=3)
    assert [word for word, _ in found] == ["c", "", "d"]
    assert [cosine for _, cosine in found] == pytest.approx([np.sqrt(0.5), 0, 0])
    with pytest.raises(ValueError, match="'x' is not among the 2 words"):
        encoding.neighbours("x", ["a", "b"], matrix)
