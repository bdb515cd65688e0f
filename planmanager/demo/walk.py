"""The main job, walked as its people walk it: the garage on its pages, the helpdesk in admin, Claims360 beside them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from planmanager.demo.browser import Browser, WalkFailed, text_of
from planmanager.demo.data import DOSSIERS, HELPDESK, SITES
from planmanager.demo.drawing import drawn_car
from planmanager.demo.garage import CONFIGURE, TAB, Garage, log_in
from planmanager.demo.held import compare
from planmanager.demo.processes import Demo
from planmanager.demo.sandbox import Received, Sandbox

OPTIONS = "/admin/constance/config/"
KEY_ERROR = "*[@id='id_planmanager_key_error']"
STAFF = "namur"
REPAIRER, BODYSHOP_ID = SITES["Namur"][0]
MILEAGE, LATER_MILEAGE = 84_321, 84_350  # km


@dataclass
class Scene:
    """Who takes part, and what the steps so far have come to."""

    demo: Demo
    garage: Garage
    sandbox: Sandbox
    mission: dict[str, Any] = field(default_factory=dict)  # the accepted one, as the sandbox holds it
    dossier: str = ""  # the path of its dossier
    without_mission: str = ""  # the path of the dossier that has none
    opened: str = ""  # the id of the file that was opened for that one


def walk(demo: Demo) -> Iterator[str]:
    """One line for each step that went well. Raises WalkFailed at the first that does not."""
    scene = Scene(demo, Garage(demo), Sandbox(demo.sandbox_url, BODYSHOP_ID))
    for step in STEPS:
        yield step(scene)


def look_before_activation(scene: Scene) -> str:
    log_in(scene.garage.browser, STAFF)
    scene.garage.browser.open(TAB, status=404)
    return f"{STAFF} is logged in; before activation {TAB} answers 404"


def activate(scene: Scene) -> str:
    helpdesk = Browser(scene.demo.web_url)
    log_in(helpdesk, HELPDESK)
    helpdesk.send(helpdesk.open(OPTIONS).form(OPTIONS), {"CLAIMS360_ENABLED": "on"})
    tabs = scene.garage.browser.open("/").all("nav[@class='tabs']/a")
    expect("the tab", TAB in [tab.get("href") for tab in tabs], True)
    return f"{HELPDESK} activated Claims360 in admin; {STAFF} sees its tab"


def type_a_wrong_key(scene: Scene) -> str:
    form, keys = scene.garage.choose(REPAIRER).form(CONFIGURE), scene.sandbox.keys()
    expect("the bodyshop id filled in", form.values["bodyshop_id"], [BODYSHOP_ID])
    typed = {"bodyshop_key": keys["bodyshop"], "planmanager_key": keys["planmanager"][:-1]}
    page = scene.garage.browser.send(form, typed, status=422)
    return f"a wrong key is refused: {text_of(page.one(KEY_ERROR))}"


def configure(scene: Scene) -> str:
    form, keys = scene.garage.choose(REPAIRER).form(CONFIGURE), scene.sandbox.keys()
    typed = {"bodyshop_key": keys["bodyshop"], "planmanager_key": keys["planmanager"]}
    expect("the page after saving", scene.garage.browser.send(form, typed).path, TAB)
    return f"{REPAIRER} is configured for body shop {BODYSHOP_ID}"


def synchronise(scene: Scene) -> str:
    scene.garage.refresh()
    return f"refreshed: {compare(scene.sandbox, scene.garage.repairer)} are held as Claims360 has them"


def accept_from_the_queue(scene: Scene) -> str:
    missions = scene.sandbox.missions()
    with_quote = [id for id in scene.garage.queue() if missions[id]["quotes"]]
    if not with_quote:
        raise WalkFailed("the queue: expected a mission with a quote, saw none")
    scene.mission = missions[with_quote[0]]
    scene.dossier = scene.garage.accept(scene.mission["id"])
    return f"mission {scene.mission['number']} was accepted from the queue into {scene.dossier}"


def change_a_quote(scene: Scene) -> str:
    quote, before = scene.mission["quotes"][0], scene.garage.versions(scene.dossier)
    status = "rejected" if quote["versions"][-1]["status"] == "approved" else "approved"
    version = scene.sandbox.change_status(quote["id"], status)
    scene.garage.refresh()
    after = scene.garage.versions(scene.dossier)
    expect("the versions in the dossier", sorted(after), sorted([*before, f"v{version}"]))
    return f"a quote became {status} in Claims360; refreshed: version {version} is in {scene.dossier}"


def send_to_the_mission(scene: Scene) -> str:
    id, plate = scene.mission["id"], scene.mission["plate"]
    scene.garage.add_photos(scene.dossier, {f"{view}.jpg": drawn_car(plate, view) for view in (0, 1)})
    scene.garage.send(scene.dossier, MILEAGE, photos=2)
    received = scene.sandbox.received()
    expect("plate and mileage", received["vehicles"], [(id, {"plate": plate, "mileage": MILEAGE})])
    expect("two photos", _photos(received), [(id, "0.jpg"), (id, "1.jpg")])
    expect("the opened files", received["opened"], [])
    return f"sent from {scene.dossier}: Claims360 received plate, mileage and two photos, nothing else"


def open_a_file(scene: Scene) -> str:
    plate = str(DOSSIERS[0]["plate"])
    scene.without_mission = scene.garage.dossier_with(plate)
    scene.garage.send(scene.without_mission, MILEAGE, photos=2)
    received = scene.sandbox.received()
    opened = [said for _id, said in received["opened"]]
    expect("one opened file", opened, [{"plate": plate, "mileage": MILEAGE}])
    scene.opened = received["opened"][0][0]
    expect("the two photos of that file", [id for id, _name in _photos(received)[2:]], [scene.opened] * 2)
    return f"sent from {scene.without_mission}, which has no mission: one file was opened, with two photos"


def send_once_more(scene: Scene) -> str:
    before = scene.sandbox.received()
    scene.garage.send(scene.without_mission, LATER_MILEAGE, photos=2)
    after = scene.sandbox.received()
    said = {"plate": DOSSIERS[0]["plate"], "mileage": LATER_MILEAGE}
    expect("the new mileage", after["vehicles"][len(before["vehicles"]) :], [(scene.opened, said)])
    expect("the opened files and the photos", after | {"vehicles": before["vehicles"]}, before)
    return "sent once more: the new mileage went to that file; none was opened, no photo went twice"


def see_the_file_come_back(scene: Scene) -> str:
    scene.garage.refresh()
    expect("its dossier", scene.garage.dossier_of(scene.opened), scene.without_mission)
    held = compare(scene.sandbox, scene.garage.repairer)
    return f"refreshed: the opened file came back to its dossier; {held} are held as Claims360 has them"


STEPS = (
    look_before_activation,
    activate,
    type_a_wrong_key,
    configure,
    synchronise,
    accept_from_the_queue,
    change_a_quote,
    send_to_the_mission,
    open_a_file,
    send_once_more,
    see_the_file_come_back,
)


def expect(what: str, seen: object, wanted: object) -> None:
    """Raises WalkFailed where `seen` is not `wanted`."""
    if seen != wanted:
        raise WalkFailed(f"{what}: expected {wanted}, saw {seen}")


def _photos(received: Received) -> list[tuple[str, str]]:
    """(mission id, file name) of the photos that came."""
    return [(id, said["file_name"]) for id, said in received["photos"]]
