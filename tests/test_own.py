"""A reader's own file in the place of a corpus: every form, and every refusal in a sentence."""

import gzip
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnkit import corpora, own, splits
from rnnkit.downloads import DataError

WORDS = "ant bee cow dog elk fox gnu hen ibex jay kiwi lion mole newt owl pig quail rat seal toad"
WORDS = WORDS.split()


@pytest.fixture
def write(tmp_path):
    """Write text or bytes to a file, packed if its name ends in .gz; return its path.

    The path has blanks and umlauts, as that of many a folder has.
    """

    def write(content, name="Größen.csv"):
        folder = tmp_path / "Eigene Dateien, größtenteils"
        folder.mkdir(exist_ok=True)
        content = content if isinstance(content, bytes) else content.encode()
        path = folder / name
        path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
        return path

    return write


def refused(name, path, **options):
    """The message, which is one sentence that names the file."""
    with pytest.raises(DataError) as error:
        corpora.load(name, path, **options)
    text = str(error.value)
    assert str(path) in text and "\n" not in text and not re.search(r"\. [A-Z]", text)
    return text.replace(str(path), "FILE")


def sentences(count, words=24, seed=0):
    """Different sentences that are not near copies of each other: list of str."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        chosen = rng.choice(WORDS, words)
        made.append(f"the {' '.join(chosen)} of {number}.")
    return made


def notes(corpus):
    assert corpus.is_own
    return "; ".join(corpus.notes)


# ---------------------------------------------------------------- 03, texts


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.log", "Überblick"])
def test_one_text_a_line(write, name):
    texts = sentences(200)
    corpus = corpora.load("abstracts", write("\n".join(texts), name))
    assert corpus.data["text"].tolist() == texts
    assert notes(corpus).startswith("each line is a text; another way: the option")
    assert list(corpus.data.columns) == ["text", "in_order", "title", "log_prob", "tokens"]
    assert not corpus.sizes["in_order"]


def test_texts_between_blank_lines(write):
    texts = sentences(100, words=40)
    wrapped = []
    for text in texts:
        words = text.split()
        wrapped.append("\n".join([" ".join(words[:20]), " ".join(words[20:])]))
    path = write("\r\n\r\n\r\n".join(wrapped).replace("\n", "\r\n"), "a.txt")
    corpus = corpora.load("abstracts", path)
    assert corpus.data["text"].tolist() == texts
    assert notes(corpus).startswith("texts end at blank lines")
    assert len(corpora.load("abstracts", path, form="lines").data) == 200


def test_a_few_blank_lines_do_not_make_paragraphs(write):
    texts = sentences(200)
    lines = [*texts[:50], "", *texts[50:], "", ""]
    assert (
        corpora.load("abstracts", write("\n".join(lines), "a.txt")).data["text"].tolist() == texts
    )


def test_a_wrapped_book_is_one_running_text_in_order(write):
    words = [f"word{number}" for number in range(9000)]
    lines = [
        " ".join(words[start : start + 9]) for start in range(0, 9000, 9)
    ]  # of 71 to 80 letters
    corpus = corpora.load("abstracts", write("\n".join(lines), "a.txt"))
    assert notes(corpus).startswith("one running text, cut into parts of 100 words that follow")
    assert " ".join(corpus.data["text"]).split() == words
    assert corpus.data["text"].str.split().str.len().eq(100).all() and corpus.sizes["in_order"]
    train, val, test = splits.by_family(corpus.data["text"], in_order=True)
    assert [*train, *val, *test] == list(range(90)) and len(test) == 9


def test_headlines_of_like_lengths_are_no_wrapped_book(write):
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS, rng.integers(9, 16))) for _ in range(300)]
    corpus = corpora.load("abstracts", write("\n".join(texts), "a.txt"))
    assert corpus.data["text"].tolist() == texts


def test_a_word_level_corpus_keeps_the_ends_of_its_lines(write):
    """As that of a million words that is known from papers: cut into words, rare ones <unk>."""
    lines = [f"{' '.join(WORDS)} <unk> says N 's" for _ in range(6000)]
    corpus = corpora.load("abstracts", write("\n".join(lines), "words.txt"))
    assert corpus.data["text"][0].split()[20:26] == ["<unk>", "says", "N", "'s", "¶", "ant"]
    assert corpus.sizes["in_order"] and corpus.sizes["marks"] == "(¶)"


def test_the_form_can_be_told(write):
    path = write("\n".join(sentences(2000)), "a.txt")
    running = corpora.load("abstracts", path, form="running").data
    assert running["text"][0].split()[14:16] == ["0.", "¶"] or "¶" in running["text"][0]
    assert "there is no form 'verse', choose \"lines\"" in refused("abstracts", path, form="verse")


def test_a_column_of_a_table(write):
    texts = sentences(100)
    rows = [f'{number};"{text}";{text[:150]}' for number, text in enumerate(texts)]
    path = write("\n".join(["id;comments;head", *rows]))
    corpus = corpora.load("abstracts", path)
    assert corpus.data["text"].tolist() == texts
    assert notes(corpus) == "each row of the column 'comments' is a text"
    assert corpora.load("abstracts", path, text="head").data["text"][0] == texts[0][:150].strip()
    assert "has no column 'body' but id, comments, head" in refused("abstracts", path, text="body")


def test_a_column_by_its_content(write):
    rows = [f"{number}\tshort\t{text}" for number, text in enumerate(sentences(100))]
    path = write("\n".join(["a\tb\tc", *rows]), "a.tsv")
    assert corpora.load("abstracts", path).data["text"][0].startswith("the ")
    path = write("a,b\n" + "1,2\n" * 99)
    assert refused("abstracts", path) == "FILE has no column of texts but a, b: add one"


def test_a_script_without_blanks_is_read_by_characters(write):
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("今天气很好我们去公园玩水"), 30)) + "。" for _ in range(100)]
    corpus = corpora.load("abstracts", write("\n".join(texts), "中文.txt"))
    assert corpus.data["text"][0] == " ".join(texts[0])
    assert "the script has no blanks between words: each character counts as a word" in notes(
        corpus
    )


def test_a_log_whose_lines_are_near_copies_is_split_in_order(write):
    lines = [
        f"2020-01-01 10:{n // 60:02}:{n % 60:02} the job is done in time {n}" for n in range(600)
    ]
    corpus = corpora.load("abstracts", write("\n".join(lines), "jobs.log"))
    assert "the texts are too much alike to part near copies: the last ones" in notes(corpus)
    assert corpus.sizes["in_order"]


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (sentences(49), "FILE has 49 texts of two words or more: it takes 50 or more to learn any"),
        (["one two"] * 60, "FILE has 120 words: it takes 2000 or more to learn anything"),
        (["word"] * 60, "FILE has 0 texts of two words or more"),
        ([""], "FILE has 0 texts of two words or more"),
    ],
)
def test_too_little_text(write, texts, says):
    assert refused("abstracts", write("\n".join(texts), "a.txt")).startswith(says)


# ---------------------------------------------------------------- 04, labelled texts


def labelled(texts, labels, header="text,label"):
    rows = [f'"{text}",{label}' for text, label in zip(texts, labels, strict=True)]
    return "\n".join([header, *rows, ""])


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("0", "1"),
        ("1", "2"),
        ("-1", "1"),
        ("0.0", "1.0"),
        ("5", "10"),
        ("neg", "pos"),
        ("negative", "Positive"),
        ("ham", "spam"),
        ("False", "True"),
        ("zebra", "good"),
    ],
)
def test_two_labels_of_any_kind(write, low, high):
    texts = sentences(120)
    labels = [low if number % 3 else high for number in range(120)]
    corpus = corpora.load("reviews", write(labelled(texts, labels)))
    assert corpus.data["label"].tolist() == [int(label == high) for label in labels]
    assert f"label 1 is {high!r}, label 0 is {low!r}" in notes(corpus)
    assert corpus.data["part"].value_counts().to_dict() == {"train": 96, "test": 24}
    shares = corpus.data.groupby("part")["label"].mean()
    assert np.allclose(shares, 1 / 3, atol=0.05)


def test_columns_by_name_by_content_and_by_option(write):
    texts = sentences(120)
    labels = ["ja", "nein"] * 60
    assert corpora.load("reviews", write(labelled(texts, labels, "Review,Sentiment"))).is_own
    corpus = corpora.load("reviews", write(labelled(texts, labels, "was,ob")))
    assert notes(corpus).startswith("texts are the column 'was', labels the column 'ob'")
    three = [f"{label},{number % 2}" for number, label in enumerate(labels)]
    path = write(labelled(texts, three, "was,ob,wie"))
    assert "which of was, ob, wie is the label? Name it by the option" in (
        refused("reviews", path).replace("label? N", "label? N")
    )
    assert corpora.load("reviews", path, label="wie").data["label"].sum() == 60
    assert "has no column 'x' but was, ob, wie" in refused("reviews", path, label="x")


def test_stars_take_a_threshold(write):
    path = write(labelled(sentences(120), [1 + number % 5 for number in range(120)], "text,stars"))
    says = (
        'FILE has 5 labels (1, 2, 3, 4, 5) where two are needed: give the option {"threshold": ..'
    )
    assert refused("reviews", path).startswith(says)
    corpus = corpora.load("reviews", path, threshold=4)
    assert corpus.data["label"].sum() == 48 and "label 1 means 4 or more under 'stars'" in notes(
        corpus
    )
    assert "threshold='4' must be a number" in refused("reviews", path, threshold="4")
    assert "has 0 texts of label 1" in refused("reviews", path, threshold=6)
    words = write(labelled(sentences(120), ["one", "two"] * 60))
    assert "row 2 (and 119 more) has 'one' for a number" in refused("reviews", words, threshold=4)


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (
            ["a", "b", "c"] * 40,
            "FILE has 3 labels (a, b, c) where two are needed: for several class",
        ),
        (
            ["a", "", "b"] * 40,
            "FILE: row 3 (and 39 more) has no label under 'label': fill it in or",
        ),
        (["a", "nan", "b"] * 40, "FILE: row 3 (and 39 more) has 'nan' for a label: delete the row"),
        (["a"] * 120, "FILE has 1 labels (a) where two are needed"),
        (["a"] * 10 + ["b"] * 110, "FILE has 10 texts of label 0: it takes 20 or more to learn"),
        (["a", "b"] * 40, "FILE has 80 different texts: it takes 100 or more to learn anything"),
    ],
)
def test_labels_that_are_refused(write, labels, says):
    assert refused("reviews", write(labelled(sentences(len(labels)), labels))).startswith(says)


def test_rare_labels_are_reported(write):
    path = write(labelled(sentences(400), ["bad"] * 40 + ["fine"] * 360))
    corpus = corpora.load("reviews", path)
    assert "only 10.0% of the texts have the label 0: look at its recall, too" in notes(corpus)
    assert corpus.data[corpus.data["part"] == "test"]["label"].eq(0).sum() == 8


def test_no_near_copy_crosses_the_split(write):
    """Each text stands three times, with another word at its end."""
    texts = [f"{text[:-1]} {end}" for text in sentences(100) for end in ("x", "y", "z")]
    labels = ["a", "b", "a", "b", "a", "b"] * 50
    data = corpora.load("reviews", write(labelled(texts, labels))).data
    part = data["part"].to_numpy().reshape(100, 3)
    assert (part == part[:, :1]).all() and 15 <= (part[:, 0] == "test").sum() <= 25


def test_copies_are_left_out_composed_or_not_on_one_side(write):
    texts = sentences(120)
    corpus = corpora.load("reviews", write(labelled(texts + texts, ["a", "b"] * 120)))
    assert len(corpus.data) == 120 and "120 copies of texts are left out" in notes(corpus)


def test_texts_that_are_all_near_copies(write):
    texts = [f"ticket about the printer that does not print on floor {n}" for n in range(200)]
    says = (
        "FILE has texts of which 100% are near copies of each other: take copies out, or say by a"
    )
    assert refused("reviews", write(labelled(texts, ["a", "b"] * 100))).startswith(says)


def test_a_split_of_the_file_is_kept(write):
    texts = sentences(200)
    parts = ["train"] * 120 + ["val"] * 30 + ["test"] * 50
    labels = [f"{'ab'[number % 2]},{part}" for number, part in enumerate(parts)]
    path = write(labelled(texts, labels, "text,label,split"))
    data = corpora.load("reviews", path).data
    assert data["part"].tolist() == ["train"] * 150 + ["test"] * 50
    labels = [f"{'ab'[part == 'test']},{part}" for part in parts]
    path = write(labelled(texts, labels, "text,label,split"))
    assert "FILE has 0 texts of a label in one of its parts" in refused("reviews", path)


def test_texts_that_are_empty_and_files_that_are_no_table(write):
    path = write(labelled([*sentences(120), "..."], ["a", "b"] * 60 + ["a"]))
    assert "row 122 has no text under 'text'" in refused("reviews", path)
    path = write("\n".join(sentences(120)), "a.txt")
    assert "FILE is no table: save a .csv with a column of texts" in refused("reviews", path)


def test_labelled_texts_with_tabs_in_a_txt(write):
    rows = [f"{'ham' if n % 2 else 'spam'}\t{text}" for n, text in enumerate(sentences(120))]
    path = write("\n".join(["label\ttext", *rows]), "sms.txt")
    assert corpora.load("reviews", path, separator="\t").data["label"].sum() == 60


# ---------------------------------------------------------------- 06, pairs


def translated(count):
    return [(f"{text}", f"dé {text}") for text in sentences(count)]


@pytest.mark.parametrize(
    ("name", "separator", "header", "first"),
    [
        ("fra.txt", "\t", None, "a pair"),
        ("fra.tsv", "\t", "english\tfrench", "names"),
        ("fra.csv.gz", ";", "en;fr", "names"),
    ],
)
def test_pairs_in_two_columns(write, name, separator, header, first):
    pairs = translated(400)
    rows = [separator.join([*pair, f"CC-BY {number}"]) for number, pair in enumerate(pairs)]
    if header:
        rows = [header + separator + "licence", *rows]
    corpus = corpora.load("phrasebook", write("\n".join(rows), name))
    assert corpus.data[["source", "target"]].values.tolist() == [list(pair) for pair in pairs]
    assert notes(corpus).endswith(f"the first row holds {first}")
    counts = corpus.data["part"].value_counts().to_dict()
    assert counts == {"train": 290, "val": 50, "test": 50, "long": 10}
    assert corpus.data["alignment"].isna().all()


def test_columns_of_pairs_by_name(write):
    rows = [f"{n},{b},{a}" for n, (a, b) in enumerate(translated(250))]
    path = write("\n".join(["id,fr,en", *rows]))
    data = corpora.load("phrasebook", path, source="en", target="fr", languages=("en", "fr")).data
    assert data["target"].str.startswith("dé ").all()
    assert "has no column 'de' but id, fr, en" in refused("phrasebook", path, source="de")


def test_quotes_in_a_txt_are_characters(write):
    """An open quote would swallow lines; Tatoeba's files hold such."""
    pairs = [
        *translated(250),
        ('"I am lost.', "«Je suis perdu."),
        ('"Hi" he said.', '"Salut" dit-il.'),
    ]
    path = write("\n".join("\t".join(pair) for pair in pairs), "fra.txt")
    data = corpora.load("phrasebook", path).data
    assert data[["source", "target"]].values.tolist()[-2:] == [list(pair) for pair in pairs[-2:]]
    path = write("\n".join("\t".join(pair) for pair in [*pairs, ('so" b', "c")]), "fra.tsv")
    assert "double quote" in refused("phrasebook", path)


