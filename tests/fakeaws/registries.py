"""Upstream registries for tests of validation: Debian's docker-registry and a token server."""

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from werkzeug.wrappers import Request, Response

from ptcconsole.fakeaws.loopback import LoopbackServer

_CONFIG = """
version: 0.1
log: {{level: info}}
storage: {{filesystem: {{rootdirectory: {folder}/images}}}}
http: {{addr: "127.0.0.1:0"}}
auth: {auth}
"""


@contextmanager
def real_registry(folder: Path, username: str, password: str) -> Iterator[str]:
    """Debian's `docker-registry` with one account; its base URL. Fails if it is not installed."""
    assert shutil.which("htpasswd"), "htpasswd is not installed"
    entry = subprocess.run(
        ["htpasswd", "-Bbn", username, password], check=True, capture_output=True
    ).stdout
    (folder / "htpasswd").write_bytes(entry)
    with _serving(folder, {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}) as url:
        yield url


@contextmanager
def real_token_registry(folder: Path, tokens: "TokenServer") -> Iterator[str]:
    """The same, but it sends clients to a token server and believes what that one signs."""
    bundle = folder / "roots.pem"
    bundle.write_bytes(tokens.certificate)
    token = {
        "realm": f"{tokens.url}/token",
        "service": tokens.SERVICE,
        "issuer": tokens.ISSUER,
        "rootcertbundle": str(bundle),
    }
    with _serving(folder, {"token": token}) as url:
        yield url


@contextmanager
def _serving(folder: Path, auth: dict[str, dict[str, str]]) -> Iterator[str]:
    assert shutil.which("docker-registry"), "docker-registry is not installed"
    # What is JSON is YAML too.
    config = _CONFIG.format(folder=folder, auth=json.dumps(auth))
    (folder / "config.yml").write_text(config)
    command = ["docker-registry", "serve", str(folder / "config.yml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as registry:
        try:
            yield f"http://127.0.0.1:{_port_of(registry)}"
        finally:
            registry.terminate()


def _port_of(registry: "subprocess.Popen[str]") -> int:
    """The registry picks a free port itself and logs it once it listens."""
    assert registry.stderr is not None
    for line in registry.stderr:
        listening = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
        if listening:
            return int(listening[1])
    raise AssertionError("docker-registry ended before it listened")


class TokenRegistry:
    """A registry of the bearer kind: it sends clients to a token service, by default its own."""

    def __init__(self, username: str, password: str, realm: str = "") -> None:
        self._basic = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
        self._realm = realm
        self._server = LoopbackServer(Request.application(self._serve))

    @property
    def url(self) -> str:
        """The base URL."""
        return self._server.url

    def __enter__(self) -> "TokenRegistry":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def _serve(self, request: Request) -> Response:
        sent = request.headers.get("Authorization", "")
        if request.path == "/token" and request.args.get("service") == "test":
            if sent != self._basic:
                return Response("{}", status=401)
            return Response(json.dumps({"token": "one-good-token"}))
        if sent == "Bearer one-good-token":
            return Response("{}")
        refusal = Response("{}", status=401)
        realm = self._realm or f"{self.url}/token"
        refusal.headers["WWW-Authenticate"] = f'Bearer realm="{realm}",service="test"'
        return refusal


class TokenServer:
    """Signs tokens for one account, as https://distribution.github.io/distribution/spec/auth/jwt/.

    `asked` counts the requests that reached it, whatever became of them.
    """

    SERVICE = "registry.test"
    ISSUER = "tokens.test"

    def __init__(self, username: str, password: str) -> None:
        self.asked = 0
        self._basic = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._certificate = _self_signed(self._key)
        self._server = LoopbackServer(Request.application(self._serve))

    @property
    def url(self) -> str:
        """The base URL."""
        return self._server.url

    @property
    def certificate(self) -> bytes:
        """What a registry must trust to believe the tokens, in PEM."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def __enter__(self) -> "TokenServer":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def _serve(self, request: Request) -> Response:
        self.asked += 1
        if request.headers.get("Authorization") != self._basic:
            return Response("{}", status=401)
        return Response(json.dumps({"token": self._token(request.args.get("service", ""))}))

    def _token(self, audience: str) -> str:
        now = int(time.time())
        der = self._certificate.public_bytes(serialization.Encoding.DER)
        header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        claims = {
            "iss": self.ISSUER,
            "sub": "somebody",
            "aud": audience,
            "iat": now,
            "nbf": now - 60,
            "exp": now + 300,
            "jti": "one",
            "access": [],
        }
        signed = f"{_base64(json.dumps(header).encode())}.{_base64(json.dumps(claims).encode())}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64(signature)}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _self_signed(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tokens.test")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1))
    builder = builder.not_valid_after(now + timedelta(hours=1))
    return builder.sign(key, hashes.SHA256())
