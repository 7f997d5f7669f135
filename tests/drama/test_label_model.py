"""A language model that labels lines: what of its answers is taken, and what its failures do."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

import pytest

from engine.drama.cast import LabelModel, attribute, label_lines
from engine.drama.cast.language_model import CHUNK, LabelError
from engine.drama.project import NARRATOR, Project
from engine.errors import Canceled
from tests.drama.small_projects import project

TEXT = "Anna met Peter and Mary.\n<“Why?”> said Anna.\n<“Because.”>\n<“Tell me.”>\nIt rained."

MADE_UP = {"labels": [{"number": 77, "speaker": "Anna"}]}


class Server:
    """Answers as the test says; `asked`: paths, headers and bodies that came."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.answer: Callable[[int], tuple[int, bytes]] = lambda number: (200, b"{}")
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append((self.path, dict(self.headers), json.loads(body)))
                status, content = outer.answer(len(outer.asked))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def says(self, content: object) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        self.answer = lambda number: (200, json.dumps({"choices": [{"message": {"content": text}}]}).encode())

    def model(self, **options: Any) -> LabelModel:
        return LabelModel(self.url, "small", **{"pause_s": 0.0, "timeout_s": 10.0, **options})


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.released.set()
    found.http.shutdown()
    found.http.server_close()


def labels(*entries: tuple[int, str, float]) -> dict[str, object]:
    return {"labels": [{"number": number, "speaker": who, "confidence": sure} for number, who, sure in entries]}


def numbers(found: Project) -> list[int]:
    return [at for at, line in enumerate(found.lines, 1) if line.kind == "dialogue" and line.rule != "verb"]


def test_good_labels_are_taken_and_sure_rules_stay(server: Server) -> None:
    found = attribute(project(TEXT))
    first, second = numbers(found)
    server.says(labels((2, "Mary", 0.99), (first, "Mary", 0.9), (second, "peter", 0.8)))
    text = [line.text for line in found.lines]
    label_lines(found, server.model())
    assert [found.character(line.speaker).name for line in found.lines if line.kind == "dialogue"] == [
        "Anna",
        "Mary",
        "Peter",
    ]
    assert [line.rule for line in found.lines if line.kind == "dialogue"] == ["verb", "model", "model"]
    assert [line.text for line in found.lines] == text
    assert found.notes == []
    Project.model_validate(found.model_dump())


def test_it_is_asked_at_its_address_with_its_key(server: Server) -> None:
    server.says(labels((1, "Anna", 0.5)))
    for url in (server.url, f"{server.url}/v1", f"{server.url}/v1/chat/completions/"):
        LabelModel(url, "small", "secret").label({1: "“Come.” said Anna"}, ["Anna"])
    assert {path for path, _, _ in server.asked} == {"/v1/chat/completions"}
    assert {headers["Authorization"] for _, headers, _ in server.asked} == {"Bearer secret"}
    assert {body["model"] for _, _, body in server.asked} == {"small"}


def test_a_fenced_answer_is_read(server: Server) -> None:
    server.says(f"Here it is:\n```json\n{json.dumps(labels((1, 'Anna', 0.9)))}\n```")
    assert server.model().label({1: "“Come.”"}, ["Anna"]) == {1: ("Anna", 0.9)}


def test_made_up_numbers_and_names_are_refused(server: Server) -> None:
    entries = labels(
        (1, "Anna", 0.9), (99, "Anna", 0.9), (-2, "Anna", 0.9), (3, "Gandalf", 0.9), (4, "the porter", 7.0)
    )
    entries["labels"] += [{"number": True, "speaker": "Anna"}, {"number": 5, "speaker": ["Anna"]}, "nonsense"]  # type: ignore[operator]
    entries["labels"] += [{"number": 6, "speaker": "Anna", "confidence": 10**400}]  # type: ignore[operator]
    server.says(entries)
    spans = {1: "“Come.”", -2: "Then the porter came.", 3: "“Who?”", 4: "“I.”", 5: "“You?”", 6: "“Yes.”"}
    assert server.model().label(spans, ["Anna"]) == {1: ("Anna", 0.9), 4: ("the porter", 1.0), 6: ("Anna", 1.0)}


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"broken"),
        (404, b""),
        (302, b""),
        (200, b"no JSON"),
        (200, b'{"choices": []}'),
        (200, b'{"choices": [{"message": {"content": "I think Anna speaks."}}]}'),
        (200, json.dumps({"choices": [{"message": {"content": json.dumps(MADE_UP)}}]}).encode()),
        (200, b"[" * 100_000),
        (200, b" " * 1_100_000),
        (200, json.dumps({"choices": [{"message": {"content": "{" * 900_000}}]}).encode()),
    ],
    ids=["500", "404", "redirect", "no json", "no choice", "chatter", "made up", "deep", "huge", "brackets"],
)  # fmt: skip
def test_failures_leave_the_rules_and_a_note(server: Server, answer: tuple[int, bytes]) -> None:
    found = attribute(project(TEXT))
    before = found.model_dump(exclude={"notes"})
    server.answer = lambda number: answer
    label_lines(found, server.model())
    assert found.model_dump(exclude={"notes"}) == before
    assert len(found.notes) == 1
    assert all(path == "/v1/chat/completions" for path, _, _ in server.asked)


