"""Translation: batches of pairs, the translator and its step, alignment scores, bad input."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest

from rnnkit import corpora, decoding, encoding, models, runtime, scoring, training, visuals

SOURCE = np.array([[2, 5, 6, 7, 3], [2, 8, 3, 0, 0]], "int32")
INPUTS = np.array([[2, 4, 9, 6], [2, 7, 5, 4]], "int32")


@pytest.fixture(scope="module", params=[True, False], ids=["attention", "no attention"])
def model(request):
    keras.utils.set_random_seed(0)
    return models.translator(12, 11, units=5, width=4, attention=request.param)


@pytest.fixture(scope="module")
def looking():
    keras.utils.set_random_seed(1)
    return models.translator(12, 11, units=5, width=4)


# The translator


def test_shapes(model):
    said = model.predict_on_batch([SOURCE, INPUTS])
    assert said["logits"].shape == (2, 4, 11)
    attends = any(layer.name == "attention" for layer in model.layers)
    assert set(said) == ({"logits", "attention"} if attends else {"logits"})


def test_a_later_word_cannot_change_an_earlier_prediction(model):
    changed = INPUTS.copy()
    changed[:, 2] = [5, 9]
    before, after = (model.predict_on_batch([SOURCE, x])["logits"] for x in (INPUTS, changed))
    np.testing.assert_allclose(before[:, :2], after[:, :2], atol=1e-6)
    assert np.abs(before[:, 2:] - after[:, 2:]).max(axis=-1).min() > 0


def test_padding_of_the_source_changes_nothing(model):
    padded = np.pad(SOURCE, ((0, 0), (0, 4)))
    before, after = (model.predict_on_batch([x, INPUTS])["logits"] for x in (SOURCE, padded))
    np.testing.assert_allclose(before, after, atol=1e-5)


def test_attention_never_sees_padding_and_sums_to_one(looking):
    weights = looking.predict_on_batch([SOURCE, INPUTS])["attention"]
    assert weights.shape == (2, 4, 5)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-5)
    assert weights[1, :, 3:].max() < 1e-6
    assert weights[0].min() > 0


def test_every_source_word_reaches_every_prediction(model):
    changed = SOURCE.copy()
    changed[:, 1] = [9, 10]
    before, after = (model.predict_on_batch([x, INPUTS])["logits"] for x in (SOURCE, changed))
    assert np.abs(before - after).max(axis=-1).min() > 0


def test_steps_give_the_logits_of_teacher_forcing(model):
    step, state, logits = models.translator_step(model)(SOURCE), None, []
    for ids in INPUTS.T:
        scores, state = step(ids, state)
        logits.append(scores)
    wanted = model.predict_on_batch([SOURCE, INPUTS])["logits"]
    np.testing.assert_allclose(np.stack(logits, 1), wanted, atol=1e-5)


def test_one_beam_is_greedy_and_beams_keep_to_their_own_sentence(model):
    read = models.translator_step(model)
    prompt, options = np.full((2, 1), 2), {"length": 6, "stop": 3}
    greedy = decoding.generate(read(SOURCE), prompt, pick=decoding.greedy, **options)
    one, _ = decoding.beam_search(read(SOURCE), prompt, beams=1, **options)
    assert one[:, 0].tolist() == greedy.tolist()
    together, scores = decoding.beam_search(read(SOURCE), prompt, beams=4, **options)
    for row, source in enumerate((SOURCE[:1], SOURCE[1:, :3])):
        alone, own = decoding.beam_search(read(source), prompt[:1], beams=4, **options)
        np.testing.assert_allclose(own[0], scores[row], atol=1e-5)
        width = min(alone.shape[-1], together.shape[-1])
        assert alone[0, :, :width].tolist() == together[row, :, :width].tolist()


def test_beam_search_scores_what_the_model_says(looking):
    read = models.translator_step(looking)
    ids, scores = decoding.beam_search(
        read(SOURCE), np.full((2, 1), 2), length=5, beams=3, stop=3, alpha=1.0
    )
    for row in range(2):
        best = ids[row, 0]
        length = int((best != 0).sum())
        inputs = np.append(2, best[: length - 1])[None]
        logits = looking.predict_on_batch([SOURCE[row : row + 1], inputs])["logits"][0]
        log_p = np.log(decoding.probabilities(logits))[np.arange(length), best[:length]]
        assert scores[row, 0] == pytest.approx(log_p.mean(), abs=1e-5)


def test_the_translator_runs_on_cudnn(model):
    report = runtime.kernel_report(model, backend="tensorflow")
    assert len(report) == 3 and all(row.cudnn for row in report)


def test_an_empty_row_is_refused(model):
    with pytest.raises(ValueError, match=r"sentence 1 is empty: give \[START\], its words and"):
        models.translator_step(model)(np.array([[2, 5, 3], [0, 0, 0]]))


def test_attention_weights_come_row_by_row_without_padding(looking):
    sources, targets = [SOURCE[0], SOURCE[1, :3]], [INPUTS[0, 1:], INPUTS[1, 1:2]]
    found = decoding.attention_weights(looking, sources, targets)
    assert [weights.shape for weights in found] == [(4, 5), (2, 3)]  # a row more, for [END]
    wanted = looking.predict_on_batch([SOURCE, INPUTS])["attention"]
    np.testing.assert_allclose(found[0], wanted[0], atol=1e-5)
    np.testing.assert_allclose(found[1], wanted[1, :2, :3], atol=1e-5)


def test_weights_of_many_translations_keep_their_order(looking):
    sources = [SOURCE[0], SOURCE[1, :3]] * 150  # more than are read at a time
    targets = [INPUTS[0, 1:], INPUTS[1, 1:2]] * 150
    found = decoding.attention_weights(looking, sources, targets)
    assert len(found) == 300
    np.testing.assert_allclose(found[298], found[0], atol=1e-5)
    np.testing.assert_allclose(found[299], found[1], atol=1e-5)


def test_no_weights_without_attention():
    model = models.translator(12, 11, units=5, attention=False)
    with pytest.raises(ValueError, match="has no attention: build it with attention=True"):
        decoding.attention_weights(model, [SOURCE[0]], [INPUTS[0]])


@pytest.mark.parametrize("beams", [1, 3])
def test_translations_are_those_of_each_sentence_alone(model, beams):
    read, sources = models.translator_step(model), [SOURCE[0], SOURCE[1, :3], SOURCE[0, :4]]
    together = decoding.translate(read, sources, beams=beams)
    prompt = np.full((1, 1), encoding.START)
    for source, found in zip(sources, together, strict=True):
        alone, _ = decoding.beam_search(
            read(source[None]), prompt, beams=beams, length=2 * 5, stop=encoding.END
        )
        words = alone[0, 0]
        assert found.tolist() == words[~np.isin(words, (encoding.PADDING, encoding.END))].tolist()


# Batches of pairs

SOURCES = [np.array([2, *range(4, 4 + n), 3]) for n in (1, 2, 3, 4, 5, 6, 7)]
TARGETS = [np.array([2, *range(4, 5 + n), 3]) for n in (1, 2, 3, 4, 5, 6, 7)]


def test_pairs_stay_together_and_come_once_an_epoch():
    rows = encoding.pair_batches(SOURCES, TARGETS, batch_size=2, seed=3, boundaries=(5,))
    assert len(rows) == 4
    for epoch in range(2):
        rows.epoch, seen = epoch, []
        for (source, inputs), y, weights in rows:
            for s, i, t, w in zip(
                *(x.numpy() for x in (source, inputs, y["logits"], weights["logits"])), strict=True
            ):
                words = np.count_nonzero(s) - 2
                assert np.count_nonzero(i) == np.count_nonzero(t) == words + 2 == w.sum()
                assert i[1:][w[1:] > 0].tolist() == t[:-1][w[1:] > 0].tolist()
                assert (w > 0).tolist() == (t > 0).tolist()
                seen.append(words)
        assert sorted(seen) == [1, 2, 3, 4, 5, 6, 7]


def test_the_order_follows_from_seed_and_epoch():
    def order(epoch):
        rows = encoding.pair_batches(SOURCES, TARGETS, batch_size=2, seed=3)
        rows.epoch = epoch
        return [source.numpy().tolist() for (source, _), _, _ in rows]

    assert order(5) == order(5) != order(6)


def test_links_go_with_their_targets():
    links = [np.arange(1, len(target)) for target in TARGETS]
    rows = encoding.pair_batches(SOURCES, TARGETS, batch_size=3, links=links)
    for _, y, weights in rows:
        assert set(y) == set(weights) == {"logits", "attention"}
        wanted = np.arange(1, y["attention"].shape[1] + 1) * (weights["logits"].numpy() > 0)
        assert y["attention"].numpy().tolist() == wanted.tolist()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"targets": TARGETS[:-1]}, "7 sentences and 6 translations: both must be of the same"),
        ({"sources": [], "targets": []}, "0 sentences and 0 translations"),
        ({"sources": [np.array([2, 3]), *SOURCES[1:]]}, "pair 0 has a side without a word"),
        ({"links": [np.array([1])] * 7}, "links must have one place for each target"),
    ],
)
def test_bad_pairs_are_named(change, sentence):
    arguments = {"sources": SOURCES, "targets": TARGETS, "batch_size": 2} | change
    with pytest.raises(ValueError, match=sentence):
        encoding.pair_batches(arguments.pop("sources"), arguments.pop("targets"), **arguments)


def test_one_loss_of_several_can_choose_the_checkpoint(tmp_path):
    model = models.translator(12, 12, units=5)
    losses = {
        "logits": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "attention": keras.losses.SparseCategoricalCrossentropy(),
    }
    model.compile("adam", losses, jit_compile=False)
    links = [np.minimum(np.arange(1, len(t)), 2) for t in TARGETS]
    rows = encoding.pair_batches(SOURCES, TARGETS, batch_size=4, links=links, seed=1)
    callbacks = training.callbacks(tmp_path, monitor="val_logits_loss", data=rows)
    options = {"validation_data": rows, "shuffle": False, "verbose": 0}
    history = model.fit(rows, epochs=2, callbacks=callbacks, **options).history
    assert callbacks[0].best == min(history["val_logits_loss"])
    assert history["logits_loss"][1] < history["logits_loss"][0]


def test_pad_takes_the_length_of_the_longest():
    assert encoding.pad([[5, 6], [7]]).tolist() == [[5, 6], [7, 0]]


# Bad input


def test_a_sentence_of_unknown_words_only_is_refused():
    lookup = encoding.lookup(["dog", "barks"])
    tokens = [["dog", "zzz"], ["xyzzy", "plugh"]]
    with pytest.raises(ValueError, match="document 1 has no word of the vocabulary among its 2"):
        encoding.require_known(encoding.encode(tokens, lookup), tokens)


def test_an_empty_sentence_is_refused():
    with pytest.raises(ValueError, match="document 1 is empty"):
        encoding.encode([["dog"], []], encoding.lookup(["dog"]))


def test_unequal_line_counts_of_a_parallel_corpus(tmp_path, monkeypatch):
    (tmp_path / "phrasebook.train.en").write_text("A dog.\nTwo dogs.\n")
    (tmp_path / "phrasebook.train.fr").write_text("Un chien.\n")
    monkeypatch.setattr(corpora, "shipped", lambda name: tmp_path / name)
    with pytest.raises(corpora.DataError) as error:
        corpora.load("phrasebook", "synthetic")
    text = str(error.value)
    assert "phrasebook.train.en has 2 lines and" in text
    assert text.endswith("cannot be translations of each other: replace both by good copies")


# Alignment


def test_alignment_error_by_hand():
    links = [[(0,), (2, 1), (1,)]]
    assert scoring.alignment_error([[0, 2, 1]], links) == 0
    assert scoring.alignment_error([[0, 1, 1]], links) == pytest.approx(1 / 6)  # possible only
    assert scoring.alignment_error([np.array([2, 2, 0])], links) == pytest.approx(4 / 6)


def test_alignment_error_names_what_does_not_fit():
    with pytest.raises(ValueError, match="pair 0 has 2 places for 1 words"):
        scoring.alignment_error([[0, 1]], [[(0,)]])
    with pytest.raises(ValueError, match="no word to align"):
        scoring.alignment_error([], [])


def test_attention_map_has_a_row_a_target_word():
    fig, ax = plt.subplots()
    weights = np.array([[0.9, 0.1, 0], [0, 0.2, 0.8]])
    ax = visuals.attention_map(weights, ["a", "b", "c"], ["x", "y"], ax, links=[(0,), (2, 1)])
    assert ax.images[0].get_array().tolist() == weights.tolist()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["x", "y"]
    assert [patch.get_xy() for patch in ax.patches] == [(-0.5, -0.5), (1.5, 0.5)]
    plt.close(fig)
    with pytest.raises(ValueError, match=r"2 target and 2 source words need \(2, 2\)"):
        visuals.attention_map(weights, ["a", "b"], ["x", "y"], ax)
