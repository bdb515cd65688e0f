"""What a piece of work took, for whoever started its process. No more than the standard library: dlt runs it too."""

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def taken() -> Iterator[None]:
    """Print as JSON: seconds, CPU seconds of this process, and its peak memory (MB) since it began."""
    began, cpu = time.perf_counter(), time.process_time()
    yield
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "memory": memory}))
