"""Random histories of Claims360, workers, people, faults and time: once it is quiet, nothing is lost or doubled."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from dossiers.models import (
    Dossier,
    Mission,
    Opening,
    Photo,
    Quote,
    QuoteVersion,
    SetAside,
    Transmission,
    TransmissionPhoto,
)
from tests import figures
from tests.soak import garage, quiet
from tests.soak.conftest import FIRED, HISTORIES, TOLD
from tests.soak.deeds import COMES, DEEDS, MISSION, Told
from tests.soak.world import House, World

COUNTED = (Mission, Quote, QuoteVersion, Photo, Dossier, Transmission, TransmissionPhoto, Opening, SetAside)


class Histories(RuleBasedStateMachine):
    """Each rule draws one deed; what it needs and does not find, it leaves."""

    house: House

    @initialize(
        page_size=st.sampled_from([1, 2, 3, 50]),
        queueing=st.sampled_from(["off", "missions", "all"]),
        comes=st.lists(MISSION | COMES, max_size=5),
    )
    def begin(self, page_size: int, queueing: str, comes: list[Told]) -> None:
        self.world = World(self.house, page_size)
        self.world.do(garage.set_queueing, value=queueing)
        for number in range(len(self.world.repairers)):
            self.world.do(garage.create_dossier, whose=number, plate=number)
            self.world.do(garage.upload, dossier=number, picture=number)
        for do, args in comes:
            self.world.do(do, **args)

    @rule(deed=DEEDS)
    def then(self, deed: Told) -> None:
        do, args = deed
        self.world.do(do, **args)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            quiet.end(self.world)
        finally:
            self._count()
            self.world.close()

    def _count(self) -> None:
        points = self.world.points
        TOLD.update({"histories": 1, "deaths": points.deaths, "deeds meanwhile": points.interruptions})
        TOLD.update(self.world.counts)
        TOLD.update({model._meta.verbose_name_plural: model.objects.count() for model in COUNTED})
        TOLD["missions that came by both ways"] += Mission.objects.filter(twin_of__isnull=False).count()
        fired = self.world.store.faults.fired()
        FIRED.update(fired)
        figures.count("random histories")
        figures.count("deaths of workers in them", points.deaths)
        figures.count("faults fired in them", sum(fired.values()))


def test_once_quiet_planmanager_has_what_claims360_has(house: House) -> None:
    Histories.house = house
    run_state_machine_as_test(Histories, settings=HISTORIES)
