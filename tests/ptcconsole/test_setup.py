"""`ptcconsole setup`: settings with fresh keys, and files that the tools of their field accept."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from ptcconsole.commands import main
from ptcconsole.deployment import KINDS

ROOT = Path(__file__).resolve().parents[2]
HOST = "ptc.example.com"
KUBERNETES = ("1.31", "1.33")


def written(folder: Path, kind: str, *more: str) -> dict[str, str]:
    """Run the command in the folder; return the texts of its files by name."""
    assert main(["setup", "--host", HOST, "--kind", kind, "--directory", str(folder), *more]) == 0
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_place_of_every_file_is_filled_in(tmp_path: Path, kind: str) -> None:
    texts = written(tmp_path, kind)
    assert set(KINDS[kind]) < set(texts)
    assert [name for name, text in texts.items() if "@{" in text] == []


@pytest.mark.parametrize("kind", KINDS)
def test_files_with_secrets_are_the_owner_s_alone(tmp_path: Path, kind: str) -> None:
    texts = written(tmp_path, kind)
    secret = [name for name in texts if name not in KINDS[kind]]
    assert secret
    for name in secret:
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_keys_are_new_each_time_and_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = written(tmp_path / "a", "systemd")[".env"]
    other = written(tmp_path / "b", "systemd")[".env"]
    keys = [re.findall(r"^(?:SECRET|AUDIT)_KEY=(\S{50,})$", text, re.M) for text in (first, other)]
    assert [len(found) for found in keys] == [2, 2]
    assert len(set(keys[0] + keys[1])) == 4
    assert written(tmp_path / "a", "systemd")[".env"] == first
    said = capsys.readouterr().out
    assert f"kept     {tmp_path / 'a' / '.env'} (it exists)" in said
    assert not any(key in said for found in keys for key in found)


def test_what_is_printed_has_no_secret_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["setup", "--host", HOST, "--kind", "kubernetes", "--print"]) == 0
    said = capsys.readouterr().out
    assert "kind: List" in said
    assert not re.search(r"^\s*(SECRET|AUDIT)_KEY[=:]", said, re.M)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "host",
    [
        *("https://ptc.example.com", "ptc.example.com:443", "ptc example", "*", "", "-a.example"),
        *("ptc.example.com;\nroot /", "PTC.example.com", "a" * 64 + ".example", "ptc..example"),
    ],
)
def test_what_is_no_host_name_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    folder = tmp_path / "none"
    assert main(["setup", f"--host={host}", "--directory", str(folder)]) == 2
    assert "is no host name" in capsys.readouterr().err
    assert not folder.exists()


@pytest.mark.parametrize("user", ["root;reboot", "a b", "", "1user", "-x", "x" * 33])
def test_what_is_no_user_is_refused(tmp_path: Path, user: str) -> None:
    folder = tmp_path / "none"
    words = ["setup", "--host", HOST, f"--user={user}", "--directory", str(folder)]
    assert main(words) == 2
    assert not folder.exists()


def test_a_command_that_is_not_installed_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    written(tmp_path / "files", "systemd")
    assert f"{tmp_path}/bin/ptcconsole, which the units start, does not" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["setup", "--host", HOST, "--directory", str(tmp_path / "file")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_django_accepts_the_settings_for_production(tmp_path: Path) -> None:
    texts = written(tmp_path, "systemd")
    path = tmp_path / ".env"
    path.write_text(texts[".env"].replace("/var/lib/ptcconsole", str(tmp_path / "data")))
    words = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ENV_FILE": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with a command that exists here."""
    for name, text in written(tmp_path, "systemd").items():
        if name.endswith((".service", ".timer")):
            found = re.sub(r"=\S+/ptcconsole (?=serve|worker|manage)", "=/bin/true ", text)
            (tmp_path / name).write_text(found.replace("User=ptcconsole", "User=root"))
    return tmp_path


@pytest.mark.parametrize("name", [name for name in KINDS["systemd"] if name != "nginx.conf"])
def test_systemd_accepts_the_units(units: Path, name: str) -> None:
    program = shutil.which("systemd-analyze")
    assert program is not None
    words = [program, "verify", "--man=no", "--generators=no", str(units / name)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_nginx_accepts_its_configuration(tmp_path: Path) -> None:
    text = written(tmp_path, "systemd")["nginx.conf"]
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}"]
    subprocess.run(
        [*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
    )
    text = text.replace(f"/etc/ssl/certs/{HOST}.pem", str(certificate))
    text = text.replace(f"/etc/ssl/private/{HOST}.key", str(key))
    folders = "".join(
        f"{name}_temp_path {tmp_path}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = tmp_path / "whole.conf"
    whole.write_text(
        f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{ access_log off;\n{folders}{text} }}\n"
    )
    program = shutil.which("nginx")
    assert program is not None
    words = [program, "-t", "-q", "-c", str(whole)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def manifests(tmp_path: Path) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = yaml.safe_load(
        written(tmp_path, "kubernetes")["kubernetes.yaml"]
    )["items"]
    return items


@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_accepts_the_manifests(tmp_path: Path, version: str) -> None:
    items = manifests(tmp_path)
    assert {"Deployment", "Job", "CronJob", "Service", "Ingress"} <= {
        each["kind"] for each in items
    }
    for each in items:
        kubernetes_validate.validate(each, version, strict=True)


def test_no_pod_runs_as_root_or_writes_to_its_root(tmp_path: Path) -> None:
    pods = [pod for each in manifests(tmp_path) if (pod := _pod_of(each))]
    assert len(pods) == 4
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["allowPrivilegeEscalation"] is False


def _pod_of(item: dict[str, Any]) -> dict[str, Any] | None:
    spec = item.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    pod: dict[str, Any] | None = spec.get("template", {}).get("spec")
    return pod


def test_the_services_of_compose_wait_for_what_they_need(tmp_path: Path) -> None:
    texts = written(tmp_path, "compose")
    services = yaml.safe_load(texts["compose.yaml"])["services"]
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("console", "worker"):
        assert services[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"}
        }
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    password = texts["database_password"]
    assert f"\nDATABASE_URL=postgres://ptcconsole:{password}@database:5432/" in texts[".env"]
