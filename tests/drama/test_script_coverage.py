"""Whatever text comes in, nothing of it is lost: lines and what is not said put together are the source."""

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.drama.project import Project, uncovered
from engine.drama.script.read import read_script
from engine.drama.script.sentences import pieces
from engine.errors import AppError, Code

WORDS = [
    "Hello", "Mr.", "Smith", "Dr.", "said", "Tom", "don’t", "it's", "3.14", "U.S.A.", "i.e.", "etc.",
    "No.", "5", "the", "boys’", "room", "Привет", "Иван", "сказал", "он", "т.е.", "1812", "г.", "ГЛАВА",
    "Анна", "подумал", "你好", "林黛玉道", "第一回", "他说", "江湖", "宝玉", "TOM", "ANN", "ЛОПАХИН.", "é", "e\u0301",
    "ñ", "🙂", "👨‍👩‍👧", "שלום", "مرحبا",
]  # fmt: skip
MARKS = [
    "“", "”", "‘", "’", '"', "'", "«", "»", "„", "「", "」", "『", "』", "—", "–", "-", "--", "…", "......",
    "……", ".", "!", "?", "?!", "。", "！", "？", "，", ",", ":", "：", ";", "(", ")", "（", "）", "[", "]", "【",
    "】", "[pause]", "[pause 2s]", "[sfx: door]", "[пауза]", "【音效：雷声】", "[1]", "*", "**", "_", "#", "# ",
    "> ", "- ", "| a | b |", "|---|---|", "```", "* * *", "⁂", "———", "===", "\n", "\n\n", "\r\n",
    "\r\n\r\n", "\r", "\t", " ", "\u3000\u3000", "\u2028", "\x0c", "\ufeff", "TOM: ", "ANN (softly): ",
    "小明：", "Глава 2", "CHAPTER IV", "\nTOM: ", "\n— ", "\n“", "[text](http://a.b)", "http://x.y",
    "*** START OF THE PROJECT GUTENBERG EBOOK X ***", "*** END OF THE PROJECT GUTENBERG EBOOK X ***",
    "INT. HOUSE - DAY", "00:00:01,000 --> 00:00:02,000", "Characters:", "\nTitle: X", "\u200b", "\u200d",
    "\u00ad", "\x00", "\u202e",
]  # fmt: skip
PIECE = st.one_of(
    st.sampled_from(WORDS), st.sampled_from(MARKS), st.sampled_from(MARKS), st.text(min_size=1, max_size=6)
)
SCRIPT = st.lists(st.tuples(PIECE, st.sampled_from(["", " ", " ", "\n"])), min_size=1, max_size=80).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)


def read(text: str) -> Project | None:
    """The project, or None for a text in which there is nothing to say."""
    try:
        return read_script(text)
    except AppError as error:
        assert error.code is Code.INVALID_INPUT
        return None


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def check(project: Project) -> None:
    assert uncovered(project) == []
    assert Project.read(project.model_dump()) == project
    for line in project.lines:
        said = project.source[line.start : line.end]
        assert said == said.strip()
        if "](" not in said:
            assert letters(line.text) == letters(said)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCRIPT)
@example("“Hello, he said. “Bye,” said she.\n\n“I go on\n\n“and on.”")
@example("«a «b» c — d")
@example("\ufeff\x00[pause]")
@example("\r00:00:01,000 --> 00:00:02,000")
def test_lines_and_what_is_not_said_are_the_source(text: str) -> None:
    project = read(text)
    if project is not None:
        check(project)


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400))
def test_random_letters_are_kept(text: str) -> None:
    project = read(text)
    if project is not None:
        assert project.source == text.removeprefix("\ufeff")
        check(project)


@pytest.mark.parametrize(
    "unit",
    ["word ", "слово ", "字", "a", "word, ", "“", "'a ", "[", "(", "# ", "a: ", "— ", "*a", "e\u0301", "\u200d", "|"],
)
def test_a_paragraph_without_a_full_stop_stays_whole_and_is_quick(unit: str) -> None:
    text = unit * (100_000 // len(unit)) + "end"
    project = read_script(text)
    check(project)
    assert max(len(line.text) for line in project.lines) <= 1100


@pytest.mark.parametrize("unit", ["word ", "слово ", "a, b; ", "日月，"])
def test_no_piece_is_longer_than_a_line_nor_cuts_a_word(unit: str) -> None:
    text = (unit * 400).strip()
    ends = pieces(text, together=False)
    starts = [0, *ends[:-1]]
    lengths = [3 * (end - start) if unit == "日月，" else end - start for start, end in zip(starts, ends, strict=True)]
    assert max(lengths) <= 300
    assert min(lengths[:-1]) >= 100
    assert all(text[end - 1] in " ，;," for end in ends[:-1])
