"""Scripts that have a form: Fountain, SRT, WebVTT and the JSON of other programs.

The screenplay follows the example at fountain.io (Brick & Steel, Stu Maschwitz); the rest is made up here.
"""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.drama.project import FORM, Project, uncovered
from engine.drama.script.read import read_script
from engine.errors import AppError, Code

SCREENPLAY = """\
Title: Brick & Steel
    FULL RETIRED
Author: Stu Maschwitz

FADE IN:

EXT. BRICK'S PATIO - DAY #1#

A gorgeous day.  The sun is shining.  But BRICK BRADDOCK, retired police
detective, is sitting quietly.

STEEL
(beer raised)
To retirement.

BRICK (V.O.)
To retirement. [[A note
across lines]] Really.

@McAVOY (on phone) ^
Hello?

STEEL (CONT'D)
~Willy Wonka! Willy Wonka!

/* cut this
scene */

> THE END <

# Act Two

= A synopsis.

INT. HOUSE - NIGHT

!BANG

[sfx: gunshot]

STEEL (O.S.)
Who is there?

CUT TO:
"""
SRT = """\
1
00:00:01,000 --> 00:00:02,500
<i>Hello there.</i>

2
00:00:04,000 --> 00:00:06,000
- Who are <b>you</b>?
- Nobody.

3
00:00:20,000 --> 00:00:22,000
TOM: It's me,
and only me
4
00:00:22,100 --> 00:00:23,000
for ever. [door slams]

5
00:00:23,100 --> 00:00:24,000
TOM: Yes.
"""
VTT = """\
WEBVTT - Title

NOTE a comment

id1
00:01.000 --> 00:02.000 align:start
<v Roger Bingham>We are in New York City

00:02.500 --> 00:04.000
<v.loud Neil>We're <b>here</b> <00:03.500>now
"""


def read(text: str, name: str = "") -> Project:
    project = read_script(text, name)
    assert uncovered(project) == []
    return project


def said(project: Project) -> list[tuple[str, str]]:
    names = {character.id: character.name for character in project.characters}
    return [(names.get(line.speaker, ""), line.text) for line in project.lines]


@pytest.mark.parametrize("name", ["brick.fountain", "brick.txt"])
def test_a_screenplay(name: str) -> None:
    project = read(SCREENPLAY, name)
    assert (project.title, project.author) == ("Brick & Steel FULL RETIRED", "Stu Maschwitz")
    assert said(project) == [
        ("", "A gorgeous day. The sun is shining. But BRICK BRADDOCK, retired police detective, is sitting quietly."),
        ("STEEL", "To retirement."), ("BRICK", "To retirement."), ("BRICK", "Really."), ("McAVOY", "Hello?"),
        ("STEEL", "Willy Wonka! Willy Wonka!"), ("", "THE END"), ("", "Act Two"), ("", "BANG"),
        ("STEEL", "Who is there?"),
    ]  # fmt: skip
    assert [(cue.kind, cue.text) for cue in project.cues] == [
        ("direction", "FADE IN:"), ("scene", "EXT. BRICK'S PATIO - DAY"), ("direction", "beer raised"),
        ("scene", "INT. HOUSE - NIGHT"), ("effect", "gunshot"), ("direction", "CUT TO:"),
    ]  # fmt: skip
    effects = {line.text: line.effect for line in project.lines if line.effect}
    assert effects == {"Hello?": "telephone", "Who is there?": "distant"}
    assert [chapter.title for chapter in project.chapters] == ["Act Two"]
    unspoken = {project.source[part.start : part.end].strip(): part.reason for part in project.unspoken}
    assert unspoken["[[A note\nacross lines]]"] == unspoken["/* cut this\nscene */"] == "markup"
    assert unspoken["EXT. BRICK'S PATIO - DAY #1#"] == "direction"


