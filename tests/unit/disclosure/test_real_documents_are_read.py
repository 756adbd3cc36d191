"""Published documents as they were copied from web pages. They lie beside the project, not in it."""

from pathlib import Path

import pytest

from tests.documents import ROOT
from tongban.platforms.disclosure.reader import read_bytes

FOLDER = next(
    (
        p / "shared/data/documents"
        for p in [*ROOT.parents, Path("/work")]
        if (p / "shared/data/documents").is_dir()
    ),
    None,
)

READ = {
    "daxian-2012.txt": {
        "issued": "2012-06-18",
        "number": None,
        "index_number": None,
        "issuer": None,
        "published": None,
    },
    "jintan-2013-64.txt": {
        "number": "坛政办发〔2013〕64号",
        "index_number": "01413881X/2013-00051",
        "issuer": "金坛市人民政府办公室",
        "publisher": "政府办",
        "issued": "2013-04-22",
        "published": "2013-04-26",
        "theme": "综合政务",
    },
    "luoyang.txt": {
        "issuer": "中共洛阳市委 洛阳市人民政府",
        "number": None,
        "issued": None,
        "published": None,
        "theme": "综合政务",
    },
    "shangluo-2014-21.txt": {
        "number": "商政办发〔2014〕21号",
        "issuer": "商洛市人民政府办公室",
        "issued": "2014-03-03",
        "published": None,
    },
    "shaoxing-2012-115.txt": {
        "number": "绍政办发〔2012〕115号",
        "issuer": "绍兴市人民政府办公室",
        "published": "2013-02-04",
        "issued": None,
        "theme": "综合政务",
    },
}


@pytest.mark.skipif(FOLDER is None, reason="the published documents are not on this machine")
@pytest.mark.parametrize("name", READ)
def test_a_published_document_is_read_without_a_human(name):
    assert FOLDER is not None
    reading = read_bytes((FOLDER / name).read_bytes(), name)
    assert {field: reading.value(field) for field in READ[name]} == READ[name]
    assert reading.value("title")
