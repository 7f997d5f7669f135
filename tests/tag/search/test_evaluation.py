"""How well a search finds what it means, in three languages, with and without synonyms.

`tests/tag/data/search_library.npz`: the probabilities (float16) that both models of musicnn give to 12 s of each piece
of `PIECES`, from `Composer().play(compose(prompt, 12, Sampling(number)), 12, job)`, channels averaged, at 16 kHz. What
a piece is, is what its prompt asked for. Precision at 5 is counted of as many as there are, where there are fewer.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.audio.resample import Resampler
from engine.generate.composer.composition import compose
from engine.generate.composer.engine import RATE_HZ, Composer
from engine.generate.composer.sampling import Sampling
from engine.tag.labels import scores, tag_names
from engine.tag.musicnn.engine import MusicTagger
from engine.tag.search.labels import Term, known, terms
from engine.tag.search.lifts import lifts
from engine.tag.search.packed import Packed
from engine.tag.search.query import Vocabulary
from engine.tag.search.ranking import ranked
from engine.tag.search.words import Words
from engine.tag.sentences import SentenceEncoder
from tests.fake_job import FakeJob
from tests.tag.conftest import Weights
from tests.tag.search.pieces import ASKED

LANGUAGES = ("en", "ru", "zh")
TOLD = [set(asked) for asked in ASKED]
FOLDER = Path(__file__).parent
QUERIES = tomllib.loads((FOLDER / "queries.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def library() -> Packed:
    return _rows(_stored())


def _stored() -> NDArray[np.float32]:
    """The scores of musicnn's tags, [pieces, tags]."""
    with np.load(FOLDER.parent / "data" / "search_library.npz") as heard:
        return np.array([scores(msd, mtt) for msd, mtt in zip(heard["msd"], heard["mtt"], strict=True)], np.float32)


def _rows(found: NDArray[np.float32]) -> Packed:
    names = [f"musicnn:{tag.name}" for tag in tag_names()]
    return lifts([str(number) for number in range(len(found))], names, found, known(names))


@pytest.fixture(scope="module")
def encoder(weights: Weights) -> SentenceEncoder:
    found = SentenceEncoder(*weights("sentence-encoder"))
    found.encode([text.casefold() for queries in QUERIES.values() for query in queries for text in query["texts"]])
    return found


@pytest.fixture(scope="module")
def words(library: Packed, encoder: SentenceEncoder) -> Words:
    return Words(library.columns, encoder)


def precision(library: Packed, wanted: Mapping[str, float], means: set[str]) -> float:
    right = {str(number) for number, told in enumerate(TOLD) if told & means}
    assert right
    return sum(found.track in right for found in ranked(library, wanted, 5)) / min(5, len(right))


def precisions(library: Packed, words: Words, kind: str) -> dict[str, float]:
    """Language -> the mean precision at 5."""
    return {
        language: float(
            np.mean(
                [
                    precision(library, words.weights(words.read(query["texts"][at])), set(query["means"]))
                    for query in QUERIES[kind]
                ]
            )
        )
        for at, language in enumerate(LANGUAGES)
    }


def test_what_is_named_is_found_in_every_language(library: Packed) -> None:
    found = precisions(library, Words(library.columns), "named")
    assert len(QUERIES["named"]) == 20 and min(found.values()) > 0.5, found
    assert len(set(found.values())) == 1, "a name means the same in every language"


def test_what_is_only_described_is_found_by_scenes_and_meaning(
    library: Packed, words: Words, encoder: SentenceEncoder
) -> None:
    both, known_words = (precisions(library, one, "unseen") for one in (words, Words(library.columns)))
    chance = np.mean([[bool(told & set(query["means"])) for told in TOLD] for query in QUERIES["unseen"]])
    assert min(both.values()) > 0.27 > 2 * chance, both
    assert np.mean([*both.values()]) > np.mean([*known_words.values()]) > 0.25, (both, known_words)

    class WithoutSynonyms(Words):
        def __init__(self) -> None:
            first = tuple(Term(term.words[:1], term.wants) for term in terms(library.columns)[0])
            self._vocabulary, self._terms, self._encoder = Vocabulary(first), first, encoder

    plain = {kind: precisions(library, WithoutSynonyms(), kind) for kind in ("named", "unseen")}
    assert np.mean([*plain["unseen"].values()]) < np.mean([*both.values()]) - 0.1, plain
    assert plain["named"]["ru"] < precisions(library, words, "named")["ru"], plain


def test_a_text_in_a_further_language_is_understood_and_a_refused_one_counts_against(words: Words) -> None:
    for text, label in (("triste", "mood/sad"), ("una fiesta", "mood/party"), ("chitarra", "instruments/guitar")):
        meant = words.weights(words.read(text))
        assert max(meant, key=lambda one: meant[one]) == label, (text, meant)
        assert 0 < sum(map(abs, meant.values())) <= 1 + 1e-6
    refused = words.weights(words.read("no chitarra"))
    assert min(refused, key=lambda one: refused[one]) == "instruments/guitar"
    assert all(-0.5 <= share < 0 for share in refused.values())
    assert words.weights(words.read("")) == {} == words.weights(words.read("xqzt"))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_library_sounds_as_it_is_kept(tmp_path: Path, full: bool, weights: Weights) -> None:
    job = FakeJob(tmp_path)
    composer, tagger = Composer(), MusicTagger(weights("musicnn"))
    composer.load(job)
    tagger.load(job)
    found = []
    for number, (mood, instrument, genre) in enumerate(ASKED if full else ASKED[:2]):
        piece = compose(f"{mood} {genre} with {instrument}", 12, Sampling(number))
        sound = composer.play(piece, 12, job).audio.mean(axis=0, keepdims=True)
        stream, listener = Resampler(RATE_HZ, 16_000, 1), tagger.listener()
        for block in (stream.add(sound), stream.finish()):
            listener.add(block[0])
        heard = listener.result()
        found.append(scores(heard.msd, heard.mtt))
    for now, kept in zip(found, _stored(), strict=False):
        assert np.corrcoef(now, kept)[0, 1] > 0.95
    if full:
        library = _rows(np.array(found))
        assert min(precisions(library, Words(library.columns), "named").values()) > 0.5
