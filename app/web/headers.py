"""Headers of every answer: only our own files run, nobody frames us, nothing leaks by referrer.

No HSTS on plain http: a lab without certificates must keep working.
"""

from __future__ import annotations

from flask import Flask, request
from flask.wrappers import Response

CONTENT_RULES = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",  # KaTeX places its parts so; question HTML is cleaned before it is stored
    "img-src": "'self' data:",  # Bootstrap draws its form marks as data: pictures
    "font-src": "'self'",
    "media-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
FIXED = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in CONTENT_RULES.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def init_headers(app: Flask) -> None:
    """Add the headers to every answer."""
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Fill in what the view did not set itself."""
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
