"""One photo among the others of its dossier, or of its mission that has no dossier yet."""

from dataclasses import dataclass

from dossiers.dossier_page import PhotoView, photos_of
from dossiers.models import Dossier, Mission, Photo


@dataclass(frozen=True, slots=True)
class PhotoPage:
    """`album` are the photos that can be looked at, in the order of the page that they stand on."""

    photo: Photo
    album: list[PhotoView]
    dossier: Dossier | None
    mission: Mission | None

    @property
    def at(self) -> int:
        """Where the photo stands among them, from 0."""
        return [view.photo.pk for view in self.album].index(self.photo.pk)

    @property
    def number(self) -> int:
        return self.at + 1

    @property
    def is_sent(self) -> bool:
        return self.album[self.at].is_sent

    @property
    def first(self) -> Photo | None:
        return self.album[0].photo if self.at > 0 else None

    @property
    def previous(self) -> Photo | None:
        return self.album[self.at - 1].photo if self.at > 0 else None

    @property
    def next(self) -> Photo | None:
        return self.album[self.at + 1].photo if self.number < len(self.album) else None

    @property
    def last(self) -> Photo | None:
        return self.album[-1].photo if self.number < len(self.album) else None


def read(photo: Photo) -> PhotoPage:
    """The page of `photo`, whose content is here, in four statements at most."""
    mission = photo.mission
    dossier = photo.dossier or (mission.dossier if mission is not None else None)
    if dossier is not None:
        views = photos_of(dossier)
    else:
        own = Photo.objects.filter(mission=mission).order_by("sequence", "pk")
        views = [PhotoView(row, is_sent=False) for row in own]
    album = [view for view in views if view.photo.content_id]
    if photo.pk not in {view.photo.pk for view in album}:  # its twin of another way stands there in its place
        album = [PhotoView(photo, is_sent=False)]
    return PhotoPage(photo, album, dossier, None if dossier is not None else mission)
