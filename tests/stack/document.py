"""docs/debian.md: its blocks, and somebody who types them."""

import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PART = re.compile(r"^## (?P<heading>.+)$|^```sh ?(?P<kind>.*)\n(?P<text>(?:.*\n)*?)^```$", re.MULTILINE)
PLAIN, ROOTS, NETWORK, MOVE = "", "root", "network", "move"  # the word behind `sh`
VARIABLES = "Variables, and a word for commands"
Run = Callable[[str, str], "subprocess.CompletedProcess[str]"]  # a script and what is typed into it


@dataclass(frozen=True)
class Block:
    """Of the document: under which heading it stands, its word behind `sh`, what is typed."""

    heading: str
    kind: str
    text: str


def read() -> list[Block]:
    """Every block of the document, in its order."""
    heading, blocks = "", []
    for part in PART.finditer((ROOT / "docs/debian.md").read_text()):
        heading = part["heading"] or heading
        if part["text"]:
            blocks.append(Block(heading, part["kind"], part["text"]))
    return blocks


BLOCKS = read()


class Operator:
    """Types what the document says, each block in a shell of its own that knows the variables and the function.

    `here`: the variables' values, where they are others than the document's; `instead`: what else is otherwise here;
    `as_root`: who types what is for root, if anybody may.
    """

    def __init__(
        self, run: Run, here: Mapping[str, str], instead: Mapping[str, str], as_root: Run | None = None
    ) -> None:
        self._run, self._here, self._instead, self._as_root = run, here, instead, as_root
        self.typed: set[Block] = set()

    def follow(self, heading: str, *kinds: str, typed: str = "") -> str:
        """Type the blocks under `heading` that are of these kinds, by default the plain ones; gives what they said."""
        wanted = [block for block in BLOCKS if block.heading == heading and block.kind in (kinds or (PLAIN,))]
        assert wanted, heading
        return "".join(self.type(block, typed) for block in wanted)

    def manage(self, command: str, typed: str = "") -> str:
        """What a command of manage.py says that the document has no block for."""
        return self._do(self._run, f"{self._known()}manage {command}\n", typed)

    def type(self, block: Block, typed: str = "") -> str:
        """Type one block; gives what it said."""
        self.typed.add(block)
        if block.kind == ROOTS:
            assert self._as_root is not None, block
            return self._do(self._as_root, block.text, typed)
        return self._do(self._run, self._known() + block.text, typed)

    def _known(self) -> str:
        variables, function = (block for block in BLOCKS if block.heading == VARIABLES)
        self.typed |= {variables, function}
        ours = "".join(f"{name}={shlex.quote(value)}\n" for name, value in self._here.items())
        return f"{variables.text}{ours}{function.text}"

    def _do(self, run: Run, script: str, typed: str) -> str:
        for there, here in self._instead.items():
            script = script.replace(there, here)
        done = run(f"set -eo pipefail\n{script}", typed)
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout
