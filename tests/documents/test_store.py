"""The document store: whole files, honest checksums, and no way out of its folder."""

import hashlib
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.documents.files import DocumentStoreUnavailable
from app.billing.errors import InvalidInput, NotFound
from app.documents.store import FileDocumentStore, StoredFile

KEY = "invoices/2026/42.pdf"


def test_what_is_saved_can_be_read_and_checked(tmp_path: Path) -> None:
    store = FileDocumentStore(tmp_path / "documents")
    content = b"%PDF-1.7"
    assert store.save(KEY, content) == StoredFile(KEY, hashlib.sha256(content).hexdigest(), 8)
    assert store.read(KEY) == content


def test_files_are_for_the_owner_only_and_nothing_else_is_left(tmp_path: Path) -> None:
    store = FileDocumentStore(tmp_path / "documents")
    store.save(KEY, b"one")
    store.save(KEY, b"two")
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
    assert store.read(KEY) == b"two"


def test_a_file_that_can_not_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / KEY).mkdir(parents=True)
    with pytest.raises(DocumentStoreUnavailable):
        FileDocumentStore(tmp_path).save(KEY, b"content")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.fixture
def little_room() -> Iterator[int]:
    """No file of this process grows beyond so many bytes: a disk that is full in the middle of writing."""
    room = 4096
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    yield room
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, little_room: int) -> None:
    store = FileDocumentStore(tmp_path)
    store.save(KEY, b"whole")
    with pytest.raises(DocumentStoreUnavailable):
        store.save(KEY, b"x" * (little_room + 1))
    assert store.read(KEY) == b"whole"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["42.pdf"]


def test_a_missing_file_has_a_code_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as missing:
        FileDocumentStore(tmp_path).read(KEY)
    assert missing.value.code == "DOCUMENT_FILE_MISSING"


@pytest.mark.parametrize(
    "key",
    [
        "", ".", "..", "/etc/passwd", "../42.pdf", "a/../../42.pdf", "a//b.pdf", "a/./b.pdf", "a\\b.pdf",
        "a/.hidden.pdf", "a.pdf\n", "a.pdf\x00",
        "счёт.pdf", "A.pdf", "no-extension", "a.pdf/", "a" * 200 + ".pdf", "-rf.pdf",
    ],
)  # fmt: skip
def test_keys_that_could_lead_astray_are_refused(tmp_path: Path, key: str) -> None:
    store = FileDocumentStore(tmp_path)
    with pytest.raises(InvalidInput) as refusal:
        store.save(key, b"content")
    assert refusal.value.code == "STORE_KEY"
    with pytest.raises(InvalidInput):
        store.read(key)
    assert list(tmp_path.iterdir()) == []


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "documents", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "42.pdf").write_bytes(b"foreign")
    (root / "invoices").symlink_to(outside)
    store = FileDocumentStore(root)
    with pytest.raises(InvalidInput):
        store.read("invoices/42.pdf")
    with pytest.raises(InvalidInput):
        store.save("invoices/42.pdf", b"content")
    assert (outside / "42.pdf").read_bytes() == b"foreign"


@given(st.text(max_size=30))
def test_no_key_reaches_a_file_outside(key: str) -> None:
    with pytest.raises((InvalidInput, NotFound)):
        FileDocumentStore(Path("/nonexistent")).read(key)