def test_a_screenplay_in_russian() -> None:
    project = read(
        "ИНТ. ДОМ - НОЧЬ\n\nИВАН входит.\n\n"
        "ИВАН\n(тихо)\nКто здесь?\n\nАННА (ПО ТЕЛЕФОНУ)\nНикого.\n\nИВАН\nПонятно.\n",
        "a.fountain",
    )
    assert said(project)[1:] == [("ИВАН", "Кто здесь?"), ("АННА", "Никого."), ("ИВАН", "Понятно.")]
    assert [(cue.kind, cue.text) for cue in project.cues] == [("scene", "ИНТ. ДОМ - НОЧЬ"), ("direction", "тихо")]
    assert project.lines[2].effect == "telephone"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Anna: Hi.\nBob: Yes.", [("Anna", "Hi."), ("Bob", "Yes.")]),
        ("Анна: Привет.\n\nБорис: Да.", [("Анна", "Привет."), ("Борис", "Да.")]),
        ("安娜：你好。\n鲍勃：是的。", [("安娜", "你好。"), ("鲍勃", "是的。")]),
        ("Note: this is it.\nIt rained.", [("", "Note: this is it."), ("", "It rained.")]),
    ],
)
def test_two_lines_with_names_are_a_script(text: str, lines: list[tuple[str, str]]) -> None:
    assert said(read(text)) == lines


def test_subtitles() -> None:
    project = read(SRT)
    assert said(project) == [
        ("", "Hello there."), ("", "Who are you?"), ("", "Nobody."), ("TOM", "It's me, and only me"),
        ("TOM", "for ever."), ("TOM", "Yes."),
    ]  # fmt: skip
    assert [line.pause_ms for line in project.lines[:4]] == [1500, None, 3000, 120]
    assert [(cue.kind, cue.text) for cue in project.cues] == [("direction", "door slams")]


def test_subtitles_of_the_web() -> None:
    project = read(VTT)
    assert said(project) == [("Roger Bingham", "We are in New York City"), ("Neil", "We're here now")]
    assert project.lines[0].pause_ms == 500


PLAN = {
    "project_info": {"title": "雨夜", "novel_type": "悬疑"},
    "synthesis_plan": [
        {"segment_id": 1, "chapter_number": 1, "text": "雨下得很大。", "speaker": "旁白", "voice_name": "未分配"},
        {
            "segment_id": 2,
            "chapter_number": 1,
            "text": "你来了？",
            "speaker": "李明",
            "text_type": "dialogue",
            "emotion": "愤怒",
        },
        {"segment_id": 3, "chapter_number": 2, "text": "他为什么要来。", "speaker": "李明", "text_type": "心理活动"},
    ],
    "characters": [
        {"name": "李明", "voice_name": "未分配", "gender": "男", "estimated_age": "25岁", "voice_id": "kokoro:zm_yunxi"}
    ],
}
ANALYSIS = {
    "analysis_result": {
        "detected_characters": [{"name": "李明", "gender": "male", "estimated_age": "青年", "assigned_voice_id": "v1"}],
        "narrative_segments": [
            {"text": "夜里下着雨。", "type": "环境描述", "emotion": "平静"},
            {"text": "你来了？", "type": "对话", "speaker": "李明", "emotion": "惊讶"},
        ],
    }
}


def test_the_plan_of_ai_sound() -> None:
    project = read(json.dumps(PLAN, ensure_ascii=False))
    assert project.title == "雨夜"
    assert [(line.kind, line.text) for line in project.lines] == [
        ("narration", "雨下得很大。"),
        ("dialogue", "你来了？"),
        ("thought", "他为什么要来。"),
    ]
    assert project.lines[0].speaker == "narrator"
    assert (project.lines[1].emotion, project.lines[1].emotion_confidence) == ("angry", 1.0)
    assert [chapter.title for chapter in project.chapters] == ["1", "2"]
    person = project.character(project.lines[1].speaker)
    assert (person.name, person.gender, person.age, person.voice) == ("李明", "male", "young", "kokoro:zm_yunxi")


