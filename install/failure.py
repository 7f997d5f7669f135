"""Why an install stops, and the one sentence that says what to do."""

import os
import re

AGAIN = "run install.bat again" if os.name == "nt" else "run ./install.sh again"

NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|name resolution|Name or service not known|getaddrinfo"
    r"|Network is unreachable|ConnectTimeout|ReadTimeout|Read timed out|ProxyError|ConnectionResetError"
    r"|Connection refused|RemoteDisconnected|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT"
    r"|ENETUNREACH|network connectivity",
    re.IGNORECASE,
)
DISK_FULL = re.compile(r"No space left on device|Errno 28\b|ENOSPC|WinError 112|not enough space|Disk quota exceeded")
REFUSED = re.compile(r"Permission denied|Errno 13\b|EACCES|EPERM|WinError 5\b|WinError 32\b|Read-only file system")
CERTIFICATE = re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLError|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT")
COMPILER = re.compile(
    r"Microsoft Visual C\+\+|unable to execute '?\S*(gcc|cc|clang)|command '\S*(gcc|cc|clang)\S*' failed"
    r"|error: command .* failed: No such file|Failed building wheel|xcrun: error"
)
NO_SUCH_PIN = re.compile(r"(?:No matching distribution found for|The user requested \(constraint\)) ([^\s(]+)")


DISK_FULL_ADVICE = "The disk is full: free some space (about 4 GB, or 12 GB with CUDA)"
OTHER_PYTHON = "install Python 3.11 or 3.12, delete .venv"


class InstallError(Exception):
    """The install cannot go on. Its text is one sentence: what happened and what to do."""


def advice(what: str, output: str, log: str) -> str:
    """One sentence for a failed pip or npm: `what` failed, `output` is the end of what it printed."""
    again = f"{AGAIN} (details: {log})."
    if DISK_FULL.search(output):
        return f"{DISK_FULL_ADVICE} and {AGAIN}."
    if REFUSED.search(output):
        return f"{what} could not be written: close what uses this folder, check who owns it and {again}"
    if COMPILER.search(output):
        return f"{what} need a C compiler on this Python: {OTHER_PYTHON} and {again}"
    if CERTIFICATE.search(output):
        return f"{what} could not be fetched: a certificate is not trusted, so check clock and proxy and {again}"
    if NETWORK.search(output):
        return f"{what} could not be fetched: connect to the network or set the proxy and {again}"
    pin = NO_SUCH_PIN.search(output)
    if pin:
        return f"{pin.group(1)} is not offered here: check the network, or {OTHER_PYTHON}, and {again}"
    return f"{what} could not be installed: read the end of {log}, mend what it names and {AGAIN}."
