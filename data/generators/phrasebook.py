"""English sentences and their French translations, drawn together, with the true word alignment.

Both sides of a sentence come from the same choices, so each English sentence has exactly one
translation here, and it is known which English word each French word stands for. The French is
correct: gender and number agree, also of past participles; le, la, je, ne, de, que lose their
vowel before another (and before a mute h); adjectives stand on their own side of the noun; a
negated verb turns un and des into de; de and le become du.

Where English alone would not decide, a convention does: "you" is vous and one man, "I", "we",
"they" and an object "them" are masculine, a question about a pronoun inverts, any other begins with
est-ce que.
"""

from __future__ import annotations

import re
from itertools import count
from random import Random
from typing import NamedTuple

# ---------------------------------------------------------------- words

# English, French, gender, and what it can be: p person, a animal, e food, o can be opened,
# r can be written, t can be carried, l place, i one can be in it, s things lie on it, w has doors
# and keys, x which are parts of it.
NOUNS = """
boy,garçon,m,p; girl,fille,f,p; man,homme,m,p; woman,femme,f,p; child,enfant,m,p; king,roi,m,p
baker,boulanger,m,p; singer,chanteuse,f,p; dog,chien,m,a; cat,chat,m,a; horse,cheval,m,a
bird,oiseau,m,a; owl,hibou,m,a; cow,vache,f,a; apple,pomme,f,et; egg,œuf,m,et; orange,orange,f,et
cake,gâteau,m,et; book,livre,m,rt; letter,lettre,f,rt; newspaper,journal,m,rt; story,histoire,f,r
mother,mère,f,p; father,père,m,p; friend,ami,m,p; teacher,professeur,m,p; table,table,f,tls
hat,chapeau,m,t; flower,fleur,f,t; umbrella,parapluie,m,t; box,boîte,f,tos; door,porte,f,ox
window,fenêtre,f,ox; key,clé,f,tx; car,voiture,f,ws; house,maison,f,liw; hotel,hôtel,m,liw
school,école,f,liw; garden,jardin,m,liw; street,rue,f,li; tree,arbre,m,l; river,rivière,f,l
"""
# English, masculine, feminine, before or after the noun, what it is said of.
ADJECTIVES = """
small,petit,petite,before,paetrowxl; big,grand,grande,before,aetowxl; young,jeune,jeune,before,pa
new,nouveau,nouvelle,before,rtowxl; old,vieux,vieille,before,paowxl
beautiful,beau,belle,before,paetrwl; good,bon,bonne,before,paer
red,rouge,rouge,after,etowx; green,vert,verte,after,etowx; black,noir,noire,after,atowx
white,blanc,blanche,after,atowxl; heavy,lourd,lourde,after,to
strange,étrange,étrange,after,partowl; expensive,cher,chère,after,etrw
tired,fatigué,fatiguée,after,pa; happy,heureux,heureuse,after,pa; sad,triste,triste,after,pa
"""
BEFORE_VOWEL = {"beau": "bel", "nouveau": "nouvel", "vieux": "vieil"}  # masculine singular
# English present and past; French present of je, il, nous, vous, ils; future stem; participle,
# with + if its auxiliary is être; what the object is (none: it takes no object). A verb with five
# forms in the participle's place says the past with these (il avait).
VERBS = """
see,saw; vois voit voyons voyez voient; verr; vu; paetrowxl
find,found; trouve trouve trouvons trouvez trouvent; trouver; trouvé; paetro
buy,bought; achète achète achetons achetez achètent; achèter; acheté; etrw
eat,ate; mange mange mangeons mangez mangent; manger; mangé; e
open,opened; ouvre ouvre ouvrons ouvrez ouvrent; ouvrir; ouvert; o
write,wrote; écris écrit écrivons écrivez écrivent; écrir; écrit; r
carry,carried; porte porte portons portez portent; porter; porté; ta
have,had; ai a avons avez ont; aur; avais avait avions aviez avaient; aetrow
like,liked; aime aime aimons aimez aiment; aimer; aimé; paerl
love,loved; aime aime aimons aimez aiment; aimer; aimé; paerl
look for,looked for; cherche cherche cherchons cherchez cherchent; chercher; cherché; patrol
sleep,slept; dors dort dormons dormez dorment; dormir; dormi;
sing,sang; chante chante chantons chantez chantent; chanter; chanté;
work,worked; travaille travaille travaillons travaillez travaillent; travailler; travaillé;
arrive,arrived; arrive arrive arrivons arrivez arrivent; arriver; arrivé+;
fall,fell; tombe tombe tombons tombez tombent; tomber; tombé+;
"""
REPORTS = """
say,said; dis dit disons dites disent; dir; dit;
think,thought; pense pense pensons pensez pensent; penser; pensé;
"""
BE = ["suis", "est", "sommes", "êtes", "sont"]
BE_IN_ENGLISH = {
    "present": ["am", "is", "are", "are", "are"],
    "past": ["was", "was", "were", "were", "were"],
    "future": ["be"] * 5,
}
HAVE = ["ai", "a", "avons", "avez", "ont"]
WAS = ["étais", "était", "étions", "étiez", "étaient"]
FUTURE = ["ai", "a", "ons", "ez", "ont"]
PERSONS = {
    "I": (0, "je"),
    "he": (1, "il"),
    "she": (1, "elle"),
    "we": (2, "nous"),
    "you": (3, "vous"),
    "they": (4, "ils"),
}
OBJECTS = {"him": "le", "her": "la", "them": "les", "me": "me", "us": "nous", "you": "vous"}
SELF = {"me": ("I", "we"), "us": ("I", "we"), "you": ("you",)}  # no "I see me"
# English singular and plural; French masculine, feminine, plural
DETERMINERS = """
the,the,le,la,les; a,some,un,une,des; this,these,ce,cette,ces; my,my,mon,ma,mes
his,his,son,sa,ses; her,her,son,sa,ses; our,our,notre,notre,nos; your,your,votre,votre,vos
"""
NUMBERS = {"two": "deux", "three": "trois", "four": "quatre"}
WHEN = {
    "present": "now,maintenant; today,aujourd' hui",
    "past": "yesterday,hier; today,aujourd' hui",
    "future": "tomorrow,demain; soon,bientôt",
}
WHERE = "in,dans; near,près de; near,près de; on,sur; behind,derrière; in front of,devant"
ASK = "where,où; when,quand; why,pourquoi"
TOWNS = ["Paris", "Lyon", "Rome", "Berlin", "Madrid", "Dublin", "Lisbon", "Geneva"]
TOWNS_IN_FRENCH = {"Lisbon": "Lisbonne", "Geneva": "Genève"}
IRREGULAR = {"man": "men", "woman": "women", "child": "children", "have": "has"}
NEW_TOWNS = (
    "Bel Bar Bor Dan Dor Fal Far Gor Gan Kar Kel Lam Len Mar Mel Nor Nal Pel Por Ros Ran Sor Sal",
    "a o i u e ana eri ola iva unda",
    "mont burg ville ford stad lin mar dor bach gate rin sund berg tal wick",
)
NEW_TOWN = 0.4  # share of the towns with an invented name, the same in both languages


