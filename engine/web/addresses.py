"""Addresses of our own, as the page's browser may ask for them: below the prefix that a proxy puts us under.

`static/js/core/address.js` does the same for the page. Whatever else writes an address into an answer asks here.
"""

from flask import request

from engine.settings import Settings

_HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})


def address(path: str) -> str:
    """`path`, from our root on, as a path of the host that the request came to."""
    return request.script_root + path


def full_address(path: str) -> str:
    """The same with scheme and host, for what leaves the browser: a playlist, a link in a mail."""
    return f"{request.scheme}://{request.host}{address(path)}"


def cookie_path(settings: Settings) -> str:
    """Where the browser sends our cookies."""
    return settings.url_prefix or "/"


def from_this_computer(settings: Settings) -> bool:
    """Whether the page is shown on the computer that it runs on, where paths of files mean something."""
    proxied = settings.proxy_hops or settings.allowed_hosts  # then everybody comes from this computer
    return not proxied and (request.host.rpartition(":")[0] in _HERE or request.host in _HERE)
