"""谁查阅过: who took which file, paper or proof of a case, for those who may supervise it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui import parts
from tongban.base.ui.format import cn_time
from tongban.engine.people import scopes
from tongban.faces.desk.case import View
from tongban.registry.access import accesses_to
from tongban.registry.models import AccessRecord, Account

SHARE = 20


@dataclass(frozen=True, slots=True)
class Accesses:
    """The table, and where its older rows are."""

    table: parts.Table
    older: str
    more: str


def accesses_shown(view: View, before: int | None = None) -> Accesses | None:
    """The newest accesses to a case, or those before one of them. None where the reader may not supervise the case."""
    case = view.case
    if not scopes(view.account).of("supervise").admits(case.org_id, case.matter_id, case.secrecy):
        return None
    found = list(accesses_to(case.number, before=before)[: SHARE + 1])
    table = parts.table(
        (_("时间"), _("谁"), _("做了什么"), _("取走的内容")),
        tuple((cn_time(a.at), _who(a), a.get_act_display(), _what(view, a)) for a in found[:SHARE]),
        _("查阅记录"),
        caption_hidden=True,
        dense=True,
        empty=_("还没有人下载、打印或者通过接口读取。"),
    )
    trail = reverse("desk:trail", args=[case.number])
    older = f"{trail}?taken={found[SHARE - 1].pk}#w-taken" if len(found) > SHARE else ""
    return Accesses(table, older, _("更早的") if older else "")


def _who(record: AccessRecord) -> str:
    account = record.account
    if account is None:
        return _("公众（凭编号核验）")
    if account.kind == Account.Kind.RESIDENT:
        return _("申请人一方")
    return account.display_name or account.username


def _what(view: View, record: AccessRecord) -> str:
    told = record.detail
    if paper := told.get("paper"):
        return str(paper)
    if key := told.get("material"):
        term = view.definition.terms.materials.get(key)
        return _("材料：%(name)s") % {"name": term.name if term is not None else key}
    if package := told.get("package"):
        return _("归档包 %(no)s") % {"no": package}
    if record.act == AccessRecord.Act.PROOF:
        return _("公开的证明，不含个人信息") if told.get("public") else _("全部留痕的证明")
    if record.act == AccessRecord.Act.READ:
        return _("办件和申请表") if told.get("form") else _("办件，不含个人信息")
    return ""
