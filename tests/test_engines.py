"""Every engine keeps the contract."""

import ast
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import engine
from engine.models import MODELS
from engine.models.ensure import located
from tests.engine_contract import Case, EngineContract
from tests.fake_job import FakeJob


def _debug() -> Case:
    from engine.debug.engine import DebugEngine
    from engine.debug.params import DebugParams

    return Case(
        name="debug",
        make=lambda models: DebugEngine("debug", allocate_mb=100),
        use=lambda engine, job, seed: engine.render(DebugParams(seed=seed), 0, job),
        toil=lambda engine, job: engine.render(DebugParams(steps=1000, step_s=0.05, seed=1), 0, job),
        holds_mb=90,
    )


def _composer() -> Case:
    from engine.generate.composer.composition import compose
    from engine.generate.composer.engine import Composer
    from engine.generate.composer.sampling import Sampling

    return Case(
        name="composer",
        make=lambda models: Composer(),
        use=lambda engine, job, seed: engine.play(compose("calm piano", 3, Sampling(seed)), 3, job).audio,
        toil=lambda engine, job: engine.play(compose("orchestral", 600, Sampling(1)), 600, job),
        holds_mb=5,
    )


def _roformer() -> Case:
    from engine.split.roformer.engine import RoformerSeparator
    from tests.split.roformer.tiny import noise

    def separate(engine: Any, job: FakeJob, seed: int) -> Any:
        mix = 10 * noise(20_000, seed)
        return engine.separate(mix[None], lambda: job.progress(0, 1))[0, 0]

    def toil(engine: Any, job: FakeJob) -> None:
        for _ in range(10_000):
            separate(engine, job, 1)

    return Case(
        name="bs-roformer",
        make=lambda models: RoformerSeparator(models / "mine/model.ckpt", "mine", "auto"),
        use=separate,
        toil=toil,
        holds_mb=4,
    )


def _demucs() -> Case:
    from engine.split.demucs.engine import DemucsSeparator
    from tests.audio.sounds import noise

    def separate(engine: Any, job: FakeJob, seed: int) -> Any:
        mix = noise(2, engine.window) * (1 + seed / 10)
        return engine.separate(mix[None], lambda: job.progress(0, 1))[0, 0]

    def toil(engine: Any, job: FakeJob) -> None:
        for _ in range(10_000):
            separate(engine, job, 1)

    return Case(
        name="demucs",
        make=lambda models: DemucsSeparator(MODELS["htdemucs"], located("htdemucs", models)),
        use=separate,
        toil=toil,
        holds_mb=1,
    )


def _musicgen() -> Case:
    from engine.generate.musicgen.engine import GenerationRequest, MusicGen
    from tests.generate.checkpoints import write_checkpoint, write_text_encoder

    def make(models: Path) -> MusicGen:
        if not (models / "mine" / "state_dict.bin").exists():
            write_checkpoint(models / "mine", "text")
            write_text_encoder(models / "t5-base")
        return MusicGen(models / "mine", "int8", "cpu")

    return Case(
        name="musicgen",
        make=make,
        use=lambda engine, job, seed: engine.perform(GenerationRequest("rock", 1.5, seed), job).sounds[0],
        toil=lambda engine, job: engine.perform(GenerationRequest("rock", 6000.0, 1), job),
    )


def _melody() -> Case:
    from engine.generate.musicgen.melody import MelodyFinder
    from tests.audio.sounds import noise

    def melody(engine: Any, job: FakeJob, seed: int, seconds: int = 1) -> Any:
        sound = noise(2, seconds * 32_000) * (1 + seed / 10)
        job.progress(0, 1)
        return engine.melody(sound, 32_000, job)

    return Case(
        "melody",
        lambda models: MelodyFinder(located("htdemucs", models)),
        melody,
        lambda engine, job: melody(engine, job, 1, 120),
        holds_mb=1,
    )


