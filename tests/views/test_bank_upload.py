"""A file comes back from a page as it was, or not at all."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.errors import InvalidInput
from app.views.bank_upload import LONGEST_CONTENT, packed, unpacked


@given(st.binary(min_size=1, max_size=2_000))
def test_what_is_packed_comes_back(content: bytes) -> None:
    assert unpacked(packed(content)) == content


@given(st.text(max_size=200))
def test_what_is_no_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        unpacked(text)
    assert refusal.value.code == "UPLOAD_EXPIRED"


def test_a_file_that_swells_is_refused_before_it_does() -> None:
    bomb = base64.b64encode(zlib.compress(b"0" * (50 * LONGEST_CONTENT), 9)).decode()
    with pytest.raises(InvalidInput):
        unpacked(bomb)


def test_what_does_not_fit_a_form_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        packed(b"0" * (LONGEST_CONTENT + 1))
    assert refusal.value.code == "STATEMENT_TOO_LARGE"
