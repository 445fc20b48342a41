"""The grammar of the phrasebook: correct French, one translation each, a complete alignment."""

import re

import pytest
from generators import phrasebook
from generators.phrasebook import Phrase, Writer

from rnnkit import corpora


@pytest.fixture(scope="module")
def drawn():
    """3,000 sentences as they come, with repetitions."""
    writer = Writer(11)
    return [writer.sentence() for _ in range(3000)]


class Chosen(Writer):
    """A writer that says what a test wants: nouns, adjectives and verbs by their English names."""

    def __init__(self, *names, yes=()):
        super().__init__(0)
        self.names, self.yes = list(names), list(yes)

    def chance(self, share):
        return self.yes.pop(0) if self.yes else False

    def pick(self, text_or_list):
        entries = text_or_list
        if isinstance(text_or_list, str):
            entries = [line.split(",") for line in text_or_list.replace(";", "\n").split("\n")]
        name = self.names.pop(0)
        found = [entry for entry in entries if entry[0].strip() == name]
        assert found, f"{name} is not among {[entry[0] for entry in entries]}"
        return found[0]


def noun_phrase(noun, *, determiner="the", adjective=None, plural=False, **options):
    """English and French of one noun with its words."""
    before = adjective and next(a for a in phrasebook.ADJECTIVE_LIST if a.english == adjective)
    first = bool(before) and before.before
    writer = Chosen(
        noun, *([adjective] if adjective else []), yes=[plural, first, bool(before) and not first]
    )
    row = next(row for row in phrasebook.DETERMINER_LIST if row[0] == determiner)
    writer.random.choices = lambda rows, weights: [row]
    found = writer.noun_phrase("paetrowxl", plain=True, **options)
    pair = phrasebook._finish(found)
    return pair.english, pair.french


@pytest.mark.parametrize(
    ("noun", "options", "english", "french"),
    [
        ("girl", {}, "The girl", "La fille"),
        ("child", {}, "The child", "L'enfant"),
        ("owl", {}, "The owl", "Le hibou"),  # its h is aspirate
        ("hotel", {}, "The hotel", "L'hôtel"),  # and this one is mute
        ("horse", {"plural": True}, "The horses", "Les chevaux"),
        ("bird", {"plural": True}, "The birds", "Les oiseaux"),
        ("woman", {"plural": True}, "The women", "Les femmes"),
        ("apple", {"determiner": "a", "adjective": "red"}, "A red apple", "Une pomme rouge"),
        ("egg", {"determiner": "a"}, "An egg", "Un œuf"),
        ("tree", {"adjective": "old"}, "The old tree", "Le vieil arbre"),
        ("tree", {"adjective": "old", "plural": True}, "The old trees", "Les vieux arbres"),
        ("man", {"adjective": "beautiful"}, "The beautiful man", "Le bel homme"),
        ("school", {"adjective": "beautiful"}, "The beautiful school", "La belle école"),
        ("hotel", {"adjective": "new"}, "The new hotel", "Le nouvel hôtel"),
        ("hat", {"adjective": "new"}, "The new hat", "Le nouveau chapeau"),
        ("flower", {"adjective": "white"}, "The white flower", "La fleur blanche"),
        ("girl", {"adjective": "happy", "plural": True}, "The happy girls", "Les filles heureuses"),
        ("car", {"adjective": "expensive"}, "The expensive car", "La voiture chère"),
        ("tree", {"determiner": "this"}, "This tree", "Cet arbre"),
        ("dog", {"determiner": "this"}, "This dog", "Ce chien"),
        ("tree", {"determiner": "this", "adjective": "small"}, "This small tree", "Ce petit arbre"),
        ("school", {"determiner": "my"}, "My school", "Mon école"),
        ("school", {"determiner": "my", "adjective": "new"}, "My new school", "Ma nouvelle école"),
        ("story", {"determiner": "his"}, "His story", "Son histoire"),
        ("cat", {"determiner": "our", "plural": True}, "Our cats", "Nos chats"),
        (
            "cat",
            {"determiner": "a", "plural": True, "adjective": "small"},
            "Some small cats",
            "De petits chats",
        ),
        (
            "cat",
            {"determiner": "a", "plural": True, "adjective": "black"},
            "Some black cats",
            "Des chats noirs",
        ),
        ("cat", {"determiner": "a", "negated": True}, "A cat", "De chat"),
        ("apple", {"determiner": "a", "negated": True, "plural": True}, "Any apples", "De pommes"),
        ("orange", {"determiner": "a", "negated": True}, "An orange", "D'orange"),
    ],
)
def test_noun_phrases_by_hand(noun, options, english, french):
    plural = options.get("plural", False)
    if plural and not options.get("negated"):
        options = {**options, "definite": True}  # no draw for two, three, four
    assert noun_phrase(noun, **options) == (english, french)


