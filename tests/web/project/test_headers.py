import json
import os
import re
import subprocess
import sys

import pytest

ASKED = """
import json
from django.conf import settings as s
print(json.dumps({
    "hsts": s.SECURE_HSTS_SECONDS, "redirect": s.SECURE_SSL_REDIRECT, "session_secure": s.SESSION_COOKIE_SECURE,
    "csrf_secure": s.CSRF_COOKIE_SECURE, "session": s.SESSION_COOKIE_NAME, "debug": s.DEBUG, "hosts": s.ALLOWED_HOSTS,
    "csp": [str(k) for k in s.CONTENT_SECURITY_POLICY["DIRECTIVES"]], "origins": s.CSRF_TRUSTED_ORIGINS,
    "db": {k: s.DATABASES["default"][k] for k in ("NAME", "HOST", "PORT", "USER")},
    "asked_of_db": s.DATABASES["default"]["OPTIONS"].get("options", ""),
    "scanner": [s.TONGBAN_SCANNER_REQUIRED, s.TONGBAN_SCANNER_SECONDS], "identity": s.TONGBAN_IDENTITY_KEY,
}))
"""


def settings_with(tmp_path, **env):
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("TONGBAN_")}
    surroundings |= {
        "DJANGO_SETTINGS_MODULE": "tongban.project.settings",
        "TONGBAN_DATA": str(tmp_path),
    } | env
    done = subprocess.run(
        [sys.executable, "-c", ASKED], env=surroundings, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.fixture(params=["/healthz", "/account/login/", "/nowhere-at-all", "/ui/"])
def answer(request, client, db):
    return client.get(request.param)


def test_no_answer_allows_inline_code(answer):
    policy = answer["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_every_answer_carries_the_protective_headers(answer):
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


def test_an_answer_has_an_id_to_ask_for_help_with(client):
    assert re.fullmatch(r"[0-9a-f]{32}", client.get("/healthz")["X-Request-ID"])


def test_the_fronts_request_id_is_taken_over_when_well_formed(client):
    assert (
        client.get("/healthz", headers={"X-Request-ID": "front-0123456789"})["X-Request-ID"]
        == "front-0123456789"
    )
    assert client.get("/healthz", headers={"X-Request-ID": "a b\tc"})["X-Request-ID"] != "a b\tc"


def test_a_logged_request_names_its_route_and_neither_path_nor_query(client, db, caplog):
    with caplog.at_level("INFO", logger="tongban.request"):
        client.get("/account/login/?next=/track/secret&id=13800000000")

    told = str([record.msg for record in caplog.records if record.name == "tongban.request"])
    assert "account/login/" in told
    assert "13800000000" not in told
    assert "secret" not in told


def test_without_settings_an_installation_is_closed_to_others_and_not_in_debug(tmp_path):
    told = settings_with(tmp_path)

    assert told["debug"] is False
    assert told["hosts"] == ["localhost", "127.0.0.1", "[::1]"]
    assert told["hsts"] == 0


def test_behind_tls_cookies_are_secure_and_browsers_are_told_to_stay(tmp_path):
    told = settings_with(tmp_path, TONGBAN_TLS="1", TONGBAN_HOSTS="zwfw.example")

    assert told["hsts"] >= 365 * 24 * 3600
    assert told["redirect"]
    assert told["session_secure"]
    assert told["csrf_secure"]
    assert told["session"].startswith("__Host-")
    assert told["origins"] == ["https://zwfw.example"]
    assert "upgrade-insecure-requests" in told["csp"]


def test_a_database_url_may_name_a_socket(tmp_path):
    told = settings_with(tmp_path, DATABASE_URL="postgres://me@/City?host=%2Frun%2FPG")

    assert told["db"] == {"NAME": "City", "HOST": "/run/PG", "PORT": "", "USER": "me"}


def test_a_statement_of_a_web_request_ends_and_one_of_the_worker_need_not(tmp_path):
    address = {"DATABASE_URL": "postgres://u@db/tongban"}
    assert settings_with(tmp_path, TONGBAN_POOL="6", **address)["asked_of_db"] == "-c statement_timeout=30s"
    told = settings_with(tmp_path, TONGBAN_POOL="6", TONGBAN_STATEMENT_SECONDS="5", **address)
    assert told["asked_of_db"] == "-c statement_timeout=5s"
    assert settings_with(tmp_path, TONGBAN_POOL="0", **address)["asked_of_db"] == ""


def test_scanner_and_identity_key_are_said_in_the_environment(tmp_path):
    assert settings_with(tmp_path)["scanner"] == [None, 60]
    told = settings_with(
        tmp_path, TONGBAN_SCANNER_REQUIRED="0", TONGBAN_SCANNER_SECONDS="9", TONGBAN_IDENTITY_KEY="k" * 50
    )
    assert told["scanner"] == [False, 9]
    assert told["identity"] == "k" * 50


def test_a_host_that_is_not_ours_is_refused_with_one_line(client, caplog):
    with caplog.at_level("INFO"):
        answer = client.get("/open/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "不是本站" in answer.content.decode()
    assert len(caplog.records) == 1
    assert (caplog.records[0].levelname, caplog.records[0].exc_info) == ("WARNING", None)
    assert "evil.example" in str(caplog.records[0].msg)
