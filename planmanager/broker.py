"""The broker over files, made safe to read while others write."""

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """kombu's own writes into the file that a worker may already be reading; what is read half ends the worker."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]  # as kombu's own is
        """Write the message as a draft, which is in no queue, and then give it its name."""
        folder, name = Path(self.data_folder_out), f"{time.monotonic_ns()}_{uuid.uuid4()}"
        draft = folder / f"{name}.draft"
        draft.write_bytes(str_to_bytes(dumps(payload)))
        draft.replace(folder / f"{name}.{queue}.msg")


class Transport(filesystem.Transport):
    Channel = Channel
