"""The wheel and a venv that it is installed into; the settings under an environment of the test."""

import fcntl
import os
import runpy
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONG_KEY = "a-key-for-tests-that-is-long-enough-for-any-production-console-0123456789"
AUDIT_KEY = "seals-the-audit-trail-" * 3
PRODUCTION = {
    "SECRET_KEY": LONG_KEY,
    "AUDIT_KEY": AUDIT_KEY,
    "ALLOWED_HOSTS": "ptc.example.com",
}
LOCAL = {"CONSOLE_ENV": "local"}

Load = Callable[[Mapping[str, str]], dict[str, Any]]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """A folder that is filled once, for all processes of the run (pytest-xdist)."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def filled(name: str, fill: Callable[[Path], None]) -> Path:
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (shared / f"{name}.done").exists():
                fill(shared / name)
                (shared / f"{name}.done").touch()
        return shared / name

    return filled


@pytest.fixture(scope="session")
def wheel(once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """The wheel, built from the checkout as `pip wheel` builds it."""
    (built,) = once("wheel", _build).glob("*.whl")
    return built


def _build(folder: Path) -> None:
    words = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(folder)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)


@pytest.fixture(scope="session")
def installed(wheel: Path, once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """The `bin` folder of a fresh venv with the wheel; its libraries are those of the tests."""
    return once("installed", lambda folder: _install(wheel, folder)) / "bin"


def _install(wheel: Path, folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip = ["-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run([python, *pip, "--no-index", "--no-deps", wheel], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home folder of somebody who has never used the console."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Read the settings file under an environment that holds these variables and no others."""
    before = set(os.environ)

    def read(variables: Mapping[str, str]) -> dict[str, Any]:
        for name in list(os.environ):
            monkeypatch.delenv(name)
        for name, value in environment_of(tmp_path, variables).items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "ptcconsole" / "settings.py"))

    yield read
    # What a file with settings has put there.
    for name in set(os.environ) - before:
        del os.environ[name]


def environment_of(data_dir: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Return these variables, with what a process needs besides."""
    fixed = {"PATH": os.defpath, "ENV_FILE": os.devnull, "DATA_DIR": str(data_dir)}
    return {**fixed, **variables}