def test_the_analysis_of_ai_sound() -> None:
    project = read(json.dumps(ANALYSIS))
    assert [(line.kind, line.emotion) for line in project.lines] == [
        ("narration", "neutral"),
        ("dialogue", "surprised"),
    ]
    assert project.lines[0].speaker == "narrator"
    assert project.character(project.lines[1].speaker).voice is None


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ({"segments": [{"text": "Hi.", "speaker": "Tom"}, {"text": "Bye."}]}, [("Tom", "Hi."), ("narrator", "Bye.")]),
        ([{"role": "Tom", "content": "Hi."}], [("Tom", "Hi.")]),
        (["One.", "Two."], [("", "One."), ("", "Two.")]),
        ({"novel_content": "“Hi,” said Tom."}, [("", "“Hi,”"), ("", "said Tom.")]),
        ({"chapters": [{"title": "One", "content": "Text."}, {"title": "Two", "content": "More."}]},
         [("", "Text."), ("", "More.")]),
        ({"data": {"result": {"segments": [{"text": "Deep.", "speaker": "Ann"}]}}}, [("Ann", "Deep.")]),
    ],
)  # fmt: skip
def test_other_json(values: Any, lines: list[tuple[str, str]]) -> None:
    assert said(read(json.dumps(values), "a.json")) == lines


def test_a_sound_of_a_negative_length_makes_no_pause() -> None:
    nodes = [{"speaker": "Ann", "text": "Hi."}, {"type": "sound effect", "len": -50, "desc": "door"}, {"text": "Bye."}]
    project = read(json.dumps(nodes), "a.json")
    assert not project.lines[0].pause_ms and Project.read(project.model_dump()) == project


def test_the_nodes_of_wavjourney() -> None:
    project = read(
        json.dumps(
            [
                {
                    "audio_type": "sound effect",
                    "layout": "background",
                    "id": 1,
                    "action": "begin",
                    "vol": -38,
                    "desc": "rain",
                },
                {
                    "audio_type": "speech",
                    "layout": "foreground",
                    "character": "Ann",
                    "vol": -15,
                    "text": "Good evening.",
                },
                {"audio_type": "sound_effect", "layout": "foreground", "vol": -35, "len": 2, "desc": "thunder"},
                {"audio_type": "speech", "layout": "foreground", "character": "Chris", "text": "It rains."},
                {"audio_type": "sound effect", "layout": "background", "id": 1, "action": "end"},
                {"audio_type": "music", "layout": "background", "id": 2, "action": "begin", "vol": -30, "desc": "calm"},
                {"audio_type": "speech", "layout": "foreground", "character": "Ann", "text": "Good night."},
            ]
        )
    )
    assert said(project) == [("Ann", "Good evening."), ("Chris", "It rains."), ("Ann", "Good night.")]
    rain, thunder, calm = project.clips
    assert (rain.lane, rain.prompt, rain.gain_db, rain.start.line, rain.end and rain.end.line) == (
        "ambience",
        "rain",
        -3.0,
        "l1",
        "l2",
    )
    assert (thunder.lane, thunder.start.line, thunder.start.edge, thunder.end and thunder.end.offset_s) == (
        "effects",
        "l1",
        "end",
        2.0,
    )
    assert (calm.lane, calm.gain_db, calm.start.line, calm.end and calm.end.line) == ("music", 5.0, "l3", "l3")
    assert project.lines[0].pause_ms == 2000


LINE_OF_ANN = {"id": "l1", "start": 0, "end": 0, "text": "Hi.", "speaker": "ann"}
DOOR = {"id": "k1", "lane": "effects", "sound": "made:knock", "start": {"line": "l1"}}


def test_our_own_file_opens_again() -> None:
    project = read(SCREENPLAY, "brick.fountain")
    assert read_script(project.model_dump_json()) == project


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n<v" + ".a" * 60 + "\nHi.\n", "a.vtt"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n<v" + " " * 100_000 + "\nHi.\n", "a.vtt"),
        (json.dumps({"segments": [{"text": "好" + "\n" * 20_000 + "a"}]}), "a.json"),
        ("— Да, — сказал он" + "." * 200_000 + "a\n", "a.txt"),
        ("INT. HOUSE - DAY" + " " * 200_000 + "x\n\nANN\nHi.\n", "a.fountain"),
        (
            json.dumps(
                {
                    "segments": [{"text": "Hi.", "speaker": f"S{number}"} for number in range(4000)],
                    "characters": [{"name": f"S{number}"} for number in range(4000)],
                }
            ),
            "a.json",
        ),
    ],
    ids=["classes", "spaces", "breaks", "dots", "heading", "characters"],
)
def test_what_is_made_to_be_slow_is_not(text: str, name: str) -> None:
    read(text, name)