def _style() -> Case:
    from engine.generate.musicgen.style import MERT, StyleListener
    from engine.upstream.mert import RATE_HZ
    from tests.audio.sounds import noise

    def features(engine: Any, job: FakeJob, seed: int) -> Any:
        job.progress(0, 1)
        return engine.features(noise(1, RATE_HZ) * (1 + seed / 10))

    def toil(engine: Any, job: FakeJob) -> None:
        for _ in range(10_000):
            features(engine, job, 1)

    return Case("style", lambda models: StyleListener(models / MERT), features, toil)


def _diffusion() -> Case:
    import tempfile

    from engine.generate.musicgen.checkpoint import read_codec_package
    from engine.generate.musicgen.codec import Codec
    from engine.generate.musicgen.diffusion import Diffusion
    from tests.generate.checkpoints import CARD, write_codec, write_diffusion

    folder = Path(tempfile.mkdtemp())

    @cache
    def files() -> tuple[Path, Codec]:
        write_codec(folder)
        return write_diffusion(folder), Codec(read_codec_package(folder, folder.parent, 32_000, "x"), stereo=False)

    def decode(engine: Any, job: FakeJob, seed: int, frames: int = 8) -> Any:
        codes = np.random.default_rng(1).integers(0, CARD, (4, frames))
        return engine.decode(codes, files()[1], seed, job.progress)

    return Case(
        "diffusion", lambda models: Diffusion(files()[0]), decode, lambda engine, job: decode(engine, job, 1, 20_000)
    )


def _clamp() -> Case:
    import tempfile

    from engine.tag.clamp3.engine import Clamp3
    from tests.tag.clamp_checkpoints import write_clamp

    folder = Path(tempfile.mkdtemp())

    @cache
    def files() -> Any:
        return write_clamp(folder)

    def vector(engine: Any, job: FakeJob, seed: int) -> Any:
        listener = engine.listener(None, job.progress)
        listener.add(np.random.default_rng(seed).uniform(-1, 1, listener.rate_hz).astype(np.float32))
        return listener.result().vector[None]

    def toil(engine: Any, job: FakeJob) -> None:
        for _ in range(10_000):
            vector(engine, job, 1)

    return Case("clamp3", lambda models: Clamp3(files()), vector, toil)


def _events() -> Case:
    from engine.tag.gate.engine import EventDetector
    from tests.audio.sounds import noise

    def probabilities(engine: Any, job: FakeJob, seed: int) -> Any:
        job.progress(0, 1)
        return engine.probabilities(noise(1, 16_000, seed)[0])

    return Case("events", lambda models: EventDetector(), probabilities, _toil(probabilities), holds_mb=1)


def _musicnn() -> Case:
    from engine.tag.musicnn.engine import MusicTagger
    from engine.tag.musicnn.spectrum import EDGE, WINDOW
    from tests.audio.sounds import noise
    from tests.tag.musicnn_bundle import install

    def make(models: Path) -> MusicTagger:
        return MusicTagger(install(models / "musicnn"))

    def hear(engine: Any, job: FakeJob, seed: int) -> Any:
        job.progress(0, 1)
        return engine.hear(noise(1, EDGE + WINDOW, seed))[0]

    return Case("musicnn", make, hear, _toil(hear), holds_mb=1)


def _tempocnn() -> Case:
    from engine.tag.tempo.tempocnn import BANDS, TempoCnn
    from tests.tag.tempo_checkpoints import write_tempocnn

    def shares(engine: Any, job: FakeJob, seed: int) -> Any:
        job.progress(0, 1)
        return engine.shares(np.random.default_rng(seed).uniform(0, 1, (2, 256, BANDS)).astype(np.float32))

    def make(models: Path) -> TempoCnn:
        return TempoCnn(write_tempocnn(models / "fcn.h5"))

    return Case("tempocnn", make, shares, _toil(shares), holds_mb=1)


