"""Files with a word and its label in each line, and the corpora of notebook 07."""

import gzip

import pytest

from rnnkit import conll, corpora, sizes
from rnnkit.downloads import DataError

PLAIN = "Die DET\nKühe NOUN\n\nSie PRON\nmuhen VERB\n"
CONLL_U = """# sent_id = 1
# text = Don't go!
1-2\tDon't\t_\t_\t_\t_\t_\t_\t_\t_
1\tDo\tdo\tAUX\tVB\t_\t3\taux\t_\t_
2\tn't\tnot\tPART\tRB\t_\t3\tadvmod\t_\t_
3\tgo\tgo\tVERB\tVB\t_\t0\troot\t_\t_
3.1\tgone\tgo\tVERB\tVB\t_\t_\t_\t_\t_

# sent_id = 2
1\tStay\tstay\tVERB\tVB\t_\t0\troot\t_\t_
"""


def written(folder, text, name="kühe im stall.conll"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace(" ", "\t"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n\n", "\n\n\n \n"),
        "# a comment of several words\n" + PLAIN,
        "-DOCSTART- O\n\n" + PLAIN,
    ],
)
def test_a_word_and_its_label_in_each_line(text, tmp_path):
    data = conll.read(written(tmp_path, text))
    assert data["word"].tolist() == ["Die", "Kühe", "Sie", "muhen"]
    assert data["label"].tolist() == ["DET", "NOUN", "PRON", "VERB"]
    assert data["sentence"].tolist() == [0, 0, 1, 1]


def test_the_sign_of_a_comment_can_be_a_word(tmp_path):
    data = conll.read(written(tmp_path, PLAIN + "\n# SYM\n1 NUM\n"))
    assert data["word"].tolist()[-2:] == ["#", "1"]


def test_conll_u_is_known_by_its_columns(tmp_path):
    data = conll.read(written(tmp_path, CONLL_U))
    assert data["word"].tolist() == ["Do", "n't", "go", "Stay"]
    assert data["label"].tolist() == ["AUX", "PART", "VERB", "VERB"]
    assert data["sentence"].tolist() == [0, 0, 0, 1]
    assert conll.read(written(tmp_path, CONLL_U), label=5)["label"].iloc[0] == "VB"


def test_columns_are_counted_from_one_and_a_packed_file_is_read(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"a x 1\nb y 2\n"))
    assert conll.read(path)["label"].tolist() == ["1", "2"]
    assert conll.read(path, word=2, label=1)["word"].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", {}, "is empty"),
        ("\n\n", {}, "is empty"),
        ("a\nb\n", {}, "one column"),
        (PLAIN + "muh\n", {}, "line 6 has not 2 columns"),
        (PLAIN, {"label": 3}, "no column 3: it has 1 to 2"),
        (PLAIN, {"word": "x"}, "no column 'x'"),
        ("a\tx\n\tx\nb\tx\n", {}, "line 2 has an empty word"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(text, options, words, tmp_path):
    with pytest.raises(DataError, match=words):
        conll.read(written(tmp_path, text), **options)


def many(count, label=lambda number: "AB"[number % 2]):
    return "".join(f"Wort{number} {label(number)}\nda C\n\n" for number in range(count))


def test_a_file_of_ones_own_is_split_by_sentences(tmp_path):
    path = written(tmp_path, many(300) + many(10))
    corpus = corpora.load("tagged", path, labels="tag")
    data = corpus.data
    assert list(data) == ["sentence", "part", "word", "label", "best_label", "best_prob"]
    text = data.groupby("sentence").agg(text=("word", " ".join), part=("part", "first"))
    assert text.groupby("text")["part"].nunique().max() == 1, "copies are parted"
    counts = text.drop_duplicates("text")["part"].value_counts()
    assert counts.to_dict() == {"train": 240, "val": 30, "test": 30}
    assert corpus.folder.name == "kühe im stall_tagger" and corpus.is_own
    assert corpus.sizes.keys() == corpora.settings("tagged", "synthetic")["sizes"].keys()


def test_a_label_that_training_never_sees_is_reported(tmp_path):
    text = many(300, lambda number: f"{number}" if number < 20 else "AB"[number % 2])
    data = conll.own(written(tmp_path, text))
    assert "training part never has" in data.attrs["notes"][1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (many(100), "100 different sentences, it takes 200"),
        (many(300, lambda number: "C"), "1 different labels"),
        (many(300, str), "301 different labels"),
    ],
)
def test_what_cannot_be_learned_is_refused(text, words, tmp_path):
    with pytest.raises(DataError, match=words):
        conll.own(written(tmp_path, text))


def test_an_option_of_another_reader_is_refused(tmp_path):
    with pytest.raises(DataError, match="no option 'separator'"):
        corpora.load("tagged", written(tmp_path, many(300)), separator=";")


@pytest.mark.parametrize(("source", "labels"), [("synthetic", "pos"), ("real", "span")])
def test_unknown_labels_are_refused(source, labels):
    with pytest.raises(DataError, match=f"labels='{labels}' cannot be read"):
        corpora.load("tagged", source, labels=labels)


def test_sizes_grow_with_the_file(tmp_path):
    small, large = (
        sizes.tagged(conll.own(written(tmp_path, many(count)))) for count in (200, 6000)
    )
    assert small["units"][0] < large["units"][0] and small["epochs"][0] > large["epochs"][0]
    for chosen in (small, large):
        boundaries, batches = chosen["bucket_boundaries"][0], chosen["batch_sizes"][0]
        assert len(batches) == len(boundaries) + 1 and boundaries == sorted(set(boundaries))
