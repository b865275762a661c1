"""`python -m tests.oidc_provider FOLDER`: run the provider on a free port and print the port."""

import os
import secrets
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Log nothing, because the first line of the output is the port."""


def main(folder: Path) -> None:
    _make_key(folder / "key.pem")
    os.environ["OIDC_PROVIDER_FOLDER"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.oidc_provider.settings"

    import django
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    django.setup(set_prefix=False)
    call_command("migrate", verbosity=0)
    secret = _make_client()
    with make_server(
        "127.0.0.1", 0, get_wsgi_application(), server_class=_Server, handler_class=_Silent
    ) as server:
        sys.stdout.write(f"listening {server.server_port} {secret}\n")
        sys.stdout.flush()
        server.serve_forever()


def _make_key(path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )


def _make_client() -> str:
    from oauth2_provider.models import get_application_model

    application = get_application_model()
    secret = secrets.token_urlsafe(32)
    application.objects.create(
        name="console",
        client_id="console",
        client_secret=secret,
        client_type=application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=application.GRANT_AUTHORIZATION_CODE,
        algorithm=application.RS256_ALGORITHM,
        redirect_uris="http://testserver/single-sign-on/callback/",
        skip_authorization=True,
    )
    return secret


if __name__ == "__main__":
    main(Path(sys.argv[1]))
