"""The pieces that the READMEs list: typed as printed they are what they are said to be, and sound."""

import pytest

from engine.audio.loudness import measure
from engine.generate import COMMAND
from engine.generate.composer.scores import score_of
from engine.generate.examples import EXAMPLES, Example, by_language
from engine.generate.params import GenerateParams
from engine.generate.run import run
from engine.messages import LANGUAGES
from engine.parameters import parse_text, split_command
from tests.fake_job import FakeJob


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    return FakeJob(tmp_path_factory.mktemp("examples"))


def test_six_are_offered_in_each_language():
    assert len(EXAMPLES) == len({example.prompt for example in EXAMPLES})
    assert {language: len(pieces) for language, pieces in by_language().items()} == dict.fromkeys(LANGUAGES, 6)
    for example in EXAMPLES:
        assert any("а" <= letter <= "я" for letter in example.prompt) == (example.language == "ru")
        assert any("\u4e00" <= letter <= "\u9fff" for letter in example.prompt) == (example.language == "zh")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.seed)
def test_a_printed_line_makes_the_piece(job: FakeJob, example: Example):
    command, text = split_command(example.line, "generate")
    params = GenerateParams(**COMMAND.with_wishes(parse_text(text, GenerateParams)))
    assert command == "generate"
    assert (params.prompt, params.duration, params.seed) == (example.prompt, example.duration_s, example.seed)
    run(params, job)
    track, score = job.tracks[-1], score_of(example)
    assert track["details"]["not_heard"] == []
    assert track["details"]["key"] == score.key.name
    assert track["details"]["tempo_bpm"] == pytest.approx(score.tempo_bpm, abs=0.01)
    assert [p["instrument"] for p in track["details"]["parts"]] == [p.instrument.name for p in score.parts]
    assert track["audio"].shape == (2, round(example.duration_s * 44_100))
    assert measure(track["audio"], 44_100).loudness_lufs == pytest.approx(-14, abs=0.5)