def test_two_files_with_a_comma_between(write):
    pairs = translated(250)
    first = write("\n".join(source for source, _ in pairs) + "\n", "train.en.gz")
    second = write("\r\n".join(target for _, target in pairs) + "\r\n\r\n", "train.fr")
    folder = "Eigene Dateien größtenteils"  # a comma in the folder would be a third path
    other = first.parent.with_name(folder)
    first.parent.rename(other)
    first, second = other / first.name, other / second.name
    corpus = corpora.load("phrasebook", f"{first}, {second}")
    assert len(corpus.data) == 250 and "train.en.gz is the source and train.fr" in notes(corpus)
    assert corpus.folder.name == "train_translator"
    second.write_text("Un\n", encoding="utf-8")
    with pytest.raises(DataError, match="has 250 lines and .* 1, which cannot be translations"):
        corpora.load("phrasebook", f"{first},{second}")
    with pytest.raises(DataError, match="'phrasebook' cannot come from 'no.fr': choose"):
        corpora.load("phrasebook", f"{first},no.fr")


def test_several_translations_of_one_source_stay_together(write):
    rows = [f"{a}\t{b} {end}" for a, b in translated(250) for end in ("un", "deux")]
    rows += [row.replace(".\t", "!\t") for row in rows[:2]]  # the same words
    corpus = corpora.load("phrasebook", write("\n".join(rows), "a.txt"))
    assert len(corpus.data) == 502
    key = corpus.data["source"].str.rstrip(".!")
    assert corpus.data.groupby(key)["part"].nunique().eq(1).all()
    assert "250 sources have several translations, each of which counts as right" in notes(corpus)


