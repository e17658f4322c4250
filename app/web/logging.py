"""Logs as one JSON object a line on standard error: what happened, where, how long; never who, never what they wrote.

Names, numbers of participants, addresses, passwords, codes and answers do not belong here. Paths are logged by their
pattern (`/api/v1/attempts/<id>`), not as they came.
"""

from __future__ import annotations

import logging
import sys

import structlog
from flask import Flask, request
from flask.wrappers import Response

from app.settings import Settings
from app.web.metrics import elapsed_s, pattern

_log = structlog.get_logger("guyub.request")
_QUIET = frozenset({"static", "health.healthz", "health.readyz", "health.metrics"})
SECRET_WORDS = ("password", "kata_sandi", "token", "code", "secret", "key", "ticket", "answer", "value")


def set_up_logging(settings: Settings) -> None:
    """Configure structlog and the standard library's logging alike."""
    level = getattr(logging, settings.log_level.upper())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide_secrets,
        structlog.processors.format_exc_info,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def init_request_log(app: Flask) -> None:
    """One line per request, without its content."""
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    if request.endpoint not in _QUIET:
        milliseconds = round(elapsed_s() * 1000, 1)
        _log.info("request", method=request.method, pattern=pattern(), status=response.status_code, ms=milliseconds)
    return response


def _hide_secrets(_logger: object, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The last net: a value under a telling name never reaches the log."""
    for name in event:
        if name != "event" and any(word in name.lower() for word in SECRET_WORDS):
            event[name] = "(disembunyikan)"
    return event
