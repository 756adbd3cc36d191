"""What every page of the kit keeps: weight, no inline style or script, switches, error pages in the site's dress."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import loader
from django.test import override_settings

from tongban.base.ui.shell import public_page

PLACES = [
    "/ui/",
    "/ui/forms/",
    "/ui/work/",
    "/ui/board/",
    "/ui/state/404/",
    "/ui/state/receipt/",
    "/ui/state/wall/",
]
LINKED = re.compile(rb'(?:<link rel="stylesheet" href|<script src)="/static/([^"]+)"')


@pytest.mark.parametrize("place", PLACES)
def test_no_page_carries_style_or_script_of_its_own(client, place):
    html = client.get(place).content
    assert b"style=" not in html
    assert b"<style" not in html
    assert re.search(rb"<script(?![^>]* src=)", html) is None
    assert re.search(rb"\son[a-z]+=", html) is None


@pytest.mark.parametrize("place", ["/ui/", "/ui/forms/", "/ui/state/404/"])
def test_public_pages_stay_within_60_kb(client, place):
    assert len(client.get(place).content) <= 60 * 1024


@pytest.mark.parametrize("place", PLACES)
def test_styles_and_scripts_stay_within_200_kb_compressed(client, place):
    names = [name.decode() for name in LINKED.findall(client.get(place).content)]
    found = {name: finders.find(name) for name in names}
    assert all(found.values()), found
    assert sum(len(gzip.compress(Path(path).read_bytes())) for path in found.values()) <= 200 * 1024


def test_every_icon_a_template_names_is_in_the_sprite():
    base = Path(__file__).parents[3] / "src/tongban"
    named = {
        name
        for folder in base.rglob("templates")
        for page in folder.rglob("*.html")
        for name in re.findall(r'{% icon "([a-z0-9-]+)"', page.read_text(encoding="utf-8"))
    }
    sprite = Path(finders.find("vendor/icons.svg")).read_text(encoding="utf-8")
    assert {name for name in named if f'id="{name}"' not in sprite} == set()


@pytest.mark.parametrize(
    ("state", "status", "says"),
    [
        ("403", 403, "什么也没有改动"),
        ("404", 404, "没有找到这个页面"),
        ("500", 500, "不是您的问题"),
        ("csrf", 403, "没有重复提交"),
        ("maintenance", 503, "已经保存的草稿"),
    ],
)
def test_error_pages_say_what_happened_and_what_was_kept(client, state, status, says):
    client.raise_request_exception = False
    answer = client.get(f"/ui/state/{state}/")
    assert answer.status_code == status
    assert says in answer.content.decode()


def test_an_address_that_does_not_exist_is_answered_in_the_sites_own_dress(client):
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert "主办" in answer.content.decode()


def test_the_server_error_page_needs_no_context():
    assert "系统出错了" in loader.get_template("500.html").render()


@pytest.mark.parametrize("page", ["400.html", "500.html", "maintenance.html"])
def test_pages_that_stand_alone_ask_for_their_style_by_the_name_it_is_served_under(page, monkeypatch):
    monkeypatch.setattr(staticfiles_storage, "url", lambda name: f"/static/{name}?by-digest")
    assert 'href="/static/ui/alone.css?by-digest"' in loader.get_template(page).render()


def test_elder_mode_is_a_cookie_and_leads_back(client):
    answer = client.get("/ui/switch/elder/?to=on&next=/ui/work/%3Fq%3D1")
    assert answer["Location"] == "/ui/work/?q=1"
    assert 'class="tb-elder"' in client.get("/ui/").content.decode()
    client.get("/ui/switch/elder/?to=off&next=/")
    assert "tb-elder" not in client.get("/ui/").content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_the_switches_lead_nowhere_else(client, elsewhere):
    assert client.get("/ui/switch/elder/", {"to": "on", "next": elsewhere})["Location"] == "/"
    assert client.get("/ui/switch/language/", {"to": "en", "next": elsewhere})["Location"] == "/"


def test_a_language_that_is_not_offered_is_not_set(client, settings):
    client.get("/ui/switch/language/?to=xx")
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies


def test_no_template_of_the_kit_names_a_city():
    templates = Path(__file__).parents[3] / "src/tongban/base/templates"
    naming = [p for p in templates.rglob("*.html") if "安澜" in p.read_text(encoding="utf-8")]
    assert naming == []


@override_settings(
    TONGBAN_SITE={"name": "望潮县政务服务", "nav": [{"key": "home", "core": "首页", "href": "/"}]}
)
def test_the_site_is_called_what_the_settings_say(rf):
    html = loader.get_template("ui/public.html").render({"page": public_page("样张")}, rf.get("/"))
    assert "望潮县政务服务" in html
    assert html.count("<li><a href=") >= 1
