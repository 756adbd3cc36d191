"""A variable that cannot be read is told by its name, with what was said and what is expected."""

import json
import os
import subprocess
import sys

import pytest

from tongban.base.console import CommandError
from tongban.base.ui.site import site_of
from tongban.project import environment

MISTAKES = {
    "TONGBAN_PORT": "abc",
    "TONGBAN_PROXIES": "x",
    "TONGBAN_SITE": "{bad",
    "TONGBAN_HASH": "md5",
    "TONGBAN_POOL": "x",
    "TONGBAN_EMAIL_PORT": "99999",
    "TONGBAN_API_RATE": "0",
    "TONGBAN_PAYMENT_DAYS": "\N{FULLWIDTH DIGIT ONE}5",
    "TONGBAN_HOSTS": ",",
    "TONGBAN_TLS": "maybe",
    "TONGBAN_SCANNER": "clamdscan 'of",
    "TONGBAN_URL": "zwfw.example.gov.cn",
    "TONGBAN_LOG": "xml",
}


@pytest.mark.parametrize(("name", "said"), MISTAKES.items())
def test_a_mistyped_variable_is_named_with_what_was_said(name, said, tmp_path):
    code, told = run("migrate", "--json", TONGBAN_DATA=str(tmp_path), **{name: said})

    assert code == 3
    assert told["error"]["code"] == "settings_wrong"
    assert name in told["error"]["message"]
    assert f"“{said}”" in told["error"]["message"]
    assert not (tmp_path / "cluster").exists()


def test_doctor_tells_it_as_a_finding(tmp_path):
    code, told = run("doctor", "--json", TONGBAN_DATA=str(tmp_path), TONGBAN_PORT="99999")

    (wrong,) = (finding for finding in told["findings"] if finding["grade"] == "fail")
    assert code == 1
    assert wrong["name"] == "settings"
    assert "TONGBAN_PORT" in wrong["message"]


@pytest.mark.parametrize("url", ["postgres://u:geheim@host:port/name", "postgres//u:geheim@host"])
def test_a_database_address_is_not_repeated(url, tmp_path):
    code, told = run("migrate", "--json", TONGBAN_DATA=str(tmp_path), DATABASE_URL=url)

    assert (code, told["error"]["code"]) == (3, "settings_wrong")
    assert "DATABASE_URL" in told["error"]["message"]
    assert "geheim" not in json.dumps(told)


def test_a_port_of_the_command_line_is_judged_like_that_of_the_environment(tmp_path):
    done = started("up", "--port", "99999", TONGBAN_DATA=str(tmp_path))

    assert done.returncode == 2
    assert "1 到 65535" in done.stderr


def test_empty_is_as_good_as_not_said(monkeypatch):
    monkeypatch.setenv("TONGBAN_PORT", "")
    monkeypatch.setenv("TONGBAN_TLS", " ")

    assert environment.listening()[1] == 8000
    assert environment.switch("TONGBAN_TLS") is None


@pytest.mark.parametrize(("said", "meant"), [("1", True), ("ON", True), ("0", False), ("no", False)])
def test_a_switch_is_on_or_off(monkeypatch, said, meant):
    monkeypatch.setenv("TONGBAN_TLS", said)

    assert environment.switch("TONGBAN_TLS") is meant


def test_a_key_is_taken_to_the_last_blank(monkeypatch):
    monkeypatch.setenv("TONGBAN_IDENTITY_KEY", " key ")

    assert environment.secret("TONGBAN_IDENTITY_KEY") == " key "


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"nonsense": 1}, "nonsense"),
        ({"city": 3}, "city"),
        ({"nav": 5}, "nav"),
        ({"nav": [{"key": "home"}]}, "nav"),
        ({"foot_links": [{"text": "网站地图", "href": 1}]}, "foot_links"),
        ({"badges": [["一行", "二行"]]}, "badges"),
    ],
)
def test_a_site_of_another_shape_is_refused_naming_the_field(monkeypatch, said, named):
    monkeypatch.setenv("TONGBAN_SITE", json.dumps(said))

    with pytest.raises(CommandError, match=named) as refused:
        environment.record("TONGBAN_SITE", site_of)

    assert refused.value.code == "settings_wrong"


def test_a_site_of_the_right_shape_is_taken(monkeypatch):
    said = {
        "city": "望潮县",
        "foot_links": [{"text": "关于我们", "href": "/about/"}],
        "badges": [["一", "二", ""]],
    }
    monkeypatch.setenv("TONGBAN_SITE", json.dumps(said))

    assert environment.record("TONGBAN_SITE", site_of) == said
    assert site_of(said).foot_links[0].href == "/about/"


def run(*command, **said):
    done = started(*command, **said)
    return done.returncode, json.loads(done.stdout)


def started(*command, **said):
    env = {k: v for k, v in os.environ.items() if not k.startswith("TONGBAN_")} | {
        "DJANGO_SETTINGS_MODULE": "tongban.project.settings",
        "DATABASE_URL": "postgres://nobody@localhost:1/none",
    }
    return subprocess.run(
        [sys.executable, "-m", "tongban.project.cli", *command],
        env=env | said, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
