"""Photos are decoded in a process of their own, which the system stops over a photo that takes too long.

What hangs or dies there takes no web server and no worker with it, and knows no secret of theirs. The names and
what they give are those of `dossiers.imaging`.
"""

import contextlib
import io
import math
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, BinaryIO, cast

from dossiers import imaging
from dossiers.imaging import Facts, NotAPhoto

SECONDS = 20  # of processor time for one photo; a large one that is well needs two or three
ROOT = Path(__file__).resolve().parent.parent


def inspect(file: BinaryIO) -> Facts:
    """As `imaging.inspect`. Raises NotAPhoto; OSError where `file` can't be read or nothing can be decoded now."""
    return cast(Facts, _decode("inspect", file))


def rendition(file: BinaryIO, longest: int) -> bytes:
    """As `imaging.rendition`. Raises NotAPhoto, OSError."""
    return cast(bytes, _decode("rendition", file, longest))


def prepare(file: BinaryIO, out: BinaryIO, limit: int = imaging.SENT_BYTES) -> Facts:
    """As `imaging.prepare`. Raises NotAPhoto, OSError."""
    photo, facts = cast(tuple[bytes, Facts], _decode("prepare", file, limit))
    out.write(photo)
    return facts


class Decoder:
    """A process that decodes one photo after the other. Raises OSError where it can't be started."""

    def __init__(self) -> None:
        self._line, theirs = Pipe()
        command = [sys.executable, "-m", "dossiers.decoding", str(theirs.fileno())]
        self._process = subprocess.Popen(  # noqa: S603 (our own program)
            command, cwd=ROOT, env={}, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]
        )
        theirs.close()
        self._wait_for_it()

    def _wait_for_it(self) -> None:
        try:
            self._line.recv()
        except EOFError:
            raise OSError("the decoder did not start") from None

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def decode(self, name: str, photo: bytes, *args: int) -> Any:
        """What `imaging` has for that. Raises NotAPhoto: too-slow when it was stopped, damaged when it died."""
        try:
            self._line.send((name, photo, args, SECONDS))
            outcome = self._line.recv()
        except (EOFError, ConnectionError):
            stopped = self._process.wait() == -signal.SIGXCPU
            raise NotAPhoto("too-slow" if stopped else "damaged") from None
        if isinstance(outcome, NotAPhoto):
            raise outcome
        return outcome


_idle: list[Decoder] = []
os.register_at_fork(after_in_child=_idle.clear)


def _decode(name: str, file: BinaryIO, *args: int) -> Any:
    """By a decoder that nobody else has in hand; it is kept for the next photo while it lives."""
    photo, decoder = imaging.whole(file), _free_decoder()
    try:
        return decoder.decode(name, photo, *args)
    finally:
        if decoder.is_alive():
            _idle.append(decoder)


def _free_decoder() -> Decoder:
    while _idle:
        with contextlib.suppress(IndexError):  # another thread was quicker
            if (decoder := _idle.pop()).is_alive():
                return decoder
    return Decoder()


# --- within that process --------------------------------------------------------------------------------------


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
