"""A photo is decoded in a process of its own: what hangs or kills that, harms nobody else."""

import io
import os
import signal
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from dossiers import decoding, imaging, uploads
from dossiers.decoding import Decoder
from dossiers.models import Content, Dossier, Photo
from dossiers.photo_file import NotAPhoto
from repairers.models import Repairer, User
from tests.dossiers import pictures
from tests.dossiers.factories import DossierFactory
from tests.dossiers.pictures import jpeg

PHOTO = jpeg(size=(800, 600))


@pytest.fixture(scope="module")
def slow() -> bytes:
    """Less than a megabyte, within every limit of size, pixels and scans: the decoder is busy for seconds."""
    return pictures.many_scans(90, image=Image.new("RGB", (8500, 8500), "red"))


@pytest.fixture(autouse=True)
def _no_other_s_decoders(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(decoding, "_idle", [])
    yield
    for decoder in decoding._idle:
        end(decoder)


def end(decoder: Decoder, by: signal.Signals = signal.SIGKILL) -> None:
    os.kill(decoder._process.pid, by)
    decoder._process.wait()


def test_it_gives_what_imaging_gives() -> None:
    out, expected = io.BytesIO(), io.BytesIO()
    assert decoding.inspect(io.BytesIO(PHOTO)) == imaging.inspect(io.BytesIO(PHOTO))
    assert decoding.rendition(io.BytesIO(PHOTO), 32) == imaging.rendition(io.BytesIO(PHOTO), 32)
    assert decoding.prepare(io.BytesIO(PHOTO), out) == imaging.prepare(io.BytesIO(PHOTO), expected)
    assert out.getvalue() == expected.getvalue()
    assert len(decoding._idle) == 1, "one process did all of it"


def test_what_is_no_photo_says_why() -> None:
    with pytest.raises(NotAPhoto, match="format"):
        decoding.inspect(io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'/>"))


def test_a_decoder_that_never_ends_is_stopped(slow: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "SECONDS", 1)
    for decode in (decoding.inspect, lambda file: decoding.rendition(file, 320)):
        with pytest.raises(NotAPhoto, match="too-slow"):
            decode(io.BytesIO(slow))
    assert decoding._idle == []
    assert decoding.inspect(io.BytesIO(PHOTO)).mime == "image/jpeg", "the next one is decoded by another"


def test_the_time_counts_for_each_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process may live for long: it is each photo that has so many seconds."""
    monkeypatch.setattr(decoding, "SECONDS", 1)
    decoding.inspect(io.BytesIO(PHOTO))
    [decoder] = decoding._idle
    while psutil.Process(decoder._process.pid).cpu_times().user < 3:
        decoding.inspect(io.BytesIO(PHOTO))
    assert decoding._idle == [decoder]


def test_an_upload_that_takes_too_long_is_refused(
    repairer: Repairer, staff: User, slow: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "SECONDS", 1)
    dossier: Dossier = DossierFactory(repairer=repairer)
    with pytest.raises(uploads.CannotAdd, match="photo-too-slow"):
        uploads.add_photo(dossier, SimpleUploadedFile("IMG_0001.jpg", slow), staff)
    assert not Photo.objects.exists() and not Content.objects.exists()


def test_a_photo_that_kills_its_decoder_is_damaged() -> None:
    decoder = Decoder()
    end(decoder, signal.SIGSEGV)
    with pytest.raises(NotAPhoto, match="damaged"):
        decoder.decode("inspect", PHOTO)


def test_a_decoder_that_died_while_nobody_needed_it_is_no_photo_s_fault() -> None:
    decoding.inspect(io.BytesIO(PHOTO))
    end(decoding._idle[0])
    assert decoding.inspect(io.BytesIO(PHOTO)).mime == "image/jpeg"


def test_whoever_is_interrupted_leaves_no_answer_for_the_next_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is ended, or a limit of time, comes between the question and the answer."""

    class Interrupted(Connection):
        def recv(self) -> Any:
            raise KeyboardInterrupt

    decoding.inspect(io.BytesIO(PHOTO))
    [decoder] = decoding._idle
    with monkeypatch.context() as meanwhile, pytest.raises(KeyboardInterrupt):
        meanwhile.setattr(decoder, "_line", Interrupted(os.dup(decoder._line.fileno())))
        decoding.inspect(io.BytesIO(jpeg(size=(40, 30))))
    assert decoding.inspect(io.BytesIO(PHOTO)) == imaging.inspect(io.BytesIO(PHOTO))
    assert decoder._process.poll() is not None, "nobody waits for it, so it does not go on"


def test_each_of_several_at_once_has_a_decoder() -> None:
    start, found = threading.Barrier(3), []

    def one() -> None:
        start.wait()
        found.append(decoding.inspect(io.BytesIO(PHOTO)))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [imaging.inspect(io.BytesIO(PHOTO))] * 3


def test_a_decoder_that_cannot_start_says_nothing_of_the_photo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(decoding, "ROOT", tmp_path)
    with pytest.raises(OSError, match="did not start"):
        decoding.inspect(io.BytesIO(PHOTO))


def test_a_decoder_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_KEYS", "a-secret-of-the-web-server")
    decoder = Decoder()
    assert b"secret" not in Path(f"/proc/{decoder._process.pid}/environ").read_bytes()
    end(decoder)
