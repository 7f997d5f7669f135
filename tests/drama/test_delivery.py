"""What a drama is handed over as says the same as its project, in forms that others read."""

import json
import re
import zipfile
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import av
import mutagen.mp4
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from engine.drama.delivery.exports import export_drama
from engine.drama.delivery.forms import FORMS
from engine.drama.delivery.parts import chapter_spans
from engine.drama.delivery.subtitles import lrc, srt, subtitles, vtt
from engine.drama.project import Chapter, Character, Line, Project, Word
from engine.errors import AppError, Code

RATE_HZ = 48_000


def drama() -> Project:
    """Two chapters of a few lines: 12 s."""
    lines = [
        Line(id="l1", start=0, end=9, text="Chapter 1", kind="heading", speaker="narrator", start_s=0.5, end_s=1.5,
             break_after="paragraph"),
        Line(id="l2", start=10, end=31, text="“Who is <there>?” & so", kind="dialogue", speaker="anna", start_s=2.0,
             end_s=4.0, break_after="paragraph",
             words=[Word(at=1, length=3, start_s=0.0, end_s=0.4), Word(at=5, length=2, start_s=0.5, end_s=0.7),
                    Word(at=8, length=7, start_s=0.9, end_s=1.6)]),
        Line(id="l3", start=32, end=40, text="Вторая глава", kind="heading", speaker="narrator", start_s=7.0, end_s=8.0,
             break_after="paragraph"),
        Line(id="l4", start=41, end=45, text="夜色很深，没有人说话。", language="zh", speaker="narrator",
             start_s=8.5, end_s=11.0),
    ]  # fmt: skip
    return Project(
        title="A night", author="Nobody", source="x" * 45, lines=lines, duration_s=12.0,
        chapters=[Chapter(title="Chapter 1", line="l1"), Chapter(title="Вторая глава", line="l3")],
        characters=[Character(id="narrator", name="Narrator"), Character(id="anna", name="Anna")],
    )  # fmt: skip


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Path]:
    """A project, and its sound: a tone whose pitch tells the second."""
    project, audio = tmp_path / "a.drama", tmp_path / "a.wav"
    project.write_text(json.dumps(drama().model_dump()), encoding="utf-8")
    time_s = np.arange(12 * RATE_HZ) / RATE_HZ
    tone = 0.2 * np.sin(2 * np.pi * np.cumsum(300 + 100 * np.floor(time_s)) / RATE_HZ)
    soundfile.write(audio, np.stack([tone, tone], 1).astype(np.float32), RATE_HZ, subtype="FLOAT")
    return project, audio


def export(made: tuple[Path, Path], form: str, cover: Path | None = None) -> Path:
    target = made[0].with_name(f"out-{form}")
    export_drama(*made, None, form, target, "A night", cover)
    return target


def test_subtitles_hold_every_word_in_order_and_in_time() -> None:
    project = drama()
    shown = list(subtitles(project))
    for line in project.lines:
        pieces = [each for each in shown if line.start_s <= each.start_s < line.end_s]  # type: ignore[operator]
        assert "".join("".join(each.text.split()) for each in pieces) == "".join(line.text.split())
        assert pieces[-1].end_s == line.end_s
    assert [each.start_s for each in shown] == sorted(each.start_s for each in shown)


def test_srt_and_vtt_say_who_speaks_and_when() -> None:
    assert "2\n00:00:02,000 --> 00:00:04,000\nAnna: “Who is <there>?” & so\n" in srt(drama())
    plain = vtt(drama())
    assert plain.startswith("WEBVTT\n\n")
    assert "00:00:02.000 --> 00:00:04.000\n<v Anna>“Who is &lt;there&gt;?” &amp; so\n" in plain
    assert "<00:00:02.500>is <00:00:02.900>&lt;there" in vtt(drama(), words=True)


def test_lrc_has_a_time_for_each_word() -> None:
    rows = lrc(drama()).splitlines()
    assert rows[:3] == ["[ti:A night]", "[ar:Nobody]", "[length:00:12]"]
    assert rows[4].startswith("[00:02.00]<00:02.00>“Who <00:02.50>is <00:02.90>")
    times = [float(m) * 60 + float(s) for m, s in re.findall(r"<(\d+):([\d.]+)>", "".join(rows))]
    assert times == sorted(times)


@given(
    st.lists(st.tuples(st.text("аbc 中。, -", min_size=1, max_size=300), st.floats(0.1, 30)), min_size=1, max_size=8)
)
def test_any_lines_become_subtitles_that_fit_and_lose_nothing(said: list[tuple[str, float]]) -> None:
    at_s, lines = 0.0, []
    for number, (text, seconds) in enumerate(said):
        lines.append(Line(id=f"l{number}", start=0, end=0, text=text, start_s=at_s, end_s=at_s + seconds))
        at_s += seconds
    shown = list(subtitles(Project(lines=lines, duration_s=at_s)))
    words = "".join("".join(text.split()) for text, _ in said)
    assert "".join("".join(each.text.split()) for each in shown) == words
    assert all(before.start_s <= after.start_s for before, after in pairwise(shown))
    assert all(each.end_s > each.start_s for each in shown)


