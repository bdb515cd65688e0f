"""The guards that `make guard-check` takes out are where tests/guards.toml says, and so are their tests."""

import pytest

from tests.guard_check import ROOT, Guard, read_guards


@pytest.mark.parametrize("guard", read_guards(), ids=lambda guard: guard.holds)
def test_it_is_where_it_is_said_to_be(guard: Guard) -> None:
    assert (ROOT / guard.file).read_text().count(guard.guard) == 1
    assert guard.guard != guard.without
    path, _, test = guard.test.partition("::")
    assert f"def {test}" in (ROOT / path).read_text()
