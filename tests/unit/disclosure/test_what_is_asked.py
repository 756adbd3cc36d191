"""What an address asks the catalogue for is read once for every page that searches: bounded, and written back as it was."""

from tongban.platforms.disclosure.search import LAST_PAGE, LONGEST_QUESTION, Asked, Chosen


def test_what_is_asked_goes_back_into_the_address():
    asked = Asked.of({"q": "  停水  通告 ", "theme": "06", "year": "2026", "page": "3", "x": "1"})
    assert asked == Asked("停水 通告", Chosen(theme="06", year=2026), 3)
    assert asked.said() == {"q": "停水 通告", "theme": "06", "year": "2026"}
    assert Asked.of(asked.said()) == Asked(asked.question, asked.chosen)


def test_nobody_asks_for_more_than_people_do():
    asked = Asked.of({"q": "水" * 5000, "page": "99999999", "org": "9" * 400})
    assert (len(asked.question), asked.page, asked.chosen) == (LONGEST_QUESTION, LAST_PAGE, Chosen())
    assert Asked.of({"page": "-1"}).page == Asked.of({"page": "x"}).page == 0
