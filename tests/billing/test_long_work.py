"""How far long work has come, in percents."""

import pytest

from app.billing.long_work import percentage


@pytest.mark.parametrize(
    ("done", "total", "percents"),
    [(0, None, None), (0, 0, 100), (0, 3, 0), (1, 3, 33), (2, 3, 66), (3, 3, 100)],
)
def test_percents_are_whole_and_never_ahead(done: int, total: int | None, percents: int | None) -> None:
    assert percentage(done, total) == percents
