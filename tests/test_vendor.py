"""The vendored browser files are the ones in the lock file, and a changed byte is noticed."""

import shutil
from pathlib import Path

import pytest

from tools import vendor

ROOT = vendor.ROOT
STYLESHEET = Path("app/static/vendor/tabler-core-1.6.1/tabler.min.css")


@pytest.fixture
def copied_project(tmp_path: Path) -> Path:
    """A copy of the lock file and of everything it lists."""
    shutil.copy(ROOT / vendor.LOCK_NAME, tmp_path)
    for folder in ("app/static/vendor", "tests/vendor"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def test_committed_files_match_the_lock() -> None:
    assert vendor.check(ROOT) == []


def test_every_package_has_its_licence_beside_it() -> None:
    for package in vendor.read_lock(ROOT)["packages"]:
        assert (vendor.target_folder(ROOT, package) / "LICENSE").is_file(), package["name"]


def test_lock_names_no_host() -> None:
    assert "://" not in (ROOT / vendor.LOCK_NAME).read_text(encoding="utf-8")


def test_one_changed_byte_is_noticed(copied_project: Path) -> None:
    path = copied_project / STYLESHEET
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(bytes(content))

    assert vendor.check(copied_project) == [f"{STYLESHEET}: changed"]


def test_a_missing_file_is_noticed(copied_project: Path) -> None:
    (copied_project / STYLESHEET).unlink()

    assert vendor.check(copied_project) == [f"{STYLESHEET}: missing"]


def test_a_file_that_nobody_listed_is_noticed(copied_project: Path) -> None:
    stranger = STYLESHEET.with_name("extra.js")
    (copied_project / stranger).write_text("1")

    assert vendor.check(copied_project) == [f"{stranger}: not in {vendor.LOCK_NAME}"]


def test_another_package_under_the_same_version_is_refused(
    copied_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pack_something_else(name: str, version: str, destination: Path) -> vendor.Tarball:
        path = destination / f"{version}.tgz"
        path.write_bytes(name.encode())
        return vendor.Tarball(path)

    monkeypatch.setattr(vendor, "pack", pack_something_else)

    with pytest.raises(vendor.VendorError, match="not the one in"):
        vendor.fetch(copied_project, record=False)
    assert vendor.check(copied_project) == []
