"""Clips: ambience under scenes, effects at their words, music; the script's own cues always."""

import pytest

from engine.drama.project import Anchor, Chapter, Clip, Cue, Language, Project
from engine.drama.scenes import add_clips, find_scenes
from engine.drama.scenes.tables import table

from .told_scenes import told

AMBIENCE = {
    *(
        "rain",
        "storm",
        "wind",
        "snow",
        "fire",
        "sea",
        "stream",
        "forest",
        "birds",
        "night",
        "crickets",
        "cave",
        "crowd",
    ),
    *("cafe", "street", "train", "ship", "engine", "clock", "room", "library", "church", "battle", "market"),
}
EFFECTS = {
    *("thunder", "steps-wood", "steps-stone", "steps-gravel", "steps-grass", "steps-snow", "steps-water", "door-open"),
    *("door-close", "door-slam", "door-creak", "knock", "bell", "church-bell", "telephone", "glass", "gunshot"),
    *("explosion", "horse", "dog", "cat", "cock", "owl", "wolf", "crow", "heartbeat", "clock-strike", "sword"),
    *("splash", "whip", "carriage", "car", "siren", "typing", "applause", "scream", "laughter", "sigh", "coin"),
    *("paper", "lock", "chain", "match-strike"),
}


def find(words: str, kind: str) -> str | None:
    """A library that has every canonical tag."""
    return f"made:{words}" if words in (AMBIENCE if kind == "ambience" else EFFECTS) else None


def clips(project: Project, lane: str, **wanted: bool) -> list[Clip]:
    return [clip for clip in add_clips(find_scenes(project), find, **wanted).clips if clip.lane == lane]


def test_a_forest_at_night_in_the_rain_is_two_sounds() -> None:
    beds = clips(told("At night they came into the forest. It was raining.", "en"), "ambience")
    assert [bed.sound for bed in beds] == ["made:forest", "made:rain"]
    assert all(bed.end is not None and bed.end.edge == "end" for bed in beds)
    assert 0 > beds[1].gain_db >= -12


def test_rain_is_softer_in_a_room() -> None:
    outside = clips(told("It was raining in the street.", "en"), "ambience")
    inside = clips(told("They sat in the library. It was raining.", "en"), "ambience")
    loud = {bed.sound: bed.gain_db for bed in outside}["made:rain"]
    assert {bed.sound: bed.gain_db for bed in inside}["made:rain"] < loud - 3


EVENTS: list[tuple[Language, str, str, str]] = [
    ("en", "He went away, and the door slammed behind him.", "made:door-slam", "slammed"),
    ("en", "Suddenly there was a loud knock at the door.", "made:knock", "knock"),
    ("en", "Far away a dog barked.", "made:dog", "barked"),
    ("en", "A shot rang out.", "made:gunshot", "rang"),
    ("ru", "Дверь скрипнула, и он замер.", "made:door-creak", "скрипнула"),
    ("ru", "Вдруг раздался выстрел.", "made:gunshot", "выстрел"),
    ("ru", "Было слышно, как хлопнула дверь.", "made:door-slam", "хлопнула"),
    ("zh", "远处传来马蹄声。", "made:horse", "马蹄声"),
    ("en", "Then there was a loud and authoritative tap.", "made:knock", "tap"),
    ("zh", "忽然有人敲门。", "made:knock", "敲门"),
    ("zh", "只听一声枪响。", "made:gunshot", "枪响"),
]


@pytest.mark.parametrize(("language", "text", "sound", "word"), EVENTS)
def test_an_effect_stands_at_the_word_that_names_it(language: Language, text: str, sound: str, word: str) -> None:
    project = told(text, language)
    clip = clips(project, "effects")[-1]
    assert clip.sound == sound
    line = next(line for line in project.lines if line.id == clip.start.line)
    assert line.text[clip.start.at :].startswith(word)
    assert 0.5 < clip.confidence < 1


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "“The door slammed and a dog barked,” he said."),
        ("en", "He did not slam the door."),
        ("en", "If the bell rang, they would run."),
        ("en", "Yesterday the door slammed."),
        ("en", "Every night the dog barked."),
        ("en", "It sounded like a clap of thunder."),
        ("en", "He had slammed the door."),
        ("en", "Did the bell ring?"),
        ("ru", "— Хлопнула дверь, — сказал он."),
        ("ru", "Он не слышал, как часы пробили полночь."),
        ("ru", "Если бы раздался выстрел, он бы убежал."),
        ("ru", "Каждую ночь выли волки."),
        ("ru", "Раздался звук, словно удар грома."),
        ("zh", "他说：“有人敲门。”"),
        ("zh", "他没有敲门。"),
        ("zh", "如果有人敲门，他就逃走。"),
        ("zh", "昨夜有人敲门。"),
        ("zh", "声音好像雷声。"),
    ],
)
def test_no_effect_for_what_does_not_happen_here_and_now(language: Language, text: str) -> None:
    assert clips(told(text, language), "effects") == []


def test_effects_keep_apart_and_do_not_repeat() -> None:
    text = "The dog barked. The door slammed. A shot rang out. " + "They walked on and said nothing for a while. " * 6
    found = clips(told(text + "The dog barked again. " + "Nobody spoke. " * 50 + "The dog barked.", "en"), "effects")
    assert [clip.sound for clip in found] == ["made:dog", "made:dog"]


def test_steps_sound_as_the_ground_they_fall_on() -> None:
    for text, sound in (
        ("They were in the church. Footsteps echoed behind them.", "made:steps-stone"),
        ("They sat in the room. Footsteps sounded outside.", "made:steps-wood"),
        ("Snow was falling in the forest. Footsteps came nearer.", "made:steps-snow"),
    ):
        assert [clip.sound for clip in clips(told(text, "en"), "effects")] == [sound]


