"""Words in three languages find sounds; the user's own come first, and nothing outside their folder."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from engine.drama.sounds.listing import built_in, find, first, made, sound_of, sounds, stand_in, title_of
from engine.drama.sounds.own import own_file, own_sounds
from engine.drama.sounds.words import named, plain, tags
from engine.errors import AppError, Code
from engine.messages import LANGUAGES

AMBIENCES = """
rain storm wind snow fire sea stream forest birds night crickets cave crowd cafe street train ship engine clock room
library church battle market
"""
EFFECTS = """
thunder steps-wood steps-stone steps-gravel steps-grass steps-snow steps-water door-open door-close door-slam door-creak
knock bell church-bell telephone glass gunshot explosion horse dog cat cock owl wolf crow heartbeat clock-strike sword
splash whip carriage car siren typing applause scream laughter sigh coin paper lock chain match-strike
"""


@pytest.mark.parametrize(("kind", "names"), [("ambience", AMBIENCES), ("effect", EFFECTS)])
def test_the_agreed_tags_are_there(kind: str, names: str) -> None:
    assert [name for name in names.split() if name not in tags() or tags()[name].kind != kind] == []


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("rain", "rain"), ("It was raining heavily", "rain"), ("дождь льёт", "rain"), ("под проливным дождём", "rain"),
        ("细雨", "rain"), ("шум прибоя", "sea"), ("海浪声", "sea"), ("waves on the shore", "sea"),
        ("雷声", "thunder"), ("раскаты грома", "thunder"), ("a clap of thunder", "thunder"), ("马蹄声", "horse"),
        ("топот копыт", "horse"), ("galloping", "horse"), ("door slam", "door-slam"), ("хлопнула дверь", "door-slam"),
        ("摔门", "door-slam"), ("the door creaked", "door-creak"), ("скрип двери", "door-creak"), ("敲门", "knock"),
        ("постучали", "knock"), ("church bells", "church-bell"), ("колокола", "church-bell"), ("钟声", "church-bell"),
        ("часы пробили", "clock-strike"), ("steps in the snow", "steps-snow"), ("шаги по гравию", "steps-gravel"),
        ("脚步声", "steps-wood"), ("вой волка", "wolf"), ("咖啡馆里", "cafe"), ("Вьюга", "snow"), ("篝火", "fire"),
    ],
)  # fmt: skip
def test_words_name_tags(words: str, tag: str) -> None:
    assert next(iter(named(words))) == tag


def test_every_tag_is_found_by_itself_by_its_title_and_by_each_of_its_words() -> None:
    for tag in tags().values():
        assert list(named(tag.name)) == [tag.name]
        for language in LANGUAGES:
            assert tag.name in named(tag.title[language], language), (tag.name, language)
            for said in tag.words[language]:
                assert tag.name in named(said.replace("*", ""), language), (tag.name, said)


def test_all_but_the_voices_of_people_can_be_heard_at_once() -> None:
    ours = {tag for sound in built_in().values() if sound.model is None for tag in sound.tags}
    assert {name for name in (AMBIENCES + EFFECTS).split() if name not in ours} == {"scream", "laughter"}
    assert len(made()) >= 60


def test_what_names_nothing_finds_nothing() -> None:
    assert find("quod erat demonstrandum") == find("") == find("???") == []
    assert first("qwerty") is None


def test_every_tag_of_a_sound_is_known_and_a_kind_keeps_to_itself() -> None:
    for sound in built_in().values():
        assert set(sound.tags) <= set(tags()), sound.id
        assert sound.licence, sound.id
        assert bool(sound.credit) == (sound.model is not None), sound.id
        assert all(low <= usual <= high for low, usual, high in sound.parameters.values())
    assert {sound.kind for sound in find("wind in the door, thunder", "effect")} == {"effect"}


def test_of_several_sounds_of_a_tag_the_better_is_first() -> None:
    assert first("fire", "ambience") == "ambience:town/crackling-fireplace"
    assert first("rain", "ambience") == "made:rain"
    assert [sound.id for sound in find("thunder")] == ["made:thunder", "made:thunder-near"]


def test_ours_stands_in_for_a_package_where_there_is_one() -> None:
    found = {sound.id: stand_in(sound) for sound in built_in().values() if sound.model}
    assert [each for each, other in found.items() if other is None] == []
    fire = found["ambience:town/bonfire"]
    assert fire is not None and fire.id == "made:fire"


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"RIFF")


def test_titles_are_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    make(tmp_path, "My rain.wav")
    assert title_of(built_in()["made:rain"], "ru") == "Дождь"
    assert title_of(built_in()["made:rain-on-roof"], "zh") == "屋顶雨声"
    assert title_of(built_in()["ambience:nature/ocean-waves"], "en") == "Sea · ocean waves"
    assert title_of(own_sounds(tmp_path)[0], "zh") == "My rain"
    for language in LANGUAGES:
        ours = [title_of(sound, language) for sound in built_in().values()]
        assert len(set(ours)) == len(ours), language


def test_the_list_without_packages_holds_ours_alone(tmp_path: Path) -> None:
    assert {sound.id for sound in sounds(tmp_path)} == {f"made:{name}" for name in made()}
    assert len(sounds()) == len(built_in())


def test_the_users_own_sounds_come_first_by_file_and_folder_in_three_languages(tmp_path: Path) -> None:
    make(tmp_path, "гром далёкий.wav", "ambience/Harbour at dawn.flac", "雨/long.mp3", "zaphod.ogg")
    own = {sound.id: sound for sound in own_sounds(tmp_path)}
    assert own["own:гром далёкий.wav"].tags[0] == "thunder" and own["own:гром далёкий.wav"].kind == "effect"
    assert own["own:ambience/Harbour at dawn.flac"].loops
    assert own["own:雨/long.mp3"].tags == ("rain",)
    assert first("thunder", "effect", tmp_path) == first("雷声", None, tmp_path) == "own:гром далёкий.wav"
    assert first("harbour", "ambience", tmp_path) == "own:ambience/Harbour at dawn.flac"
    assert first("ZAPHOD", None, tmp_path) == "own:zaphod.ogg"
    assert first("rain", "ambience", tmp_path) == "own:雨/long.mp3"
    assert find("harbour", "effect", folder=tmp_path) == []


def test_hostile_names_and_links_are_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    make(folder, ".hidden.wav", "fine.wav", "a\nb.wav", "x" * 195 + ".wav", "notes.txt", "1/2/3/4/5/6/deep.wav")
    make(tmp_path, "outside.wav")
    (folder / "link.wav").symlink_to(tmp_path / "outside.wav")
    (folder / "far").symlink_to(tmp_path, target_is_directory=True)
    assert [sound.id for sound in own_sounds(folder)] == ["own:fine.wav"]


@pytest.mark.parametrize(
    "name",
    ["../outside.wav", "/etc/passwd", "link.wav", "far/outside.wav", "gone.wav", "", ".", "a\0b.wav",
     "fine.wav/x.wav"],
)  # fmt: skip
def test_nobody_gets_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "sounds"
    make(folder, "fine.wav")
    make(tmp_path, "outside.wav")
    (folder / "link.wav").symlink_to(tmp_path / "outside.wav")
    (folder / "far").symlink_to(tmp_path, target_is_directory=True)
    assert own_file("own:fine.wav", folder) == folder / "fine.wav"
    for ask in (lambda: own_file(f"own:{name}", folder), lambda: sound_of(f"own:{name}", folder)):
        with pytest.raises(AppError) as caught:
            ask()
        assert caught.value.code is Code.NOT_FOUND and caught.value.key == "no_such_sound"


def test_an_unknown_sound_is_refused() -> None:
    with pytest.raises(AppError, match="made:nothing") as caught:
        sound_of("made:nothing")
    assert caught.value.code is Code.NOT_FOUND


def test_words_are_compared_in_one_form() -> None:
    assert plain("  Café—Ёлка й_Й ") == "cafe—елка й й"


def test_tables_are_in_order() -> None:
    rows = tomllib.loads(Path("engine/drama/sounds/words.toml").read_text(encoding="utf-8"))
    for name, row in rows.items():
        assert set(row) <= {"kind", "title", "prompt", "level_db", "en", "ru", "zh"}, name
        assert set(row["title"]) == set(LANGUAGES)
        assert row["prompt"].isascii()


def test_finding_stays_light() -> None:
    heavy = "numpy", "scipy", "soundfile", "pyebur128", "torch", "engine.models.fetch"
    code = f"""
import sys
from engine.drama.sounds.listing import find
assert find('rain')
print([m for m in {heavy!r} if m in sys.modules])
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_sound_deeper_than_the_list_goes_is_itself_all_the_same(tmp_path: Path) -> None:
    deep = tmp_path / "a/b/c/d/e/rain.wav"
    deep.parent.mkdir(parents=True)
    deep.touch()
    assert own_sounds(tmp_path) == [] and sound_of("own:a/b/c/d/e/rain.wav", tmp_path).tags == ("rain",)
