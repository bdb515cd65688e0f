"""A provider of OpenID Connect, small and over real HTTP; with `lies` it says what an honest one would not."""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, redirect, request
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

CLIENT, SECRET = "planmanager", "a-secret-of-the-provider"
SIGNED_IN = "provider_user"  # its own cookie
FORM = '<form method="post"><input name="user" aria-label="user"><button>Sign in</button></form>'


@dataclass
class Provider:
    """`people`: claims by name. `signed_in`: who is, whatever the browser says. `lies`: claims of the next tokens."""

    url: str
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    signed_in: str = ""
    lies: dict[str, Any] = field(default_factory=dict)
    lies_of_userinfo: dict[str, Any] = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    codes: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of an installation that signs in here."""
        return {
            "OIDC_ISSUER": self.url,
            "OIDC_NAME": "Garage DMS",
            "OIDC_CLIENT_ID": CLIENT,
            "OIDC_CLIENT_SECRET": SECRET,
            "OIDC_AUTHORIZATION_URL": f"{self.url}/authorize",
            "OIDC_TOKEN_URL": f"{self.url}/token",
            "OIDC_USER_URL": f"{self.url}/userinfo",
            "OIDC_KEYS_URL": f"{self.url}/keys",
        }

    def id_token(self, user: str, nonce: str) -> str:
        now = int(time.time())
        known = {"iss": self.url, "aud": CLIENT, "sub": user, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {name: value for name, value in {**known, **self.lies}.items() if value is not None}
        return jwt.encode(claims, self.key, "RS256", {"kid": "1"})


@contextmanager
def running_provider(host: str = "127.0.0.1") -> Iterator[Provider]:
    provider = Provider("")
    server = make_server(host, 0, application(provider), threaded=True)
    provider.url = f"http://{host}:{server.port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield provider
    server.shutdown()
    thread.join()


def application(provider: Provider) -> Flask:
    app = Flask(__name__)

    @app.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Response | str:
        provider.asked.append(request.args.to_dict())
        user = request.form.get("user") or provider.signed_in or request.cookies.get(SIGNED_IN, "")
        if user not in provider.people:
            return _back(error="login_required") if request.args.get("prompt") == "none" else FORM
        code = secrets.token_urlsafe()
        provider.codes[code] = (user, request.args.to_dict())
        answer = _back(code=code)
        answer.set_cookie(SIGNED_IN, user, secure=True, samesite="None")
        return answer

    @app.post("/token")
    def token() -> dict[str, Any] | tuple[dict[str, Any], int]:
        user, asked = provider.codes.pop(request.form["code"], ("", {}))
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not user or proof != asked["code_challenge"] or request.form["client_secret"] != SECRET:
            return {"error": "invalid_grant"}, 400
        return {"access_token": user, "id_token": provider.id_token(user, asked["nonce"])}

    @app.get("/userinfo")
    def userinfo() -> dict[str, Any]:
        user = request.headers["Authorization"].removeprefix("Bearer ")
        return {"sub": user, **provider.people[user], **provider.lies_of_userinfo}

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(provider.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "1", "alg": "RS256"}]}

    return app


def _back(**answer: str) -> Response:
    query = urlencode({**answer, "state": request.args["state"]})
    return redirect(f"{request.args['redirect_uri']}?{query}")
