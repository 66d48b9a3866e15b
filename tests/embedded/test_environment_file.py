"""The settings file of a local instance."""

from pathlib import Path

from app.embedded.environment_file import write_environment_file


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "instance" / "demo.env"

    first = write_environment_file(file, {"PORT": "8000"}, ["SECRET_KEY", "API_KEY_PEPPER"])
    second = write_environment_file(file, {"PORT": "9000"}, ["SECRET_KEY", "API_KEY_PEPPER"])

    assert len(first["SECRET_KEY"]) >= 32
    assert first["SECRET_KEY"] != first["API_KEY_PEPPER"]
    assert second == first | {"PORT": "9000"}


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "demo.env"

    write_environment_file(file, {}, ["SECRET_KEY"])

    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["demo.env"]
