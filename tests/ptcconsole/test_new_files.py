"""Keys and settings are written whole or not at all, whatever happens meanwhile."""

import os
import resource
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ptcconsole.commands import main
from ptcconsole.locations import kept_key
from ptcconsole.new_files import write_new
from tests.ptcconsole.conftest import ROOT


def test_a_file_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert write_new(path, "first", mode=0o640)
    assert not write_new(path, "second", mode=0o600)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("first", 0o640)
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_that_leads_nowhere_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "key").symlink_to(tmp_path / "unmounted" / "key")
    assert not write_new(tmp_path / "key", "new", mode=0o600)
    assert (tmp_path / "key").is_symlink()


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "key"
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: kept_key(path), range(64)))
    assert len(keys) == 1
    assert len(keys.pop()) > 64
    assert [each.name for each in path.parent.iterdir()] == ["key"]


SETUP = ["setup", "--host", "ptc.example.com", "--kind", "systemd", "--directory"]


def test_settings_that_do_not_fit_on_the_disk_are_not_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A limit of the size of files stands for the disk: writing fails after its first bytes."""
    limited = subprocess.run(
        [sys.executable, "-m", "ptcconsole", *SETUP, str(tmp_path)],
        cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)),
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert limited.returncode == 2, limited.stderr
    assert "cannot be written: File too large" in limited.stderr
    assert not (tmp_path / ".env").exists()
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]
    assert main([*SETUP, str(tmp_path)]) == 0
    assert f"written  {tmp_path / '.env'}" in capsys.readouterr().out
    assert "AUDIT_KEY=" in (tmp_path / ".env").read_text()
