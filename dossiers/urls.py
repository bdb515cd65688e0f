"""Liste dossier, the dossier and Liste commandes."""

from django.urls import include, path

from dossiers.views import (
    dossier,
    edit,
    exports,
    links,
    lists,
    orders,
    photos,
    quotes,
    transmissions,
    undo,
    winformex,
)

app_name = "dossiers"

one = [
    path("", dossier.page, name="detail"),
    path("edit/", edit.edit, name="edit"),
    path("status/", edit.status, name="status"),
    path("comments/", edit.comment, name="comment"),
    path("photos/", photos.add, name="add-photos"),
    path("winformex/", winformex.page, name="send-winformex"),
    path("missions/<int:mission_pk>/undo/", links.undo, name="undo-link"),
    path("missions/<int:mission_pk>/move/", links.move, name="move-link"),
    path("missions/<int:mission_pk>/offers/<slug:fact>/", links.offer, name="offer"),
    path("quotes/<int:quote_pk>/accept/", quotes.accept, name="accept-quote"),
    path("quotes/<int:quote_pk>/deny/", quotes.deny, name="deny-quote"),
    path("quotes/<int:quote_pk>/compare/", quotes.compare, name="compare-quote"),
    path("transmissions/<int:transmission_pk>/again/", transmissions.again, name="send-again"),
    path("transmissions/<int:transmission_pk>/cancel/", transmissions.cancel, name="cancel-sending"),
]
urlpatterns = [
    path("dossiers/", lists.page, name="list"),
    path("dossiers/export/", exports.dossiers, name="export"),
    path("dossiers/new/", edit.create, name="create"),
    path("dossiers/photos/<int:photo_pk>/", photos.page, name="photo"),
    path("dossiers/photos/<int:photo_pk>/category/", photos.categorise, name="categorise"),
    path("dossiers/photos/<int:photo_pk>/thumb", photos.show_rendition, {"size": "thumb"}, name="thumb"),
    path("dossiers/photos/<int:photo_pk>/large", photos.show_rendition, {"size": "large"}, name="large"),
    path("dossiers/<int:pk>/", include(one)),
    path("decisions/undo/", undo.take_back, name="undo"),
    path("commandes/", orders.page, name="orders"),
]
