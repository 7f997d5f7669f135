"""Every engine keeps the contract."""

from pathlib import Path
from typing import Any

from tests.engine_contract import Case, EngineContract
from tests.fake_job import FakeJob


def _debug() -> Case:
    from engine.debug.engine import DebugEngine
    from engine.debug.params import DebugParams

    return Case(
        name="debug",
        make=lambda: DebugEngine("debug", allocate_mb=100),
        use=lambda engine, job, seed: engine.render(DebugParams(seed=seed), 0, job),
        toil=lambda engine, job: engine.render(DebugParams(steps=1000, step_s=0.05, seed=1), 0, job),
        holds_mb=90,
    )


def _composer() -> Case:
    from engine.generate.composer import Composer, compose
    from engine.generate.composer.sampling import Sampling

    return Case(
        name="composer",
        make=Composer,
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

    return Case(name="bs-roformer", make=lambda: RoformerSeparator("mine", "auto"), use=separate, toil=toil, holds_mb=4)


def _demucs() -> Case:
    from engine.split.demucs.engine import DemucsSeparator
    from tests.audio.sounds import noise

    def separate(engine: Any, job: FakeJob, seed: int) -> Any:
        mix = noise(2, engine.window) * (1 + seed / 10)
        return engine.separate(mix[None], lambda: job.progress(0, 1))[0, 0]

    def toil(engine: Any, job: FakeJob) -> None:
        for _ in range(10_000):
            separate(engine, job, 1)

    return Case(name="demucs", make=lambda: DemucsSeparator("htdemucs"), use=separate, toil=toil, holds_mb=1)


def _musicgen() -> Case:
    import tempfile
    from pathlib import Path

    from engine.generate.musicgen.engine import MusicGen, Request
    from tests.generate.checkpoints import write_checkpoint, write_text_encoder

    folder = Path(tempfile.mkdtemp())

    def make() -> MusicGen:
        if not (folder / "mine" / "state_dict.bin").exists():
            write_checkpoint(folder / "mine", "text")
            write_text_encoder(folder / "t5-base")
        return MusicGen(folder / "mine", "mine", "int8", "cpu", lambda encoder: folder / encoder)

    return Case(
        name="musicgen",
        make=make,
        use=lambda engine, job, seed: engine.perform(Request("rock", 1.5, seed), job).sounds[0],
        toil=lambda engine, job: engine.perform(Request("rock", 6000.0, 1), job),
    )


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
