"""The Claims360 tab, its popup, its missions, and the "i" of a dossier."""

from django.urls import path

from claims360_link.views import (
    configure,
    exports,
    history,
    many,
    missions,
    quotes,
    repairers,
    send,
    tab,
    where,
)

app_name = "claims360"

urlpatterns = [
    path("", tab.page, name="list"),
    path("keys/", tab.keys, name="keys"),
    path("queue/", tab.queue, name="queue"),
    path("repairers/", repairers.every, name="repairers"),
    path("repairers/report/", repairers.report_of_ill, name="report"),
    path("repairers/<int:pk>/", repairers.one, name="repairer"),
    path("repairers/<int:pk>/report/", repairers.report_of_one, name="repairer-report"),
    path("repairer/", configure.choose, name="choose-repairer"),
    path("refresh/", tab.refresh, name="refresh"),
    path("configure/", configure.page, name="configure"),
    path("where/", where.page, name="where"),
    path("missions/<int:pk>/ask/", where.ask, name="ask"),
    path("set-aside/<int:pk>/ask/", where.ask_for_record, name="ask-for-record"),
    path("history/", history.page, name="history"),
    path("history/export/", exports.synchronisations, name="export-history"),
    path("missions/export/", exports.missions, name="export-missions"),
    path("quotes/export/", exports.quotes, name="export-quotes"),
    path("set-aside/export/", exports.set_aside, name="export-set-aside"),
    path("missions/by-number/<path:number>", missions.by_number, name="by-number"),
    path("missions/by-id/<str:external_id>", missions.by_id, name="by-id"),
    path("many/accept/", many.accept, name="accept-many"),
    path("many/deny/", many.deny, name="deny-many"),
    path("missions/<int:pk>/", missions.page, name="mission"),
    path("missions/<int:pk>/accept/", missions.accept, name="accept"),
    path("missions/<int:pk>/new-dossier/", missions.new_dossier, name="new-dossier"),
    path("missions/<int:pk>/link/", missions.link, name="link"),
    path("missions/<int:pk>/deny/", missions.deny, name="deny"),
    path("missions/<int:pk>/reconsider/", missions.reconsider, name="reconsider"),
    path("quotes/<int:pk>/accept/", quotes.accept, name="accept-quote"),
    path("quotes/<int:pk>/deny/", quotes.deny, name="deny-quote"),
    path("dossiers/<int:dossier_pk>/send/", send.page, name="send"),
]
