"""`bench page`: how soon the page is there and how smoothly it lists five thousand tracks.

First contentful paint and usability are medians of cold visits; script bytes are those that the page loads, own and
vendor, as they lie and after gzip. Peer: the same drawer without windowing, every row of the library in the page;
`ours_s` and `peer_s` are the times until the list is laid out and painted. Needs Chromium and the tests' packages.
"""

import argparse
import gzip
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks import Unavailable
from benchmarks.server import Server

NEEDS = ("test",)
"""What `./run.sh bench` installs for it."""

OPEN = """async () => { const from = performance.now();
    document.querySelector('[data-testid=open-library]').click();
    while (!document.querySelector('.library-open')) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() - from }"""
WITHOUT_WINDOW = """async count => { const row = document.querySelector('.library-row');
    const from = performance.now();
    const list = document.createElement('ul');
    for (let i = 0; i < count; i++) {
        const copy = row.cloneNode(true); copy.style.position = 'static'; list.append(copy) }
    document.querySelector('.library').append(list);
    list.getBoundingClientRect();
    await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame);
    const took = performance.now() - from;
    list.remove();
    return took }"""
SCROLL = """async () => { const list = document.querySelector('.library'), gaps = [];
    const step = list.scrollHeight / 120;
    let before = performance.now();
    for (let i = 0; i < 120; i++) { list.scrollTop += step; await new Promise(requestAnimationFrame);
        const now = performance.now(); gaps.push(now - before); before = now }
    return gaps.sort((a, b) => a - b) }"""


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    """The figures. `--tracks`: how many lie in the library; `--visits`: cold visits."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import CHROMIUM
    from tests.made_tracks import make_tracks
    from tests.wants import advice

    parser = argparse.ArgumentParser(prog="bench page")
    parser.add_argument("--tracks", type=int, default=5000)
    parser.add_argument("--visits", type=int, default=7)
    options = parser.parse_args(arguments)
    if CHROMIUM is None:
        raise Unavailable(f"The page is measured in Chromium: {advice('Chromium')}")
    with tempfile.TemporaryDirectory() as folder:
        make_tracks(Path(folder) / "audio", options.tracks)
        server = Server(folder, "eventlet")
        try:
            while server.get("/api/tracks?limit=0")["total"] < options.tracks:
                pass
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
                visits = [_visit(browser, server.address) for _ in range(options.visits)]
                page = browser.new_context().new_page()
                page.goto(server.address)
                page.locator("library-drawer").wait_for(state="attached")  # it comes after the first paint
                ours = page.evaluate(OPEN) / 1000
                frames = page.evaluate(SCROLL)
                drawn = page.locator(".library-row").count()
                nodes = page.evaluate("document.querySelectorAll('*').length")
                peer = page.evaluate(WITHOUT_WINDOW, options.tracks) / 1000
                browser.close()
            scripts = visits[0]["scripts"]
            own = _bytes([url for url in scripts if "/vendor/" not in url], "own")
            vendor = _bytes([url for url in scripts if "/vendor/" in url], "vendor")
        finally:
            server.stop()
    return {
        "ours_s": round(ours, 4),
        "peer_s": round(peer, 4),
        "first_contentful_paint_ms": round(statistics.median(visit["paint_ms"] for visit in visits)),
        "usable_ms": round(statistics.median(visit["usable_ms"] for visit in visits)),
        "requests": visits[0]["requests"],
        **own,
        **vendor,
        "scroll_frame_median_ms": round(statistics.median(frames), 1),
        "scroll_frame_worst_ms": round(frames[-1], 1),
        "rows_in_page": drawn,
        "elements_in_page": nodes,
        "tracks": options.tracks,
    }


def _visit(browser: Any, address: str) -> dict[str, Any]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.locator("#command").wait_for()
    usable_ms = page.evaluate("performance.now()")
    entries = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    paint_ms = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    context.close()
    scripts = [name for name in entries if name.endswith(".js")]
    return {"paint_ms": paint_ms, "usable_ms": usable_ms, "scripts": scripts, "requests": len(entries)}


def _bytes(urls: list[str], name: str) -> dict[str, int]:
    raw = packed = 0
    for url in urls:
        with urlopen(url, timeout=30) as answer:
            data = answer.read()
        raw, packed = raw + len(data), packed + len(gzip.compress(data, 9))
    return {f"{name}_script_bytes": raw, f"{name}_script_gzip_bytes": packed}
