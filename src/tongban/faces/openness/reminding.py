"""Reminders, to who drafts replies in the unit: of annual reports (第四十九条), of required columns that lack something.

Of a report thirty, ten and three days before the deadline; it stands in the rail, above the to-do list and on the page of
reports until the report is published. Of columns every morning, while something is missing or no longer fresh.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.format import cn_date
from tongban.base.ui.reminders import Reminding
from tongban.faces.openness.models import Reminder, Shortfall
from tongban.platforms.disclosure import coverage
from tongban.platforms.inquiry.annual.queries import due_on
from tongban.platforms.inquiry.models import Report
from tongban.platforms.inquiry.queries import units_taking
from tongban.platforms.inquiry.rules import roles
from tongban.registry.access import account_of
from tongban.registry.models import Account, Post
from tongban.registry.queries import holders_of, organisation_name, today

DAYS = (30, 10, 3)
"""How many days before the deadline."""


def remind(on: date | None = None) -> int:
    """Leave the reminders of a day (today when none is said); how many are new.

    A day on which nothing ran is made up for: the nearest reminder that is due and was not left is left then.
    """
    on = on or today()
    left = 0
    for org, _name in units_taking():
        year = on.year - 1
        last = due_on(org.pk, year)
        stage = stage_of((last - on).days)
        if stage and not _published(org.pk, year):
            for account in officers(org.pk):
                _row, new = Reminder.objects.get_or_create(
                    account=account, org=org, year=year, days=stage, defaults={"due_on": last}
                )
                left += new
    return left


def stage_of(days: int) -> int:
    """Which reminder is due so many days before the deadline; 0 for none, or once it has passed."""
    return min((stage for stage in DAYS if 0 <= days <= stage), default=0)


def officers(org: int) -> list[Account]:
    """Who drafts the replies of a unit (信息公开承办人): the first of the roles for it that the unit has."""
    for role in roles()["desk"].split("|"):
        posts = Post.objects.filter(organisation_id=org, role=role, abolished_on=None)
        held = {account.pk: account for post in posts for account in holders_of(post)}
        if held:
            return list(held.values())
    return []


def reminders_for(account: Account) -> QuerySet[Reminder]:
    """What somebody is reminded of still: of each report the nearest reminder, while it is not published."""
    out = Report.objects.filter(org=OuterRef("org"), year=OuterRef("year"), status=Report.Status.PUBLISHED)
    nearer = Reminder.objects.filter(
        account=OuterRef("account"), org=OuterRef("org"), year=OuterRef("year"), days__lt=OuterRef("days")
    )
    return Reminder.objects.filter(~Exists(out), ~Exists(nearer), account=account)


def words_of(reminder: Reminder) -> str:
    """What the reminder says."""
    return _("%(org)s %(year)s 年的年度报告应当在 %(on)s前公布，还没有公布。") % {
        "org": organisation_name(reminder.org_id),
        "year": reminder.year,
        "on": cn_date(reminder.due_on),
    }


def tell_shortfalls(on: date | None = None) -> int:
    """Count what the required columns of each unit lack, and leave it with its officers; how many are told.

    What is mended is not told any more.
    """
    on = on or today()
    short: dict[int, Counter[str]] = defaultdict(Counter)
    for row in coverage.owed(on):
        if (state := row.state(on)) != "fresh":
            short[row.org][state] += 1
    told = [
        Shortfall(account=account, org_id=org, missing=n["missing"], stale=n["stale"], counted_on=on)
        for org, n in short.items()
        for account in officers(org)
    ]
    with transaction.atomic():
        Shortfall.objects.all().delete()
        Shortfall.objects.bulk_create(told)
    return len(told)


def reminded_of(request: HttpRequest) -> Iterator[Reminding]:
    """What stands above the to-do list of the person."""
    account = account_of(request)
    for reminder in reminders_for(account):
        yield Reminding(words_of(reminder), reverse("openness:reports"), _("年度报告"))
    for row in Shortfall.objects.filter(account=account):
        yield Reminding(shortfall_words(row), f"{reverse('disclosure:gaps')}?org={row.org_id}", _("看缺什么"))


def shortfall_words(row: Shortfall) -> str:
    """What the reminder says."""
    return _("%(org)s应当主动公开的内容，缺少 %(missing)s 项，没有按期更新 %(stale)s 项。") % {
        "org": organisation_name(row.org_id),
        "missing": row.missing,
        "stale": row.stale,
    }


def _published(org: int, year: int) -> bool:
    return Report.objects.filter(org_id=org, year=year, status=Report.Status.PUBLISHED).exists()
