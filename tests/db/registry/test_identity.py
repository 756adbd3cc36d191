"""Identity numbers can be matched and, by those who must, read; they are never stored in the clear."""

import pytest
from django.db import IntegrityError, connection, transaction

from tongban.registry.errors import RegistryRefused
from tongban.registry.identity import id_digest, open_id_number, set_identity
from tongban.registry.models import Account

NUMBER = "99010219000101001X"


def resident(username: str, number: str = NUMBER, level: int = 1) -> Account:
    account = Account(username=username, display_name="张三", real_name_level=level)
    set_identity(account, "111", number)
    account.save()
    return account


def test_a_number_is_found_by_its_digest_and_read_back(db: None) -> None:
    account = resident("zhang")
    assert Account.objects.get(id_digest=id_digest("111", " 99010219000101001x ")) == account
    assert open_id_number(account) == NUMBER


def test_the_table_does_not_hold_the_number(db: None) -> None:
    resident("zhang")
    with connection.cursor() as cursor:
        cursor.execute("SELECT a::text FROM registry_account a")
        assert NUMBER not in str(cursor.fetchall())


def test_one_person_one_verified_account(db: None) -> None:
    """What others only state of themselves takes the number from nobody."""
    resident("zhang", level=1)
    resident("zhang2", level=2)
    resident("zhang3", level=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        resident("zhang4", level=3)


def test_another_key_neither_matches_nor_reads(db: None, settings: object) -> None:
    account = resident("zhang")
    before = id_digest("111", NUMBER)
    settings.TONGBAN_IDENTITY_KEY = "another key altogether"  # type: ignore[attr-defined]
    assert id_digest("111", NUMBER) != before
    with pytest.raises(RegistryRefused, match="identity_unreadable"):
        open_id_number(account)


def test_removing_a_number_leaves_nothing(db: None) -> None:
    account = resident("zhang")
    set_identity(account, "", "")
    account.save()
    assert (account.id_type, account.id_digest, account.id_number_sealed) == ("", "", "")
    assert open_id_number(account) == ""
