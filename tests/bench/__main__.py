"""`python -m tests.bench [part …]`: measures, prints, writes docs/performance.md; 1 where a bound is missed."""

import sys

from tests.bench import document
from tests.bench.parts import measured_apart, parts
from tests.bench.report import markdown, missed


def main() -> int:
    """Runs all parts, one after the other, or those named as arguments."""
    known = parts()
    unknown = set(sys.argv[1:]) - set(known)
    if unknown:
        print(f"no such part: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
        return 2
    beyond = []
    for part in sys.argv[1:] or known:
        print(f"\n## {known[part]}\n", flush=True)
        tables = measured_apart(part)
        print(markdown(tables), flush=True)
        document.put(known[part], markdown(tables))
        beyond += missed(tables)
    print("\n".join(["", *(f"MISSED  {line}" for line in beyond), f"{len(beyond)} bounds missed"]))
    return int(bool(beyond))


if __name__ == "__main__":
    sys.exit(main())
