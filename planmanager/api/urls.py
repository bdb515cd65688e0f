"""/api/v1/: what each app has for programs, its description, and a page to read that."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from claims360_link.api.missions import Missions
from claims360_link.api.sending import Send
from claims360_link.api.syncs import Link, Runs
from dossiers.api.dossiers import Dossiers
from dossiers.api.options import Options
from dossiers.api.orders import Orders
from dossiers.api.photos import Photos
from dossiers.api.quotes import Quotes
from dossiers.api.sending import SendToWinformex
from dossiers.api.set_aside import AllSetAside
from dossiers.api.transmissions import Transmissions
from planmanager.api.views import Description, Nothing, page
from repairers.api.repairers import Repairers

app_name = "api"

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("repairers", Repairers, "repairers")
router.register("missions", Missions, "missions")
router.register("quotes", Quotes, "quotes")
router.register("photos", Photos, "photos")
router.register("dossiers", Dossiers, "dossiers")
router.register("orders", Orders, "orders")
router.register("transmissions", Transmissions, "transmissions")
router.register("sync-runs", Runs, "sync-runs")
router.register("set-aside", AllSetAside, "set-aside")

urlpatterns = [
    path("", page, name="page"),
    path("openapi.json", Description.as_view(), name="description"),
    path("repairers/<int:pk>/sync", Link.as_view(), name="sync"),
    path("dossiers/<int:pk>/transmissions", Send.as_view(), name="send"),
    path("dossiers/<int:pk>/winformex", SendToWinformex.as_view(), name="send-winformex"),
    path("options", Options.as_view(), name="options"),
    *router.urls,
    path("<path:rest>", Nothing.as_view(), name="nothing"),
]
