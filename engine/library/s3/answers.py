"""An object over HTTP: passed through, or an address in the bucket that is good for a while.

Passing through is the default: it works wherever the server reaches the bucket, the page needs no other origin, and
nothing of CORS. A redirection (`--storage-redirect`) takes the bytes off the server, where browsers reach the bucket.
What the page reads as data (JSON) is passed through even then, and HEAD, for an address is signed for one method; so is
what is to be saved, where the bucket does not say under which name.
"""

import io
from typing import Any
from urllib.parse import quote

from flask import Response, current_app, request
from werkzeug.utils import send_file

from engine.library.s3.bucket import Bucket
from engine.library.s3.reading import ObjectStream
from engine.library.storage import heeded, without_range

BUFFER = 2**18


def answered(
    bucket: Bucket, object_name: str, found: dict[str, Any], *, mime: str, name: str, attachment: bool
) -> Response:
    """`found`: what the store says of it. Raises RequestedRangeNotSatisfiable."""
    size, etag = int(found["ContentLength"]), found["ETag"]
    environ = heeded(request.environ, size)
    stream = io.BufferedReader(ObjectStream(bucket, object_name, size, etag), BUFFER)
    answer: Response = send_file(
        stream, environ, mimetype=mime, as_attachment=attachment, download_name=name, conditional=False,
        etag=etag.strip('"'), last_modified=found["LastModified"], response_class=current_app.response_class,
    )  # type: ignore[assignment]  # fmt: skip
    answer.content_length = size
    if "HTTP_RANGE" in environ and "HTTP_IF_NONE_MATCH" in environ:  # werkzeug asks of the range alone
        answer.make_conditional(without_range(environ), accept_ranges=True, complete_length=size)
        if answer.status_code == 304:
            return answer
    answer.make_conditional(environ, accept_ranges=True, complete_length=size)
    sends = bucket.redirects and request.method == "GET" and answer.status_code != 304 and mime != "application/json"
    if sends and (not attachment or bucket.says_names(object_name)):
        answer.close()
        return _redirection(bucket, object_name, mime, name, attachment)
    return answer


def _redirection(bucket: Bucket, object_name: str, mime: str, name: str, attachment: bool) -> Response:
    how: dict[str, Any] = {"ResponseContentType": mime, "ResponseContentDisposition": disposition(name, attachment)}
    where = bucket.signed("get_object", Key=object_name, **how)
    return current_app.response_class(status=302, headers={"Location": where, "Cache-Control": "no-store"})


def disposition(name: str, attachment: bool) -> str:
    """`Content-Disposition` in plain letters (RFC 6266), which is all that may stand in an address."""
    how = "attachment" if attachment else "inline"
    return f"{how}; filename*=UTF-8''{quote(name, safe='')}"