class Noun(NamedTuple):
    english: str
    french: str
    feminine: bool
    kinds: str


class Adjective(NamedTuple):
    english: str
    masculine: str
    feminine: str
    before: bool
    kinds: str


class Verb(NamedTuple):
    """One verb: English base and past form, French present by person, stem, participle."""

    base: str
    past: str
    present: tuple
    stem: str
    participle: str
    moves: bool  # its auxiliary is être
    kinds: str


def _entries(text):
    return [e.split(",") for e in re.split(r"[;\n]+\s*", text.strip())]


def _verbs(text):
    rows = [line.split(";") for line in text.strip().splitlines()]
    cells = [[cell.strip() for cell in row] for row in rows]
    return [
        Verb(*names.split(","), tuple(forms.split()), stem, part.rstrip("+"), "+" in part, kinds)
        for names, forms, stem, part, kinds in cells
    ]


NOUN_LIST = [Noun(e, f, g == "f", kinds) for e, f, g, kinds in _entries(NOUNS)]
ADJECTIVE_LIST = [Adjective(e, m, f, p == "before", k) for e, m, f, p, k in _entries(ADJECTIVES)]
VERB_LIST, REPORT_LIST = _verbs(VERBS), _verbs(REPORTS)
DETERMINER_LIST = _entries(DETERMINERS)


