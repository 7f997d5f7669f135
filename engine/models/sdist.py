"""A source archive of PyPI, fetched as the file that it is: `python sdist.py PACKAGE==VERSION FOLDER`.

pip itself would run the archive's setup.py to learn what it needs; here nothing of it is ever run. Where to ask and how
is read from pip's own configuration (`pip config list`): index-url, extra-index-url, cert, proxy, timeout, no-index.
The answers of an index: PEP 503 and PEP 691. Ends with a message as pip would say it where the file did not come.
"""

import ast
import contextlib
import hashlib
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.request import url2pathname

import requests

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
TIMEOUT_S = 60.0
BLOCK = 1 << 18


def main(requirement: str, folder: Path) -> None:
    """Leave the archive in `folder`. Ends the process with a sentence otherwise."""
    package, _, version = requirement.partition("==")
    settings = configuration()
    session = requests.Session()
    session.headers["User-Agent"] = f"pip/{settings.get('pip', '25')}"
    if cert := settings.get("cert"):
        session.verify = cert
    if proxy := settings.get("proxy"):
        session.proxies = {"http": proxy, "https": proxy}
    indexes = (
        []
        if settings.get("no-index", "") in ("1", "true", "yes", "on")
        else [settings.get("index-url") or usual_index()]
    )
    indexes += settings.get("extra-index-url", "").split() if indexes else []
    said = []
    for index in indexes:
        try:
            for name, url, sha256 in listed(session, f"{index.rstrip('/')}/{normal(package)}/"):
                if normal(name.removesuffix(".tar.gz")) == normal(f"{package}-{version}") and name.endswith(".tar.gz"):
                    download(session, url, sha256, folder / "archive.tar.gz")
                    return
        except (requests.RequestException, OSError, ValueError) as error:
            said.append(f"ERROR: {error}")
    sys.exit("\n".join(said) or f"ERROR: No matching distribution found for {requirement}")


def configuration() -> dict[str, str]:
    """What pip would go by: the environment first, then what is meant for downloads, then what is for all."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    ranks = {"global": 0, "download": 1, ":env:": 2}
    found: dict[str, tuple[int, str]] = {}
    for line in said.splitlines():
        where, _, value = line.partition("=")
        section, _, name = where.rpartition(".")
        if section in ranks and ranks[section] >= found.get(name, (0, ""))[0]:
            with contextlib.suppress(ValueError, SyntaxError):
                found[name] = ranks[section], str(ast.literal_eval(value))
    return {name: value for name, (_, value) in found.items()}


def usual_index() -> str:
    """Where pip asks when nobody says otherwise."""
    from pip._internal.models.index import PyPI

    return str(PyPI.simple_url)


def normal(name: str) -> str:
    """PEP 503, for versions too."""
    return re.sub(r"[-_.]+", "-", name).lower()


def listed(session: requests.Session, url: str) -> list[tuple[str, str, str]]:
    """Name, address and sha256, where it is told, of each file of a package; a folder of this computer has a page."""
    if urlsplit(url).scheme == "file":
        page = Path(url2pathname(urlsplit(url).path)) / "index.html"
        return links(page.read_text(encoding="utf-8"), url) if page.is_file() else []
    answer = session.get(url, headers={"Accept": ACCEPT}, timeout=TIMEOUT_S)
    if answer.status_code == 404:
        return []
    answer.raise_for_status()
    if "json" in answer.headers.get("Content-Type", ""):
        files = answer.json()["files"]
        return [
            (each["filename"], urljoin(answer.url, each["url"]), each["hashes"].get("sha256", "")) for each in files
        ]
    return links(answer.text, answer.url)


def links(page: str, url: str) -> list[tuple[str, str, str]]:
    found = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "a" and (href := dict(attrs).get("href")):
                address, fragment = urldefrag(urljoin(url, href))
                sha256 = fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else ""
                found.append((unquote(urlsplit(address).path.rpartition("/")[2]), address, sha256))

    Links().feed(page)
    return found


def download(session: requests.Session, url: str, sha256: str, target: Path) -> None:
    """Raises ValueError when it is not what the index says."""
    digest = hashlib.sha256()
    if urlsplit(url).scheme == "file":
        data = Path(url2pathname(urlsplit(url).path)).read_bytes()
        digest.update(data)
        target.write_bytes(data)
    else:
        with session.get(url, stream=True, timeout=TIMEOUT_S) as answer, target.open("wb") as file:
            answer.raise_for_status()
            for block in answer.iter_content(BLOCK):
                digest.update(block)
                file.write(block)
    if sha256 and digest.hexdigest() != sha256:
        target.unlink()
        raise ValueError("THESE PACKAGES DO NOT MATCH THE HASHES")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
