"""Accounts to try the demo city with: one known password, printed at the start of `tongban up`. Needs no database."""

from dataclasses import dataclass

PASSWORD = "anlan-2026"  # noqa: S105 -- the demonstration's password is public on purpose


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account to sign in with. `role` says who it is, `shows` what can be seen with it."""

    username: str
    role: str
    shows: str
    password: str = PASSWORD


DEMO_ACCOUNTS: tuple[DemoAccount, ...] = (
    DemoAccount("zhangyuan", "办事人 张思远（个人）", "找事项、申请、补正、看进度、下载结果"),
    DemoAccount("shiwei", "企业经办人 李若涵（拾味餐饮）", "以企业身份申请；开餐馆一件事"),
    DemoAccount("jbsc-ck-01", "江北区市场监管局 窗口受理岗", "收件、受理、一次性告知、送达"),
    DemoAccount("jbsc-sc-01", "江北区市场监管局 审查岗", "书面审查、现场核查、挂起与恢复"),
    DemoAccount("jbcg-sc-01", "江北区城管局 审查岗", "并联审查中的协办部门"),
    DemoAccount("jbsc-kz-01", "江北区市场监管局 审批科科长", "复核、退回；即办件当场办结"),
    DemoAccount("jbsc-fg-01", "江北区市场监管局 分管领导", "作出决定，批准延期"),
    DemoAccount("jbsc-ld-01", "江北区市场监管局 主要负责人", "签收督办单，反馈整改，提出申诉"),
    DemoAccount("jbsc-zf-01", "江北区市场监管局 执法办案岗", "处罚、查封和检查的立案与调查"),
    DemoAccount("jbzw-ck-01", "江北区政务办 一件事专窗", "一件事联办的收件和统一出件"),
    DemoAccount("zwzx-zh-01", "市政务服务中心 综合受理岗", "不分部门统一收件"),
    DemoAccount("zwzx-dd-01", "市政务服务中心 大厅督导岗", "巡查窗口办件"),
    DemoAccount("xsj-jcz-01", "市审批服务局 电子监察值班岗", "监察看板、红黄牌、督办、投诉、抽查、通报"),
    DemoAccount("szfb-jcz-01", "市政府办公室 电子监察值班岗", "受理和答复对单位的投诉"),
    DemoAccount("jbsc-jc-01", "江北区市场监管局 监察员", "本单位的预警和督办"),
    DemoAccount("sfj-fz-01", "市司法局 法制审核岗", "事项的法制审核，案卷评查"),
    DemoAccount("xsj-kz-01", "市审批服务局 审批科科长", "编制事项"),
    DemoAccount("xsj-xx-01", "市审批服务局 信息发布审核岗", "发布事项"),
    DemoAccount("jbzf-gw-01", "江北区人民政府 公文收发员", "导入和拟发公开文件、核对来源，登记依申请公开"),
    DemoAccount("jbzf-xx-01", "江北区人民政府 信息发布审核岗", "拟办依申请公开的答复"),
    DemoAccount("jbzf-fz-01", "江北区人民政府 法制审核岗", "公开前的保密审查，审核答复"),
    DemoAccount("jbzf-fg-01", "江北区人民政府 分管领导", "签发依申请公开的答复，公布年度报告"),
    DemoAccount("jbzf-ld-01", "江北区人民政府 主要负责人", "签发公开文件，决定公开属性"),
    DemoAccount("xsj-xt-01", "市审批服务局 系统管理员", "机构、岗位、账号"),
    DemoAccount("xsj-aq-01", "市审批服务局 安全管理员", "角色与授权"),
    DemoAccount("xsj-sj-01", "市审批服务局 审计管理员", "安全审计与存证"),
)


def demo_accounts() -> tuple[DemoAccount, ...]:
    """The accounts to sign in with after the demo city has been loaded."""
    return DEMO_ACCOUNTS
