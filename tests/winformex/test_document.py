"""What docs/winformex.md shows is what is taken over, all of it."""

import json
import re
from pathlib import Path

import msgspec

from dossiers.winformex.documents import Document, Line, Mission, Photo, Quote
from repairers.models import Repairer
from tests.winformex.world import encoded, held, picture, send

TEXT = (Path(__file__).resolve().parents[2] / "docs/winformex.md").read_text()
MISSION, ALBUM = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL))


def test_its_mission_is_taken_over_without_a_note(repairer: Repairer) -> None:
    outcome = send(repairer, MISSION)
    assert (outcome.taken, outcome.aside, held().notes) == (True, [], {})
    assert (held().plate, held().quotes.get().gross) == ("1-ABC-234", 121)


def test_its_album_is_taken_over(repairer: Repairer) -> None:
    first, second = ALBUM["photos"]
    assert second == {"file": "IMG_0002.jpg"}
    outcome = send(repairer, {**ALBUM, "photos": [{**first, "content": encoded(picture())}]})
    assert (outcome.taken, outcome.aside, held().photos.get().file_name) == (True, [], "IMG_0001.jpg")


def test_it_shows_every_field() -> None:
    assert MISSION.keys() | ALBUM.keys() == names(Document)
    assert MISSION["mission"].keys() == names(Mission)
    assert MISSION["quotes"][0].keys() == names(Quote)
    assert MISSION["quotes"][0]["lines"][0].keys() == names(Line)
    assert ALBUM["photos"][0].keys() | {"file"} == names(Photo)


def names(kind: type[msgspec.Struct]) -> set[str]:
    return set(kind.__struct_fields__)
