"""The page's files are kept by browsers for as long as they are what they are, and no longer."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from engine.web import pages
from engine.web.assets import FOLDERS, Assets
from engine.web.server import create_web
from tests.conftest import Running

KEPT = "public, max-age=31536000, immutable"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """`static/` of a small page."""
    for name in FOLDERS:
        (tmp_path / "static" / name / "deep").mkdir(parents=True)
        (tmp_path / "static" / name / "deep" / "one.js").write_text(f"// {name}\n")
    (tmp_path / "static" / "js" / "main.js").write_text('import "./deep/one.js";\n')
    return tmp_path / "static"


@pytest.fixture
def client(running: Running) -> FlaskClient:
    return create_web(running.application)[0].test_client()


def place(client: FlaskClient) -> str:
    """Where today's page has its files."""
    found = re.search(r'src="(/assets/[0-9a-f]{16})/js/main.js"', client.get("/").get_data(as_text=True))
    assert found
    return found[1]


def test_all_that_the_page_names_is_kept_and_the_page_is_not(client: FlaskClient) -> None:
    page = client.get("/")
    named = re.findall(r'(?:href|src)="(/[^"]*)"', page.get_data(as_text=True))
    assert page.headers["Cache-Control"] == "no-store" and len(named) > 50
    for path in (*named, f"{place(client)}/vendor/lit/index.js", f"{place(client)}/i18n/ru.json"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, KEPT), path
        assert "Expires" not in answer.headers


@pytest.mark.parametrize("path", ["/static/js/main.js", "/i18n/en.json", "/assets/0123456789abcdef/js/main.js"])
def test_at_other_addresses_they_are_asked_for_again(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200 and "immutable" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("path", ["audio/a.wav", "i18n/xx.json", "js/../../webui.py", "js/none.js", "docs/index.html"])
def test_nothing_else_is_there(client: FlaskClient, path: str) -> None:
    assert client.get(f"{place(client)}/{path}").status_code == 404


def test_a_file_that_changes_is_had_by_the_next_page(
    running: Running, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PROJECT", root.parent)
    client = create_web(running.application)[0].test_client()
    before = place(client)
    assert place(client) == before
    (root / "js" / "deep" / "one.js").write_text('import "./two.js";\n')
    (root / "js" / "deep" / "two.js").write_text("new();\n")
    after = place(client)
    assert after != before
    assert client.get(f"{after}/js/deep/two.js").data == b"new();\n"
    assert f'"{after}/js/deep/two.js"' in client.get("/").get_data(as_text=True), "what it imports comes with the page"
    assert "immutable" not in client.get(f"{before}/js/deep/one.js").headers["Cache-Control"], "a tab of yesterday"


CHANGES: dict[str, Callable[[Path], object]] = {
    "changed": lambda file: file.write_text("other\n"),
    "gone": lambda file: file.unlink(),
    "called otherwise": lambda file: file.rename(file.with_name("b.js")),
    "of another folder": lambda file: file.rename(file.parents[1] / "a.js"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("folder", FOLDERS)
def test_the_fingerprint_is_of_every_file_its_place_and_its_content(root: Path, folder: str, change: str) -> None:
    assets = Assets(root, lambda language: language.encode())
    before = assets.look()
    file = root / folder / "deep" / "one.js"
    os.utime(file, (1, 1))
    assert assets.look() == before == Assets(root, lambda language: language.encode()).look(), "on any computer"
    CHANGES[change](file)
    assert assets.look() != before


def test_it_is_of_the_sentences_too(root: Path) -> None:
    assert Assets(root, lambda _: b"yes").look() != Assets(root, lambda _: b"no").look()