@pytest.mark.parametrize(
    ("kind", "text", "sound"),
    [
        ("effect", "door slam", "made:door-slam"),
        ("effect", "dog", "made:dog"),
        ("effect", "скрип двери", "made:door-creak"),
        ("effect", "敲门声", "made:knock"),
        ("ambience", "storm", "made:storm"),
        ("ambience", "a forest at night", "made:forest"),
    ],
)
def test_what_the_script_asks_for_comes_with_confidence_one(kind: str, text: str, sound: str) -> None:
    project = told("“Nothing at all,” he said.\nNothing.", "en")
    project.cues = [Cue(kind=kind, text=text, at=Anchor(line="l1"))]  # type: ignore[arg-type]
    found = add_clips(find_scenes(project), find, ambience=False, effects=False, music=False)
    assert [(clip.sound, clip.confidence, clip.words) for clip in found.clips] == [(sound, 1.0, text)]
    assert found.notes == []


def test_what_the_script_asks_for_and_nobody_has_is_seen() -> None:
    project = told("Nothing.", "ru")
    project.cues = [Cue(kind="effect", text="гудок парохода", at=Anchor(line="l0"))]
    found = add_clips(find_scenes(project), find)
    assert [(clip.sound, clip.prompt, clip.confidence) for clip in found.clips] == [("", "гудок парохода", 1.0)]
    assert len(found.notes) == 1
    assert "гудок парохода" in found.notes[0]


def test_ambience_of_the_script_takes_the_place_of_what_is_read_out_of_it() -> None:
    project = told("They were in the forest.\nIt was quiet.", "en")
    project.cues = [Cue(kind="ambience", text="sea", at=Anchor(line="l0"))]
    assert [clip.sound for clip in clips(project, "ambience")] == ["made:sea"]


def test_music_opens_chapters_and_asks_the_composer() -> None:
    quiet = "They sat and talked of this and that until nothing was left to say. " * 30
    project = told(quiet + "\n" + quiet, "en", title="One")
    project.chapters.append(Chapter(title="Two", line=project.lines[len(project.lines) // 2].id))
    cues = clips(project, "music")
    assert [cue.start.line for cue in cues] == [chapter.line for chapter in project.chapters]
    for cue in cues:
        assert "no drums" in cue.prompt
        assert cue.end is not None
        assert 8 <= cue.end.offset_s <= 20
        assert cue.fade_out_s


def test_a_music_cue_of_the_script_names_its_mood() -> None:
    project = told("Nothing.", "en")
    project.cues = [Cue(kind="music", text="tense", at=Anchor(line="l0"))]
    (cue,) = clips(project, "music")
    assert cue.confidence == 1
    assert "strings" in cue.prompt


def test_lanes_can_be_left_out() -> None:
    text = "They were in the forest. A shot rang out. " + "Nobody spoke at all. " * 80
    for lane in ("ambience", "effects", "music"):
        assert clips(told(text, "en"), lane)
        assert clips(told(text, "en"), lane, **{lane: False}) == []


def test_ids_stay_when_another_line_is_edited_and_nothing_is_added_twice() -> None:
    text = "They were in the forest.\n" + "Nobody spoke at all. " * 20 + "\nA shot rang out."
    once = add_clips(find_scenes(told(text, "en")), find)
    again = add_clips(once, find)
    assert again.clips == once.clips
    edited = told(text, "en")
    edited.lines[3].text = "Somebody laughed."
    assert [clip.id for clip in add_clips(find_scenes(edited), find).clips] == [clip.id for clip in once.clips]
    assert len({clip.id for clip in once.clips}) == len(once.clips)


def test_the_tables_ask_only_for_canonical_sounds() -> None:
    beds = [bed for row in table("places").values() for bed in row["day"] + row["night"]]
    beds += [bed for row in table("weather").values() for bed in row["ambience"]]
    assert {bed.partition("@")[0] for bed in beds} <= AMBIENCE
    assert set(table("effects")) - {"steps"} <= EFFECTS


@pytest.mark.parametrize(
    ("language", "text", "parameters"),
    [
        ("en", "The clock struck six.", {"count": 6}),
        ("en", "She knocked twice at the door.", {"count": 2}),
        ("en", "Far off, in the distance, thunder rumbled.", {"distance": 0.85}),
        ("en", "The clock struck.", {}),
        ("ru", "Часы пробили двенадцать.", {"count": 12}),
        ("ru", "Он постучал в дверь три раза.", {"count": 3}),
        ("zh", "墙上的挂钟敲了十二下。", {"count": 12}),
        ("zh", "他敲了三下门。", {"count": 3}),
    ],
)
def test_numbers_and_distance_reach_our_own_sounds(language: Language, text: str, parameters: dict[str, float]) -> None:
    (clip,) = clips(told(text, language), "effects")
    assert clip.parameters == parameters
    others = add_clips(find_scenes(told(text, language)), lambda words, kind: "own:x.wav").clips
    assert [clip.parameters for clip in others if clip.lane == "effects"] == [{}]


def test_clips_that_a_script_brings_with_words_only_get_their_sound() -> None:
    project = told("It was quiet.", "en")
    first = Anchor(line=project.lines[0].id)
    project.clips = [
        Clip(id="k1", lane="ambience", prompt="rain", start=first),
        Clip(id="k2", lane="music", prompt="calm piano", start=first),
        Clip(id="k3", lane="effects", sound="own:bell.wav", prompt="bell", start=first),
    ]
    found = {clip.id: clip.sound for clip in add_clips(project, find).clips}
    assert (found["k1"], found["k2"], found["k3"]) == (find("rain", "ambience"), "", "own:bell.wav")
    assert found["k1"]