HE = Phrase((("he", 900),), (("il", 900),), person=1, pronoun=True)
SHE = Phrase((("she", 900),), (("elle", 900),), feminine=True, person=1, pronoun=True)
I = Phrase((("I", 900),), (("je", 900),), person=0, pronoun=True)  # noqa: E741
WE = Phrase((("we", 900),), (("nous", 900),), plural=True, person=2, pronoun=True)
YOU = Phrase((("you", 900),), (("vous", 900),), person=3, pronoun=True)
GIRLS = Phrase(
    (("the", 900), ("girls", 901)), (("les", 900), ("filles", 901)),
    feminine=True, plural=True, person=4,
)  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "subject", "tense", "options", "english", "french"),
    [
        ("love", I, "present", {}, "I love", "J'aime"),
        ("love", I, "present", {"negated": True}, "I do not love", "Je n'aime pas"),
        ("eat", WE, "present", {}, "We eat", "Nous mangeons"),
        ("buy", HE, "future", {}, "He will buy", "Il achètera"),
        ("see", YOU, "future", {"negated": True}, "You will not see", "Vous ne verrez pas"),
        ("open", HE, "past", {}, "He opened", "Il a ouvert"),
        ("open", HE, "past", {"negated": True}, "He did not open", "Il n'a pas ouvert"),
        ("arrive", SHE, "past", {}, "She arrived", "Elle est arrivée"),
        ("fall", GIRLS, "past", {}, "The girls fell", "Les filles sont tombées"),
        ("look for", HE, "present", {}, "He looks for", "Il cherche"),
        ("love", SHE, "present", {"pronoun": "him"}, "She loves him", "Elle l'aime"),
        ("see", HE, "past", {"pronoun": "her"}, "He saw her", "Il l'a vue"),
        ("see", HE, "past", {"pronoun": "them"}, "He saw them", "Il les a vus"),
        ("have", I, "present", {}, "I have", "J'ai"),
        ("have", SHE, "present", {}, "She has", "Elle a"),
        (
            "have", GIRLS, "past", {"negated": True},
            "The girls did not have", "Les filles n'avaient pas",
        ),
        ("have", YOU, "future", {}, "You will have", "Vous aurez"),
        ("arrive", WE, "past", {}, "We arrived", "Nous sommes arrivés"),
        ("love", HE, "present", {"pronoun": "me"}, "He loves me", "Il m'aime"),
        ("see", SHE, "past", {"pronoun": "us"}, "She saw us", "Elle nous a vus"),
        ("see", I, "past", {"pronoun": "you"}, "I saw you", "Je vous ai vu"),
        (
            "find", WE, "past", {"pronoun": "her", "negated": True},
            "We did not find her", "Nous ne l'avons pas trouvée",
        ),
        ("eat", HE, "present", {"question": True}, "Does he eat", "Mange-t-il"),
        ("sleep", SHE, "present", {"question": True}, "Does she sleep", "Dort-elle"),
        ("eat", HE, "past", {"question": True}, "Did he eat", "A-t-il mangé"),
        ("see", YOU, "present", {"question": True}, "Do you see", "Voyez-vous"),
        ("sing", I, "present", {"question": True}, "Do I sing", "Est-ce que je chante"),
        (
            "fall", GIRLS, "past", {"question": True},
            "Did the girls fall", "Est-ce que les filles sont tombées",
        ),
        (
            "love", HE, "present", {"question": True, "negated": True, "pronoun": "them"},
            "Does he not love them", "Ne les aime-t-il pas",
        ),
    ],
)  # fmt: skip
def test_verbs_by_hand(verb, subject, tense, options, english, french):
    question = options.get("question", False)
    form = next(v for v in phrasebook.VERB_LIST if v.base == verb)
    group = Writer(0).verb_group(form, subject, tense, **options)
    pair = phrasebook._finish(phrasebook._arrange(subject, group, question=question))
    assert (pair.english, pair.french) == (english, french)


def test_being_agrees():
    writer = Chosen("happy")
    options = {"seen_as": "past", "negated": True, "question": False}
    group = writer._being(GIRLS, "past", **options)
    pair = phrasebook._finish(phrasebook._arrange(GIRLS, group))
    assert pair.french == "Les filles n'étaient pas heureuses"
    assert pair.english == "The girls were not happy"


@pytest.mark.parametrize(
    ("subject", "tense", "negated", "question", "english", "french"),
    [
        (I, "present", False, False, "I am happy", "Je suis heureux"),
        (I, "present", False, True, "Am I happy", "Est-ce que je suis heureux"),
        (WE, "past", True, False, "We were not happy", "Nous n'étions pas heureux"),
        (YOU, "present", False, True, "Are you happy", "Êtes-vous heureux"),
        (SHE, "future", False, False, "She will be happy", "Elle sera heureuse"),
    ],
)
def test_being_by_hand(subject, tense, negated, question, english, french):
    options = {"seen_as": tense, "negated": negated, "question": question}
    group = Chosen("happy")._being(subject, tense, **options)
    pair = phrasebook._finish(phrasebook._arrange(subject, group, question=question))
    assert (pair.english, pair.french) == (english, french)


