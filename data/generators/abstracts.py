"""Patent abstracts from a probabilistic grammar, with the exact probability of every token.

An abstract names a technical field's device and its parts with reference numerals, says what each
part does, and ends with an advantage. The field, the device, the medium, the quantity, the problem,
and the parts are chosen once and taken up again later, so a reader with a memory is surprised less
than one who sees only the last few words. Of the medium, the quantity and the problem only the
first mention in a text tells: no device prefers any of them. (The numerals are no such case: they
follow from the field and from the part's usual place.) `log_probabilities` gives the surprise of a
reader who knows the grammar: no model can do better on average.

The texts are invented; so are titles, numbers and dates.
"""

from __future__ import annotations

from functools import cache, partial
from random import Random
from typing import NamedTuple

import numpy as np

from generators import grammar
from generators.fields import DEVICES, FIELDS, RARE, ROLES

# Reference numerals: the device gets the first number of its field's series, its parts the next
# ones in order of introduction.
SERIES = {
    "pumps": ("1", "2", "3", "4", "5"),
    "optics": ("10", "12", "14", "16", "18"),
    "medicine": ("21", "22", "23", "24", "25"),
    "networks": ("100", "110", "120", "130", "140"),
}
MOST_PARTS = 4
LONG = 64  # words after which a sentence stays plain
ENOUGH, FULL = 40, 50  # words after which the last sentence may, and must, follow


class Part(NamedTuple):
    """One introduced part."""

    role: str
    name: tuple
    plural: bool


class State(NamedTuple):
    """What an abstract has said so far, as far as it matters for what may follow."""

    field: str = ""
    device: str = ""
    chosen: tuple = ()  # pairs (list name, index) of what is named once and taken up again
    parts: tuple = ()
    plural: bool = False  # number of the current subject
    busy: tuple = ()  # indices of the parts in the current sentence
    words: int = 0

    def after(self, token):
        """The state once `token` has been read: it counts the words."""
        return self._replace(words=self.words + token.isalnum())


# ---------------------------------------------------------------- words


class Word(NamedTuple):
    """One entry of a list. Its `other` form is the plural of a noun, the third person of a verb."""

    probability: float
    form: tuple
    other: tuple
    is_plural: bool


