"""One file of a Hugging Face repository into PART, going on where an earlier attempt stopped.

Run by itself, in a child process, so that a stalled connection can be ended at once: it imports nothing of the engine,
says its outcome as one JSON line `{"fault": null | OFFLINE | CUT | GONE | REFUSED, "reason", "sha256"}`, and
ends when its standard input closes. `PART.json` beside the part says what it is a part of: a file that has changed at
the hub meanwhile is begun anew. (`hf_hub_download` of huggingface_hub 2 does not resume across processes.)
"""

import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import get_hf_file_metadata, get_session, get_token, hf_hub_url, try_to_load_from_cache
from huggingface_hub.errors import OfflineModeIsEnabled

BLOCK = 1 << 18
SILENCE_S = 20


def download(repo: str, file: str, revision: str, part: Path) -> str | None:
    """Fill `part`. Returns the file's sha256 as the hub states it, or None where it states none."""
    cached = try_to_load_from_cache(repo, file, revision=revision)
    if isinstance(cached, str):
        shutil.copyfile(cached, part)
        return None
    url = hf_hub_url(repo, file, revision=revision)
    meta = get_hf_file_metadata(url)
    note = part.with_name(f"{part.name}.json")
    description = {"etag": meta.etag, "size": meta.size}
    if not _matches(note, description) or (meta.size is not None and _length(part) > meta.size):
        part.unlink(missing_ok=True)
    note.write_text(json.dumps(description), encoding="utf-8")
    while not part.exists() or _length(part) != meta.size:
        if _receive(url, part) and meta.size in (None, _length(part)):
            break
        time.sleep(1)
    return meta.etag if meta.etag and len(meta.etag) == 64 else None


def _matches(note: Path, description: dict[str, Any]) -> bool:
    try:
        return bool(description["etag"]) and json.loads(note.read_text(encoding="utf-8")) == description
    except (OSError, ValueError):
        return False


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _receive(url: str, part: Path) -> bool:
    """Ask for what `part` lacks. False when the connection was cut after some progress; without any it raises."""
    have = _length(part)
    headers = {"Accept-Encoding": "identity"}
    if token := get_token():
        headers["Authorization"] = f"Bearer {token}"  # the client drops it when it is sent on to another host
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        with get_session().stream("GET", url, headers=headers, follow_redirects=True, timeout=SILENCE_S) as response:
            response.raise_for_status()
            with part.open("ab" if response.status_code == 206 else "wb") as file:
                for block in response.iter_raw(BLOCK):
                    file.write(block)
    except httpx2.TransportError:
        if _length(part) <= have:
            raise
        return False
    if _length(part) <= have:
        raise httpx2.ReadError("nothing came")
    return True


def fault_of(error: Exception) -> str:
    """The kind of `error`, one of the words above."""
    status = getattr(getattr(error, "response", None), "status_code", 0)
    if isinstance(error, OfflineModeIsEnabled | httpx2.ConnectError | httpx2.ConnectTimeout):
        return "OFFLINE"
    if status in (401, 403):
        return "REFUSED"
    if isinstance(error, httpx2.TransportError) or status in (408, 429) or status >= 500:
        return "CUT"
    return "GONE"


def _end_with_parent() -> None:
    while os.read(0, 1):  # not through sys.stdin, whose lock must be free when Python ends
        pass
    os._exit(1)


def main() -> None:
    repo, file, revision, part = sys.argv[1:]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    outcome: dict[str, str | None] = {"fault": None, "reason": "", "sha256": None}
    try:
        outcome["sha256"] = download(repo, file, revision, Path(part))
    except Exception as error:  # whatever it is, the parent must hear of it in its own words
        outcome["fault"], outcome["reason"] = fault_of(error), str(error).strip().split("\n")[0]
    sys.stdout.write(f"\n{json.dumps(outcome)}\n")


if __name__ == "__main__":
    main()
