"""A language model that may say who speaks: any server with OpenAI's chat completions, such as Ollama or llama.cpp.

It is only asked for the numbers of spans and names; the text never comes from it. Without an answer that holds, the
rules' own findings stay.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from engine.drama.cast.identity import identity
from engine.drama.project import NARRATOR, Character, Line, Project
from engine.drama.ticks import Tick, awaited, untold
from engine.messages import translate

CHUNK: Final = 6000
"""Code points of text in one question."""
OVERLAP: Final = 1200
"""Code points of the question before that a question begins with."""
ANSWER_BYTES: Final = 1_000_000
SURE: Final = frozenset({"label", "user", "verb"})
"""Rules that a model does not overrule."""

_TASK = (
    "You label who speaks in a passage of fiction. Speech is numbered like [12]. Answer with JSON only: "
    '{"labels": [{"number": 12, "speaker": "Anna", "confidence": 0.9}]}. Use one name for one person, from the list '
    "of characters where possible, otherwise as the text calls them; use the text's own language for names. "
    'For speech of nobody in particular the speaker is "narrator". Label every number once, and add nothing.'
)


class LabelError(Exception):
    """No answer that holds; the message says why."""


class LabelModel:
    """`url`: of the server, with or without `/v1/chat/completions`; nothing else is ever called. `model`: as it calls
    one. `pause_s`: before another try.
    """

    def __init__(
        self, url: str, model: str, key: str = "", *, timeout_s: float = 120.0, tries: int = 3, pause_s: float = 1.0
    ) -> None:
        self._url = _address(url)
        self._model, self._key = model, key
        self._timeout_s, self._tries, self._pause_s = timeout_s, tries, pause_s

    def label(
        self, spans: Mapping[int, str], characters: Sequence[str], check_canceled: Callable[[], object] = lambda: None
    ) -> dict[int, tuple[str, float]]:
        """Number -> speaker and confidence, of numbers among `spans` only.

        `spans`: the passage in order; a number above 0 is speech, one of 0 or below narration. A speaker is one of
        `characters`, a name that occurs in the passage, or `narrator`. Raises `LabelError` after `tries`
        tries, and what `check_canceled` does at once, whatever the model is at.
        """
        passage = "\n".join(f"[{number}] {text}" if number > 0 else text for number, text in spans.items())
        asked = f"Characters: {', '.join(characters) or 'none known yet'}\n\n{passage}"
        reason = ""
        for attempt in range(self._tries):
            if attempt:
                awaited(partial(time.sleep, self._pause_s * attempt), check_canceled)
            try:
                answer = awaited(partial(self._ask, asked), check_canceled)
                return _labels(answer, spans, characters, passage)
            except _RefusedError as error:
                raise LabelError(str(error)) from None
            except LabelError as error:
                reason = str(error)
        raise LabelError(reason)

    def _ask(self, text: str) -> str:
        import httpx2

        body = {
            "model": self._model,
            "messages": [{"role": "system", "content": _TASK}, {"role": "user", "content": text}],
            "temperature": 0,
            "stream": False,
            "response_format": {"type": "json_object"},
        }
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        until = time.monotonic() + self._timeout_s
        try:
            with (
                httpx2.Client(timeout=self._timeout_s, trust_env=False, follow_redirects=False) as client,
                client.stream("POST", self._url, json=body, headers=headers) as answer,
            ):
                if answer.status_code != 200:
                    kind = (
                        LabelError if answer.status_code in (408, 429) or answer.status_code >= 500 else _RefusedError
                    )
                    raise kind(f"HTTP {answer.status_code}")
                received = b""
                for piece in answer.iter_bytes():
                    received += piece
                    if len(received) > ANSWER_BYTES:
                        raise LabelError("too long an answer")
                    if time.monotonic() > until:
                        raise LabelError("too slow")
            content = json.loads(received)["choices"][0]["message"]["content"]
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise LabelError(type(error).__name__) from None
        except (ValueError, LookupError, TypeError, RecursionError):
            raise LabelError("no chat completion") from None
        if not isinstance(content, str):
            raise LabelError("no chat completion")
        return content


class _RefusedError(LabelError):
    """Another try would be answered the same."""


def label_lines(project: Project, model: LabelModel, tick: Tick = untold) -> Project:
    """The project with the speakers that a model gives to lines of which the rules are not sure (rule `model`), changed
    in place; to be called after `attribute`. What the model fails at stays as it is, and `notes` say so. Raises
    nothing but what `tick` does.
    """
    numbers = {line.id: at for at, line in enumerate(project.lines, 1)}
    asked = {line.id for line in project.lines if line.kind in ("dialogue", "thought") and line.rule not in SURE}
    if not asked:
        return project
    found: dict[int, tuple[str, float]] = {}
    known = {each.name for each in project.characters if each.id != NARRATOR}
    failures = 0
    chunks = _chunks(project.lines, asked)
    for number, chunk in enumerate(chunks):
        spans = {numbers[line.id] if line.id in asked else -numbers[line.id]: line.text for line in chunk}
        try:
            labels = model.label(spans, sorted(known), partial(tick, number / len(chunks)))
        except LabelError as error:
            failures += 1
            reason = str(error)
            if failures > 1:
                break
            continue
        known |= {name for name, _ in labels.values()} - {NARRATOR}
        for number, label in labels.items():
            if number not in found or label[1] > found[number][1]:
                found[number] = label
    if failures:
        note = translate("drama.language_model_failed", project.language, reason=reason)
        if note not in project.notes:
            project.notes = [*project.notes, note][:200]
    _take(project, found)
    return project


def _address(url: str) -> str:
    """Raises ValueError for what is no HTTP address."""
    given = url.strip().rstrip("/")
    if urlsplit(given).scheme not in ("http", "https") or not urlsplit(given).hostname:
        raise ValueError("an http address is wanted")
    if given.endswith("/chat/completions"):
        return given
    return f"{given}/chat/completions" if given.endswith("/v1") else f"{given}/v1/chat/completions"


def _chunks(lines: Sequence[Line], asked: set[str]) -> list[list[Line]]:
    """Stretches of the text with something to label, each with the end of the one before."""
    found: list[list[Line]] = []
    start = 0
    while start < len(lines):
        stop, length = start, 0
        while stop < len(lines) and (length < CHUNK or stop == start):
            length += len(lines[stop].text)
            stop += 1
        if any(line.id in asked for line in lines[start:stop]):
            found.append(list(lines[start:stop]))
        if stop == len(lines):
            break
        back, length = stop, 0
        while back - 1 > start and length + len(lines[back - 1].text) <= OVERLAP:
            back -= 1
            length += len(lines[back].text)
        start = back
    return found


def _labels(
    content: str, spans: Mapping[int, str], characters: Sequence[str], passage: str
) -> dict[int, tuple[str, float]]:
    """What of an answer holds. Raises LabelError where nothing does."""
    try:
        answer: Any = json.loads(content[content.find("{") : content.rfind("}") + 1])
    except (ValueError, RecursionError):
        answer = None
    entries = answer.get("labels") if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        raise LabelError("no JSON of labels")
    known = {name.casefold(): name for name in characters}
    found: dict[int, tuple[str, float]] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        number, speaker, sure = entry.get("number"), entry.get("speaker"), entry.get("confidence", 0.7)
        if not isinstance(number, int) or isinstance(number, bool) or number <= 0 or number not in spans:
            continue
        if not isinstance(speaker, str) or not isinstance(sure, int | float) or isinstance(sure, bool):
            continue
        name = " ".join(speaker.split())[:100]
        if name.casefold() == NARRATOR:
            name = NARRATOR
        elif name.casefold() in known:
            name = known[name.casefold()]
        elif not name or not re.search(
            rf"(?<!\w){re.escape(name)}(?!\w)" if name.isascii() else re.escape(name), passage
        ):
            continue
        found[number] = name, float(max(0, min(1, sure if sure == sure else 0)))
    if not found:
        raise LabelError("no label that holds")
    return found


def _take(project: Project, found: Mapping[int, tuple[str, float]]) -> None:
    by_name = {NARRATOR: NARRATOR}
    for character in project.characters:
        for name in (character.name, *character.aliases):
            by_name.setdefault(name.casefold(), character.id)
    taken = {character.id for character in project.characters}
    for number, (name, confidence) in found.items():
        line = project.lines[number - 1]
        if confidence < 0.5 and line.rule != "unclaimed":
            continue
        if name.casefold() not in by_name:
            made = identity(name, taken)
            taken.add(made)
            by_name[name.casefold()] = made
            project.characters.append(Character(id=made, name=name))
        line.speaker, line.confidence, line.rule = by_name[name.casefold()], round(confidence, 2), "model"
    speaking = {line.speaker for line in project.lines}
    project.characters = [
        each for each in project.characters if each.id in speaking or each.voice or each.id == NARRATOR
    ]
