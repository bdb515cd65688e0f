"""The tasks of the link by name: what is done need not know who is told to do it."""

SYNC = "claims360_link.tasks.sync_repairer"
SYNC_PORTION = "claims360_link.tasks.sync_portion"
ASK = "claims360_link.tasks.ask_anew"
PHOTOS = "claims360_link.tasks.fetch_photos"
DELIVER = "claims360_link.tasks.deliver"
RECONSIDER = "claims360_link.tasks.reconsider"
RECONSIDER_ALL = "claims360_link.tasks.reconsider_all"