def test_translations_without_blanks_are_cut_into_characters(write):
    rows = [f"{a}\t犬は{number}匹います。" for number, (a, _) in enumerate(translated(250))]
    corpus = corpora.load("phrasebook", write("\n".join(rows), "jpn.txt"))
    assert corpus.data["target"][7] == "犬 は 7 匹 い ま す 。"


@pytest.mark.parametrize(
    ("rows", "name", "says"),
    [
        (["A.\tB."] * 300, "a.txt", "FILE has 1 different source sentences: it takes 200 or more"),
        (
            ["A dog."] * 300,
            "a.txt",
            "FILE has one column: pairs take two, separated by tabs, or tw",
        ),
        (["a,a", *["A dog.,B."] * 300], "a.csv", "FILE has the column 'a' twice: rename or take"),
    ],
)
def test_pairs_that_are_refused(write, rows, name, says):
    assert refused("phrasebook", write("\n".join(rows), name)).startswith(says)


def test_pairs_with_an_empty_side_are_left_out(write):
    rows = [f"{a}\t{b}" for a, b in translated(250)]
    corpus = corpora.load("phrasebook", write("\n".join([*rows, "Alone.\t ", "\tSeul."]), "a.txt"))
    assert len(corpus.data) == 250 and "2 pairs with an empty side are left out" in notes(corpus)


