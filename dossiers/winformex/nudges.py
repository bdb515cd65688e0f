"""The tasks of Winformex II by name."""

DELIVER = "dossiers.winformex.tasks.deliver"
PICK_UP_PENDING = "dossiers.winformex.tasks.pick_up_pending"
