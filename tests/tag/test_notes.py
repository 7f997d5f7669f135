"""The notes of a sound: the network as basic-pitch runs it, notes from what it says, their MIDI file, composed pieces.

`data/basic_pitch.npz` holds what basic-pitch 0.4.0 (with onnxruntime, its defaults) makes of `melody()` as a WAV of
floats at 22,050 Hz: every fifth frame of notes and onsets, every twentieth of the contours, the events of `predict`.
"""

import io
from itertools import pairwise
from pathlib import Path

import mido
import numpy as np
import onnx
import pretty_midi
import pytest

from engine.audio.resample import resample
from engine.errors import AppError, Code
from engine.generate.composer.composition import compose
from engine.generate.composer.engine import RATE_HZ, Composer
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Score
from engine.generate.composer.theory import QUARTER
from engine.tag.listener import Mono
from engine.tag.notes import creation
from engine.tag.notes.activations import HOP, KEPT_FRAMES, Activations, frame_s, joined
from engine.tag.notes.creation import ChunkedNotes
from engine.tag.notes.heard import HeardNote
from engine.tag.notes.midi import stems_to_midi, to_midi
from engine.tag.notes.network import BasicPitch
from tests.fake_job import FakeJob
from tests.tag.conftest import Weights

DATA = Path(__file__).parent / "data" / "basic_pitch.npz"
RATE = 22_050


def tone(semitones: np.ndarray, level: float = 0.2) -> Mono:
    """A sound of seven harmonics whose pitch is `semitones` above A3 at each sample."""
    phase = 2 * np.pi * np.cumsum(220 * 2 ** (semitones / 12)) / RATE
    return np.asarray(level * sum(np.sin(k * phase) / k for k in range(1, 8)), np.float32)


def melody() -> Mono:
    """Seven seconds: a scale whose notes overlap, over a held fifth, in a little noise."""
    random = np.random.default_rng(5)
    sound = 0.003 * random.standard_normal(7 * RATE)
    time_s = np.arange(RATE) / RATE
    for place, step in enumerate((0, 2, 4, 5, 7, 9, 11, 12, 12, 7, 4, 0)):
        start = RATE // 4 + place * RATE // 2
        sound[start : start + RATE] += np.exp(-3 * time_s) * tone(np.full(RATE, float(step)))
    sound[RATE : 6 * RATE] += tone(np.full(5 * RATE, -12.0), 0.08) + tone(np.full(5 * RATE, -5.0), 0.06)
    return np.asarray(sound, np.float32)


