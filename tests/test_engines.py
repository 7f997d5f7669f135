"""Every engine keeps the contract."""

from tests.engine_contract import Case, EngineContract


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


class TestMusicGen(EngineContract):
    case = _musicgen()
