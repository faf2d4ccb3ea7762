"""Files of rows in a bucket: sent in blocks that can go on after a break, found by their hash."""

import base64
import re
from hashlib import md5
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from core.hosted.consignment import Part, Progress
from core.hosted.failures import HostedError, Rejected, Unavailable, Vanished
from core.hosted.read_figures import number, text
from core.hosted.vertex_line import UPLOAD, VertexLine

_HASH = "tuningfork-sha256"
_TYPE = "application/jsonl"
_BLOCK = 8 * 1024 * 1024
"""Storage takes blocks of a multiple of 256 KB."""
_TRIES = 4
_RANGE = re.compile(r"^bytes=0-(\d+)$")


class Place(NamedTuple):
    """Where files are put."""

    bucket: str
    folder: str
    """Path in it, with its end; empty for the top."""

    def uri(self, part: Part) -> str:
        """Return the address under which a part lies there: the same for the same bytes."""
        return f"gs://{self.bucket}/{self.folder}{part.upload_name}"


def place_of(bucket: str) -> Place:
    """Return a bucket and a folder in it, from `gs://bucket/folder`."""
    name, _, folder = bucket.removeprefix("gs://").strip("/").partition("/")
    return Place(name, f"{folder}/" if folder else "")


def _object_path(uri: str) -> str:
    """Return the path of a file's own record."""
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    return f"/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}"


def find_file(line: VertexLine, place: Place, part: Part) -> str | None:
    """Return the address of a part that lies there whole; None for none."""
    uri = place.uri(part)
    try:
        said = _json(line, line.storage("look at a file", "GET", _object_path(uri)))
    except (Vanished, Rejected):
        return None
    kept = said.get("metadata")
    same = isinstance(kept, dict) and kept.get(_HASH) == part.sha256
    return uri if same and number(said.get("size")) == part.bytes else None


def upload(line: VertexLine, place: Place, part: Part, progress: Progress) -> str:
    """Send a part and return its address."""
    doing, uri = f"upload the {part.name} rows", place.uri(part)
    begun = line.storage(
        doing,
        "POST",
        f"/upload/storage/v1/b/{quote(place.bucket, safe='')}/o",
        query={"uploadType": "resumable", "name": uri.removeprefix(f"gs://{place.bucket}/")},
        headers={"X-Upload-Content-Type": _TYPE, "X-Upload-Content-Length": str(part.bytes)},
        json={"contentType": _TYPE, "metadata": {_HASH: part.sha256}},
        again=False,
    )
    session = begun.headers.get("location", "")
    try:
        said = _blocks(line, doing, session, part, progress)
    except (Vanished, Rejected) as ended:
        raise Unavailable(ended.what, ended.why, "It is sent again from its beginning.") from None
    if number(said.get("size")) != part.bytes or not _sound(said, part.path):
        raise line.unusable(doing)
    return uri


def _blocks(
    line: VertexLine, doing: str, session: str, part: Part, progress: Progress
) -> dict[str, Any]:
    """Send a file block by block, after a break from where storage has it, and return its record.

    Storage answers 308 while it wants more, with how far it has the file. Breaks are counted until
    there is more of it, so that a line that only carries questions is given up.
    """
    at = lost = 0
    asking = False
    with part.path.open("rb") as file:
        while True:
            file.seek(at)
            block = b"" if asking else file.read(_BLOCK)
            span = f"{at}-{at + len(block) - 1}" if block else "*"
            try:
                reply = line.storage(
                    doing,
                    "PUT",
                    session,
                    headers={"Content-Range": f"bytes {span}/{part.bytes}"},
                    content=block,
                    deadline=UPLOAD,
                    again=False,
                )
            except Unavailable:
                lost += 1
                if lost == _TRIES:
                    raise
                line.rest(2.0**lost)
                asking = True
                continue
            if reply.status_code != 308:
                progress(part.bytes, part.bytes)
                return _json(line, reply)
            held = _RANGE.match(reply.headers.get("range", ""))
            there = int(held.group(1)) + 1 if held else 0
            if there > at:
                lost = 0
            elif block:
                raise line.unusable(doing)
            at, asking = there, False
            progress(at, part.bytes)


def _sound(said: dict[str, Any], path: Path) -> bool:
    """Return whether storage has the bytes that were sent, as far as it says."""
    theirs = text(said.get("md5Hash"))
    with path.open("rb") as file:
        ours = md5(usedforsecurity=False)
        while block := file.read(_BLOCK):
            ours.update(block)
    return not theirs or theirs == base64.b64encode(ours.digest()).decode()


def fetch(line: VertexLine, uri: str) -> bytes | None:
    """Return the bytes of a file in a bucket; None where it cannot be had."""
    try:
        reply = line.storage(
            "fetch a result file", "GET", _object_path(uri), query={"alt": "media"}
        )
    except HostedError:
        return None
    return reply.content


def delete(line: VertexLine, uri: str) -> bool:
    """Delete a file and return whether it is gone; gone before counts, too."""
    try:
        line.storage("delete a file", "DELETE", _object_path(uri))
    except Vanished:
        return True
    except HostedError:
        return False
    return True


def _json(line: VertexLine, reply: Any) -> dict[str, Any]:
    """Return an answer as an object."""
    try:
        found = reply.json()
    except (ValueError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict):
        raise line.unusable("look at a file")
    return found
