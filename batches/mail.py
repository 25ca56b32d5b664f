"""The mail server of a URL, as Django's setting."""

from typing import Any
from urllib.parse import urlsplit

import environ

SECONDS = 10  # that a person waits for the mail server


def mailers_of(url: str) -> dict[str, dict[str, Any]]:
    """`smtp+tls://USER:PASSWORD@HOST:587`, `smtps://…`, `consolemail://`; no mailer for an empty URL."""
    if not url:
        return {}
    config = environ.Env.email_url_config(urlsplit(url).geturl())
    mailer: dict[str, Any] = {"BACKEND": config["EMAIL_BACKEND"]}
    if config["EMAIL_HOST"]:
        mailer["OPTIONS"] = {
            "host": config["EMAIL_HOST"], "port": config["EMAIL_PORT"] or 25, "timeout": SECONDS,
            "username": config["EMAIL_HOST_USER"] or "", "password": config["EMAIL_HOST_PASSWORD"] or "",
            "use_tls": config.get("EMAIL_USE_TLS", False), "use_ssl": config.get("EMAIL_USE_SSL", False),
        }  # fmt: skip
    return {"default": mailer}