def test_being_somewhere_by_hand():
    writer = Chosen("on", "table")
    writer.random.choices = lambda rows, weights: [rows[0]]  # the
    there = writer._being(I, "present", seen_as="present", negated=False, question=True, place=True)
    pair = phrasebook._finish(phrasebook._arrange(I, there, question=True))
    assert pair == ("Am I on the table", "Est-ce que je suis sur la table", (
        (0,), (0,), (0,), (1,), (0,), (2,), (3,), (4,),
    ))  # fmt: skip


def test_there_is_and_where_is(drawn):
    there = [pair.french for pair in drawn if pair.english.startswith(("There is", "There are"))]
    assert len(there) > 20 and all(text.startswith("Il y a ") for text in there)
    writer = Chosen("key")
    writer.random.choices = lambda rows, weights: [rows[0]]  # the
    pair = phrasebook._finish(writer._where())
    assert pair == ("Where is the key", "Où est la clé", ((0,), (1,), (2,), (3,)))


@pytest.mark.parametrize(
    "wrong", ["I see me", "we see us", "i love us", "you love you", "we saw me"]
)
def test_nobody_sees_themselves(drawn, wrong):
    said = " ".join(pair.english.lower() for pair in drawn)
    assert wrong.lower() not in said


def test_they_stands_only_where_nothing_says_who(drawn):
    """Elsewhere "they" may be girls of the first half, and ils would be wrong."""
    for pair in drawn:
        if pair.french.startswith("Ils "):
            assert not re.search(r"\b(that|because|but|when)\b.*\bils\b", pair.french)


def test_de_and_le_become_one_word():
    words = [("de", 1), ("le", 2), ("garçon", 3), ("de", 4), ("les", 5), ("hibou", 6), ("de", 7)]
    joined = phrasebook._contract(phrasebook._elide([*words, ("le", 8), ("arbre", 9)]))
    assert [word for word, *_ in joined] == ["du", "garçon", "des", "hibou", "de", "l'", "arbre"]
    assert joined[0] == ("du", 1, 2)


def test_an_alignment_by_hand():
    negated = Writer(0).verb_group(
        next(v for v in phrasebook.VERB_LIST if v.base == "sleep"), HE, "past", negated=True
    )
    pair = phrasebook._finish(phrasebook._arrange(HE, negated))
    assert pair.english == "He did not sleep" and pair.french == "Il n'a pas dormi"
    # il: he; n': not or did; a: did or sleep; pas: not; dormi: sleep or did
    assert pair.links == ((0,), (2, 1), (1, 3), (2,), (3, 1))


def test_english_determines_french(drawn):
    known = {}
    for pair in drawn:
        assert known.setdefault(pair.english, pair.french) == pair.french


def test_every_french_token_has_its_english_ones(drawn):
    for pair in drawn:
        english, french = (phrasebook.tokenize(text) for text in (pair.english, pair.french))
        assert len(pair.links) == len(french) and all(pair.links)
        assert max(max(link) for link in pair.links) < len(english)
        for text, tokens in ((pair.english, english), (pair.french, french)):
            assert "".join(tokens).strip() == text


@pytest.mark.parametrize(
    "wrong",
    [" le a", " le e", " je a", " ne a", " que il", " de le ", " de les ", " de un", " ce arbre"]
    + [" ma é", " sa o", "beau arbre", "vieux homme ", " la é", "a-il", "e-elle"],
)
def test_nothing_is_left_unelided(drawn, wrong):
    text = " ".join(pair.french.lower() for pair in drawn)
    assert wrong not in text


def test_a_corpus_is_unique_of_fitting_length_and_the_same_each_time():
    corpus = phrasebook.sample(3, 400)
    assert corpus == phrasebook.sample(3, 400) != phrasebook.sample(4, 400)
    assert len({pair.english for pair in corpus}) == 400
    lengths = [len(phrasebook.tokenize(pair.english)) for pair in corpus]
    assert min(lengths) >= 3 and max(lengths) <= 18


def test_the_corpus_has_what_it_promises():
    pairs = corpora.load("phrasebook", "synthetic").data
    sizes = {"train": 36_000, "val": 1000, "test": 1000, "long": 500}
    assert pairs["part"].value_counts().to_dict() == sizes
    assert pairs["source"].is_unique
    french = pairs.loc[pairs["part"] == "train", "target"].tolist()
    for needed in (" ne ", "n'", "pas", "Est-ce que", "-t-il", " l'", "d'", "qu'", "du ", "ont "):
        assert sum(needed in text for text in french) > 90, needed
    lengths = pairs["source"].map(lambda text: len(phrasebook.tokenize(text)))
    assert lengths[pairs["part"] == "long"].min() > lengths[pairs["part"] != "long"].max()
    for row in pairs[pairs["part"].isin(["val", "test"])].sample(100, random_state=0).itertuples():
        assert len(row.alignment) == len(phrasebook.tokenize(row.target))


def test_the_other_direction_has_no_alignment():
    there = corpora.load("phrasebook", "synthetic").data
    back = corpora.load("phrasebook", "synthetic", languages=("fr", "en")).data
    assert back["source"].equals(there["target"].rename("source"))
    assert back["alignment"].isna().all()
