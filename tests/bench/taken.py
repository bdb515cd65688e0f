"""What a piece of work took, for whoever started its process. No more than the standard library: dlt runs it too."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HIGHEST = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


@contextmanager
def taken() -> Iterator[None]:
    """Print as JSON: seconds, CPU seconds of this process, and its peak memory (MB) since it began."""
    began, cpu = time.perf_counter(), time.process_time()
    yield
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    # What the kernel calls the maximum of a process begins with whoever started it; this does not.
    memory = int(HIGHEST.search(Path("/proc/self/status").read_text())[1]) / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "memory": memory}))
