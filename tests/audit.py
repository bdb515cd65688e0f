"""`make audit`: asks OSV, by pip-audit, for known vulnerabilities of every locked version.

Exits 1 on a finding. Where no advisory service answers it says so, and exits 0: nothing is known then.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = [str(ROOT / name) for name in ("requirements.txt", "requirements-dev.txt")]
OPTIONS = ("--vulnerability-service=osv", "--format=json", "--progress-spinner=off", "--timeout=15")
NO_ANSWER = re.compile(r"^[\w.]*(?:ConnectionError|Timeout|ServiceError|Could not connect).*", re.MULTILINE)


def ask(locks: list[str], *options: str) -> subprocess.CompletedProcess[str]:
    """What pip-audit answers of these locks; it installs nothing."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", *OPTIONS, *options]
    for lock in locks:
        command += ["--requirement", lock]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def verdict(report: str, errors: str) -> tuple[list[str], int]:
    """The lines to print and the exit code, from pip-audit's report, and its errors where it has no report."""
    if report:
        found = findings(report)
        return [*found, f"{len(found)} known vulnerabilities"], int(bool(found))
    silent = NO_ANSWER.findall(errors)
    return ([f"not asked: {silent[-1]}"], 0) if silent else ([errors], 1)


def findings(report: str) -> list[str]:
    """A line a vulnerability: package, version, its number, and the versions that are free of it."""
    return [
        f"{package['name']} {package['version']}: {known['id']}, fixed in {', '.join(known['fix_versions']) or '–'}"
        for package in json.loads(report)["dependencies"]
        for known in package.get("vulns", [])
    ]


def main() -> int:
    answer = ask(LOCKS)
    lines, code = verdict(answer.stdout, answer.stderr)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
