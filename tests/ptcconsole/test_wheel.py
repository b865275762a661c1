"""The wheel has what the checkout has, and what is installed from it works without a checkout."""

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ptcconsole.installed import run
from tests.ptcconsole.runner import Browser, Run, started

ROOT = Path(__file__).resolve().parents[2]

# Where a top-level folder or file of the checkout is in the wheel.
MOVED = {
    "templates/": "ptcconsole/templates/",
    "static/": "ptcconsole/static/",
    ".env.example": "ptcconsole/deployment/env.example",
}


def _files_of_the_checkout() -> set[str]:
    """What git knows or would add, of the product alone, by its name in the wheel."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    found = {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
    names = {name for name in found if name.startswith(("ptcconsole/", "wizard/"))}
    for here, there in MOVED.items():
        moved = {name for name in found if name.startswith(here)}
        assert moved
        names |= {there + name.removeprefix(here) for name in moved}
    return names


def test_the_wheel_has_the_files_of_the_checkout_and_no_others(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == _files_of_the_checkout()


def test_the_wheel_says_what_it_needs_and_names_its_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        told = {
            Path(name).name: archive.read(name).decode()
            for name in archive.namelist()
            if ".dist-info/" in name
        }
    assert "Name: ptcconsole\n" in told["METADATA"]
    assert re.search(r"^Requires-Dist: moto.*extra == 'demo'$", told["METADATA"], flags=re.M)
    assert re.search(r"^Requires-Dist: django<5\.3,>=5\.2$", told["METADATA"], flags=re.M)
    assert "ptcconsole = ptcconsole.commands:main" in told["entry_points.txt"]
    assert "LICENSE" in told


@pytest.fixture
def console(installed: Path, home: Path) -> Iterator[Run]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    command = [str(installed / "ptcconsole"), "run"]
    with started(command=command, environment=environment, cwd=home) as running:
        yield running


def test_an_installed_console_runs_without_a_checkout(
    console: Run, installed: Path, home: Path
) -> None:
    browser, link = Browser(), console.value("Sign in")
    browser.press(browser.get(link), link)
    page = browser.get(console.value("Console") + "123456789012/us-east-2/rules/")
    assert page.status == 200
    assert page.text.count("status-valid") >= 8
    (styles,) = set(re.findall(r'href="(/static/[^"]+\.css)"', page.text))
    assert browser.get(console.value("Console").rstrip("/") + styles).status == 200
    german = browser.get(console.value("Console") + "help/", language="de")
    assert 'lang="de"' in german.text

    # The data is the person's, and nothing is written beside the code.
    data = home / ".local" / "share" / "ptcconsole"
    assert (data / "console.sqlite3").stat().st_mode & 0o077 == 0
    (site,) = installed.parent.glob("lib/python*/site-packages")
    assert not [path for path in site.rglob("*") if path.suffix in (".sqlite3", ".env")]
    code, errors = console.stop(signal.SIGTERM)
    assert (code, errors) == (0, "")


def test_an_installed_console_is_set_up_and_migrated(installed: Path, home: Path) -> None:
    done = run(installed, home, "setup", "--host", "ptc.example.com")
    assert done.returncode == 0, done.stderr
    assert f"{installed}/ptcconsole serve" in (home / "ptcconsole.service").read_text()
    settings = {"ENV_FILE": str(home / ".env"), "DATA_DIR": str(home / "data")}
    assert run(installed, home, "migrate", "--verbosity", "0", **settings).returncode == 0
    link = run(
        installed,
        home,
        *("manage", "signinlink", "alice", "--base-url", "https://ptc.example.com"),
        **settings,
    )
    assert link.stdout.startswith("https://ptc.example.com/sign-in/"), link.stderr
    assert run(installed, home, "manage", "migrate", "--check", **settings).returncode == 0


def test_without_the_extra_the_demo_says_what_to_install(installed: Path, home: Path) -> None:
    (site,) = installed.parent.glob("lib/python*/site-packages")
    bare = home / "bare"
    shutil.copytree(site / "ptcconsole", bare / "ptcconsole")
    shutil.copytree(Path(sysconfig.get_path("purelib")) / "platformdirs", bare / "platformdirs")
    done = subprocess.run(
        [sys.executable, "-S", "-m", "ptcconsole", "run"],
        cwd=bare,
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert re.search(r"pip install '\./ptcconsole-\S+\.whl\[demo\]'", done.stderr)
    assert "ptcconsole live" in done.stderr
    assert "Traceback" not in done.stderr


def test_versions_are_told(installed: Path, home: Path) -> None:
    done = run(installed, home, "version")
    assert done.returncode == 0
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert {"ptcconsole", "python", "django", "boto3"} <= set(told)


@pytest.mark.parametrize(
    "words", [(), ("unknown",), ("run", "--nonsense"), ("serve", "--workers", "x")]
)
def test_what_is_not_understood_ends_with_the_usage(
    installed: Path, home: Path, words: tuple[str, ...]
) -> None:
    done = run(installed, home, *words)
    assert done.returncode == 2
    assert "usage: ptcconsole" in done.stderr
    assert "Traceback" not in done.stderr
