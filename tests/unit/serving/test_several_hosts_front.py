"""The front of a node that is one of several: what it serves by itself, and the scheme it says it was reached by."""

from __future__ import annotations

from pathlib import Path

from app.serving.nginx_front import configuration_text
from app.settings import load_settings


def text(folder: Path, **more: str) -> str:
    """The configuration of a centre with these settings."""
    named = {f"GUYUB_{name.upper()}": value for name, value in more.items()}
    return configuration_text(load_settings({"GUYUB_ROLE": "pusat", "GUYUB_DATA_DIR": str(folder), **named}))


def test_one_host_serves_the_whole_tree_and_one_of_several_only_what_never_changes(tmp_path: Path):
    alone = text(tmp_path)
    shared = text(tmp_path, several_hosts="true", database_url="postgresql://guyub@/guyub")
    assert "^/exchange/(servers|payloads|receipts)/" in alone
    assert "@fetch" not in alone
    assert "^/exchange/payloads/" in shared
    assert "(servers|" not in shared, "lists and releases change; another node may have changed them"
    assert "error_page 404 = @fetch" in shared, "a payload that only other nodes have is fetched by the program"


def test_behind_another_front_the_scheme_that_one_saw_is_kept(tmp_path: Path):
    assert 'X-Forwarded-Proto "$http_x_forwarded_proto, $scheme"' in text(tmp_path, trusted_proxies="1")
    assert "X-Forwarded-Proto $scheme;" in text(tmp_path)
