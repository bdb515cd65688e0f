"""The broker over files, made safe to read while others write."""

import time
import uuid
from contextlib import suppress
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

    def _queue_bind(self, exchange: str, *binding: Any) -> None:
        """Begin with a table that is whole: kombu's own is there before anything is in it."""
        table: Path = self._exchange_file(exchange)  # type: ignore[attr-defined]  # types are of an older kombu
        if not table.exists():
            draft = table.with_name(f"{uuid.uuid4()}.draft")
            draft.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text("[]")
            with suppress(FileExistsError):  # another was quicker
                table.hardlink_to(draft)
            draft.unlink()
        super()._queue_bind(exchange, *binding)


class Transport(filesystem.Transport):
    Channel = Channel
