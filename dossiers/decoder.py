"""The process that decodes photos, as `dossiers.decoding` starts it: `python -m dossiers.decoder FILENO`."""

import io
import math
import resource
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, BinaryIO

from dossiers import imaging
from dossiers.photo_file import Facts, NotAPhoto


def _prepare(file: BinaryIO, limit: int) -> tuple[bytes, Facts]:
    out = io.BytesIO()
    facts = imaging.prepare(file, out, limit)
    return out.getvalue(), facts


WORK: dict[str, Callable[..., Any]] = {
    "inspect": imaging.inspect,
    "rendition": imaging.rendition,
    "prepare": _prepare,
}


def serve(line: Connection) -> None:
    """Decode what comes over `line`, until whoever asks is gone."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no photo is left behind in a dump
    line.send("ready")
    while True:
        try:
            name, photo, args, seconds = line.recv()
        except EOFError:
            return
        _stop_after(seconds)
        line.send(_outcome(name, photo, args))


def _stop_after(seconds: int) -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + seconds, hard))


def _outcome(name: str, photo: bytes, args: tuple[int, ...]) -> Any:
    try:
        return WORK[name](io.BytesIO(photo), *args)
    except NotAPhoto as reason:
        return reason


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