# ---------------------------------------------------------------- 05, a table with times


def measured(rows, step="h"):
    index = pd.date_range("2020-01-01", periods=rows, freq=step, name="time")
    return pd.DataFrame({"wind": np.arange(rows) % 7, "T": np.arange(rows) % 24}, index=index)


def test_a_series_with_its_parts_and_columns(write):
    corpus = corpora.load("weather", write(measured(1000).to_csv()))
    assert corpus.target == "T" and corpus.sizes["columns"] == ["wind"]
    assert corpus.best_forecast["median"].shape == (1000, 24)
    assert corpus.best_forecast.isna().all(axis=None)
    assert corpora.load("weather", write(measured(1000).to_csv()), target="wind").target == "wind"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (measured(99), "FILE has 99 rows: it takes 100 or more to learn anything"),
        (
            measured(200).assign(T=1),
            "FILE: 'T' does not change in the first 70 % of the rows: name",
        ),
    ],
)
def test_series_that_are_refused(write, table, says):
    assert refused("weather", write(table.to_csv())).startswith(says)


def test_a_constant_column_is_no_input(write):
    corpus = corpora.load("weather", write(measured(200).assign(wind=3).to_csv()))
    assert corpus.sizes["columns"] == []


# ---------------------------------------------------------------- what is no text at all


