"""A small machine for probabilistic grammars: draw a text, or score one, from the same rules.

A *symbol* is a token (`str`), a `Choice`, an `Agree`, or a `Call` of a rule. A *rule* is a function
`rule(state, *arguments) -> (alternatives, state)`: each alternative is a pair (probability,
symbols), the probabilities sum to one, and the writing goes on in the state returned. Because the
state travels along, a rule may depend on anything said before: which parts exist, whether the
subject is plural, how long the text is already.

A *hypothesis* `(probability, stack, state)` is one way to have read a prefix: `stack` holds what is
still to be said. Reading a token keeps the hypotheses that say it next. So the probability of a
token given all earlier ones is exact, summed over every derivation that shares the prefix.
"""

from __future__ import annotations

import re
from typing import NamedTuple

END = "[END]"
TOKEN = re.compile(r"\w+|[^\w\s]")
PIECE = re.compile(r"\{[^}]*\}|[\[|\]]|[^\s{}\[|\]]+")


class Choice(NamedTuple):
    """Alternatives that do not depend on the state: pairs (probability, symbols)."""

    alternatives: tuple


class Agree(NamedTuple):
    """One token out of two, by the number of the subject; written `is/are` in a template."""

    singular: str
    plural: str


class Call(NamedTuple):
    """A rule still to be applied; written `{name argument ...}` in a template."""

    rules: dict
    name: str
    arguments: tuple


def tokenize(text):
    """Lower-cased words and single punctuation marks: str -> list[str]."""
    return TOKEN.findall(text.lower())


def template(text, rules):
    """Compile one template into a tuple of symbols.

    `[a|b]` chooses evenly, `{name argument}` calls `rules[name]`, `is/are` agrees with the subject.
    A rule is looked up when it is used, so that rules may refer to each other.
    """
    symbols, rest = _sequence(PIECE.findall(text), rules)
    if rest:
        raise ValueError(f"template {text!r} has a '{rest[0]}' outside of brackets")
    return symbols


def _sequence(pieces, rules):
    """Read symbols up to the next `|` or `]` of this level; return them and the pieces after."""
    symbols = []
    while pieces and pieces[0] not in "|]":
        piece, pieces = pieces[0], pieces[1:]
        if piece == "[":
            choice, pieces = _choice(pieces, rules)
            symbols.append(choice)
        elif piece[0] == "{":
            name, *arguments = piece[1:-1].split()
            symbols.append(Call(rules, name, tuple(arguments)))
        elif "/" in piece:
            symbols.append(Agree(*piece.split("/")))
        else:
            symbols.extend(tokenize(piece))
    return tuple(symbols), pieces


def _choice(pieces, rules):
    """Read the inside of a bracket; return the `Choice` and the pieces after its `]`."""
    options, mark = [], "|"
    while mark == "|":
        symbols, pieces = _sequence(pieces, rules)
        options.append(symbols)
        if not pieces:
            raise ValueError("a template has a '[' without its ']'")
        mark, pieces = pieces[0], pieces[1:]
    return Choice(tuple((1 / len(options), symbols) for symbols in options)), pieces


def _push(symbols, stack):
    """Put symbols on a stack, the first on top; a stack is `(top, rest)` or None."""
    for symbol in reversed(symbols):
        stack = (symbol, stack)
    return stack


def _rewrite(symbol, state):
    """The alternatives of a symbol that is not a token, and the state in which they go on."""
    if type(symbol) is Choice:
        return symbol.alternatives, state
    if type(symbol) is Agree:
        return ((1.0, (symbol.plural if state.plural else symbol.singular,)),), state
    return symbol.rules[symbol.name](state, *symbol.arguments)


def start(symbols, state):
    """The hypotheses before the first token: the symbols still to be said, in this state."""
    return [(1.0, _push(symbols, None), state)]


def _expand(hypothesis, wanted, found):
    """Rewrite until a token is on top; append every (token, probability, stack, state) to `found`.

    With `wanted`, outcomes that begin with another token may be left out.
    """
    probability, stack, state = hypothesis
    while stack is not None:
        symbol, stack = stack
        if type(symbol) is str:
            found.append((symbol, probability, stack, state))
            return
        alternatives, state = _rewrite(symbol, state)
        if len(alternatives) > 1:
            for share, symbols in alternatives:
                if symbols and wanted and type(symbols[0]) is str and symbols[0] != wanted:
                    continue
                _expand((probability * share, _push(symbols, stack), state), wanted, found)
            return
        stack = _push(alternatives[0][1], stack)
    found.append((END, probability, None, state))


def distribution(hypotheses):
    """What may come next: dict of token -> probability; the probabilities sum to one."""
    found, total = [], {}
    for hypothesis in hypotheses:
        _expand(hypothesis, None, found)
    for token, probability, _, _ in found:
        total[token] = total.get(token, 0.0) + probability
    return total


def advance(hypotheses, token):
    """Read one token: (its probability, the hypotheses after it); (0.0, []) if it does not fit."""
    found = []
    for hypothesis in hypotheses:
        _expand(hypothesis, token, found)
    kept = [outcome for outcome in found if outcome[0] == token]
    total = sum(outcome[1] for outcome in kept)
    return total, [
        (probability / total, stack, state.after(token)) for _, probability, stack, state in kept
    ]


def draw(hypotheses, random):
    """Finish a text at random: (new tokens, probability of each choice made, last state).

    `random` is a `random.Random`: its `random()` gives the same numbers on every version of Python.
    """
    probability, stack, state = _pick(hypotheses, random)
    tokens, probabilities = [], [probability]
    while stack is not None:
        symbol, stack = stack
        if type(symbol) is str:
            tokens.append(symbol)
            state = state.after(symbol)
            continue
        alternatives, state = _rewrite(symbol, state)
        probability, symbols = _pick(alternatives, random)
        probabilities.append(probability)
        stack = _push(symbols, stack)
    return tokens, probabilities, state


def _pick(alternatives, random):
    """One of the alternatives, each drawn with the probability in its first place."""
    if len(alternatives) == 1:
        return alternatives[0]
    threshold = random.random()
    for alternative in alternatives:
        threshold -= alternative[0]
        if threshold < 0:
            return alternative
    return alternatives[-1]  # the probabilities summed to a hair less than one


def render(tokens):
    """Tokens -> readable text: capitals after full stops, no blank before `,` `.` `)`."""
    text = re.sub(r" ([,.;:)])", r"\1", " ".join(tokens)).replace("( ", "(")
    return re.sub(r"(^|\. )(\w)", lambda match: match[1] + match[2].upper(), text)