def test_values_of_any_kind_do_no_harm() -> None:
    segments = [
        {"text": "One \ud800", "speaker": "\udfff", "chapter_number": [1], "emotion": 5, "voice": []},
        {"text": "Two", "speaker": {"a": 1}, "chapter_id": {"a": 1}},
        {"text": "Three", "speaker": 5, "chapter_number": 2},
        {"text": {"a": 1}},
        None,
    ]
    odd = {"title": "\ud800", "segments": segments, "characters": [None, 5, {"name": ["x"]}, {"name": "5", "age": []}]}
    project = read(json.dumps(odd), "a.json")
    assert [line.text for line in project.lines] == ["One \ufffd", "Two", "Three"]
    assert Project.model_validate_json(project.model_dump_json()) == project


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"lines": [LINE_OF_ANN, LINE_OF_ANN]}, "drama_id_twice"),
        ({"scenes": [{"id": "s", "line": "l1"}] * 2}, "drama_id_twice"),
        ({"clips": [DOOR, DOOR]}, "drama_id_twice"),
        ({"clips": [DOOR | {"start": {"line": "l9"}}]}, "drama_no_such_id"),
        ({"characters": []}, "drama_no_such_id"), ({"lines": [LINE_OF_ANN | {"speaker": ""}]}, "drama_no_such_id"),
    ],
)  # fmt: skip
def test_a_project_that_does_not_hold_together_is_refused_by_name(change: dict[str, Any], key: str) -> None:
    whole = {"form": FORM, "understood": True, "lines": [LINE_OF_ANN], "characters": [{"id": "ann", "name": "Ann"}]}
    assert read(json.dumps(whole)).lines[0].speaker == "ann"
    with pytest.raises(AppError) as error:
        read_script(json.dumps(whole | change))
    assert (error.value.code, error.value.key) == (Code.INVALID_INPUT, "drama_project")
    assert [problem["key"] for problem in error.value.values["problems"]] == [f"problem.{key}"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"synthesis_plan": [{"text": "Hi"', "script_json"), ('{"numbers": [1, 2]}', "script_json_form"),
        ('{"form": "audiocraft-webui drama", "lines": 3}', "drama_project"), ("[" * 100_000, "script_json"),
        ("", "script_empty"), (" \n ", "script_empty"), ("* * *", "script_empty"), ("[pause]", "script_empty"),
        ('{"segments": [{"text": "…"}]}', "script_empty"), ("x" * (8 * 2**20 + 1), "script_too_long"),
    ],
    ids=lambda value: str(value)[:24],
)  # fmt: skip
def test_what_is_no_script_is_said(text: str, key: str) -> None:
    with pytest.raises(AppError) as error:
        read_script(text, "a.json" if text[:1] in ("{", "[") and text != "[pause]" else "a.txt")
    assert (error.value.code, error.value.key) == (Code.INVALID_INPUT, key)


LINE = st.sampled_from(
    ["INT. HOUSE - DAY", "TOM", "ANN (V.O.)", "(softly)", "Hello there.", "[[note]]", "[[", "]]", "/*", "*/", "> X <",
     "~la", "#", "# Act", "= s", "===", "!BANG", "@tom ^", "CUT TO:", "", "", " ", "1", "00:00:01,000 --> 00:00:02,000",
     "- a", "<i>b</i>", "<v Tom>c", "WEBVTT", "TOM: x",
     "[sfx: y]", "(z", "♪ la ♪", "00:01.0 --> 00:02.0", "Title: T"]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(LINE, min_size=1, max_size=40), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["a.fountain", "a.srt"])
)
def test_nothing_of_a_form_is_lost(lines: list[str], newline: str, name: str) -> None:
    text = newline.join(["1", "00:00:00,000 --> 00:00:01,000", *lines] if name == "a.srt" else lines)
    try:
        project = read_script(text, name)
    except AppError as error:
        assert error.key == "script_empty"
        return
    assert uncovered(project) == []
    assert project.source == text
