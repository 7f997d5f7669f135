"""Piper: a voice that is a VITS of its own, by onnxruntime, from eSpeak's IPA.

Source: Kim, Kong, Son, "Conditional Variational Autoencoder with Adversarial Learning for End-to-End Text-to-Speech",
2021, arXiv:2106.06103; the configuration beside the network for its symbols.
"""

import json
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from engine.drama.spoken.english import sounds as english
from engine.drama.spoken.said import Said
from engine.drama.voices.reading import Take, Timed, read
from engine.drama.voices.session import opened, run
from engine.drama.voices.speech import Speech
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import version_of
from engine.errors import invalid
from engine.models.engine import ModelEngine

if TYPE_CHECKING:
    import onnxruntime

    from engine.context import JobContext

UNIT = 256
"""Samples of a unit of duration."""
DURATIONS = "/Ceil_output_0"
"""[1, 1, symbols]: how many units each symbol lasts; the graph computes it for itself."""
SLOWEST, FASTEST = 0.5, 2.0
PAD, BEGIN, END = "_", "^", "$"
MARKS = ".,!?;:"
SEED = 7
"""Of the noise that a voice is drawn from: one line always sounds the same."""


class _Voice(NamedTuple):
    session: "onnxruntime.InferenceSession"
    ids: dict[str, list[int]]
    rate_hz: int
    espeak: str
    noise: tuple[float, float]
    """Scales: of the sound's, of the durations'."""


class Piper(ModelEngine[_Voice]):
    """The engine, for the files of the catalogue's row: network and configuration. Threads may share it."""

    device_key = "piper"
    version = version_of("piper")

    def __init__(self, files: list[Path], threads: int = 1) -> None:
        self._network, self._configuration, self._threads = files[0], files[1], threads

    def _read(self, job: "JobContext") -> _Voice:
        try:
            said = json.loads(self._configuration.read_text(encoding="utf-8"))
            scales = said["inference"]
            facts = said["phoneme_id_map"], said["audio"]["sample_rate"], said["espeak"]["voice"]
            noise = scales["noise_scale"], scales["noise_w"]
        except (ValueError, LookupError, TypeError) as error:
            raise invalid("not_weights", file=self._configuration.name, reason=str(error)[:200]) from error
        return _Voice(opened(_graph(self._network), self._network, self._threads), *facts, noise)

    def speak(self, utterance: Utterance, check_canceled: Callable[[], None]) -> Speech:
        """As `Speaker` says. It has one voice, so that nothing is blended."""
        voice, text = self._loaded, read(utterance)
        own = min(max(utterance.speed, SLOWEST), FASTEST)
        take = Take(utterance, text, voice.rate_hz)
        for symbols, words in _sentences(text, voice.espeak) if utterance.language == "en" else ():
            ids, places = [*voice.ids[BEGIN], *voice.ids[PAD]], []
            for symbol in symbols:
                places.append(len(ids))
                ids += [*voice.ids.get(symbol, []), *voice.ids[PAD]] if symbol in voice.ids else []
            places.append(len(ids))
            given = {
                "input": np.array([[*ids, *voice.ids[END]]], np.int64),
                "input_lengths": np.array([len(ids) + 1], np.int64),
                "scales": np.array([voice.noise[0], 1 / own, voice.noise[1]], np.float32),
                **_noise(len(ids) + 1),
            }
            sound, durations = run(voice.session, given, check_canceled)
            at = np.concatenate([[0], np.cumsum(durations[0, 0])]) * UNIT
            spans = [Timed(start, end, at[places[first]], at[places[last]]) for first, last, start, end in words]
            take.add(np.asarray(sound.reshape(-1), np.float32), spans)
        return take.speech(utterance.speed / own, utterance.pitch_semitones)


def _graph(path: Path) -> bytes:
    """The network with its durations as an output, and the noise that it would draw by itself as inputs, from which it
    takes as much as it needs. Raises INVALID_INPUT."""
    try:
        graph = (model := onnx.load(path)).graph
    except Exception as error:  # protobuf has a class of its own for each kind of damage
        raise invalid("not_weights", file=path.name, reason=str(error)[:200]) from error
    drawn = [node for node in graph.node if node.op_type == "RandomNormalLike"]
    if DURATIONS not in {output for node in graph.node for output in node.output} or len(drawn) != 2:
        raise invalid("not_weights", file=path.name, reason="it is not the graph of a Piper voice")
    nodes = list(graph.node)
    graph.initializer.append(helper.make_tensor("noise_start", TensorProto.INT64, [3], [0, 0, 0]))
    for number, node in enumerate(drawn):
        name = f"noise_{number}"
        place = nodes.index(node)
        shape, cut = f"{name}_shape", node.output[0]
        nodes[place : place + 1] = [
            helper.make_node("Shape", [node.input[0]], [shape]),
            helper.make_node("Slice", [name, "noise_start", shape], [cut]),
        ]
        graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None, None]))
    del graph.node[:]
    graph.node.extend(nodes)
    graph.output.append(helper.make_tensor_value_info(DURATIONS, TensorProto.FLOAT, [1, 1, None]))
    return bytes(model.SerializeToString())


def _noise(symbols: int) -> dict[str, NDArray[np.float32]]:
    """Noise for the durations of so many symbols, and for so long a sound as they can become."""
    chance = np.random.default_rng(SEED)
    return {
        "noise_0": chance.standard_normal((1, 2, symbols), np.float32),
        "noise_1": chance.standard_normal((1, 192, 60 * symbols + 200), np.float32),
    }


_Words = list[tuple[int, int, int, int]]


def _sentences(text: Said, voice: str) -> Iterator[tuple[str, _Words]]:
    """IPA of each sentence, and of its words: from which symbol to which, from which place of the source to which."""
    symbols, words, clause = "", list[tuple[int, int, int, int]](), list[tuple[str, int, int]]()
    waiting = text.words()
    for piece in text.pieces:
        while waiting and waiting[0][1] < piece.end and any(sign.isalnum() for sign in piece.words):
            clause.append(waiting.pop(0))
        for mark in (sign for sign in piece.words if sign in MARKS):
            symbols = _add(symbols, words, clause, voice).rstrip() + mark + " "
            if mark in ".!?" and words:
                yield symbols.rstrip(), words
                symbols, words = "", []
    symbols = _add(symbols, words, clause, voice)
    if words:
        yield symbols.rstrip(), words


def _add(symbols: str, words: _Words, clause: list[tuple[str, int, int]], voice: str) -> str:
    """The symbols with those of a clause behind them; its words are put among the others, and the clause is emptied."""
    at = 0
    for count, ipa in english.heard([word for word, _, _ in clause], voice, "us"):
        first = len(symbols)
        symbols += "".join(f"{part} " for part in unicodedata.normalize("NFD", ipa.replace("^", "")).split())
        if len(symbols) > first:
            words.append((first, len(symbols) - 1, clause[at][1], clause[at + count - 1][2]))
        at += count
    clause.clear()
    return symbols