def test_a_passing_failure_is_tried_again(server: Server) -> None:
    server.says(labels((1, "Anna", 0.9)))
    good = server.answer
    server.answer = lambda number: (503, b"") if number < 3 else good(number)
    assert server.model().label({1: "“Come.”"}, ["Anna"]) == {1: ("Anna", 0.9)}
    assert len(server.asked) == 3


def test_a_refusal_is_not_tried_again(server: Server) -> None:
    server.answer = lambda number: (401, b"")
    with pytest.raises(LabelError, match="401"):
        server.model().label({1: "“Come.”"}, ["Anna"])
    assert len(server.asked) == 1


def test_a_slow_server_is_given_up(server: Server) -> None:
    def slow(number: int) -> tuple[int, bytes]:
        server.released.wait(20)
        return 200, b"{}"

    server.answer = slow
    with pytest.raises(LabelError):
        server.model(timeout_s=0.2, tries=2).label({1: "“Come.”"}, ["Anna"])


def test_nobody_there_is_a_note() -> None:
    found = attribute(project(TEXT))
    label_lines(found, LabelModel("http://127.0.0.1:9", "small", tries=1))
    assert len(found.notes) == 1


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://there", "localhost:11434", "http://"])
def test_only_web_addresses_are_taken(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        LabelModel(url, "small")


def test_a_long_text_is_asked_in_chunks_that_overlap(server: Server) -> None:
    rain = "It rained on the town and on the fields behind it. " * 20
    text = "Anna met Peter.\n<“Why?”> said Anna.\n" + "\n".join(f"{rain}\n<“Well, number {at}.”>" for at in range(20))
    found = attribute(project(text))
    wanted = numbers(found)
    server.says(labels(*((number, "Peter", 0.9) for number in wanted)))
    label_lines(found, server.model())
    assert {found.lines[number - 1].speaker for number in wanted} == {"peter"}
    asked = [body["messages"][1]["content"] for _, _, body in server.asked]
    assert len(asked) > 2
    assert max(map(len, asked)) < CHUNK + 3000
    shared = [
        set(re.findall(r"number \d+", one)) & set(re.findall(r"number \d+", other)) for one, other in pairwise(asked)
    ]
    assert all(shared)


def test_an_unsure_label_does_not_overrule_the_rules(server: Server) -> None:
    found = attribute(project("<“Why?”> said Anna.\n<“Why not?”> said Peter.\n<“Tell me.”>\n"))
    number = numbers(found)[0]
    before = found.lines[number - 1].speaker
    server.says(labels((number, "Peter", 0.2)))
    label_lines(found, server.model())
    assert found.lines[number - 1].speaker == before


def test_narrator_is_a_speaker(server: Server) -> None:
    found = attribute(project(TEXT))
    number = numbers(found)[0]
    server.says(labels((number, "Narrator", 0.9)))
    label_lines(found, server.model())
    assert found.lines[number - 1].speaker == NARRATOR


def test_a_model_that_is_asked_does_not_hold_up_who_cancels(server: Server) -> None:
    def held(number: int) -> tuple[int, bytes]:
        server.released.wait(60)
        return 200, b"{}"

    def tick(share: float) -> None:
        if server.asked:
            raise Canceled

    server.answer = held
    with pytest.raises(Canceled):
        label_lines(attribute(project(TEXT)), server.model(), tick)
    assert len(server.asked) == 1 and not server.released.is_set()