def _beatnet() -> Case:
    from engine.tag.tempo.beatnet import BeatNet
    from tests.tag.tempo_checkpoints import write_beatnet

    def heard(engine: Any, job: FakeJob, seed: int) -> Any:
        job.progress(0, 1)
        return engine.heard(np.random.default_rng(seed).uniform(0, 1, (100, 272)).astype(np.float32), ())[0]

    def make(models: Path) -> BeatNet:
        return BeatNet([write_beatnet(models / "model.pt")])

    return Case("beatnet", make, heard, _toil(heard), holds_mb=1)


def _basic_pitch() -> Case:
    from engine.tag.notes.network import BasicPitch
    from tests.tag.real_weights import real_weights

    def notes(engine: Any, job: FakeJob, seed: int) -> Any:
        job.progress(0, 1)
        listener = engine.listener()
        at_s = np.arange(2 * listener.rate_hz) / listener.rate_hz
        listener.add((0.5 * np.sin(2 * np.pi * (220 + 40 * seed) * at_s)).astype(np.float32))
        return np.array([[note.start_s, note.end_s, note.pitch] for note in listener.result()], np.float32)

    return Case("basic-pitch", lambda models: BasicPitch(*real_weights("basic-pitch")), notes, _toil(notes))


def _kokoro() -> Case:
    from engine.drama.voices.kokoro import Kokoro
    from engine.drama.voices.utterance import Utterance
    from tests.drama.tiny_kokoro import write_kokoro

    def speak(engine: Any, job: FakeJob, seed: int) -> Any:
        job.progress(0, 1)
        said = Utterance(text=f"The lamp went out, {'ping' * seed}.", voice="kokoro:af_heart+bm_george@0.5")
        return engine.speak(said, job.check_canceled).audio

    return Case("kokoro", lambda models: Kokoro(write_kokoro(models / "kokoro")), speak, _toil(speak))


def _spoken(name: str, make: Callable[[Path], Any], voice: str, text: str, language: str = "en") -> Case:
    from engine.drama.voices.utterance import Utterance

    def speak(engine: Any, job: FakeJob, seed: int) -> Any:
        job.progress(0, 1)
        said = Utterance.model_validate({"text": f"{text} " * seed, "language": language, "voice": voice})
        return engine.speak(said, job.check_canceled).audio

    return Case(name, make, speak, _toil(speak))


def _silero() -> Case:
    def make(models: Path) -> Any:
        from engine.drama.voices.silero import Silero
        from engine.models.store import checksum
        from tests.drama.tiny_silero import write_silero

        models.mkdir(exist_ok=True)
        path = write_silero(models / "v4_ru.pt")
        return Silero(path, checksum(path))

    return _spoken("silero", make, "silero:aidar", "Лампа погасла.", "ru")


def _piper() -> Case:
    def make(models: Path) -> Any:
        from engine.drama.voices.piper import Piper
        from tests.drama.tiny_piper import write_piper

        return Piper(write_piper(models / "piper"))

    return _spoken("piper", make, "piper:joe", "The lamp went out.")


def _espeak() -> Case:
    def make(models: Path) -> Any:
        from engine.drama.voices.espeak import Espeak

        return Espeak()

    return _spoken("espeak", make, "espeak:en", "The lamp went out.")


def _megatts3() -> Case:
    from tests.drama.megatts3_service import always_serving, write_clip

    def make(models: Path) -> Any:
        from engine.drama.voices.megatts3 import MegaTts3

        write_clip(models / "voices")
        return MegaTts3(always_serving().address, models / "voices")

    return _spoken("megatts3", make, "megatts3:anna", "The lamp went out.")


def _booth() -> Case:
    import tempfile

    from engine.drama.voices.booth import Booth, Staging
    from engine.drama.voices.line_cache import LineCache
    from engine.drama.voices.utterance import Utterance

    folder = tempfile.mkdtemp()
    cache = LineCache(Path(folder))

    def speak(engine: Any, job: FakeJob, seed: int) -> Any:
        job.progress(0, 1)
        engine.say(1, f"{seed:040x}", Utterance(text=f"hum{'m' * seed}", voice="espeak:en"))
        while engine.heard() is None:
            job.check_canceled()
        return cache.get(f"{seed:040x}").audio  # type: ignore[union-attr]

    return Case("booth", lambda models: Booth(Staging("x", "tests.drama.fake_speakers:Tones", [], folder)), speak,
                _toil(speak))  # fmt: skip


