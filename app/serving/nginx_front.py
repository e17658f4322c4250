"""nginx in front of the exam and the web part: its configuration, and the three (or two) processes kept alive.

Everything nginx writes lies in `<data>/run`: it needs no rights of root. On a box nginx alone is a part (`run_front`):
its user may not write there, so it has a folder of its own, and systemd is told as long as nginx answers.
"""

from __future__ import annotations

import os
import pwd
import resource
import signal
import socket
from pathlib import Path

import jinja2
import structlog

from app.serving import connectivity, gunicorn_lines
from app.serving.bare import announce
from app.serving.children import Child, watch
from app.serving.service_manager import tell
from app.serving.watchdog import Watchdog, port_probe, unix_probe
from app.settings import PusatSettings, SekolahSettings, Settings, SettingsError
from app.web.headers import FIXED
from app.web.static_files import static_version

WEB_NICE = 5  # beside an exam part: a rush of logins must not delay a save
TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "serving"


def run(settings: Settings, nginx: str) -> int:
    """Serve until told to stop."""
    _refuse_taken_port(settings)
    _allow_many_files()
    configuration = write_configuration(settings)
    environment = gunicorn_lines.environment(settings, behind_nginx=True)
    children = []
    if isinstance(settings, SekolahSettings):
        exam_socket = gunicorn_lines.exam_socket(settings)
        exam = Child("exam", gunicorn_lines.exam_line(settings), environment, ready_file=exam_socket)
        exam.watchdog = Watchdog(unix_probe(exam_socket))
        children.append(exam)
    web_socket = gunicorn_lines.web_socket(settings)
    nice = WEB_NICE if children else 0
    children.append(Child("web", gunicorn_lines.web_line(settings), environment, nice=nice, ready_file=web_socket))
    line = [nginx, "-e", "stderr", "-p", str(settings.run_dir), "-c", str(configuration)]
    front = Watchdog(port_probe(settings.host, settings.port, "/static/icon.svg"))
    children.append(Child("nginx", line, stop_signal=signal.SIGQUIT, watchdog=front))
    return watch(children, lambda: announce(settings, "nginx"))


def run_front(settings: Settings, nginx: str) -> int:
    """Serve as the front of parts that others started, until told to stop."""
    _refuse_taken_port(settings)
    _allow_many_files()
    own = Path(os.environ.get("RUNTIME_DIRECTORY") or settings.run_dir / "front")
    # one worker: among several, one that hangs would hide behind the others' answers
    configuration = write_configuration(settings, own=own, workers=1)
    line = [nginx, "-e", "stderr", "-p", str(own), "-c", str(configuration)]
    alive = Watchdog(port_probe(settings.host, settings.port, "/static/icon.svg"), tell)
    child = Child("nginx", line, stop_signal=signal.SIGQUIT, watchdog=alive)
    return watch([child], lambda: announce(settings, "nginx"))


def write_configuration(settings: Settings, *, own: Path | None = None, workers: int = 2) -> Path:
    """Write nginx's configuration for these settings and what it needs to `own` (`<data>/run`); gives its path."""
    own = own or settings.run_dir
    path = own / "nginx.conf"
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        (own / "nginx" / name).mkdir(parents=True, exist_ok=True)
    away = _template("away.html").render(static_version=static_version())
    (own / "nginx" / "away.html").write_text(away, encoding="utf-8")
    path.write_text(configuration_text(settings, own=own, workers=workers), encoding="utf-8")
    return path


def configuration_text(settings: Settings, *, own: Path | None = None, workers: int = 2) -> str:
    """nginx's configuration for these settings; `own` is the folder it may write to."""
    return _template("nginx.conf").render(
        settings=settings,
        run=settings.run_dir,
        own=own or settings.run_dir,
        workers=workers,
        tls=_tls(settings),
        user=pwd.getpwuid(os.geteuid()).pw_name if os.geteuid() == 0 else "",
        headers=FIXED,
        static_version=static_version(),
        probed_hosts=connectivity.HOSTS,
        probe_answers=connectivity.ANSWERS,
        open_dir=settings.open_dir if isinstance(settings, SekolahSettings) else None,
        exchange_dir=settings.exchange_dir if settings.role == "pusat" else None,
        several_hosts=isinstance(settings, PusatSettings) and settings.several_hosts,
        exam_socket=gunicorn_lines.exam_socket(settings),
        web_socket=gunicorn_lines.web_socket(settings),
        forwarded="$proxy_add_x_forwarded_for" if settings.trusted_proxies else "$remote_addr",
    )


def _tls(settings: Settings) -> bool:
    """Whether there is a certificate to serve with. A file that is none (systemd's stand-in for one that is not made
    yet) must not keep http from being served."""
    if not (settings.tls_certificate and settings.tls_key):
        return False
    files = (Path(settings.tls_certificate), Path(settings.tls_key))
    missing = [str(path) for path in files if not (path.is_file() and b"-----BEGIN" in path.read_bytes())]
    if missing:
        structlog.get_logger("guyub.serving").warning("no https: certificate or key is missing", files=missing)
    return not missing


def _template(name: str) -> jinja2.Template:
    folder = jinja2.Environment(  # noqa: S701 - nginx configuration is not HTML
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return folder.get_template(name)


def _refuse_taken_port(settings: Settings) -> None:
    for port in (settings.port, settings.tls_port) if _tls(settings) else (settings.port,):
        _refuse_if_taken(settings.host, port)


def _refuse_if_taken(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                "port",
                f"Alamat {host}:{port} tidak dapat dipakai ({error.strerror}).",
                "Hentikan program lain di port itu, atau pilih port lain dengan --port.",
            ) from error


def _allow_many_files() -> None:
    """A socket per student and more: raise our own limit as far as we may; the children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
