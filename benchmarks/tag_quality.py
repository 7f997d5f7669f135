"""`bench tag-quality`: how often `/tag` is right where the answer is known.

Recorded music, 76 tracks of `music`: `genre`: share of a genre's tracks with one of its names among the first three
genres, and `genre_of_all` of the four genres that have such a name (hybrid has none); `bpm`: where the title says it;
`other_half`: share of the tracks whose second half is the nearest of all second halves to the first one. Composed
pieces, `MOOD GENRE with INSTRUMENT`: `tempo` (2 %), `key`, `instrument` (asked for, of those that have a tag, among the
first `--top`). `quiet`: kinds of sound that are no music, and how many tags they got. `search`: precision at 5 of the
queries for genres in English, Russian and Chinese over all of it. Options: `--tracks 76`, `--pieces 60`, `--top 3`,
`--models DIR`.
"""

import argparse
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks.music import tracks
from benchmarks.tag import PARAMS, heard
from engine.audio.encode import write
from engine.audio.resample import resample
from engine.generate.composer.composition import compose
from engine.generate.composer.engine import RATE_HZ, Composer
from engine.generate.composer.sampling import Sampling
from engine.models.ensure import ensure
from engine.parameters import Format
from engine.settings import Settings
from engine.tag.ears import Ears, wanted
from engine.tag.facts import TrackFacts
from engine.tag.findings import as_text
from engine.tag.search.index import EMBEDDING, Tagged, base_of, lifts_of, vectors_of
from engine.tag.search.ranking import ranked
from engine.tag.search.scores import vector
from engine.tag.search.words import Words
from engine.tag.sentences import SentenceEncoder
from tests.fake_job import FakeJob
from tests.split.speech import spoken
from tests.tag.search.pieces import ASKED

NEEDS = ("test",)
NAMES = {
    "ambient-lofi": {"ambient", "new age", "easy listening"},
    "funk-soul": {"funk", "soul"},
    "jazzhop": {"jazz", "hip-hop"},
    "soul-rnb": {"soul", "r&b"},
}
"""What people would call the music of each package."""
TAGS = {
    "piano": "piano", "electric piano": "piano", "violin": "violin", "fiddle": "violin", "cello": "cello",
    "flute": "flute", "harpsichord": "harpsichord", "string quartet": "strings section", "strings": "strings section",
    "drums": "drums", "drum machine": "drums", "synth": "synthesizer", "pad": "synthesizer",
    "synth bass": "synthesizer", "acoustic guitar": "guitar", "electric guitar": "guitar", "jazz guitar": "guitar",
    "guitar": "guitar",
    "distorted guitar": "guitar", "choir": "choir",
}  # fmt: skip
"""Instrument of a prompt -> the tag that it has."""
QUERIES = {
    "ambient": ("ambient", "эмбиент", "氛围音乐"),
    "funk": ("funk", "фанк", "放克"),
    "jazz": ("jazz", "джаз", "爵士"),
    "soul": ("soul music", "соул", "灵魂乐"),
    "rock": ("rock", "рок", "摇滚"),
    "classical": ("classical music", "классика", "古典音乐"),
    "techno": ("techno", "техно", "科技舞曲"),
    "metal": ("heavy metal", "метал", "重金属"),
}
ALIKE = {
    "ambient": {"ambient-lofi", "ambient"}, "funk": {"funk-soul", "funk"}, "jazz": {"jazzhop", "jazz", "bossa nova"},
    "soul": {"funk-soul", "soul-rnb"}, "rock": {"rock"}, "classical": {"classical", "baroque", "orchestral"},
    "techno": {"techno"}, "metal": {"metal"},
}  # fmt: skip
"""What a query is right to find: packages, and genres of prompts."""


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench tag-quality")
    parser.add_argument("--tracks", type=int, default=76)
    parser.add_argument("--pieces", type=int, default=60)
    parser.add_argument("--top", type=int, default=3)
    parser.add_argument("--models", type=Path, default=Settings().models)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        job = FakeJob(Path(name))
        job.models_dir = asked.models
        ears = Ears.of({model: ensure(model, job) for model in wanted(PARAMS, job.models_dir)})
        ears.load(job)
        recorded = [(genre, path) for genre, paths in tracks().items() for path in paths][: asked.tracks]
        found = [(genre, path, heard(ears, path)) for genre, path in recorded]
        composed = _composed(ears, asked.pieces, job)
        library = [(genre, facts) for genre, _, facts in found] + [(ask[2], facts) for ask, _, facts in composed]
        return {
            "genre": {kind: _mean(_named(facts, kind) for g, _, facts in found if g == kind) for kind in NAMES},
            "genre_of_all": _mean(_named(facts, genre) for genre, _, facts in found if genre in NAMES),
            "bpm": {path.stem: facts.tempo.bpm for _, path, facts in found if facts.tempo and _titled_bpm(path.stem)},
            "kinds": _counted(facts for _, _, facts in found),
            "other_half": _halves(ears, [path for _, path, _ in found]),
            **_of_pieces(composed, asked.top),
            "quiet": {kind: _tags_of(heard(ears, path)) for kind, path in _no_music(job).items()},
            "search": _search(library, SentenceEncoder(*ensure("sentence-encoder", job))),
        }


def _mean(right: Iterable[float]) -> float | None:
    """None of nothing."""
    found = [float(one) for one in right]
    return round(float(np.mean(found)), 3) if found else None


