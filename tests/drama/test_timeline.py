"""When lines and sounds are heard: in order, with the pauses that were said, and tied to the text."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.drama.mix.rooms import rooms, tail_s
from engine.drama.mix.timeline import CLOSING_S, CROSSFADE_S, OPENING_S, PAUSE_S, LineLength, fades_s, lay_out
from engine.drama.project import Anchor, Break, Chapter, Clip, Line, Project, Scene, Word
from engine.errors import AppError, Code


def line(number: int, ends: Break = "sentence", pause_ms: int | None = None) -> Line:
    return Line(id=f"l{number}", start=0, end=0, text="one two three", break_after=ends, pause_ms=pause_ms)


def words(seconds: float) -> list[Word]:
    spans = ((0, 3), (4, 3), (8, 5))
    third = seconds / 3
    return [Word(at=at, length=n, start_s=i * third, end_s=(i + 0.9) * third) for i, (at, n) in enumerate(spans)]


def laid_out(project: Project, seconds: Sequence[float], **how: Any) -> Project:
    lengths = {each.id: LineLength(s, words(s)) for each, s in zip(project.lines, seconds, strict=True)}
    return lay_out(project, lengths, **how)


def span(part: Line | Clip) -> tuple[float, float]:
    assert part.start_s is not None and part.end_s is not None
    return part.start_s, part.end_s


@st.composite
def projects(draw: st.DrawFn) -> tuple[Project, list[float]]:
    seconds = draw(st.lists(st.floats(0.05, 20), min_size=1, max_size=12))
    breaks = st.sampled_from(["sentence", "turn", "paragraph", "scene", "chapter"])
    lines = [line(n, draw(breaks), draw(st.none() | st.integers(0, 5000))) for n in range(len(seconds))]
    some = st.sampled_from([each.id for each in lines])
    at, edge, offset_s = st.none() | st.integers(0, 20), st.sampled_from(["start", "end"]), st.floats(-60, 60)
    anchors = st.builds(Anchor, line=some, at=at, edge=edge, offset_s=offset_s)
    lanes = st.sampled_from(["ambience", "effects", "music"])
    clips = [
        Clip(id=f"c{n}", lane=draw(lanes), start=draw(anchors), end=draw(st.none() | anchors))
        for n in range(draw(st.integers(0, 6)))
    ]
    scenes = [Scene(id=f"s{n}", line=name) for n, name in enumerate(draw(st.lists(some, max_size=3, unique=True)))]
    return Project(lines=lines, clips=clips, scenes=scenes), seconds


@given(projects())
@settings(max_examples=150, deadline=None)
def test_order_is_kept_and_nothing_is_before_the_beginning(made: tuple[Project, list[float]]) -> None:
    project, seconds = made
    result = laid_out(project, seconds)
    firsts = {scene.line for scene in result.scenes}
    for each, length in zip(result.lines, seconds, strict=True):
        assert span(each)[0] >= 0 and span(each)[1] - span(each)[0] == pytest.approx(length)
    for before, after in pairwise(result.lines):
        if before.pause_ms is not None:
            expected = before.pause_ms / 1000
        else:
            expected = max(PAUSE_S[before.break_after], PAUSE_S["scene"] if after.id in firsts else 0)
        assert span(after)[0] - span(before)[1] == pytest.approx(expected)
    assert result.duration_s is not None and result.duration_s >= span(result.lines[-1])[1]
    for clip in result.clips:
        assert clip.start_s is not None and 0 <= clip.start_s <= result.duration_s
        if clip.end_s is not None:
            assert clip.start_s <= clip.end_s <= result.duration_s
            assert sum(fades_s(clip)) <= clip.end_s - clip.start_s + 1e-9
    assert project.lines[0].start_s is None, "what was given is not changed"
    assert Project.read(result.model_dump()) == result


@given(projects(), st.integers(0, 11), st.floats(0.1, 9))
@settings(max_examples=100, deadline=None)
def test_sounds_move_with_the_text(made: tuple[Project, list[float]], which: int, longer_s: float) -> None:
    """When a line gets longer, what hangs at other lines keeps its distance from them."""
    project, seconds = made
    which %= len(seconds)
    before = laid_out(project, seconds)
    after = laid_out(project, [s + longer_s if n == which else s for n, s in enumerate(seconds)])
    moved = {old.id: span(new)[0] - span(old)[0] for old, new in zip(before.lines, after.lines, strict=True)}
    for old, new in zip(before.clips, after.clips, strict=True):
        at_border = old.start.at is None and old.start.offset_s == 0
        if old.start.line != f"l{which}" and not at_border:
            assert old.start_s is not None and new.start_s is not None
            assert new.start_s - old.start_s == pytest.approx(moved[old.start.line], abs=1e-6)


@pytest.mark.parametrize(
    ("ends", "pause_s"), [("sentence", 0.25), ("turn", 0.5), ("paragraph", 0.85), ("scene", 0.85), ("chapter", 3.0)]
)
def test_pauses_follow_from_what_ends(ends: Break, pause_s: float) -> None:
    result = laid_out(Project(lines=[line(0, ends), line(1)]), [1.0, 1.0])
    assert span(result.lines[1])[0] == pytest.approx(1 + pause_s)


def test_a_chapter_pauses_even_where_the_line_before_does_not_say() -> None:
    project = Project(lines=[line(0), line(1)], chapters=[Chapter(title="2", line="l1")])
    assert span(laid_out(project, [1, 1]).lines[1])[0] == pytest.approx(4.0)
    own = Project(lines=[line(0, pause_ms=0), line(1)], chapters=[Chapter(title="2", line="l1")])
    assert span(laid_out(own, [1, 1]).lines[1])[0] == pytest.approx(1.0)


@dataclass(frozen=True)
class Slow:
    gain_db: float = 0.0
    pause: float = 1.5


def test_an_emotion_stretches_pauses_but_not_those_that_were_set() -> None:
    project = Project(lines=[line(0, "turn"), line(1, pause_ms=100), line(2, "chapter"), line(3)])
    result = laid_out(project, [1, 1, 1, 1], manner=lambda emotion: Slow())
    assert [span(each)[0] for each in result.lines] == pytest.approx([0, 1.75, 2.85, 6.85])


@pytest.mark.parametrize(("at", "edge", "expected"), [(4, "start", 1.0), (5, "end", 1.9), (3, "start", 1.0)])
def test_an_effect_is_heard_at_its_word(at: int, edge: str, expected: float) -> None:
    start = {"line": "l1", "at": at, "edge": edge, "offset_s": 0.25}
    clip = Clip.model_validate({"id": "bang", "lane": "effects", "start": start})
    result = laid_out(Project(lines=[line(0), line(1)], clips=[clip]), [1.0, 3.0], clip_lengths={"bang": 2.0})
    assert span(result.clips[0]) == pytest.approx((1.5 + expected, 3.5 + expected))


def test_without_word_times_a_place_in_the_text_is_one_in_time() -> None:
    clip = Clip(id="bang", lane="effects", start=Anchor(line="l0", at=6))
    result = lay_out(Project(lines=[line(0)], clips=[clip]), {"l0": LineLength(2.6)})
    assert result.clips[0].start_s == pytest.approx(2.6 * 6 / 13) and result.clips[0].end_s is None


def test_a_sound_before_the_first_line_begins_before_it() -> None:
    clip = Clip(id="wind", lane="effects", start=Anchor(line="l0", offset_s=-4), end=Anchor(line="l0", offset_s=-1))
    result = laid_out(Project(lines=[line(0)], clips=[clip]), [1.0])
    assert span(result.clips[0]) == pytest.approx((0, 3)) and span(result.lines[0]) == pytest.approx((4, 5))


def test_ambiences_of_two_scenes_cross_fade_in_the_pause_between() -> None:
    lines = [line(0), line(1, "scene"), line(2), line(3)]
    scenes = [Scene(id="one", line="l0"), Scene(id="two", line="l2")]
    clips = [
        Clip(id="rain", lane="ambience", start=Anchor(line="l0"), end=Anchor(line="l1", edge="end")),
        Clip(id="fire", lane="ambience", start=Anchor(line="l2"), end=Anchor(line="l3", edge="end")),
        Clip(id="sea", lane="ambience", start=Anchor(line="l0"), end=Anchor(line="l2")),
    ]
    result = laid_out(Project(lines=lines, scenes=scenes, clips=clips), [2.0] * 4)
    rain, fire, sea = map(span, result.clips)
    middle = (span(result.lines[1])[1] + span(result.lines[2])[0]) / 2
    assert rain[1] == sea[1] == pytest.approx(middle + CROSSFADE_S / 2)
    assert fire[0] == pytest.approx(middle - CROSSFADE_S / 2)
    assert rain[0] == sea[0] == 0 and span(result.lines[0])[0] == pytest.approx(OPENING_S)
    assert fire[1] == pytest.approx(span(result.lines[3])[1] + CLOSING_S)
    assert fades_s(result.clips[0])[1] == fades_s(result.clips[1])[0] == CROSSFADE_S


def test_a_sound_whose_end_was_moved_before_its_start_has_no_length() -> None:
    clip = Clip(id="rain", lane="ambience", start=Anchor(line="l1"), end=Anchor(line="l0"))
    start, end = span(laid_out(Project(lines=[line(0), line(1)], clips=[clip]), [1, 1]).clips[0])
    assert start == end


def test_a_church_rings_on_after_the_last_word_but_not_for_the_narrator() -> None:
    church = [Scene(id="one", line="l0", reverb="church")]
    monk = line(0).model_copy(update={"speaker": "monk"})
    rung = laid_out(Project(lines=[monk], scenes=church), [1.0]).duration_s
    dry = laid_out(Project(lines=[line(0)], scenes=church), [1.0]).duration_s
    assert rung is not None and dry is not None
    assert rung - dry == pytest.approx(tail_s("church")) and tail_s("church") > rooms()["church"].rt60_s


def test_voices_only_leaves_the_silences_that_acx_asks_for() -> None:
    clip = Clip(id="wind", lane="ambience", start=Anchor(line="l0"), end=Anchor(line="l0", edge="end"))
    result = laid_out(Project(lines=[line(0)], clips=[clip]), [1.0], voices_only=True)
    assert result.clips[0].start_s is None and result.clips[0].start == clip.start
    start, end = span(result.lines[0])
    assert result.duration_s is not None and 0.5 <= start <= 1 <= result.duration_s - end <= 5


@pytest.mark.parametrize("lengths", [{}, {"l0": LineLength(0.0)}, {"l0": LineLength(float("nan"))}])
def test_a_line_without_sound_is_named(lengths: dict[str, LineLength]) -> None:
    with pytest.raises(AppError) as caught:
        lay_out(Project(lines=[line(0)]), lengths)
    assert caught.value.code is Code.INVALID_INPUT and "one two three" in str(caught.value)


def test_what_has_no_words_may_be_silent() -> None:
    silent = line(0).model_copy(update={"text": "* * *"})
    result = lay_out(Project(lines=[silent, line(1)]), {"l1": LineLength(1.0)})
    assert span(result.lines[0]) == (0, 0) and span(result.lines[1])[0] == pytest.approx(0.25)


def test_a_sound_at_a_line_that_was_taken_away_is_named() -> None:
    project = Project(lines=[line(0), line(1)], clips=[Clip(id="bang", lane="effects", start=Anchor(line="l1"))])
    without = project.model_copy(update={"lines": project.lines[:1]})
    with pytest.raises(AppError) as caught:
        laid_out(without, [1.0])
    assert caught.value.code is Code.INVALID_INPUT and "bang" in str(caught.value)


def test_an_empty_project_has_no_length() -> None:
    assert lay_out(Project(), {}).duration_s == 0


def test_a_book_of_ten_thousand_lines_keeps_its_times_exact() -> None:
    chance = random.Random(1)
    seconds = [chance.uniform(0.5, 9) for _ in range(10_000)]
    result = lay_out(
        Project(lines=[line(n) for n in range(len(seconds))]), {f"l{n}": LineLength(s) for n, s in enumerate(seconds)}
    )
    assert span(result.lines[-1])[0] == pytest.approx(sum(seconds[:-1]) + 0.25 * (len(seconds) - 1), rel=1e-9)
