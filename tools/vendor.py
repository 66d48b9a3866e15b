"""Fetch and verify the browser files that are committed under ``static/vendor/``.

The lock file names each npm package, its integrity and the sha256 of every file taken from it, so that a
changed byte is noticed. Fetching is a developer's action; checking needs no network.

    python tools/vendor.py            fetch what the lock file lists, refuse a package that differs
    python tools/vendor.py --record   fetch and write new hashes (after changing a version in the lock file)
    python tools/vendor.py --check    recompute the hashes of the committed files
"""

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK_NAME = "vendor.lock.json"

SVG_SHAPES = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
BOUNDING_BOX = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


class VendorError(Exception):
    """A package or a committed file is not what the lock file says."""


@dataclass(frozen=True)
class Tarball:
    """One npm package as downloaded."""

    path: Path

    @property
    def integrity(self) -> str:
        """Digest of the whole archive in npm's own notation (``sha512-<base64>``)."""
        digest = hashlib.sha512(self.path.read_bytes()).digest()
        return "sha512-" + base64.b64encode(digest).decode()

    def read(self, member: str) -> bytes:
        """Content of one member; the name is relative to the package. VendorError if it is not there."""
        with tarfile.open(self.path) as archive:
            try:
                stream = archive.extractfile(f"package/{member}")
            except KeyError:
                stream = None
            if stream is None:
                raise VendorError(f"{self.path.name} has no file {member}")
            return stream.read()


def read_lock(root: Path) -> dict[str, Any]:
    """The lock file of the project at ``root``."""
    lock: dict[str, Any] = json.loads((root / LOCK_NAME).read_text(encoding="utf-8"))
    return lock


def write_lock(root: Path, lock: dict[str, Any]) -> None:
    """Write the lock file in the one format that gives small diffs."""
    text = json.dumps(lock, indent=2, ensure_ascii=False) + "\n"
    (root / LOCK_NAME).write_text(text, encoding="utf-8")


def pack(name: str, version: str, destination: Path) -> Tarball:
    """Download ``name@version`` with npm into ``destination``."""
    command = ["npm", "pack", f"{name}@{version}", "--silent", "--pack-destination", str(destination)]
    finished = subprocess.run(  # noqa: S603 - no shell; name and version come from our own lock file
        command, capture_output=True, text=True, check=False
    )
    if finished.returncode != 0:
        raise VendorError(f"npm pack {name}@{version} failed: {finished.stderr.strip()}")
    return Tarball(destination / finished.stdout.strip().splitlines()[-1])


def build_sprite(tarball: Tarball, icons: list[str]) -> bytes:
    """One SVG with a ``<symbol>`` for each listed outline icon of @tabler/icons, in the listed order."""
    symbols = [_symbol(name, tarball.read(f"icons/outline/{name}.svg").decode()) for name in icons]
    return ('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n").encode()


def _symbol(name: str, svg: str) -> str:
    shapes = SVG_SHAPES.search(svg)
    if shapes is None:
        raise VendorError(f"icon {name} is not an SVG")
    drawing = " ".join(BOUNDING_BOX.sub("", shapes.group(1)).split())
    return f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>'


def content_of(tarball: Tarball, entry: dict[str, Any], target: Path) -> bytes:
    """The bytes that one file entry of the lock file stands for.

    A copied member, a sprite of icons, or (``written_by_hand``) the committed file itself: a licence text
    for a package that is distributed without one.
    """
    if "icons" in entry:
        return build_sprite(tarball, entry["icons"])
    if "written_by_hand" in entry:
        return (target / str(entry["file"])).read_bytes()
    return tarball.read(entry["source"])


def target_folder(root: Path, package: dict[str, Any]) -> Path:
    """Where the files of a package live: the version is in the path, so they can be cached for ever."""
    short_name = package["name"].removeprefix("@").replace("/", "-")
    return root / str(package["into"]) / f"{short_name}-{package['version']}"


def fetch(root: Path, record: bool) -> None:
    """Download every package and write its files.

    With ``record`` the hashes in the lock file are replaced; without it a package or file that differs
    from the lock file raises VendorError before anything of that package is written.
    """
    lock = read_lock(root)
    for package in lock["packages"]:
        with tempfile.TemporaryDirectory() as folder:
            tarball = pack(package["name"], package["version"], Path(folder))
            _take(tarball, package, target_folder(root, package), record)
    if record:
        write_lock(root, lock)


def _take(tarball: Tarball, package: dict[str, Any], target: Path, record: bool) -> None:
    if record:
        package["integrity"] = tarball.integrity
    elif package["integrity"] != tarball.integrity:
        raise VendorError(f"{package['name']}: the package is not the one in {LOCK_NAME}")
    contents = {entry["file"]: content_of(tarball, entry, target) for entry in package["files"]}
    for entry in package["files"]:
        digest = hashlib.sha256(contents[entry["file"]]).hexdigest()
        if record:
            entry["sha256"] = digest
        elif entry["sha256"] != digest:
            raise VendorError(f"{package['name']}: {entry['file']} is not the one in {LOCK_NAME}")
    target.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (target / name).write_bytes(content)


def check(root: Path) -> list[str]:
    """Differences between the lock file and the committed files, empty when there are none.

    Also names files in vendor folders that no package of the lock file brought.
    """
    problems: list[str] = []
    expected: set[Path] = set()
    packages = read_lock(root)["packages"]
    for package in packages:
        for entry in package["files"]:
            path = target_folder(root, package) / entry["file"]
            expected.add(path)
            problems += _compare(path, entry["sha256"], root)
    for folder in sorted({root / package["into"] for package in packages}):
        strangers = {path for path in folder.rglob("*") if path.is_file()} - expected
        problems += [f"{path.relative_to(root)}: not in {LOCK_NAME}" for path in sorted(strangers)]
    return problems


def _compare(path: Path, sha256: str, root: Path) -> list[str]:
    if not path.is_file():
        return [f"{path.relative_to(root)}: missing"]
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        return [f"{path.relative_to(root)}: changed"]
    return []


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 when everything agrees with the lock file, 1 otherwise."""
    parser = argparse.ArgumentParser(description="Fetch or verify the vendored browser files.")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="only recompute hashes, no network")
    choice.add_argument("--record", action="store_true", help="fetch and write new hashes into the lock file")
    options = parser.parse_args(arguments)
    try:
        if not options.check:
            fetch(ROOT, record=options.record)
        problems = check(ROOT)
    except VendorError as error:
        problems = [str(error)]
    for problem in problems:
        sys.stderr.write(problem + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
