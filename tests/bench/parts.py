"""The parts of `make bench`: modules of this folder that have `TITLE` and `run() -> list[Table]`."""

import importlib
import multiprocessing
import pkgutil
from concurrent.futures import ProcessPoolExecutor

import tests.bench
from tests.bench.report import Table


def parts() -> dict[str, str]:
    """Title by name of every part; each is imported for it, so a part imports Django within `run` only."""
    names = [
        module.name for module in pkgutil.iter_modules(tests.bench.__path__) if module.name != "__main__"
    ]
    modules = {name: importlib.import_module(f"tests.bench.{name}") for name in names}
    return {name: module.TITLE for name, module in modules.items() if hasattr(module, "TITLE")}


def measured_apart(part: str) -> list[Table]:
    """What `part` measures, in a process that nothing else has run in."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_measure, part).result()


def _measure(part: str) -> list[Table]:
    tables: list[Table] = importlib.import_module(f"tests.bench.{part}").run()
    return tables