def test_chapters_cover_the_whole_drama() -> None:
    spans = chapter_spans(drama())
    assert [(each.title, each.start_s, each.end_s) for each in spans] == [
        ("Chapter 1", 0.0, 7.0), ("Вторая глава", 7.0, 12.0),
    ]  # fmt: skip
    assert [line.id for span in spans for line in span.lines] == ["l1", "l2", "l3", "l4"]
    without = drama().model_copy(update={"chapters": []})
    assert [(each.title, each.start_s, each.end_s) for each in chapter_spans(without)] == [("A night", 0.0, 12.0)]


def test_a_book_has_chapters_tags_cover_and_all_of_the_sound(made: tuple[Path, Path]) -> None:
    cover = made[0].with_name("c.png")
    cover.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    book = export(made, "book.m4b", cover)
    with av.open(str(book)) as file:
        chapters = [(c["metadata"]["title"], float(c["start"] * c["time_base"])) for c in file.chapters()]
        seconds = sum(frame.samples for frame in file.decode(audio=0)) / 44_100
    assert chapters == [("Chapter 1", 0.0), ("Вторая глава", 7.0)]
    assert seconds == pytest.approx(12.0, abs=0.06)
    tags = mutagen.mp4.MP4(book)
    assert (tags["\xa9nam"], tags["\xa9ART"], tags["stik"]) == (["A night"], ["Nobody"], [2])
    assert bytes(tags["covr"][0]).startswith(b"\x89PNG")


def test_an_epub_lights_up_each_line_while_it_is_heard(made: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(export(made, "book.epub")) as book:
        first = book.infolist()[0]
        assert (first.filename, first.compress_type, book.read("mimetype")) == (
            "mimetype", zipfile.ZIP_STORED, b"application/epub+zip",
        )  # fmt: skip
        pages = {n: book.read(n) for n in book.namelist() if n.endswith((".xhtml", ".smil", ".opf"))}
        for page in pages.values():
            ElementTree.fromstring(page)
        opf = ElementTree.fromstring(pages["OEBPS/package.opf"])
        named = {item.get("href") for item in opf.iter("{http://www.idpf.org/2007/opf}item")}
        assert named == {n.removeprefix("OEBPS/") for n in book.namelist() if n.startswith("OEBPS/")} - {"package.opf"}
        texts = b"".join(pages[f"OEBPS/chapter{n}.xhtml"] for n in (1, 2)).decode()
        parsed = [ElementTree.fromstring(pages[f"OEBPS/chapter{n}.xhtml"]) for n in (1, 2)]
        spans = [span for page in parsed for span in page.iter("{http://www.w3.org/1999/xhtml}span")]
        spoken = ["".join(span.itertext()) for span in spans]
        assert spoken == [line.text for line in drama().lines]
        overlay = pages["OEBPS/chapter2.smil"].decode()
        assert 'chapter2.xhtml#l4"/><audio src="chapter2.m4a" clipBegin="1.500s" clipEnd="4.000s"/>' in overlay
        assert 'id="l4"' in texts
        (made[0].parent / "2.m4a").write_bytes(book.read("OEBPS/chapter2.m4a"))
    with av.open(str(made[0].parent / "2.m4a")) as file:
        sound = np.concatenate([frame.to_ndarray() for frame in file.decode(audio=0)], axis=1)
    assert sound.shape[1] / 44_100 == pytest.approx(5.0, abs=0.06)
    spectrum = np.abs(np.fft.rfft(sound[0, 4410:39_690]))
    assert spectrum.argmax() / (35_280 / 44_100) == pytest.approx(1000, abs=5)


def test_what_xml_cannot_hold_does_not_break_an_epub(made: tuple[Path, Path]) -> None:
    odd = drama().model_copy(update={"author": "A\x01\x0b & Co"})
    odd.characters[1].name = "An\x01na <x>"
    made[0].write_text(odd.model_dump_json(), encoding="utf-8")
    export_drama(*made, None, "book.epub", made[0].with_name("odd.epub"), "T\x02 & <T>", None)
    with zipfile.ZipFile(made[0].with_name("odd.epub")) as book:
        pages = [book.read(name) for name in book.namelist() if name.endswith((".xhtml", ".opf", ".smil"))]
    assert len(pages) == 6 and all(len(ElementTree.fromstring(page)) for page in pages)


def test_each_line_becomes_a_file_that_is_called_by_its_words(made: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(export(made, "lines.zip")) as archive:
        names = archive.namelist()
        assert names[1].startswith("0002 Anna - “Who is") and all(name.endswith(".flac") for name in names)
        assert not any(re.search(r'[<>:"/\\|?*]', name) for name in names)
        assert len(names) == 4
        (made[0].parent / "line.flac").write_bytes(archive.read(names[3]))
    sound, rate_hz = soundfile.read(made[0].parent / "line.flac")
    assert len(sound) / rate_hz == pytest.approx(2.54, abs=0.01)


def test_every_form_that_is_offered_can_be_made_and_no_other(made: tuple[Path, Path]) -> None:
    for form in FORMS:
        assert export(made, form).stat().st_size > 30
    with pytest.raises(AppError) as refused:
        export(made, "book.pdf")
    assert refused.value.code is Code.INVALID_INPUT and refused.value.key == "drama_form"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"lines": 3}', "[" * 100_000])
def test_a_damaged_project_is_refused(made: tuple[Path, Path], text: str) -> None:
    made[0].write_text(text)
    with pytest.raises(AppError) as refused:
        export(made, "subtitles.srt")
    assert refused.value.code is Code.INVALID_INPUT and refused.value.key == "drama_project"
