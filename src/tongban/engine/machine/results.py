"""What becomes of a case's papers and of its result after the decision: issued, revoked, replaced."""

from typing import Any

from tongban.engine.machine import may
from tongban.engine.machine.run import Run

#: 撤销、注销、撤回 of a permit (行政许可法第六十九、七十、八条), 吊销 as a penalty (行政处罚法第九条).
ENDINGS = {"revoked": "撤销", "cancelled": "注销", "withdrawn": "撤回", "forfeited": "吊销"}
_PAPER = ("paper", "number", "name", "template", "sha256")


def issue_paper(run: Run) -> None:
    """出具文书: a document of the case was typeset; the chain keeps its number and the digest of its bytes."""
    may.be_system(run)
    about = run.data.get("about")
    if not isinstance(about, int) or not 0 < about <= run.state.seq:
        raise run.refuse("missing_field", "请填写文书所据的记录。", field="about")
    said: dict[str, Any] = {name: run.text(name, name) for name in _PAPER}
    run.emit("paper.issued", {**said, "about": about})


def revoke_result(run: Run) -> None:
    """撤销、注销、撤回、吊销: the result is no longer in force from now on; with reason and basis."""
    may.revoke_now(run)
    how = str(run.data.get("how", "")) or "revoked"
    if how not in ENDINGS:
        raise run.refuse("choose_outcome", "请选择撤销、注销、撤回或者吊销。", outcomes=list(ENDINGS))
    certificate = run.state.certificate
    payload = {"number": certificate.number if certificate else "", "how": how}
    run.emit(
        "result.revoked", payload | {"reason": run.text("reason", "理由"), "basis": run.text("basis", "依据")}
    )


def replace_result(run: Run) -> None:
    """换发: a newer result (延续、变更、补发) has taken the place of this one."""
    may.replace_now(run)
    certificate = run.state.certificate
    payload = {
        "number": certificate.number if certificate else "",
        "by": run.text("by", "新证照的编号"),
    }
    if run.actor.kind != "system":  # it ends a certificate in force, as revoking does
        payload["reason"] = run.text("reason", "换发的理由")
    run.emit("result.replaced", payload)