def _first(facts: TrackFacts, category: str, most: int) -> list[str]:
    return [tag.name for tag in facts.tags or () if tag.category == category][:most]


def _named(facts: TrackFacts, kind: str) -> bool:
    return bool(NAMES[kind] & set(_first(facts, "genre", 3)))


def _titled_bpm(title: str) -> float | None:
    found = re.search(r"\b(\d{2,3})\b", title)
    return float(found[0]) if found else None


def _counted(found: Iterable[TrackFacts]) -> dict[str, int]:
    kinds = [facts.sound.kind if facts.sound else "" for facts in found]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def _tags_of(facts: TrackFacts) -> dict[str, Any]:
    return {"kind": facts.sound.kind if facts.sound else None, "tags": len(facts.tags or ())}


def _halves(ears: Ears, paths: Sequence[Path]) -> float:
    """Share of the tracks whose second half is the nearest of all to their first one."""
    first, second = (vectors_of(base_of(_half(ears, path, half) for path in paths)).rows for half in (0, 1))
    first, second = first.astype(np.float32), second.astype(np.float32)
    return round(float(np.mean(np.argmax(first @ second.T, axis=1) == np.arange(len(paths)))), 3)


def _half(ears: Ears, path: Path, half: int) -> Tagged:
    """What a search knows of one half of a recording."""
    sound, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    middle = len(sound) // 2
    part = sound[:middle] if half == 0 else sound[middle:]
    listener = ears.tagger.listener(2)
    listener.add(resample(part.T.mean(axis=0, keepdims=True), rate_hz, listener.rate_hz)[0])
    found = listener.result()
    text = as_text(np.concatenate([found.msd_embedding, found.mtt_embedding]))
    return Tagged(f"{path.stem:.32}", {"vectors": {EMBEDDING: text}})


_MODES = ("major", "minor")
Composed = tuple[tuple[str, str, str], Any, TrackFacts]


def _composed(ears: Ears, count: int, job: FakeJob) -> list[Composed]:
    """Mood, instrument and genre of a prompt, its score, and what was heard."""
    composer = job.engine("composer", Composer)
    made = []
    for number, (mood, instrument, genre) in enumerate(ASKED[:count]):
        piece = composer.play(compose(f"{mood} {genre} with {instrument}", 30, Sampling(number)), 30, job)
        path = job.temp_dir / "piece.flac"
        write(path, np.asarray(piece.audio, np.float32), RATE_HZ, format=Format.FLAC)
        made.append(((mood, instrument, genre), piece.score, heard(ears, path)))
    return made


def _of_pieces(composed: Sequence[Composed], top: int) -> dict[str, float | None]:
    asked = [(TAGS[ask[1]], facts) for ask, _, facts in composed if ask[1] in TAGS]
    return {
        "tempo": _mean(
            bool(facts.tempo and facts.tempo.bpm and abs(facts.tempo.bpm / score.tempo_bpm - 1) < 0.02)
            for _, score, facts in composed
        ),
        "key": _mean(
            bool(
                facts.key and facts.key.name == f"{score.key.name.split()[0]} {'minor' if score.key.minor else 'major'}"
            )
            for _, score, facts in composed
        ),
        "instrument": _mean(
            tag in (*_first(facts, "instruments", top), *_first(facts, "voice", top)) for tag, facts in asked
        ),
    }


def _no_music(job: FakeJob) -> dict[str, Path]:
    """Twenty seconds of each."""
    random, count = np.random.default_rng(1), 20 * RATE_HZ
    white = random.normal(0, 0.1, count)
    spectrum = np.fft.rfft(white)
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), count)
    sounds = {
        "silence": np.zeros(count), "white noise": white, "pink noise": pink / np.abs(pink).max() / 2,
        "hum": 0.3 * np.sin(2 * np.pi * 50 * np.arange(count) / RATE_HZ),
        "clicks": np.tile(np.eye(1, 9000)[0], count // 9000),
        "speech": spoken("The harbour lay quiet in the morning, and nobody spoke a word of the ship. " * 5)[0],
    }  # fmt: skip
    paths = {}
    for kind, sound in sounds.items():
        paths[kind] = job.temp_dir / f"{kind}.flac"
        write(paths[kind], np.asarray(sound, np.float32)[None], RATE_HZ, format=Format.FLAC)
    return paths


def _search(library: Sequence[tuple[str, TrackFacts]], encoder: SentenceEncoder) -> Mapping[str, float | None]:
    """Language -> mean precision at 5."""
    rows = lifts_of(base_of([Tagged(str(at), facts.plain()) for at, (_, facts) in enumerate(library)]))
    words = Words(rows.columns, encoder)
    kinds = [kind for kind, _ in library]
    assert all(vector(facts.plain(), "musicnn") is not None for _, facts in library if facts.tags)
    found = {}
    for place, language in enumerate(("en", "ru", "zh")):
        shares = []
        for genre, texts in QUERIES.items():
            right = sum(kind in ALIKE[genre] for kind in kinds)
            hits = [
                kinds[int(one.track)] in ALIKE[genre]
                for one in ranked(rows, words.weights(words.read(texts[place])), 5)
            ]
            shares.append(sum(hits) / max(1, min(5, right)))
        found[language] = _mean(shares)
    return found