OF_TEXT = [name for name in corpora.OWN if name != "chorales"]  # that may be JSON, or binary


@pytest.mark.parametrize("corpus", OF_TEXT)
@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "a.xlsx",
            b"PK\x03\x04",
            "FILE is a spreadsheet: save it as text by pd.read_excel('a.xlsx')",
        ),
        (
            "A.XLS",
            b"\xd0\xcf\x11\xe0",
            "FILE is a spreadsheet: save it as text by pd.read_excel('A.X",
        ),
        (
            "a.csv",
            b"PK\x03\x04xl",
            "FILE is a zip archive or a spreadsheet: unpack it, or save the",
        ),
        ("a.json", b"[]", "FILE is JSON: save it as text by pd.read_json('a.json').to_csv('a.csv'"),
        ("a.csv", b'[{"a": 1}]', "FILE is JSON: save it as text by pd.read_json('a.csv')"),
        (
            "a.jsonl.gz",
            b"{}",
            "FILE is JSON: save it as text by pd.read_json('a.jsonl.gz', lines=Tr",
        ),
        ("a.parquet", b"PAR1", "FILE is a Parquet file: save it as text by pd.read_parquet("),
        ("a.tar.gz", b"a", "FILE is an archive: unpack it, and name the file in it"),
        ("a.pdf.txt", b"%PDF-1.4", "FILE is a PDF: save its text as .txt"),
        ("a.txt", b"version https://git-lfs.github.com/spec/v1", "FILE is a Git LFS pointer and"),
        (
            "a.csv",
            b"\xef\xbb\xbf<!DOCTYPE html>",
            "FILE is a web page and not the file: download it",
        ),
        ("a.csv", b"\n\n<html>", "FILE is a web page and not the file: download it from the addre"),
        (
            "a.csv",
            "a,b\nä,1\n".encode("utf-16-le"),
            "FILE is no text, or in UTF-16 without its mark",
        ),
        ("a.csv", b"a,b\n\0,1\n" + b"a,b\n" * 9, "FILE: line 2 has a NUL character: delete it"),
        ("a.csv", "a,b\nä,1\n".encode("cp1252"), "FILE is not UTF-8 ('utf-8' codec can't decode"),
    ],
)
def test_other_kinds_of_files(write, corpus, name, content, says):
    assert refused(corpus, write(content, name)).startswith(says)


