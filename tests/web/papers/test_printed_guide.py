"""The guide of a matter as PDF, for printing."""

import io

import pikepdf
from django.test import Client

from tests.web.papers.test_documents_on_pages import city  # noqa: F401


def test_anyone_may_print_the_guide(city):  # noqa: F811
    answer = Client().get("/guides/M1-scjg/guide.pdf")
    assert answer["Content-Type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(answer.content)) as pdf, pdf.open_metadata() as meta:
        assert pdf.check_pdf_syntax() == []
        assert meta["dc:title"] == "食品经营许可 办事指南"
    assert Client().get("/guides/none/guide.pdf").status_code == 404
