from dossiers.models.deny_reason import DenyReason
from dossiers.models.dossier import Comment, Dossier
from dossiers.models.mission import Mission, MissionState, Source
from dossiers.models.option_change import OptionChange
from dossiers.models.order import OrderLine
from dossiers.models.photo import Content, LooseFile, Photo
from dossiers.models.quote import Quote, QuoteState, QuoteVersion
from dossiers.models.set_aside import SetAside
from dossiers.models.trail import Event
from dossiers.models.transmission import Opening, Transmission, TransmissionPhoto
from dossiers.models.winformex_token import WinformexToken

__all__ = [
    "Comment",
    "Content",
    "DenyReason",
    "Dossier",
    "Event",
    "LooseFile",
    "Mission",
    "MissionState",
    "Opening",
    "OptionChange",
    "OrderLine",
    "Photo",
    "Quote",
    "QuoteState",
    "QuoteVersion",
    "SetAside",
    "Source",
    "Transmission",
    "TransmissionPhoto",
    "WinformexToken",
]