@pytest.mark.parametrize("name", corpora.OWN)
def test_folders_empty_files_and_options(write, name):
    path = write(b"")
    if name == "spoken":  # a folder of recordings is read by its table, here an empty one
        assert refused(name, path.parent).startswith(f"FILE/{path.name} is empty")
    elif name == "chorales":  # a folder is read by its MIDI files, here none
        assert refused(name, path.parent).startswith("FILE has no MIDI files")
    else:
        assert "is a folder: name a file in it" in refused(name, path.parent)
    assert refused(name, path).startswith("FILE")
    says = f"there is no option 'lable' for {path}: choose from "
    assert refused(name, path, lable="x").startswith(says.replace(str(path), "FILE"))


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig", "latin-1"])
def test_encodings_are_known_by_their_mark_or_by_name(write, encoding):
    texts = [text.replace("the", "wörter über") for text in sentences(100)]
    content = "\r\n".join(texts).encode(encoding)
    options = {"encoding": encoding} if encoding in ("cp1252", "latin-1") else {}
    corpus = corpora.load("abstracts", write(content, "a.txt"), **options)
    assert corpus.data["text"].tolist() == texts


@pytest.mark.parametrize("encoding", ["nonsense", "rot13", 5])
def test_an_encoding_that_is_none(write, encoding):
    says = refused("abstracts", write("a b\n", "a.txt"), encoding=encoding)
    assert says.startswith("FILE cannot be read (") and says.endswith(
        "check the name of the encoding"
    )


@pytest.mark.parametrize("separator", ["::", "ä", "\n", 5])
def test_a_separator_that_is_none(write, separator):
    path = write("text,label\na,b\n")
    assert refused("reviews", path, separator=separator).startswith("FILE has no separator ")


# ---------------------------------------------------------------- where results go


def test_results_are_saved_beside_the_file_or_where_that_is_possible(write, monkeypatch, tmp_path):
    path = write("\n".join(sentences(100)), "Meine Texte.v2.txt")
    corpus = corpora.load("abstracts", path)
    assert corpus.folder == path.parent / "Meine Texte_language_model" and corpus.folder.is_dir()
    assert str(corpus).splitlines()[-1] == f"results are saved in {corpus.folder}"
    assert not any(corpus.folder.iterdir())

    mkdir = Path.mkdir
    locked = {path.parent}

    def refuse(self, *arguments, **options):
        if self.parent in locked:
            raise PermissionError(13, "Permission denied", str(self))
        mkdir(self, *arguments, **options)

    corpus.folder.rmdir()
    monkeypatch.setattr(Path, "mkdir", refuse)
    monkeypatch.chdir(tmp_path)
    assert corpora.load("abstracts", path).folder == tmp_path / "Meine Texte_language_model"
    locked.add(tmp_path)
    somewhere = corpora.load("abstracts", path).folder
    assert somewhere.is_dir() and somewhere.parent not in locked


# ---------------------------------------------------------------- whatever goes in

LINES = st.lists(
    st.sampled_from(
        ["a b", "", '"', "ä,1", "1;2", "x\ty", "今天天气", "a,b,c", "\r", "ok ok ok " * 99]
    ),
    max_size=60,
)
CONTENT = st.one_of(st.binary(max_size=300), LINES.map(lambda lines: "\n".join(lines).encode()))


@settings(max_examples=60, deadline=2000, suppress_health_check=list(HealthCheck))
@given(content=CONTENT, name=st.sampled_from(["a.csv", "a.tsv", "a.txt", "a.csv.gz", "b"]))
def test_whatever_bytes_give_a_table_or_a_sentence(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    for read in (own.texts, own.reviews, own.pairs):
        began = time.perf_counter()
        try:
            assert read(path).attrs["notes"]
        except DataError as error:
            assert "\n" not in str(error) and str(path) in str(error)
        assert time.perf_counter() - began < 2
