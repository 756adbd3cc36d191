"""What one states of oneself (real-name level 1) proves nothing: it takes nothing from anybody, and tells nothing of anybody."""

from collections.abc import Callable

from django.test import Client

from tests.db.engine.city import City
from tests.web.hall.conftest import ID_NUMBER
from tongban.registry.identity import find_resident, open_id_number, set_identity

SignIn = Callable[[str], Client]
FREE = "11010119900307109X"


def state(signed_in: SignIn, who: str, number: str, name: str = "王小骗") -> str:
    """The page one lands on after stating a name and a number."""
    said = {"name": name, "id_number": number, "phone": ""}
    return signed_in(who).post("/me/profile/", said, follow=True).content.decode()


def test_a_number_somebody_stated_first_is_still_its_owners(city: City, signed_in: SignIn) -> None:
    applicant = city.person("applicant")
    set_identity(applicant, "", "")
    applicant.real_name_level = 0
    applicant.save()
    assert "已登记" in state(signed_in, "stranger", FREE)
    assert "已登记" in state(signed_in, "applicant", FREE, "王伟")
    applicant.refresh_from_db()
    assert (applicant.real_name_level, open_id_number(applicant)) == (1, FREE)
    assert find_resident("111", FREE) is None, "of neither is it verified"


def test_stating_a_number_does_not_tell_whether_it_is_registered(city: City, signed_in: SignIn) -> None:
    """The applicant's was verified at a counter, the other is nobody's: the answers are the same."""
    answers = [
        "已登记" in state(signed_in, "stranger", number)
        and "另一个账号" not in state(signed_in, "stranger", number)
        for number in (FREE, ID_NUMBER)
    ]
    assert answers == [True, True]
    assert find_resident("111", ID_NUMBER) == city.person("applicant")


def test_what_was_stated_may_be_corrected_and_what_was_verified_may_not(
    city: City, signed_in: SignIn
) -> None:
    state(signed_in, "stranger", ID_NUMBER)
    state(signed_in, "stranger", FREE)
    stranger = city.person("stranger")
    stranger.refresh_from_db()
    assert open_id_number(stranger) == FREE
    assert "已在窗口核验" in state(signed_in, "applicant", FREE)
    applicant = city.person("applicant")
    applicant.refresh_from_db()
    assert (applicant.display_name, open_id_number(applicant)) == ("王伟", ID_NUMBER)
