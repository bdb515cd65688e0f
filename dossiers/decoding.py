"""Photos are decoded in a process of their own, which the system stops over a photo that takes too long.

What hangs or dies there takes no web server and no worker with it, and knows no secret of theirs: neither loads a
decoder. The names and what they give are those of `dossiers.imaging`.
"""

import contextlib
import os
import signal
import subprocess
import sys
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any, BinaryIO, cast

from dossiers.photo_file import SENT_BYTES, Facts, NotAPhoto, whole

SECONDS = 20  # of processor time for one photo; a large one that is well needs two or three
ROOT = Path(__file__).resolve().parent.parent


def inspect(file: BinaryIO) -> Facts:
    """As `imaging.inspect`. Raises NotAPhoto; OSError where `file` can't be read or nothing can be decoded now."""
    return cast(Facts, _decode("inspect", file))


def rendition(file: BinaryIO, longest: int) -> bytes:
    """As `imaging.rendition`. Raises NotAPhoto, OSError."""
    return cast(bytes, _decode("rendition", file, longest))


def prepare(file: BinaryIO, out: BinaryIO, limit: int = SENT_BYTES) -> Facts:
    """As `imaging.prepare`. Raises NotAPhoto, OSError."""
    photo, facts = cast(tuple[bytes, Facts], _decode("prepare", file, limit))
    out.write(photo)
    return facts


class Decoder:
    """A process that decodes one photo after the other. Raises OSError where it can't be started."""

    def __init__(self) -> None:
        self._line, theirs = Pipe()
        self._owes_an_answer = False
        command = [sys.executable, "-m", "dossiers.decoder", str(theirs.fileno())]
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

    def is_free(self) -> bool:
        """Whether it lives, and nobody stopped listening to it in the middle: the next would hear of another photo."""
        return self._process.poll() is None and not self._owes_an_answer

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._line.close()

    def decode(self, name: str, photo: bytes, *args: int) -> Any:
        """What `imaging` has for that. Raises NotAPhoto: too-slow when it was stopped, damaged when it died."""
        self._owes_an_answer = True
        try:
            self._line.send((name, photo, args, SECONDS))
            outcome = self._line.recv()
        except (EOFError, ConnectionError):
            stopped = self._process.wait() == -signal.SIGXCPU
            raise NotAPhoto("too-slow" if stopped else "damaged") from None
        self._owes_an_answer = False
        if isinstance(outcome, NotAPhoto):
            raise outcome
        return outcome


_idle: list[Decoder] = []
os.register_at_fork(after_in_child=_idle.clear)


def _decode(name: str, file: BinaryIO, *args: int) -> Any:
    """By a decoder that nobody else has in hand; it is kept for the next photo where it can be."""
    photo, decoder = whole(file), _free_decoder()
    try:
        return decoder.decode(name, photo, *args)
    finally:
        if decoder.is_free():
            _idle.append(decoder)
        else:
            decoder.stop()


def _free_decoder() -> Decoder:
    while _idle:
        with contextlib.suppress(IndexError):  # another thread was quicker
            if (decoder := _idle.pop()).is_free():
                return decoder
    return Decoder()