def inflect(word):
    """English plural of a noun, third person of a verb: 'church' -> 'churches'."""
    first, *rest = word.split(" ")
    if first in IRREGULAR:
        return IRREGULAR[first]
    if first.endswith(("s", "x", "ch", "sh")):
        first += "es"
    elif first.endswith("y") and first[-2] not in "aeiou":
        first = first[:-1] + "ies"
    else:
        first += "s"
    return " ".join([first, *rest])


def pluralize(word):
    """French plural of a noun or adjective: 'cheval' -> 'chevaux'."""
    if word.endswith(("s", "x")):
        return word
    if word.endswith("al"):
        return word[:-1] + "ux"
    return word + ("x" if word.endswith("eau") or word == "hibou" else "s")


def elides(word):
    """Whether le, la, je, ne, de, que lose their vowel before this French word."""
    return word[0] in "aeiouyéèêôœhAEIOU" and not word.startswith("hibou")


# ---------------------------------------------------------------- phrases


class Phrase(NamedTuple):
    """Words of both languages. english: (word, key); french: (word, key, other keys)."""

    english: tuple = ()
    french: tuple = ()
    feminine: bool = False
    plural: bool = False
    person: int = 1  # index into the forms of a verb
    pronoun: bool = False


class Writer:
    """Draws sentences; each idea in a sentence gets a key that its words on both sides share."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.keys = count()

    def chance(self, share):
        return self.random.random() < share

    def pick(self, text_or_list):
        entries = text_or_list if isinstance(text_or_list, list) else _entries(text_or_list)
        return self.random.choice(entries)

    def words(self, english, french):
        """A fixed expression: all its words share one key."""
        key = next(self.keys)
        return Phrase(
            tuple((word, key) for word in english.split()),
            tuple((word, key) for word in french.split()),
        )

    # -------- noun phrases

    def noun_phrase(self, kinds, *, negated=False, definite=False, plain=False, new=False):
        """A determiner, perhaps adjectives, a noun, and perhaps what goes with it."""
        noun = self.pick([n for n in NOUN_LIST if set(n.kinds) & set(kinds)])
        plural = self.chance(0.3)
        form = {"feminine": noun.feminine, "plural": plural}
        fitting = [a for a in ADJECTIVE_LIST if set(a.kinds) & set(noun.kinds)]
        before = [self.pick([a for a in fitting if a.before])] if self.chance(0.2) else []
        after = [a for a in fitting if not a.before]
        after = [self.pick(after)] if after and self.chance(0.25) else []
        key = next(self.keys)
        english, french = [], [(_noun_form(noun, plural), key)]
        for adjective in reversed(before):
            tie = next(self.keys)
            text = _adjective_form(adjective, before=french[0][0], **form)
            english, french = [(adjective.english, tie), *english], [(text, tie), *french]
        for adjective in after:
            tie = next(self.keys)
            english.append((adjective.english, tie))
            french.append((_adjective_form(adjective, **form), tie))
        english.append((inflect(noun.english) if plural else noun.english, key))
        determiner = self._determiner(form, negated, definite, bool(before), new)
        english = [(_a_or_an(determiner[0], english[0][0]), determiner[1]), *english]
        found = Phrase(tuple(english), (determiner[2:], *french), **form)
        return found if plain or negated else self._extended(found, noun)

    def _determiner(self, form, negated, definite, adjective_first, new=False):
        """English word, key, French word, key."""
        key, plural = next(self.keys), form["plural"]
        if plural and not definite and not negated and self.chance(0.2):
            number = self.random.choice(sorted(NUMBERS))
            return number, key, NUMBERS[number], key
        weights = [6, 0 if definite else 4, 1, 1, 0.6, 0.6, 0.6, 0.6]
        weights = [0, 1, 0, 0, 0, 0, 0, 0] if new else weights
        (row,) = self.random.choices(DETERMINER_LIST, weights)
        english = row[1] if plural else row[0]
        french = row[4] if plural else row[3] if form["feminine"] else row[2]
        if row[0] == "a" and negated:
            english, french = "any" if plural else english, "de"
        elif english == "some" and adjective_first:
            french = "de"  # de petits chats, but des chats noirs
        return english, key, french, key

    def _extended(self, head, noun):
        """Perhaps 'of the house' for a part, or a relative clause."""
        if "x" in noun.kinds and self.chance(0.6):
            whole = self.noun_phrase("w", definite=True, plain=True)
            return _join(head, self.words("of", "de"), whole, like=head)
        if self.chance(0.06):
            return self._subject_relative(head, noun)
        return head

    def _subject_relative(self, head, noun):
        """'the boy who sings': the verb agrees with the noun."""
        if not set(noun.kinds) & set("pa"):
            return head
        link = self.words("who" if "p" in noun.kinds else "that", "qui")
        empty = Phrase(feminine=head.feminine, plural=head.plural, person=4 if head.plural else 1)
        rest = self.clause(subject=empty, plain=True)
        return _join(head, link, rest, like=head)

    def subject(self, *, plain=False, kinds="ppa", alone=False):
        """A pronoun or a person or animal, sometimes two; "they" only where nothing is before."""
        if self.chance(0.35):
            word = self.random.choice([w for w in sorted(PERSONS) if alone or w != "they"])
            person, french = PERSONS[word]
            key = next(self.keys)
            form = {"feminine": word == "she", "plural": word in ("we", "they")}
            form |= {"person": person, "pronoun": True}
            return Phrase(((word, key),), ((french, key),), **form)
        first = self.noun_phrase(self.random.choice(kinds), plain=plain)
        if not plain and self.chance(0.1):
            second = self.noun_phrase(self.random.choice(kinds), plain=True)
            feminine = first.feminine and second.feminine
            both = _join(first, self.words("and", "et"), second, like=first)
            return both._replace(feminine=feminine, plural=True, person=4)
        return first._replace(person=4 if first.plural else 1)

    # -------- clauses

    def clause(self, *, subject=None, tense=None, seen_as=None, alone=False, **options):
        """A subject with what it does or is. seen_as: the tense that English says instead."""
        question, plain = options.get("question", False), options.get("plain", False)
        given = subject is not None
        subject = subject or self.subject(plain=plain, alone=alone)
        tense = tense or self.random.choices(["present", "past", "future"], [5, 3, 2])[0]
        negated = self.chance(0.2) and not given
        options = {"seen_as": seen_as or tense, "negated": negated, "question": question}
        if self.chance(0.2):
            group, rest = self._being(subject, tense, **options), Phrase()
        else:
            verb = self.pick(VERB_LIST)
            pronoun = None
            whom = set(verb.kinds) & set("pa") and verb.base != "have"
            if whom and not given and self.chance(0.25):
                own = subject.english[0][0]
                others = [word for word in sorted(OBJECTS) if own not in SELF.get(word, ())]
                pronoun = self.random.choice(others)
            group = self.verb_group(verb, subject, tense, pronoun=pronoun, **options)
            rest = Phrase()
            if verb.kinds and not pronoun:
                rest = self._object(verb, negated, plain)
        rest = _join(rest, self._around(seen_as or tense, plain, question))
        return _arrange(subject, group, rest, question=question)

    def _object(self, verb, negated, plain):
        first = self.noun_phrase(verb.kinds, negated=negated, plain=plain)
        if negated or plain or not self.chance(0.12):
            return first
        parts = [first]
        if self.chance(0.6):
            parts += [self.words(",", ","), self.noun_phrase(verb.kinds, plain=True)]
        last = self.noun_phrase(verb.kinds, plain=True)
        return _join(*parts, self.words("and", "et"), last)

    def _around(self, tense, plain, question):
        """Perhaps a place, perhaps a time."""
        parts = []
        if self.chance(0.12 if plain else 0.24):
            parts.append(self._place())
        if self.chance(0.05 if plain or question else 0.2):
            parts.append(self.words(*self.pick(WHEN[tense])))
        return _join(*parts)

    def _place(self):
        if self.chance(0.35):
            town = self._town()
            return _join(self.words("in", "à"), self.words(town, TOWNS_IN_FRENCH.get(town, town)))
        where = self.pick(WHERE)
        kinds = {"in": "i", "on": "s"}.get(where[0], "l")
        return _join(self.words(*where), self.noun_phrase(kinds, definite=True, plain=True))

    def _town(self):
        if not self.chance(NEW_TOWN):
            return self.random.choice(TOWNS)
        return "".join(self.random.choice(part.split()) for part in NEW_TOWNS)

    def verb_group(self, verb, subject, tense, *, pronoun=None, agree=None, **options):
        """What verb and subject become: a dict of parts that `_arrange` puts in order."""
        key, helper, negation = (next(self.keys) for _ in range(3))
        english = _english_verb(verb, subject, (key, helper, negation), tense, **options)
        fronted = bool(english["helper"])
        tie = (key, helper) if fronted else (key,)
        objects = []
        if pronoun:
            tied = next(self.keys)
            english["object"] = [(pronoun, tied)]
            objects = [(OBJECTS[pronoun], tied)]
            agree = Phrase(feminine=pronoun == "her", plural=pronoun in ("them", "us"))
        imperfect = verb.participle.split()
        if tense == "past" and len(imperfect) > 1:
            finite, tied, after = imperfect[subject.person], tie, []
        elif tense == "past":
            shown = subject if verb.moves else agree or Phrase()
            participle = _agree(verb.participle, shown.feminine, shown.plural)
            finite = (BE if verb.moves else HAVE)[subject.person]
            tied = (helper, key) if fronted else (key,)
            after = [(participle, *tie)]
        else:
            present = verb.present[subject.person]
            finite = present if tense == "present" else verb.stem + FUTURE[subject.person]
            tied, after = tie, []
        nots = (negation, helper) if options.get("negated") else None
        return english | {
            "before": objects,
            "finite": [(finite, *tied)],
            "after": after,
            "not": nots,
        }

    def _being(self, subject, tense, *, seen_as, negated, question, place=None):
        """'is red', 'was not happy', 'is in Rome': an adjective agrees with the subject."""
        key, helper, negation, tie = (next(self.keys) for _ in range(4))
        word = BE_IN_ENGLISH[seen_as][subject.person]
        english = {"helper": [], "not_word": [("not", negation)] if negated else [], "object": []}
        if seen_as == "future":
            english |= {"helper": [("will", helper)], "verb": [(word, key)]}
        else:  # 'is' itself goes to the front of a question and before 'not'
            english |= {"helper": [(word, key)], "verb": []}
        finite = {"present": BE, "past": WAS, "future": [f"ser{end}" for end in FUTURE]}[tense]
        tied = (key, helper) if seen_as == "future" else (key,)
        nots = (negation, helper) if negated else None
        if self.chance(0.2) if place is None else place:
            rest = self._place()
        else:
            adjective = self.pick([a for a in ADJECTIVE_LIST if "p" in a.kinds])
            text = _agree(adjective.masculine, subject.feminine, subject.plural, adjective.feminine)
            rest = Phrase(((adjective.english, tie),), ((text, tie),))
        verb = {"before": [], "finite": [(finite[subject.person], *tied)], "after": []}
        return english | verb | {"rest": rest, "not": nots}

    # -------- sentences

    def sentence(self):
        """One sentence -> Pair."""
        self.keys = count()
        kind = self.random.choices(
            ["plain", "question", "there", "where", "joined", "again", "report", "when"],
            [50, 20, 5, 3, 7, 5, 4, 6],
        )[0]
        body = getattr(self, f"_{kind}")()
        mark = "?" if kind in ("question", "where") else "."
        return _finish(_join(body, self.words(mark, mark)))

    def _plain(self):
        return self.clause(alone=True)

    def _question(self):
        if not self.chance(0.35):
            return self.clause(question=True, alone=True)
        asked = self.clause(question=True, plain=True, alone=True)
        return _join(self.words(*self.pick(ASK)), asked)

    def _there(self):
        """'there is a cat in the garden', or 'the cat is in the garden'."""
        new = self.chance(0.4)
        thing = self.noun_phrase("paetrow", plain=True, new=new, definite=not new)
        if new:
            there = self.words("there are" if thing.plural else "there is", "il y a")
            return _join(there, thing, self._place())
        thing = thing._replace(person=4 if thing.plural else 1)
        options = {"seen_as": "present", "negated": self.chance(0.2), "question": False}
        return _arrange(thing, self._being(thing, "present", place=True, **options))

    def _where(self):
        """'where is the key': no est-ce que here."""
        thing = self.noun_phrase("paetrowx", plain=True, definite=True)
        past, person = self.chance(0.2), 4 if thing.plural else 1
        english = BE_IN_ENGLISH["past" if past else "present"][person]
        french = (WAS if past else BE)[person]
        return _join(self.words("where", "où"), self.words(english, french), thing)

    def _joined(self):
        english, french = self.pick("and,et; but,mais; because,parce que")
        return _join(self.clause(), self.words(english, french), self.clause())

    def _again(self):
        """'the flowers are red but they are small': the gender comes from the first half."""
        first = self.noun_phrase("ppa", definite=True)
        first = first._replace(person=4 if first.plural else 1)
        english, french = self.pick("but,mais; because,parce que; and,et")
        half = self._attribute(first)
        word = ("they", "elles" if first.feminine else "ils") if first.plural else None
        word = word or (("she", "elle") if first.feminine else ("he", "il"))
        pronoun = self.words(*word)._replace(
            feminine=first.feminine, plural=first.plural, person=first.person, pronoun=True
        )
        return _join(half, self.words(english, french), self.clause(subject=pronoun))

    def _attribute(self, subject):
        options = {"seen_as": "present", "negated": self.chance(0.2), "question": False}
        return _arrange(subject, self._being(subject, "present", **options))

    def _report(self):
        subject = self.subject(plain=True, kinds="p")
        tense = self.random.choice(["present", "past"])
        group = self.verb_group(self.pick(REPORT_LIST), subject, tense, negated=self.chance(0.2))
        rest = self.clause(tense=tense)  # one tense in both halves, so that none has to shift
        return _join(_arrange(subject, group), self.words("that", "que"), rest)

    def _when(self):
        """English says 'when he arrives' of the future, French 'quand il arrivera'."""
        tense = self.random.choice(["present", "past", "future"])
        link = self.words("when", "quand")
        seen = "present" if tense == "future" else tense
        second = self.clause(tense=tense, seen_as=seen, plain=True)
        return _join(self.clause(tense=tense, plain=True), link, second)


def _noun_form(noun, plural):
    return pluralize(noun.french) if plural else noun.french


def _agree(word, feminine, plural, feminine_form=None):
    word = (feminine_form or word + "e") if feminine else word
    return pluralize(word) if plural else word


def _adjective_form(adjective, *, feminine, plural, before=None):
    word = _agree(adjective.masculine, feminine, plural, adjective.feminine)
    if before and not feminine and not plural and elides(before):
        return BEFORE_VOWEL.get(word, word)
    return word


def _a_or_an(determiner, following):
    return "an" if determiner == "a" and following[0] in "aeiou" else determiner


def _english_verb(verb, subject, keys, tense, *, seen_as=None, negated=False, question=False):
    """helper ('does'), 'not', and the main verb, each a list of (word, key)."""
    key, helper, negation = keys
    tense = seen_as or tense
    third = subject.person == 1
    word = {"present": "does" if third else "do", "past": "did", "future": "will"}[tense]
    helped = negated or question or tense == "future"
    form = verb.base
    if not helped:
        form = verb.past if tense == "past" else inflect(verb.base) if third else verb.base
    return {
        "helper": [(word, helper)] if helped else [],
        "not_word": [("not", negation)] if negated else [],
        "verb": [(part, key) for part in form.split(" ")],
        "object": [],
    }


def _arrange(subject, group, rest=None, *, question=False):
    """Put subject, verb and what follows in the order of each language -> Phrase."""
    rest = _join(group.get("rest", Phrase()), rest or Phrase())
    helper, nots = group["helper"], [*group["not_word"]]
    tail = [*nots, *group["verb"], *group["object"], *rest.english]
    english = [*helper, *subject.english, *tail] if question else [*subject.english, *helper, *tail]
    ne = [("ne", *group["not"])] if nots else []
    pas = [("pas", *group["not"][:1])] if nots else []
    verb = group["finite"]
    front, before = [], list(subject.french)
    if question and subject.pronoun and subject.person != 0:
        verb, before = _inverted(verb[0], subject), []
    elif question:
        front = [(word, helper[0][1]) for word in ("est", "-ce", "que")]
    french = [*front, *before, *ne, *group["before"], *verb, *pas, *group["after"], *rest.french]
    return Phrase(tuple(english), tuple(french))


def _inverted(verb, subject):
    """'mange' and 'il' -> mange-t-il, 'dort' and 'il' -> dort-il."""
    (word, key), *_ = subject.french
    link = [("-t", key, *verb[1:])] if verb[0][-1] in "aeé" and subject.person == 1 else []
    return [verb, *link, (f"-{word}", key)]


def _join(*phrases, like=None):
    english = tuple(word for phrase in phrases for word in phrase.english)
    french = tuple(word for phrase in phrases for word in phrase.french)
    return (like or Phrase())._replace(english=english, french=french)


# ---------------------------------------------------------------- text


class Pair(NamedTuple):
    """A sentence, its translation, and for each token of the translation its English tokens.

    links: one tuple of token numbers for each French token; the first is the word it stands for,
    the others are words that one may name as well (`tokenize` gives the tokens).
    """

    english: str
    french: str
    links: tuple


def tokenize(text):
    """Cut a text into tokens that keep the space before them, so that joining them restores it.

    An apostrophe stays with the word on its left, a hyphen with the one on its right: str ->
    list[str], 'Dort-il ?' -> [' Dort', '-il', ' ?'].
    """
    return re.findall(r"\s?(?:-?\w+['’]?|[^\w\s])", f" {text}")


def _finish(phrase):
    """Spell both sides and turn keys into token numbers -> Pair."""
    places = {}
    for place, (_, key) in enumerate(phrase.english):
        places.setdefault(key, []).append(place)
    french = _contract(_elide(list(phrase.french)))
    links = tuple(
        tuple(dict.fromkeys(place for key in keys for place in places.get(key, ())))
        for _, *keys in french
    )
    english = _spell([word for word, _ in phrase.english], ".,?")
    return Pair(english, _spell([word for word, *_ in french], ".,"), links)


ELIDED = {word: word[:-1] + "'" for word in ["je", "le", "la", "ne", "de", "que", "ce", "me"]}
SWITCHED = {"ce": "cet", "ma": "mon", "sa": "son"}


def _elide(words):
    for place, (word, *keys) in enumerate(words[:-1]):
        if elides(words[place + 1][0]):
            words[place] = (SWITCHED.get(word) or ELIDED.get(word) or word, *keys)
    return words


def _contract(words):
    """'de le' -> du, 'de les' -> des; the word stands for the preposition."""
    found = []
    for word, *keys in words:
        if found and found[-1][0] == "de" and word in ("le", "les"):
            found[-1] = ("du" if word == "le" else "des", *found[-1][1:], *keys)
        else:
            found.append((word, *keys))
    return found


def _spell(words, tight):
    """Join words with spaces, but not before `tight` marks and hyphens or after apostrophes."""
    text = "".join(
        word if word[0] in f"{tight}-" or before.endswith("'") else f" {word}"
        for before, word in zip(["", *words], words, strict=False)
    ).strip()
    return text[0].upper() + text[1:]


def sample(seed, number, *, shortest=3, longest=18):
    """Draw different sentences: -> list of Pair, the same for the same seed.

    Their English has `shortest` to `longest` tokens. No two have the same English, and so none the
    same English with different French.
    """
    writer, found = Writer(seed), {}
    while len(found) < number:
        pair = writer.sentence()
        if shortest <= len(tokenize(pair.english)) <= longest:
            found.setdefault(pair.english, pair)
    return list(found.values())