def _tangoflux() -> Case:
    from engine.drama.sounds.tangoflux.engine import TangoFluxEngine
    from tests.drama.sounds.tangoflux_checkpoints import write_tangoflux

    def sound(engine: Any, job: FakeJob, seed: int, seconds: float = 0.05) -> Any:
        return engine.make("rain", seconds, seed, steps=2, tick=lambda share: job.progress(share, 1))

    return Case(
        "tangoflux",
        lambda models: TangoFluxEngine(write_tangoflux(models)),
        sound,
        lambda engine, job: sound(engine, job, 1, 600.0),
    )


def _toil(use: Callable[[Any, FakeJob, int], Any]) -> Callable[[Any, FakeJob], None]:
    def toil(engine: Any, job: FakeJob) -> None:
        for _ in range(10_000):
            use(engine, job, 1)

    return toil


def test_every_engine_has_its_case(tmp_path: Path) -> None:
    folder = Path(engine.__file__).parent
    classes = {
        node.name
        for path in folder.rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and any("ModelEngine[" in ast.unparse(base) for base in node.bases)
    }
    for module in (
        "upscale.test_engines",
        "upscale.audiosr.test_engine",
        "upscale.audiolbm.test_engine",
        "tag.test_harmony_engines",
    ):
        import_module(f"tests.{module}")
    tried = {type(contract.case.make(tmp_path)).__name__ for contract in EngineContract.__subclasses__()}
    assert tried == classes and len(classes) >= 11


class TestDebugEngine(EngineContract):
    case = _debug()


class TestComposer(EngineContract):
    case = _composer()


class TestRoformer(EngineContract):
    case = _roformer()

    def loaded(self, folder: Path) -> tuple[Any, FakeJob]:
        from tests.split.roformer.tiny import install

        install(folder / "models")
        return super().loaded(folder)


class TestDemucs(EngineContract):
    case = _demucs()

    def loaded(self, folder: Path) -> tuple[Any, FakeJob]:
        from tests.split.test_demucs import placed

        if not (folder / "models").exists():
            placed(folder, "htdemucs")
        return super().loaded(folder)


class TestMusicGen(EngineContract):
    case = _musicgen()


class TestMelodyFinder(EngineContract):
    case = _melody()

    def loaded(self, folder: Path) -> tuple[Any, FakeJob]:
        from tests.split.test_demucs import placed

        if not (folder / "models").exists():
            placed(folder, "htdemucs")
        return super().loaded(folder)


class TestStyleListener(EngineContract):
    case = _style()

    def loaded(self, folder: Path) -> tuple[Any, FakeJob]:
        from engine.generate.musicgen.style import MERT
        from tests.generate.checkpoints import write_mert

        if not (folder / "models").exists():
            write_mert(folder / "models" / MERT)
        return super().loaded(folder)


class TestDiffusion(EngineContract):
    case = _diffusion()


class TestClamp(EngineContract):
    case = _clamp()


class TestEventDetector(EngineContract):
    case = _events()


class TestMusicTagger(EngineContract):
    case = _musicnn()


class TestTempoCnn(EngineContract):
    case = _tempocnn()


class TestBeatNet(EngineContract):
    case = _beatnet()


class TestBasicPitch(EngineContract):
    case = _basic_pitch()


class TestKokoro(EngineContract):
    case = _kokoro()


class TestBooth(EngineContract):
    case = _booth()


class TestTangoFlux(EngineContract):
    case = _tangoflux()


class TestSilero(EngineContract):
    case = _silero()


class TestPiper(EngineContract):
    case = _piper()


class TestEspeak(EngineContract):
    case = _espeak()


class TestMegaTts3(EngineContract):
    case = _megatts3()
