"""`storage check`: what the bucket can do, and what to do where it cannot."""

import argparse
from collections.abc import Sequence

from engine.errors import AppError, invalid
from engine.logs import start_logging
from engine.messages import translate
from engine.settings import Settings
from engine.terminal import EXIT_FAILED, refused


def run_storage(settings: Settings, arguments: Sequence[str]) -> int:
    """`storage check [--origin URL]`: one line for each thing that is asked of the bucket.

    Exit code 0 where all that the program needs works, 1 where something of that does not, 2 for invalid input.
    """
    parser = argparse.ArgumentParser(prog="run.sh storage", description="Look after the storage.", allow_abbrev=False)
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    checked = deeds.add_parser("check", help="try out what the bucket of --storage-url can do", allow_abbrev=False)
    checked.add_argument("--origin", metavar="URL", help="where the page is: https://music.example.org")
    asked = parser.parse_args(arguments)
    try:
        start_logging(settings, "terminal")
        if not settings.storage_url:
            raise invalid("storage_is_local")
        return _check(settings, asked.origin or _origin(settings))
    except AppError as error:
        return refused(error, settings.language, as_json=False)


def _origin(settings: Settings) -> str:
    """What browsers most likely call the page's place."""
    name = next((name for name in settings.allowed_hosts if not name.startswith("*")), None)
    return f"https://{name}" if name else f"http://{settings.host}:{settings.port}"


def _check(settings: Settings, origin: str) -> int:
    from engine.library.s3.bucket import Bucket
    from engine.library.s3.check import check

    bucket, missed = Bucket(settings, patience_s=0.0), 0
    print(bucket)
    for found in check(bucket, origin):
        mark = "ok" if found.works else "NO" if found.needed else "--"
        line = f"{mark}  {translate(f'ui.storage.{found.name}', settings.language, origin=origin)}"
        if not found.works:
            reason = f" ({found.reason})" if found.reason else ""
            line += f"{reason}. {translate(f'ui.storage.{found.name}_missing', settings.language, origin=origin)}"
        print(line, flush=True)
        missed += found.needed and not found.works
    return EXIT_FAILED if missed else 0