def inflect(word):
    """'brush' -> 'brushes', 'battery' -> 'batteries': nouns and verbs alike."""
    if word.endswith(("s", "x", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def article(token):
    """'a' or 'an', by the sound of the word that follows."""
    return "an" if token[0] in "aeiou" and not token.startswith(("uni", "use")) else "a"


@cache
def words(field, name):
    """The entries of one list of a field: tuple of `Word`."""
    entries = [entry.strip() for entry in FIELDS[field][name].split(",")]
    weights = [RARE if entry.endswith("?") else 1.0 for entry in entries]
    found = []
    for weight, entry in zip(weights, entries, strict=True):
        form = tuple(entry.rstrip("?+").split())
        if name.endswith(("verb", "event")):
            other = (inflect(form[0]), *form[1:])
        else:
            other = (*form[:-1], inflect(form[-1]))
        found.append(Word(weight / sum(weights), form, other, "+" in entry))
    return tuple(found)


@cache
def kit(field, device):
    """The parts that a device may have: dict of role -> `Part`."""
    entries = [entry.strip() for entry in DEVICES[field][device].split(",")]
    return {
        role: Part(role, tuple(entry.rstrip("+").split()), "+" in entry)
        for role, entry in zip(ROLES, entries, strict=True)
    }


# ---------------------------------------------------------------- templates

RULES = {}


def _one(text):
    return grammar.template(text, RULES)


def _any(*weighted):
    """Compile (weight, text) pairs into alternatives."""
    total = sum(weight for weight, _ in weighted)
    return tuple((weight / total, _one(text)) for weight, text in weighted)


def _pool(text):
    """Alternatives that are single words, all equally likely."""
    return tuple((1 / len(text.split()), (word,)) for word in text.split())


NOTHING = ((1.0, ()),)
ALWAYS = {  # what does not depend on the state
    "opening": _any(
        (4, "{new_device} {destination} [comprises|includes|has|contains|features] {parts} ."),
        (2, "[disclosed|described|provided|proposed|presented] is {new_device} {destination} , "
            "[comprising|including|having|containing] {parts} ."),
        (3, "the [present|] [invention|disclosure|application] [relates to|concerns|provides] "
            "{new_device} {destination} [with|having|comprising|including] {parts} ."),
        (2, "a [method|process|system] [for|of] {word purpose} {remember medium} "
            "[uses|involves|employs] {new_device} [with|having|comprising|including] {parts} ."),
        (2, "[in order to|to] [reduce|avoid|prevent|minimize|suppress] {remember problem} , "
            "{new_device} {destination} is [provided|equipped|fitted|furnished] with {parts} ."),
        (2, "[conventional|known|existing|ordinary|many] {device_plural} [often|frequently|] "
            "[suffer from|are prone to|are limited by] {remember problem} . {new_device} "
            "{destination} [therefore|instead] [comprises|includes|has|uses] {parts} ."),
    ),
    "destination": _any(
        (4, "for {word purpose} {remember medium}"),
        (2, "for use in {word place}"),
        (1, "which is [used|intended|designed|suitable] for {word purpose} {remember medium}"),
        (1, ""),
    ),
    "parts": _any(
        (1, "{new body} , {new actor} {related} and {new} {related}"),
    ),
    "related": _any(
        (2, ""),
        (1, "[mounted on|fastened to|attached to|coupled to|connected to|near|behind|above|"
            "inside|below|beside|joined to|aligned with|opposite|held by|facing] {earlier}"),
    ),
    "sentence": _any(
        (5, "{clause} {tail} ."),
        (3, "{lead} , {clause} {tail} ."),
        (2, "{circumstance} , {clause} {tail} ."),
        (2, "{when} , {clause} {effect} ."),
        (5, "{remark} ."),
    ),
    "remark": _any(
        (2, "the [device|apparatus|system|unit] [can|may] be {adverbial} [operated|installed|"
            "serviced|controlled|retrofitted|transported|upgraded] by [one person|two people|"
            "untrained staff|any user|a computer|beginners|experts|the owner] {circumstance}"),
        (2, "[compared with|relative to|unlike] [earlier|similar|conventional|simpler|larger|"
            "competing] [designs|solutions|models|products|systems] , {problem_is} "
            "[lower|rarer|smaller|weaker] by [about|nearly|at least|up to|more than] "
            "[ten|fifteen|twenty|thirty|forty|fifty|eighty|ninety] percent {circumstance}"),
        (2, "[no|hardly any|little] [additional|special|further|expensive|external] "
            "[equipment|space|training|wiring|tooling|supervision|software|cooling] is "
            "[needed|required|necessary] {circumstance}"),
        (2, "[tests|trials|measurements|simulations|calculations|experiments] [show|indicate|"
            "confirm|suggest|prove] that {problem_is} {adverbial} {lessened} {circumstance}"),
        (2, "the [arrangement|design|construction|concept|layout] [is|remains] [simple|robust|"
            "economical|safe|reliable|stable|efficient] and [clear|durable|easy to use|"
            "inexpensive|light|versatile|tolerant] {circumstance}"),
    ),
    "lead": _pool(
        "preferably ideally optionally typically moreover furthermore additionally "
        "advantageously usually initially finally similarly"
    ),
    "circumstance": _any(
        (3, "at {degree} {magnitude}"),
        (3, "during {activity}"),
        (2, "in {climate} [environments|conditions|surroundings|climates|rooms|weather]"),
        (2, "with {amount} {effort}"),
        (2, "[in order to|to|so as to] save {resource}"),
        (2, "for [several|many|a few|up to ten|at least two|about five] "
            "[seconds|minutes|hours|days|weeks|cycles]"),
    ),
    "degree": _pool("low high constant variable moderate reduced full half maximum nominal"),
    "magnitude": _pool("speed temperature pressure load power frequency voltage cost capacity"),
    "activity": _pool(
        "assembly cleaning maintenance transport storage testing operation calibration "
        "inspection startup shutdown training"
    ),
    "climate": _pool("cold humid dusty hot noisy dark dry remote wet"),
    "amount": _pool("little great high sufficient minimal"),
    "effort": _pool("precision effort care force delay noise skill"),
    "resource": _pool("energy space time weight material money water"),
    "adverb": _pool(
        "automatically continuously directly evenly gently gradually precisely quietly "
        "rapidly reliably repeatedly slowly smoothly steadily"
    ),
    "mechanical": _pool(
        "adjustable annular curved detachable flat flexible hollow inner long lower "
        "movable narrow outer rigid short thin upper wide"
    ),
    "electrical": _pool(
        "central digital electronic embedded external fast programmable remote sensitive "
        "separate simple wireless"
    ),
    "adverbial": _any((2, ""), (1, "{adverb}")),
    "tail": _any(
        (3, ""), (4, "{circumstance}"), (1, "{when}"), (2, ", {effect_clause}"),
        (1, ", [while|whereas] {clause}"),
    ),
    "effect": _any((2, ""), (1, ", {effect_clause}")),
    "effect_clause": _any(
        (2, "so that {problem_is} {lessened}"),
        (1, "thereby [reducing|avoiding|preventing|minimizing|limiting] {remember problem}"),
        (2, "which [improves|increases|enhances|raises|promotes] {word gain}"),
    ),
    "lessened": _pool("reduced avoided prevented minimized suppressed eliminated"),
    "when": _any(
        (1, "{whenever} the {medium_event}"),
        (1, "{whenever} the {remember quantity} "
            "[exceeds|reaches|approaches|leaves|falls below|rises above|deviates from] "
            "[a|the] [threshold|limit|setpoint|target|maximum|minimum|reference|tolerance]"),
    ),
    "whenever": _any((1, "[when|if|whenever|once|until|unless|as soon as|as long as]")),
    "relative": _any(
        (6, ""),
        (1, ", which is/are {made}"
            " ,"),
    ),
    "made": _any(
        (1, "[made of|cast from|coated with|lined with|covered with] {word material}"),
    ),
    "coordination": _any((4, ""), (1, "and {shared_predicate}")),
    "shared_predicate": _any(
        (3, "is/are {adverbial} [mounted on|fastened to|attached to|coupled to|connected to|"
            "arranged near|located behind|placed above|embedded in|inserted into|bolted to|"
            "joined to|aligned with|spaced from|arranged opposite|fixed to|held by] "
            "{other_or_new}"),
        (1, "is/are {made}"),
        (1, "can be [removed|replaced|cleaned|inspected|exchanged|adjusted|dismantled] "
            "{circumstance}"),
    ),
    "body": _any(
        (1, "[supports/support|accommodates/accommodate|carries/carry|protects/protect|"
            "receives/receive|houses/house|holds/hold] {other} [|and {other}]"),
    ),
    "actor": _any((1, "{adverbial} {verb actor_verb} {the_medium} [|{word manner}]")),
    "guide": _any(
        (1, "{adverbial} {verb guide_verb} {the_medium} [to|toward|past|through] {other}"),
    ),
    "sensor": _any(
        (1, "{adverbial} [measures/measure|monitors/monitor|detects/detect|records/record|"
            "tracks/track|samples/sample|determines/determine] the {remember quantity} {report}"),
    ),
    "control": _any(
        (1, "{adverbial} [adjusts|regulates|limits|stabilizes|corrects|predicts|sets] the "
            "{remember quantity}"),
    ),
    "control_of_actor": _any((1, "{adverbial} {verb control_verb} {other actor}")),
    "report": _any(
        (1, ""),
        (1, "and [sends/send|transmits/transmit|forwards/forward|reports/report] "
            "[a signal|a reading|a warning|the result|data] {circumstance} "
            "to {other_or_new control}"),
    ),
    "closing": _any(
        (3, "{therefore} , {the_device} [achieves|offers|provides|attains] "
            "[high|improved|excellent|consistent|good] {word gain} {circumstance} ."),
        (2, "{therefore} , {problem_is} [largely|almost|permanently|effectively] {lessened} and "
            "the {word gain} of {the_device} is [improved|increased|enhanced|raised] ."),
        (2, "{the_device} is [particularly|especially|mainly|also] [suitable|useful|intended] "
            "for [use|service|operation] in {word place} {circumstance} ."),
    ),
    "therefore": _any(
        (1, "[thus|hence|as a result|in this way|consequently|accordingly|overall|therefore]")
    ),
}  # fmt: skip
SKIPPED_WHEN_LONG = {"tail", "effect", "relative", "coordination", "report"}


def _always(state, *, name):
    """The rule for a list of alternatives that only a long text changes."""
    if state.words >= LONG and name in SKIPPED_WHEN_LONG:
        return NOTHING, state
    return ALWAYS[name], state


RULES.update({name: partial(_always, name=name) for name in ALWAYS})
FIELD = _one("{set_field} {opening} {middle}")
MORE = _one("{sentence} {middle}")
CLOSING = _one("{closing}")
CLAUSE = _one("{subject} {relative} {predicate} {coordination}")
SHARED = _one("{shared_predicate}")
OTHER, NEW = _one("{other}"), _one("{new}")


# ---------------------------------------------------------------- rules that use the state


def _rule(function):
    RULES[function.__name__] = function
    return function


def _call(name, *arguments):
    return grammar.Call(RULES, name, arguments)


def _evenly(options):
    """Alternatives of equal probability: iterable of symbol tuples."""
    options = tuple(options)
    return tuple((1 / len(options), symbols) for symbols in options)


START = grammar.start((_call("topic"), _call("opening"), _call("middle")), State())


@_rule
def topic(state):
    """The field and the device are drawn before the first word, and never again."""
    return _evenly(
        (_call("set_topic", field, device),) for field in DEVICES for device in DEVICES[field]
    ), state


@_rule
def set_topic(state, field, device):
    return NOTHING, state._replace(field=field, device=device)


@_rule
def middle(state):
    """Another sentence or the last one, by the length so far."""
    state = state._replace(busy=())
    if state.words < ENOUGH:
        return ((1.0, MORE),), state
    if state.words >= FULL:
        return ((1.0, CLOSING),), state
    return ((0.5, MORE), (0.5, CLOSING)), state


@_rule
def clause(state):
    """A subject, any part that the sentence has not named yet, and its verb."""
    free = [index for index in range(len(state.parts)) if index not in state.busy]
    candidates = free or range(len(state.parts))
    return _evenly((_call("set_subject", index), *CLAUSE) for index in candidates), state


@_rule
def set_subject(state, index):
    part = state.parts[index]
    return NOTHING, state._replace(plural=part.plural, busy=(*state.busy, index))


@_rule
def subject(state):
    return ((1.0, _mention(state, state.busy[-1])),), state


def _mention(state, index):
    """The words that take a part up again: 'the rotor ( 14 )'."""
    part = state.parts[index]
    return ("the", *part.name, "(", SERIES[state.field][index + 1], ")")


@_rule
def predicate(state):
    """What the current subject does: mostly what its role is for, sometimes what any part may."""
    role = state.parts[state.busy[-1]].role
    if role == "control" and any(part.role == "actor" for part in state.parts):
        role = "control_of_actor"
    return ((0.7, (_call(role),)), (0.3, SHARED)), state


@_rule
def other(state, role=None):
    """Take up a part the sentence has not named yet (any but the last, if it has named all)."""
    indices = [i for i, part in enumerate(state.parts) if role in (None, part.role)]
    free = [i for i in indices if i not in state.busy]
    candidates = free or [i for i in indices if i != state.busy[-1]]
    return _evenly((*_mention(state, i), _call("set_busy", i)) for i in candidates), state


@_rule
def earlier(state):
    """Take up any part but the one introduced last."""
    return _evenly(_mention(state, index) for index in range(len(state.parts) - 1)), state


@_rule
def set_busy(state, index):
    return NOTHING, state._replace(busy=(*state.busy, index))


@_rule
def other_or_new(state, role=None):
    """Take up a part, or introduce one where the abstract still has room for it."""
    if any(part.role == role for part in state.parts):
        return other(state, role)
    if len(state.parts) == MOST_PARTS:
        return other(state)
    if role:
        return new(state, role)
    return ((0.6, OTHER), (0.4, NEW)), state


@_rule
def new(state, role=None):
    """Introduce a part of a role not taken: article or number word, adjective or none, noun."""
    taken = [part.role for part in state.parts]
    roles = [role] if role else [name for name in ROLES if name not in taken]
    alternatives = [
        (share / len(roles), symbols)
        for name in roles
        for share, symbols in _introductions(state.field, state.device, name)
    ]
    return alternatives, state


@cache
def _introductions(field, device, role):
    """Every way to introduce one part: tuple of (probability, symbols)."""
    part = kit(field, device)[role]
    pool = ALWAYS["electrical" if role in ("sensor", "control") else "mechanical"]
    phrases = [(0.5, part.name), *((0.5 * share, word + part.name) for share, word in pool)]
    numbers = ("two", "three", "four", "several") if part.plural else ("",)
    return tuple(
        (share / len(numbers), (number or article(phrase[0]), *phrase, _call("add", role)))
        for share, phrase in phrases
        for number in numbers
    )


@_rule
def add(state, role):
    """Note the part just named and give it the next numeral."""
    parts = (*state.parts, kit(state.field, state.device)[role])
    numeral = SERIES[state.field][len(parts)]
    state = state._replace(parts=parts, busy=(*state.busy, len(state.parts)))
    return ((1.0, ("(", numeral, ")")),), state


@_rule
def word(state, name):
    """Any entry of one of the field's lists."""
    return _entries(state.field, name, "form"), state


@_rule
def verb(state, name):
    """Any verb of one of the field's lists, in the number of the subject."""
    return _entries(state.field, name, "form" if state.plural else "other"), state


@cache
def _entries(field, name, form):
    return tuple((entry.probability, getattr(entry, form)) for entry in words(field, name))


def _recall(state, name, phrase):
    """`phrase(Word)` of what was chosen from a list before; at first, of each possible choice."""
    entries = words(state.field, name)
    for known, index in state.chosen:
        if known == name:
            return ((1.0, phrase(entries[index])),), state
    alternatives = tuple(
        (entry.probability, (*phrase(entry), _call("choose", name, index)))
        for index, entry in enumerate(entries)
    )
    return alternatives, state


@_rule
def choose(state, name, index):
    return NOTHING, state._replace(chosen=(*state.chosen, (name, index)))


@_rule
def remember(state, name):
    """An entry that is drawn at its first mention and stays the same for the whole abstract."""
    return _recall(state, name, lambda entry: entry.form)


@_rule
def the_medium(state):
    return _recall(state, "medium", lambda entry: ("the", *entry.form))


@_rule
def medium_event(state):
    """The medium with what may happen to it: 'slurry foams', 'cartons jam'."""
    return _recall(state, "medium", lambda entry: (*entry.form, _call("event", entry.is_plural)))


@_rule
def event(state, plural):
    return _entries(state.field, "event", "form" if plural else "other"), state


@_rule
def problem_is(state):
    """The problem with its verb: 'leakage is', 'jams are'."""
    return _recall(
        state, "problem", lambda entry: (*entry.form, "are" if entry.is_plural else "is")
    )


@_rule
def device_plural(state):
    *first, last = state.device.split()
    return ((1.0, (*first, inflect(last))),), state


@_rule
def the_device(state):
    return ((1.0, ("the", *state.device.split(), "(", SERIES[state.field][0], ")")),), state


@_rule
def new_device(state):
    """Name the device, with or without an adjective."""
    noun = tuple(state.device.split())
    adjectives = words(state.field, "adjective")
    phrases = [(0.4, noun), *((0.6 * word.probability, word.form + noun) for word in adjectives)]
    return tuple(
        (share, (article(phrase[0]), *phrase, "(", SERIES[state.field][0], ")"))
        for share, phrase in phrases
    ), state


# ---------------------------------------------------------------- use


def read(text):
    """Read a text token by token: yields (probability, hypotheses) for each, and for its end.

    Raises ValueError at the first token that the grammar does not allow there.
    """
    hypotheses = START
    tokens = [*grammar.tokenize(text), grammar.END]
    for position, token in enumerate(tokens):
        probability, hypotheses = grammar.advance(hypotheses, token)
        if not hypotheses:
            raise ValueError(f"token {position} of the text, {token!r}, does not fit the grammar")
        yield probability, hypotheses


def log_probabilities(text):
    """Natural log-probability of each token and of the end, given all before: float (T + 1,)."""
    return np.log([probability for probability, _ in read(text)])


def dependencies(text):
    """Where a numeral is taken up again: -> list of (position, distance) in tokens.

    position counts from 0; distance is how many tokens ago the same numeral stood before.
    """
    last, found = {}, []
    for position, token in enumerate(grammar.tokenize(text)):
        if token.isdigit():
            if token in last:
                found.append((position, position - last[token]))
            last[token] = position
    return found


class Abstract(NamedTuple):
    """One row of the corpus; relatives and copies have the same family number."""

    text: str
    title: str
    family: int


RELATIVES = 0.1  # share of abstracts that one to three relatives follow
COPIES = 0.03  # share of abstracts that stand in the file twice
KEPT = (40, 50)  # a relative keeps at least so many tokens: from, to


def sample(seed, count):
    """Draw a corpus of `count` abstracts, near-copies and copies among them, in random order.

    A relative keeps the first sentences of an abstract and is continued anew. So each abstract
    alone has exactly the distribution of the grammar, and `log_probabilities` holds for all.
    """
    random = Random(seed)
    corpus = []
    for family in range(count):
        tokens = grammar.draw(START, random)[0]
        members = [tokens]
        if random.random() < RELATIVES:
            members += [_relative(tokens, random) for _ in range(random.randint(1, 3))]
        if random.random() < COPIES:
            members.append(tokens)
        corpus += [Abstract(grammar.render(member), _title(member), family) for member in members]
        if len(corpus) >= count:
            break
    corpus = corpus[:count]
    random.shuffle(corpus)
    return corpus


def _relative(tokens, random):
    """Keep the first sentences and draw the rest anew.

    Where to cut is decided without a look at what comes after: else a long rest would be more
    likely, and relatives would not have the distribution of the grammar.
    """
    cut = tokens.index(".", random.randint(*KEPT)) + 1
    hypotheses = START
    for token in tokens[:cut]:
        _, hypotheses = grammar.advance(hypotheses, token)
    return tokens[:cut] + grammar.draw(hypotheses, random)[0]


def _title(tokens):
    """The device, with which each abstract begins, as a title."""
    text = " ".join(tokens)
    device = next(name for kinds in DEVICES.values() for name in kinds if f" {name} ( " in text)
    return device.capitalize()