@pytest.fixture(scope="module")
def engine(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> BasicPitch:
    engine = BasicPitch(weights("basic-pitch")[0])
    engine.load(FakeJob(tmp_path_factory.mktemp("notes")))
    return engine


class Keeping(ChunkedNotes):
    """Keeps the activations beside the notes."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Activations] = []

    def add(self, activations: Activations) -> None:
        self.kept.append(activations)
        super().add(activations)


def activations_of(engine: BasicPitch, samples: Mono) -> Activations:
    keeping = Keeping()
    listener = engine.listener()
    listener._notes = keeping
    listener.add(samples)
    listener.result()
    return joined(keeping.kept)


def heard(engine: BasicPitch, samples: Mono, blocks: int = 1) -> tuple[HeardNote, ...]:
    listener = engine.listener()
    for block in np.array_split(samples, blocks):
        listener.add(block)
    return listener.result()


def notes_of(activations: Activations, chunk_frames: int) -> tuple[HeardNote, ...]:
    """As they come: a window at a time."""
    notes = ChunkedNotes(chunk_frames)
    for first in range(0, len(activations), KEPT_FRAMES):
        notes.add(activations.part(first, first + KEPT_FRAMES))
    return notes.result()


def onset_f1(expected: list[HeardNote], found: list[HeardNote], within_s: float = 0.05) -> float:
    """Of notes of the same pitch that begin at the same time, each counted once."""
    hits = 0
    for pitch in {note.pitch for note in expected}:
        left = sorted(note.start_s for note in expected if note.pitch == pitch)
        right = sorted(note.start_s for note in found if note.pitch == pitch)
        while left and right:
            hits += abs(left[0] - right[0]) <= within_s
            earliest = left if left[0] < right[0] - within_s else right if right[0] < left[0] - within_s else None
            for each in (left, right):
                if earliest is None or earliest is each:
                    each.pop(0)
    return 2 * hits / max(1, len(expected) + len(found))


def frame_f1(expected: list[HeardNote], found: list[HeardNote]) -> float:
    """Of pitches that sound, every 10 ms."""
    pictures = []
    length = round(100 * max(note.end_s for note in [*expected, *found])) + 1
    for notes in (expected, found):
        picture = np.zeros((128, length), bool)
        for note in notes:
            picture[note.pitch, round(100 * note.start_s) : round(100 * note.end_s)] = True
        pictures.append(picture)
    return float(2 * (pictures[0] & pictures[1]).sum() / (pictures[0].sum() + pictures[1].sum()))


def test_the_network_says_what_it_says_in_basic_pitch(engine: BasicPitch) -> None:
    theirs, ours = np.load(DATA), activations_of(engine, melody())
    assert len(ours) == 606  # it leaves out the last few, counting 86 frames a second
    for name, every in (("notes", 5), ("onsets", 5), ("contours", 20)):
        expected = theirs[name].astype(np.float32)
        assert np.allclose(getattr(ours, name)[::every][: len(expected)], expected, atol=1e-3)


def test_with_its_thresholds_the_notes_are_nearly_those_of_basic_pitch(
    engine: BasicPitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = [HeardNote(s, e, int(p), round(127 * v)) for s, e, p, v in np.load(DATA)["events"]]
    monkeypatch.setattr(creation, "ONSET", 0.5)
    monkeypatch.setattr(creation, "LOUD", 0.3)
    ours = list(heard(engine, melody()))
    assert onset_f1(theirs, ours) > 0.95
    assert frame_f1(theirs, ours) > 0.95


def test_a_melody_over_a_held_fifth_is_heard(engine: BasicPitch) -> None:
    notes = heard(engine, melody())
    played = [57 + step for step in (0, 2, 4, 5, 7, 9, 11, 12, 12, 7, 4, 0)]
    for place, pitch in enumerate(played):
        start_s = 0.25 + place / 2
        assert [note for note in notes if note.pitch == pitch and abs(note.start_s - start_s) < 0.05], (place, pitch)
    held = max((note for note in notes if note.pitch == 45), key=lambda note: note.end_s - note.start_s)
    assert held.end_s - held.start_s > 2


@pytest.mark.parametrize("blocks", [2, 7, 1000])
def test_notes_do_not_depend_on_the_blocks(engine: BasicPitch, blocks: int) -> None:
    samples = melody()[: 3 * RATE]
    assert heard(engine, samples, blocks) == heard(engine, samples)


@pytest.mark.parametrize("samples", [0, 1, 300, RATE])
@pytest.mark.parametrize("kind", ["zeros", "noise"])
def test_what_is_no_music_has_a_result(engine: BasicPitch, samples: int, kind: str) -> None:
    noise = np.random.default_rng(3).choice([-1.0, 1.0], samples).astype(np.float32)
    notes = heard(engine, noise if kind == "noise" else np.zeros(samples, np.float32))
    assert all(0 <= note.start_s < note.end_s <= samples / RATE + HOP / RATE for note in notes)
    if kind == "zeros":
        assert notes == ()


def test_a_steady_tone_has_no_bends_a_glide_ends_where_it_goes(engine: BasicPitch) -> None:
    time_s = np.arange(3 * RATE) / RATE
    steady = max(heard(engine, tone(0 * time_s)), key=lambda note: note.end_s - note.start_s)
    assert steady.pitch == 57
    assert all(at_s > 2.8 for at_s, _ in steady.bends)
    waving = heard(engine, tone(0.5 * np.sin(2 * np.pi * 5 * time_s)))
    bends = [semitones for note in waving if note.pitch == 57 for _, semitones in note.bends]
    assert min(bends) == pytest.approx(-1 / 3)
    assert max(bends) == pytest.approx(1 / 3)
    glide = heard(engine, tone(np.clip(time_s - 1, 0, 0.67)))
    assert 0.3 < max(semitones for note in glide if note.pitch == 57 for _, semitones in note.bends) < 1


def random_activations(frames: int, seed: int, pause: bool) -> Activations:
    """Notes that come and go on all keys; `pause`: half a second of nothing now and then."""
    random = np.random.default_rng(seed)
    notes = np.full((frames, 88), 0.1, np.float32)
    onsets = np.full((frames, 88), 0.05, np.float32)
    for _ in range(frames // 8):
        key, start, length = random.integers(88), random.integers(frames), random.integers(5, 120)
        notes[start : start + length, key] = random.uniform(0.3, 1.0)
        onsets[start, key] = random.uniform(0.3, 1.0)
    for start in range(150, frames, 400) if pause else ():
        notes[start : start + 40], onsets[start : start + 40] = 0.05, 0.02
    return Activations(notes, onsets, random.random((frames, 264), np.float32))


@pytest.mark.parametrize("seed", range(4))
def test_chunks_cut_in_pauses_change_nothing(seed: int) -> None:
    activations = random_activations(4000, seed, pause=True)
    assert notes_of(activations, 1000) == notes_of(activations, 10**6)


@pytest.mark.parametrize("seed", range(4))
def test_chunks_cut_in_music_change_next_to_nothing(seed: int) -> None:
    """Denser than music is, and cut every five seconds."""
    activations = random_activations(4000, seed, pause=False)
    chunked, whole = list(notes_of(activations, 600)), list(notes_of(activations, 10**6))
    assert onset_f1(whole, chunked, 0.001) > 0.99
    assert frame_f1(whole, chunked) > 0.99


def test_a_tone_longer_than_any_chunk_is_one_note() -> None:
    activations = random_activations(3000, 0, pause=True)
    activations.notes[:] = 0.0
    activations.onsets[:] = 0.0
    activations.notes[50:2900, 40] = 0.8
    activations.onsets[50, 40] = 0.9
    note, = notes_of(activations, 500)  # fmt: skip
    assert (note.start_s, note.end_s, note.pitch, note.velocity) == (frame_s(50), frame_s(2900), 61, 102)


def test_what_is_kept_does_not_grow_with_the_sound(engine: BasicPitch) -> None:
    notes, most = ChunkedNotes(600), 0
    for _ in range(40):
        notes.add(random_activations(KEPT_FRAMES, 1, pause=False))
        most = max(most, sum(map(len, notes._parts)))
    assert most < 600 + KEPT_FRAMES


def test_other_files_are_refused(tmp_path: Path) -> None:
    other = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["a"], ["b"])],
        "other",
        [onnx.helper.make_tensor_value_info("a", onnx.TensorProto.FLOAT, [1])],
        [onnx.helper.make_tensor_value_info("b", onnx.TensorProto.FLOAT, [1])],
    )
    model = onnx.helper.make_model(other, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    for name, content in (("empty", b""), ("noise", bytes(range(256)) * 9), ("other", model.SerializeToString())):
        path = tmp_path / f"{name}.onnx"
        path.write_bytes(content)
        with pytest.raises(AppError) as caught:
            BasicPitch(path).load(FakeJob(tmp_path))
        assert caught.value.code is Code.INVALID_INPUT
        assert caught.value.values["file"] == path.name


def test_nothing_is_heard_before_loading(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        BasicPitch(tmp_path / "a.onnx").listener()


SCALE = tuple(HeardNote(0.5 * i, 0.5 * i + 0.4, 60 + i, 50 + i) for i in range(8))


@pytest.mark.parametrize("tempo_bpm", [None, 97.3, 200.0])
def test_notes_keep_their_seconds_in_midi_at_any_tempo(tempo_bpm: float | None) -> None:
    file = pretty_midi.PrettyMIDI(io.BytesIO(to_midi(SCALE, tempo_bpm)))
    read = file.instruments[0].notes
    assert [(note.pitch, note.velocity) for note in read] == [(note.pitch, note.velocity) for note in SCALE]
    assert np.allclose([note.start for note in read], [note.start_s for note in SCALE], atol=0.002)
    assert np.allclose([note.end for note in read], [note.end_s for note in SCALE], atol=0.002)
    assert file.get_tempo_changes()[1][0] == pytest.approx(tempo_bpm or 120, abs=0.01)


def test_only_notes_alone_bend_and_the_next_ones_are_straight_again() -> None:
    alone = HeardNote(0.0, 1.0, 60, 80, ((0.0, 1 / 3), (0.5, 3.0)))
    chord = [HeardNote(1.0, 2.0, pitch, 80, ((0.0, 0.5),)) for pitch in (60, 64)]
    (track,) = mido.MidiFile(file=io.BytesIO(to_midi([*chord, alone]))).tracks[1:]
    wheel = [(message.time, message.pitch) for message in track if message.type == "pitchwheel"]
    assert [pitch for _, pitch in wheel] == [1365, 8191, 0]
    kinds = [message.type for message in track if not message.is_meta]
    assert kinds == ["program_change", "pitchwheel", "note_on", "pitchwheel", "note_off", "pitchwheel", "note_on",
                     "note_on", "note_off", "note_off"]  # fmt: skip


def test_stems_become_tracks_of_their_names_and_drums_none() -> None:
    written = stems_to_midi({"vocals": SCALE, "drums": SCALE, "bass": SCALE, "хор": ()}, 90)
    file = pretty_midi.PrettyMIDI(io.BytesIO(written))
    assert [(part.name, part.program, len(part.notes)) for part in file.instruments if part.notes] == [
        ("vocals", 53, 8),
        ("bass", 33, 8),
    ]
    tracks = mido.MidiFile(file=io.BytesIO(written)).tracks
    channels = [{message.channel for message in track if not message.is_meta} for track in tracks[1:]]
    assert all(len(each) == 1 for each in channels)
    assert not any(a & b for a, b in pairwise(channels))
    assert mido.MidiFile(file=io.BytesIO(to_midi(()))).length == 0


PIECES = {
    "calm solo piano": "keys",
    "string quartet": "strings",
    "jazz trio without drums: saxophone, double bass, piano": "band",
    "acoustic guitar ballad without drums": "band",
    "synthwave without drums": "synth",
    "baroque harpsichord and flute": "keys",
    "orchestral film score, French horns and choir, no drums": "orchestra",
    "marimba and vibraphone duet": "mallets",
    "organ hymn": "organ",
    "funk without drums, trumpet, clavinet, bass": "band",
}


def written(score: Score) -> list[HeardNote]:
    """The notes of a score without those that two parts play at once."""
    tick_s = score.quarter_us / (QUARTER * 1_000_000)
    notes = {
        (note.start, note.pitch): HeardNote(
            note.start * tick_s, (note.start + note.length) * tick_s, note.pitch, note.velocity
        )
        for part in score.parts
        if not part.instrument.drums
        for note in part.notes
    }
    return list(notes.values())


@pytest.mark.slow
def test_the_notes_of_composed_pieces_are_found(engine: BasicPitch, tmp_path: Path, full: bool) -> None:
    """40 pieces of 30 s as `--full`, 3 of 12 s otherwise."""
    composer, job = Composer(), FakeJob(tmp_path)
    composer.load(job)
    found: dict[str, list[tuple[float, float]]] = {}
    for seed in range(40 if full else 3):
        prompt, length_s = list(PIECES)[seed % len(PIECES)], 30 if full else 12
        piece = composer.play(compose(prompt, length_s, Sampling(100 + seed, 1.2, 250, 0.67, 4.0)), length_s, job)
        notes = list(heard(engine, resample(piece.audio.mean(axis=0, keepdims=True), RATE_HZ, RATE)[0]))
        truth = written(piece.score)
        found.setdefault(PIECES[prompt], []).append((onset_f1(truth, notes), frame_f1(truth, notes)))
    for kind, scores in found.items():
        print(f"{kind}: onsets {np.mean(scores, 0)[0]:.2f}, frames {np.mean(scores, 0)[1]:.2f} ({len(scores)})")
    onsets, frames = np.mean([score for scores in found.values() for score in scores], axis=0)
    print(f"all: onsets {onsets:.3f}, frames {frames:.3f}")
    assert onsets > 0.6
    assert frames > 0.7
