"""Reminders of annual reports (第四十九条): thirty, ten and three days before the deadline, to who drafts replies in the unit.

A reminder is a notice of the house: it stands in the rail and on the page of reports until the report is published.
"""

from datetime import date

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from tongban.base.ui.format import cn_date
from tongban.faces.openness.models import Reminder
from tongban.platforms.inquiry.annual.queries import due_on
from tongban.platforms.inquiry.models import Report
from tongban.platforms.inquiry.queries import units_taking
from tongban.platforms.inquiry.rules import roles
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


def _published(org: int, year: int) -> bool:
    return Report.objects.filter(org_id=org, year=year, status=Report.Status.PUBLISHED).exists()
