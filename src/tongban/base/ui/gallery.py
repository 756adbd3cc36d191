# ruff: noqa: D103, E501, FBT003, RUF001 - sample sentences are whole, one component a line
"""Sample data of the gallery, one function a page. Everything here is made up."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

from django.utils.safestring import mark_safe

from tongban.base.ui import charts, clock, fields, flow, parts, rows, work
from tongban.base.ui.parts import Act, Chip, Column
from tongban.base.ui.shell import RailGroup, RailItem

WHO = "周澄 · 市场监管局许可科"
_CHINA = timezone(timedelta(hours=8))
_N = "?"  # where a sample link leads: this page again


def _days(month: int, *numbers: int) -> tuple[date, ...]:
    return tuple(date(2026, month, n) for n in numbers)


def parts_page() -> dict[str, Any]:
    ok, warn = Chip("ok", "合格"), Chip("warn", "需补正")
    return {
        "search": parts.Search(
            _N, label="搜索事项、文件、新闻、问答",
            words=(("食品经营许可", _N), ("居住证签注", _N), ("公积金提取", _N), ("查办件进度", _N)),
        ),
        "search_small": parts.Search(_N, "搜事项、文件、新闻、问答", "搜索全站（小）", small=True),
        "head_doors": parts.SectionHead(
            "常办服务", "h-do",
            tabs=tuple(parts.Tab(t, _N, t == "常用") for t in ("常用", "个人", "企业", "按部门", "全部 1,864 项")),
        ),
        "doors": parts.Doors(tuple(
            parts.Door(name, fact, _N, icon) for name, fact, icon in (
                ("企业开办", "全程网办 · 1 个工作日", "shop"), ("食品经营许可", "全程网办 · 5 个工作日", "egg-fried"),
                ("不动产登记", "到场一次 · 2 个工作日", "house-check"), ("公积金提取", "全程网办 · 当场", "piggy-bank"),
                ("医保备案", "全程网办 · 当场", "heart-pulse"), ("社保转移接续", "全程网办 · 10 个工作日", "shield-check"),
                ("居住证", "到场一次 · 5 个工作日", "person-vcard"), ("入学报名", "全程网办 · 每年 5 月", "mortarboard"),
                ("出入境证件", "到场一次 · 7 个工作日", "globe-asia-australia"), ("车驾管业务", "全程网办 · 当场", "car-front"),
                ("水电气报装", "全程网办 · 3 个工作日", "lightning"), ("进度与结果", "凭编号查询，免登录", "signpost-split"),
            )
        )),
        "head_news": parts.SectionHead("通知公告", "h-news", more="更多公告", href=_N),
        "dated": parts.DatedList((
            parts.Dated("关于 2026 年度住房公积金缴存基数调整的公告", _N, date(2026, 11, 23), "公告"),
            parts.Dated("安澜市人民政府办公室关于深化政务服务增值化改革的实施意见", _N, date(2026, 11, 20), "文件"),
            parts.Dated("11月28日 22:00 至次日 6:00 不动产系统升级，暂停网上申请", _N, date(2025, 11, 15), "停机"),
        )),
        "head_letters": parts.SectionHead("领导信箱", "h-mail", more="我要写信", href=_N),
        "letters": (
            parts.Letter("望江路夜间施工噪声能否限时？", _N, Chip("ok", "已答复"), "用时 3 个工作日 · 市生态环境局"),
            parts.Letter("建议在地铁 2 号线澜汀站增设非机动车停放区", _N, Chip("info", "办理中"), "剩 2 个工作日 · 市城管局"),
            parts.Letter("2027 年民生实事项目建议征集", _N, Chip("warn", "还剩 3 天", "clock-fill"), "已收到 2,104 条意见"),
        ),
        "chips": (
            Chip("", "已结束"), Chip("ok", "合格"), Chip("warn", "需补正"), Chip("bad", "未达"), Chip("over", "超 1 天"), Chip("info", "办理中"),
            Chip("hold", "计时暂停"), Chip("card-y", "黄牌"), Chip("card-r", "红牌"),
        ),
        "head_stats": parts.SectionHead("政务服务运行", "h-live", "数据截至今天 10:30，每 5 分钟更新", "公众监督与完整统计", _N),
        "stats": (
            parts.Stat("今日收件 / 办结", (parts.Figure("112", "收件"), parts.Figure("87", "办结")), "深蓝收件，中蓝办结，浅色为上周一。", chart=charts.bars(
                "今日各时段", ("8时", "9时", "10时", "11时", "12时", "13时", "14时", "15时", "16时", "17时"),
                (charts.Series("收件", (13, 45, 54, None, None, None, None, None, None, None)),
                 charts.Series("办结", (9, 36, 42, None, None, None, None, None, None, None), "b2"),
                ), behind=charts.Series("上周一", (16, 41, 70, 66, 18, 22, 63, 58, 49, 31), "b4"),
                width=250, height=92, values=False, small=True)),
            parts.Stat("按时办结率（近 30 日）", (parts.Figure("99.2%"),), "纵轴从 97% 起。上月 98.6%。", chart=charts.line_chart(
                "按时办结率", tuple(f"{d.month}月{d.day}日" for d in _days(11, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20)),
                (charts.Series("按时办结率", (98.1, 98.4, 98.0, 98.7, 98.9, 98.6, 98.8, 99.0, 98.7, 98.5, 98.8, 99.1, 99.0, 99.3, 99.2)),),
                low=97, high=100, goal=98, unit="%", width=250, height=92, small=True)),
            parts.Stat("12345 热线（本月）", (parts.Figure("8,426", "件来电来件", _N),), chart=charts.meters(
                "12345 热线", (("接通", 99.3, 99.0), ("响应", 97.8, 95.0), ("解决", 93.6, 90.0), ("满意", 95.2, 90.0)), low=80,
                note="横轴从 80% 起，虚线为目标值。")),
            parts.Stat("网上办理深度", (parts.Figure("92%", "事项可网上申报"),), chart=charts.share(
                "事项网办深度", (("全程网办", 71, "b1"), ("到场一次", 21, "b2"), ("可下载表格", 5, "b3"), ("仅可查询", 3, "bnone")),
                note="共 1,864 项，每格 1%。")),
        ),
        "notices": (
            parts.Notice("warn", "请在 12月7日（星期一）前补齐，还有 10 个工作日",
                         "这是一次性告知，不会再要别的材料。补正期间不计办理时间；到期未补的，视为撤回申请，可以重新申请。",
                         (Act("去补材料", _N, "primary"), Act("补正告知书", _N, icon="file-earmark-pdf"), Act("有疑问，问承办人", _N, "text"))),
            parts.Notice("", "草稿已于 10:42 自动保存", "换设备登录也能接着填，保留到 2026年12月23日。", slim=True),
            parts.Notice("ok", "申请已收到", "编号 2026 1116 0382。查询密码已发到您的手机。"),
        ),
        "empty": parts.Empty("还没有办件", "您提交的申请会出现在这里，随时能看到办到哪一步。", (Act("去办事", _N, "primary"),)),
        "loading": parts.Loading("正在重新计算 2026年10月 的指标", 1240, 3120, "可以离开这个页面，完成后会发消息给您。"),
        "crumbs": parts.Crumbs((("首页", _N), ("政务服务", _N), ("市市场监督管理局", _N)), "食品经营许可（新办）"),
        "facts": parts.Facts((
            parts.Fact("多久", "5 个工作日", "法定 10 个工作日，承诺提速一半"), parts.Fact("多少钱", "不收费", "任何环节都不收"),
            parts.Fact("跑几次", "0 次", "全程网办"), parts.Fact("交几份", "3 份", "另有 2 份免交"),
        )),
        "decide": parts.Decide((
            parts.Question("您卖的都是带包装、不拆开的食品吗？", (
                parts.Answer("是：不用办许可，做“仅销售预包装食品备案”（当场办结）", "stop"), parts.Answer("不是：看下一题", "next"))),
            parts.Question("有营业执照，并且有固定的经营场所吗？", (
                parts.Answer("有：可以办，往下看", "can"), parts.Answer("还没有执照：走“我要开餐饮店（一件事）”，执照和许可一起办", "stop"))),
        )),
        "materials": parts.table(
            ("材料", "形式", "从哪来", "表格"),
            (
                (parts.Cell("食品经营许可申请书", "在线填写自动生成，不用打印签字"), "电子 1 份", "您填写", parts.Cell("空表", href=_N)),
                (parts.Cell("经营场所布局和操作流程图", "标出加工区、就餐区、库房、设备位置。可以手画后拍照"), "电子 1 份", "您准备", parts.Cell("样图", href=_N)),
                ("营业执照", Chip("ok", "免交"), "系统调取电子证照", ""),
            ),
            "共 3 份，其中 1 份由系统调取，您不用交",
        ),
        "public_flow": flow.flow(
            (
                flow.Box("apply", "网上提交", "约 15 分钟", lane=0), flow.Box("accept", "收件受理", "1 个工作日", lane=1),
                flow.Box("supply", "补齐材料", "只补一次", lane=0, special=True), flow.Box("check", "现场核查", "2 个工作日", lane=1),
                flow.Box("visit", "配合核查", "在店内约 1 小时", lane=0), flow.Box("review", "审查决定", "2 个工作日", lane=1),
                flow.Box("issue", "制证送达", "当天", lane=1), flow.Box("get", "收到许可证", "电子证即时生效", lane=0),
            ),
            (
                flow.Wire("apply", "accept"), flow.Wire("accept", "check"), flow.Wire("accept", "supply", "缺材料", alt=True),
                flow.Wire("supply", "accept", "补齐"), flow.Wire("check", "visit", "约时间"), flow.Wire("check", "review"),
                flow.Wire("review", "issue"), flow.Wire("issue", "get"),
            ),
            lanes=("您", "市场监管局"), title="办理流程", note="蓝框是需要您做的，灰框是我们做的，虚线框只在缺材料时出现。",
        ),
        "more": (
            parts.More("《中华人民共和国行政许可法》第三十二条（材料补正一次告知）", "申请材料不齐全或者不符合法定形式的，应当当场或者在五日内一次告知申请人需要补正的全部内容，逾期不告知的，自收到申请材料之日起即为受理。", open=True),
            parts.More("还没装修好，可以先申请吗？", "可以先存草稿。提交后 2 个工作日内会现场核查，建议设备到位后再提交。"),
        ),
        "clock": clock.clock(
            (
                clock.Segment("run", _days(11, 16, 17), "11-16 提交"), clock.Segment("pause", _days(11, 18, 19, 20), "11-18 告知补正", "等您补正"),
                clock.Segment("todo", (None,) * 6, "补齐后 受理"),
            ),
            date(2026, 11, 20), (clock.Limit(None, "办结"),), expected="补齐后约 6 个工作日",
        ),
        "clock_weeks": clock.clock(
            (
                clock.Segment("run", tuple(date(2026, 9, 1) + timedelta(days=7 * (i // 5) + i % 5 - 1) for i in range(25)), "9-1 受理"),
                clock.Segment("pause", tuple(date(2026, 10, 12) + timedelta(days=7 * (i // 5) + i % 5) for i in range(10)), "10-12 听证", "听证"),
                clock.Segment("todo", tuple(date(2026, 10, 26) + timedelta(days=7 * (i // 5) + i % 5) for i in range(25))),
                clock.Segment("ext", tuple(date(2026, 11, 30) + timedelta(days=7 * (i // 5) + i % 5) for i in range(30))),
            ),
            date(2026, 10, 29), (clock.Limit(date(2026, 11, 27), "11-27 承诺"), clock.Limit(date(2027, 1, 8), "1-8 法定")),
        ),
        "timeline": parts.Timeline((
            parts.Moment("past", "收到申请", "11月16日", "10:51", mark_safe('系统自动收件，已发送收件回执。<a href="?">下载回执</a>'), datetime(2026, 11, 16, 10, 51, tzinfo=_CHINA)),
            parts.Moment("past", "预审", "11月17日", "09:20", "许可科 2 号审查岗已查看材料：5 份中 3 份合格，2 份需补正。用时 1 个工作日。", datetime(2026, 11, 17, 9, 20, tzinfo=_CHINA)),
            parts.Moment("now", "等待补正", "现在", "11月18日 起", "在您这里。补齐后由市市场监督管理局许可科接着办，电话 0599-0000 2101。", datetime(2026, 11, 18, 15, 40, tzinfo=_CHINA), Chip("hold", "计时暂停"), parts.PaperBox("补正告知书", "安市监许补〔2026〕214 号", (
                ("布局和操作流程图", "请标出洗手消毒设施和库房的位置。"), ("规章制度目录清单", "缺“食品安全事故处置”一项。"))), "pause-fill"),
            parts.Moment("next", "受理，发受理通知书", "补齐后", "第 1 天"),
            parts.Moment("next", "现场核查：提前电话约时间，约 1 小时", "之后", "2 天内"),
            parts.Moment("next", "电子许可证送达，并可免登录验真", "当天"),
        )),
        "terms": parts.Terms((("申请人", "许*宁"), ("承办", "市市场监督管理局许可科"), ("承诺时限", "受理后 5 个工作日"), ("编号", parts.Copy("2026 1116 0382")))),
        "pairs": ((("申请书", ok), ("营业执照", ok), ("布局和操作流程图", warn))),
        "aside": parts.AsideList("您可以", "a-can", (("撤回申请", _N, "受理前撤回，不留不良记录"), ("投诉这件办件", _N, "由监察机构处理，5 个工作日内告知是否受理"))),
    }  # fmt: skip


def forms_page() -> dict[str, Any]:
    asked = (
        fields.Field(
            "name", "姓名", value="许*宁", filled="与第 2 步经营者相同，已自动填入", autocomplete="name"
        ),
        fields.Field(
            "id_no",
            "身份证号码",
            "idcard",
            "33990119000101001",
            "18 位，末位是 X 的请填大写 X",
            "现在是 17 位，请检查是否漏了一位",
        ),
        fields.Field("phone", "手机号码", "mobile", hint="办理进度发到这个号码", autocomplete="tel"),
        fields.Field("cert", "考核合格证编号", hint="没有也可以先提交，核查前补考即可", required=False),
    )
    more = (
        fields.Field("uscc", "统一社会信用代码", "uscc", hint="营业执照右上角 18 位"),
        fields.Field(
            "kind",
            "主体业态",
            "radio",
            "canteen",
            options=(
                fields.Option("restaurant", "餐饮服务经营者"),
                fields.Option("retail", "食品销售经营者"),
                fields.Option("canteen", "集中用餐单位食堂", "学校、养老机构、企业的食堂"),
            ),
        ),
        fields.Field(
            "meals",
            "每天供餐人数",
            "number",
            unit="人",
            when=fields.When("kind", equals="canteen", said="办食堂才填。"),
        ),
        fields.Field(
            "items",
            "经营项目",
            "checkbox",
            ("hot",),
            "可以选多项",
            "",
            options=(
                fields.Option("hot", "热食类"),
                fields.Option("cold", "冷食类"),
                fields.Option("drink", "自制饮品"),
            ),
        ),
        fields.Field(
            "area",
            "所在区县",
            "select",
            "",
            options=(fields.Option("hb", "河埠区"), fields.Option("lj", "临江区")),
        ),
        fields.Field("since", "开业日期", "date", "2026-12-01"),
        fields.Field("capital", "注册资金", "money", "100000.00", required=False),
        fields.Field("address", "经营场所地址", "textarea", "河埠区青石巷 27 号", rows=3),
        fields.Field("plan", "平面图", "file", accept=".jpg,.png,.pdf", hint="JPG、PNG、PDF，不超过 20 MB"),
        fields.Field("true", "我承诺所填内容真实，并知道不实承诺的后果", "checkbox", ""),
    )
    posts = (fields.Option("cook", "厨师"), fields.Option("waiter", "服务员"))
    staff = tuple(
        (
            fields.Field(f"staff.{n}.name", "姓名", value=name),
            fields.Field(f"staff.{n}.post", "岗位", "select", post, options=posts),
            fields.Field(f"staff.{n}.card", "健康证编号", value=card, error="" if card else "请填写"),
        )
        for n, (name, post, card) in enumerate((("周敏", "cook", "安卫健 20260318"), ("许宁", "waiter", "")))
    )
    return {
        "table": rows.TableField(
            "staff", "从业人员", staff, "直接接触食品的都要填", "有 1 处没填", least=1, most=20
        ),
        "phone": rows.PhoneFrame((fields.FieldGroup("手机上的样子", asked[3:]),), "手机上的样子"),
        "edit_rows": rows.EditRows(
            "materials", "申请材料", "份材料",
            (
                rows.EditRow("营业执照", (fields.Field("materials.0.name", "材料名称", value="营业执照"),), "必要 · 复印件 1 份"),
                rows.EditRow(
                    "平面图", (fields.Field("materials.1.name", "材料名称", value="平面图"),), "必要",
                    more=(fields.Field("materials.1.when", "什么时候要", required=False),), wrong=("没有写份数",), open=True,
                ),
            ), "申请人要交的每一份材料一行。",
        ),
        "meter": rows.Completeness(
            86, "必填 42 项，已填 36 项", charts.meter(86, css="bok"),
            (("基本信息", _N, Chip("ok", "齐了")), ("收费", _N, Chip("bad", "2 处", "dash-circle"))),
            (("收费 第 1 项 依据：必填", _N),),
        ),
        "suggested": fields.Field("post", "岗位编码", suggest="posts", hint="打几个字，从列出的里面选", required=False),
        "suggestions": rows.Suggestions("posts", (("JBSC-SC", "市场监管局审查岗"), ("JBSC-KZ", "市场监管局科长"))),
        "steps": fields.Steps(("选择情形", "经营者", "经营场所", "上传材料", "确认并提交"), 4, (_N, _N, _N)),
        "summary": fields.ErrorSummary((
            ("f-id_no", "食品安全管理员的身份证号少了 1 位"), ("f-plan_up", "布局和操作流程图看不清，请重新拍"), ("f-rules_up", "还没有上传规章制度目录清单")),
            fields.KEPT, onward=True),
        "person": fields.FieldGroup("食品安全管理员", asked, "在店里负责食品安全的人，可以是您自己。"),
        "place": fields.FieldGroup("所有的题型", more),
        "uploads": fields.Uploads((
            fields.Upload("licence_up", "营业执照", "ok", "必交 · 免上传", "已从电子证照库调取，发证机关签名有效。",
                          read=(("名称", "安澜市河埠区青石巷面馆"), ("统一社会信用代码", "92339901MA00021849"), ("地址", "河埠区青石巷 27 号，与第 3 步一致")), acts=(("查看", _N),)),
            fields.Upload("plan_up", "经营场所布局和操作流程图", "bad", "必交", "IMG_2047.jpg · 3.1 MB · 10:38 上传，原文件已保留", "照片太暗，认不出图上的文字", acts=(("查看", _N), ("删除", _N)), asks=True),
            fields.Upload("rules_up", "食品安全规章制度目录清单", "bad", "必交", mark_safe('没有现成的？<a href="?">用示范文本一键生成</a>，生成后可以修改。'), "还没有上传", acts=(("样表", _N),), asks=True),
            fields.Upload("house_up", "房屋使用证明", "run", "选交", "租赁合同.pdf · 正在上传 7.8 / 12.6 MB，约剩 4 秒", progress=62, acts=(("取消", _N),)),
            fields.Upload("extra_up", "其他说明", "todo", "选交", asks=True, multiple=True),
        )),
        "nav": fields.FormNav("保存并进入下一步", Act("上一步", _N), "保存，稍后再填"),
        "confirm": fields.Confirm(
            "撤回这件申请？", _N, "撤回申请", Act("不撤回，回到办件", _N),
            ("已经传好的材料会保留 30 天，重新申请时可以直接用。", "撤回后编号作废，不影响以后再申请。"),
            (("编号", "2026 1116 0382"), ("事项", "食品经营许可（新办）")), danger=True,
            fields=(fields.Field("why", "撤回的原因", "textarea", required=False, rows=2),),
        ),
    }  # fmt: skip


def lists_page() -> dict[str, Any]:
    return {
        "areas": (("市场监管", 212), ("人社", 168), ("公安", 141), ("不动产", 87), ("医保", 66), ("公积金", 41)),
        "terms": parts.Terms((("编号", "JY23399010000021"), ("持有人", "许*宁"), ("有效期至", "2031年11月22日"))),
        "qr": mark_safe('<svg viewBox="0 0 7 7" width="120" height="120" role="img" aria-label="二维码"><path d="M0 0h3v3H0zM4 0h3v3H4zM0 4h3v3H0zM4 4h1v1H4zM6 6h1v1H6z"/></svg>'),
        "slots": (("09:00-10:00", 4), ("10:00-11:00", 0), ("14:00-15:00", 6)),
        "asked": (
            fields.Field("q", "案卷号或办件编号", required=False), fields.Field("from", "归档日期从", "date", required=False),
        ),
    }  # fmt: skip


def work_page() -> dict[str, Any]:
    due = clock.Due
    rows = (
        work.Row(
            "1",
            "红牌督办：河埠区 3 件许可超法定时限未说明理由",
            _N,
            "市监察委派驻组 · 要求 11月20日 17:30 前反馈",
            due("超 1 天", 1, "over"),
            "督办",
            "exclamation-diamond",
            ("督〔2026〕41", "市监察组", "待反馈"),
            True,
        ),
        work.Row(
            "2",
            "澜汀路夜市油烟扰民，已第 3 次来电",
            _N,
            "来电人 林* · 重复诉求，7 日内 3 次",
            due("超 2 小时", 1, "over"),
            "工单",
            "telephone",
            ("RX26112000871", "12345 派单", "待回复"),
            True,
        ),
        work.Row(
            "3",
            "食品经营许可（新办）：临江区禾光配餐中心",
            _N,
            "集体用餐配送 · 检测已出具，恢复计时",
            due("剩 1 天", 0.8, "warn"),
            "办件",
            "file-earmark-check",
            ("2026 1109 0217", "禾光配餐", "审查"),
        ),
        work.Row(
            "4",
            "食品经营许可（延续）：通津街百味小馆",
            _N,
            "有效期至 12月18日 · 不作决定视为准予",
            due("剩 1 天", 0.8, "warn"),
            "办件",
            "file-earmark-check",
            ("2026 1117 0144", "百味小馆", "审查"),
            chosen=True,
        ),
        work.Row(
            "5",
            "转办：关于开展冬季食品安全专项检查的通知",
            _N,
            "安政办发〔2026〕58 号 · 急件",
            due("剩 2 天", 0.33, "ok"),
            "公文",
            "file-earmark-text",
            ("SW2026-2214", "市政府办", "待批办"),
        ),
        work.Row(
            "6",
            "食品经营许可（新办）：青石巷面馆",
            _N,
            "已发补正告知，12月7日 前补齐",
            due("计时暂停", 0.25, "hold"),
            "办件",
            "file-earmark-check",
            ("2026 1116 0382", "青石巷面馆", "待补正"),
        ),
    )
    bars: tuple[tuple[str, int, parts.Tone], ...] = (
        ("已超期", 2, "bad"),
        ("今天", 5, "warn"),
        ("明天", 4, "warn"),
        ("25日 三", 7, ""),
        ("26日 四", 3, ""),
        ("27日 五", 6, ""),
        ("30日 一", 9, ""),
        ("1日 二", 4, ""),
        ("2日 三", 5, ""),
        ("3日 四", 0, ""),
        ("更晚", 11, ""),
        ("已暂停", 5, "hold"),
    )
    return {
        "number": fields.Field("_number", "身份证号或统一社会信用代码", hint="刷卡或输入后回车", required=False),
        "received": (("食品经营许可申请书", "必要"), ("营业执照", "必要"), ("培训材料", "可后补")),
        "due_bars": clock.DueBars(tuple(clock.DueBar(label, n, _N, tone) for label, n, tone in bars)),
        "filter": work.FilterBar(
            _N, work.Segmented(tuple(parts.Tab(t, _N, t == "全部", n) for t, n in (("全部", 63), ("办件", 27), ("工单", 18), ("公开", 6), ("督办", 3)))),
            (work.Select("step", "环节", (fields.Option("", "全部环节"), fields.Option("review", "审查"))), work.Select("matter", "事项", (fields.Option("", "全部事项"), fields.Option("food", "食品经营许可")))),
            tags=(("到期：最近在前", _N),), acts=(Act("存为视图", _N, "text", "bookmark", True),), label="筛选待办",
        ),
        "list": work.WorkList(
            "待办，共 63 件，当前显示 6 件",
            (Column("到期", sort=_N, sorted="ascending"), Column("类别", sort=_N), Column("标题", sort=_N), Column("编号"), Column("申请人 / 来源"), Column("环节", sort=_N)),
            rows, "case",
        ),
        "bulk": work.BulkBar((("assign", "转派"), ("claim", "批量签收"), ("print", "打印回执")), work.Pager("", _N, 63, 6)),
        "case_head": work.CaseHead(
            "食品经营许可（新办）：临江区禾光配餐中心", Chip("warn", "剩 1 个工作日", "clock-fill"),
            (("编号", "2026 1109 0217"), ("申请人", "禾光配餐中心（企业）"), ("信用代码", "91339902MA0004710P"), ("联系", "叶* 138****0217"), ("事项版本", "第 6 版"), ("来源", "网上")),
            (Act("打印", _N, icon="printer", small=True), Act("上一件", _N, small=True, key="k"), Act("下一件", _N, small=True, key="j")),
            clock.clock(
                (
                    clock.Segment("run", _days(11, 10, 11), "11-10 受理"), clock.Segment("pause", _days(11, 12, 13, 16, 17, 18), "11-12 检测", "检测，检测通知书 安市监检〔2026〕77 号"),
                    clock.Segment("run", _days(11, 19, 20), "11-19 恢复"), clock.Segment("todo", _days(11, 23, 24)), clock.Segment("ext", (*_days(11, 25, 26, 27, 30), *_days(12, 1))),
                ),
                date(2026, 11, 20), (clock.Limit(date(2026, 11, 24), "11-24 承诺"), clock.Limit(date(2026, 12, 1), "12-01 法定")), heading=False,
            ),
            parts.TabBar("办件分页", tuple(parts.Tab(t, _N, t == "办理", n) for t, n in (("办理", None), ("材料", 7), ("流程图", None), ("全程留痕", 18), ("监察", 1), ("相关办件", 2)))),
        ),
        "clock_late": clock.clock(
            (clock.Segment("run", _days(11, 10, 11, 12, 13, 16), "11-10 受理"), clock.Segment("late", _days(11, 17, 18, 19, 20))),
            date(2026, 11, 20), (clock.Limit(date(2026, 11, 16), "11-16 承诺"),),
        ),
        "flow": flow.flow(
            (
                flow.Box("accept", "收件受理", "11-10 · 李棠", "done"), flow.Box("split", "并行", kind="gate", state="done"),
                flow.Box("check", "现场核查", "11-12 · 2 人", "done", risk="风险点 中"), flow.Box("test", "检测", "停表 5 天", "done", special=True),
                flow.Box("expert", "专家评审", "2 个工作日", "todo"), flow.Box("join", "都完成", kind="gate"),
                flow.Box("review", "审查", "您 · 第 2 天", "now", risk="风险点 高"), flow.Box("decide", "决定", "马科长"),
                flow.Box("issue", "制证送达", "当天"), flow.Box("end", "办结", kind="edge"),
            ),
            (
                flow.Wire("accept", "split"), flow.Wire("split", "check"), flow.Wire("split", "test"), flow.Wire("split", "expert"), flow.Wire("check", "join"), flow.Wire("test", "join"), flow.Wire("expert", "join"),
                flow.Wire("join", "review"), flow.Wire("review", "decide"), flow.Wire("decide", "issue", "准予"), flow.Wire("decide", "end", "不予"), flow.Wire("issue", "end"), flow.Wire("review", "check", "退回"),
            ),
            title="流程图",
        ),
        "materials": parts.table(
            ("材料", Column("来源", wide_only=True), "识别与比对", "审核"),
            ((parts.Cell("食品经营许可申请书", href=_N), "在线表单", "23 项齐全", Chip("ok", "合格")), (parts.Cell("餐具消毒效果检测报告", href=_N), "检测机构回传", "第 4 项结论“合格”，附页缺检测员签名", Chip("warn", "待确认"))),
            "材料", caption_hidden=True, dense=True,
        ),
        "trail": work.Trail((
            work.TrailRow("11-23 10:12", "系统", "规则 T01：剩余不足 1 个工作日，发预警给承办人、科长", "9f3c00000000a71e", "52d0000000000c94"),
            work.TrailRow("11-19 16:41", "检测机构", "回传检测报告；恢复计时，暂停合计 5 个工作日", "e81b000000007735", "07aa00000000d2f8"),
            work.TrailRow("11-10 09:26", "李棠", "受理，发受理通知书，承诺 11-24 前（扣除检测）", "3b1000000000f6a2", ""),
        ), Act("全部 18 条，导出并独立校验", _N)),
        "action": work.ActionPanel(
            "审查：您来办", _N, "审查岗 周澄",
            (work.Pick("pass", "符合条件，报科长决定", "今天 12:00 前报出，可赶上今天的签批", True), work.Pick("fail", "不符合条件，拟不予许可", "须写明理由和救济途径"), work.Pick("extend", "提请延长 5 个工作日", "只能一次，须负责人批准并告知申请人")),
            fields=(fields.Field("opinion", "审查意见", "textarea", "材料齐全，现场核查 38 项符合要求，检测结论合格。建议准予许可。"), fields.Field("sure", "我已确认检测报告附页缺签名不影响结论（材料 4）", "checkbox")),
            submit="提交审查意见", command_id="3f0c2f5e-0000-4000-8000-000000000001",
            locked=(work.Locked("作出决定", "由马科长办。受理、审查与决定不能是同一人。"), work.Locked("再次停表", "没有需要进行的特别程序。"), work.Locked("再要材料", "一次性告知已用，11-09 发出。")),
        ),
        "nothing": work.ActionPanel("现在没有您的环节", _N, nothing="在马科长处等待决定，11月24日 前。", locked=(work.Locked("催办", "离期限还有 1 个工作日以上，不能催办。"),), id="act2"),
        "cards": (
            work.CardBox("warn", "临近承诺期限", "规则 T01：承诺 5 个工作日已用 4。明天 24:00 仍未办结将转黄牌，同时通知分管领导。", mark_safe('发出 10:12 · 依据《监察规则》第 3 条 · <a href="?">我要说明</a>'), id="c1"),
            work.CardBox("yellow", "环节超时 2 倍", "规则 T04：审查环节承诺 1 个工作日，已用 2。", "发出 11-20 10:18", id="c2"),
            work.CardBox("red", "超法定期限", "规则 T03：法定期限 12月1日，今天 12月2日 仍未作出决定。", "请在 2 个工作日内反馈", (Act("填写反馈", _N, small=True),), id="c3"),
        ),
        "empty": parts.Empty("今天没有到期的办件", "下一件 11月25日 到期。", icon="check2-square"),
    }  # fmt: skip


def board_page() -> dict[str, Any]:
    months = tuple(f"{m}月" for m in (12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))
    met, near, missed = Chip("ok", "达标"), Chip("warn", "接近"), Chip("bad", "未达")
    units: Sequence[tuple[str, int, float, Chip, charts.Ramp, str, str, str]] = (
        ("市人力资源和社会保障局", 512, 99.9, met, "bok", "1.1 天", "–", "–"), ("市公安局", 431, 99.8, met, "bok", "1.4 天", "1", "–"),
        ("市自然资源和规划局", 87, 97.2, near, "bx", "6.9 天", "4", "1"), ("河埠区（12 个单位）", 163, 94.1, missed, "bbad", "5.7 天", "6", "2"),
    )  # fmt: skip
    return {
        "kpis": work_kpis(),
        "done": charts.bars("办结量", months, (charts.Series("办结", (2412, 2208, 2655, 2731, 2980, 3102, 3366, 3290, 3418, 3127, 3540, 2486), "b2"),), unit=" 件", note="11月至 23 日。", height=170),
        "rate": charts.line_chart("按时办结率", months, (charts.Series("按时办结率", (97.2, 97.0, 97.8, 98.0, 98.2, 98.1, 98.6, 98.9, 98.7, 98.6, 98.6, 99.2)),), low=96, high=100, goal=98, unit="%", ticks=(96, 97, 98, 99, 100), note="纵轴从 96% 起，虚线为目标 98%。", height=150),
        "cards": charts.stacked("红黄牌，按规则族", ("时效", "流程", "内容", "收费", "裁量", "廉政"), (
            charts.Series("预警", (31, 14, 22, 3, 6, 8), "b3"), charts.Series("黄", (9, 4, 3, 1, 2, 0), "bx"), charts.Series("红", (2, 0, 0, 0, 1, 0), "bbad"))),
        "rank": work.Rank(
            (Column("单位"), Column("办结", right=True, sort=_N, sorted="descending"), Column("按时率", right=True), Column("按时率条形", hidden_name=True), Column("评价"), Column("平均用时", right=True), Column("黄牌", right=True), Column("红牌", right=True)),
            tuple((parts.Cell(n, href=_N), parts.Cell(f"{k}", href=_N), f"{r}%", charts.meter(r, goal=98, low=90, css=css), chip, t, y, red) for n, k, r, chip, css, t, y, red in units),
            "各单位",
        ),
        "feed": work.Feed((
            work.FeedItem(Chip("card-r", "红牌"), "T03 超法定期限", _N, "10:21", "河埠区自然资源分局 · 临时用地审批 1102-0031"),
            work.FeedItem(Chip("card-y", "黄牌"), "T04 环节超时 2 倍", _N, "10:18", "市住建局 · 施工许可 1117-0090"),
            work.FeedItem(Chip("warn", "预警"), "T01 临近承诺期", _N, "10:12", "市场监管局 · 食品经营许可 1109-0217"),
            work.FeedItem(Chip("ok", "销号"), "督〔2026〕39 反馈合格", _N, "09:40", "市交通局 · 用时 2 个工作日"),
        )),
        "heat": charts.heat("各单位各环节超时件数", ("受理", "审查", "核查", "决定", "制证", "送达"), (
            ("市场监管", (0, 2, 1, 0, 0, 0)), ("自然资源", (1, 6, 3, 2, 0, 1)), ("住建", (0, 4, 2, 1, 0, 0)), ("河埠区", (2, 5, 9, 1, 1, 2)))),
        "loading": parts.Loading("正在导出 3,120 行", note="文件做好后会出现在“后台任务”里。"),
    }  # fmt: skip


def work_kpis() -> parts.Kpis:
    return parts.Kpis((
        parts.stat("受理", "2,731", "件", "同比 +8.4%", _N), parts.stat("办结", "2,486", "件", "在办 1,118", _N),
        parts.stat("按时办结率", "99.2%", "", "比上月高 0.6 点", _N, "ok"), parts.stat("平均用时", "2.7", "个工作日", "承诺均值 6.1", _N),
        parts.Stat("黄牌 / 红牌", (parts.Figure("19", "黄", _N), parts.Figure("3", "红", _N, "bad")), "1 张红牌未反馈", "bad"), parts.stat("零办件单位", "4", "个", "事项 112 项", _N),
    ))  # fmt: skip


def receipt() -> dict[str, Any]:
    return {
        "terms": parts.Terms((
            ("编号", "2026 1116 0382"), ("事项", "食品经营许可（新办）"), ("申请人", "许*宁"), ("收件时间", "2026年11月16日 10:51"),
            ("收件人", "市市场监督管理局许可科"), ("承诺时限", "受理后 5 个工作日"), ("查询", "凭编号和查询密码，在本网站“进度查询”或拨打 12345"))),
        "materials": parts.table(("材料", "份数", "形式"), (("食品经营许可申请书", "1", "电子"), ("经营场所布局和操作流程图", "1", "电子")), "收到的材料"),
    }  # fmt: skip


def calling() -> dict[str, Any]:
    return {
        "called": (("A012", 1, True), ("B004", 3, False), ("A011", 2, False)),
        "waits": (("市场监管", 7), ("卫生健康", 2), ("公安户籍", 0)),
    }


def wall() -> dict[str, Any]:
    return {
        "lamps": (("市场监管", 0, "g"), ("自然资源", 3, "y"), ("河埠区", 2, "r")),
        **_wall(),
    }


def _wall() -> dict[str, Any]:
    return {"feed": board_page()["feed"], "heat": board_page()["heat"]}


def rail(pages: Sequence[tuple[str, str, str]]) -> tuple[RailGroup, ...]:
    icons = {
        "parts": "collection",
        "forms": "pencil",
        "lists": "diagram-3",
        "work": "inbox",
        "board": "bar-chart",
    }
    return (
        RailGroup("组件陈列", tuple(RailItem(key, name, href, icons[key]) for name, key, href in pages)),
        RailGroup(
            "样例",
            (
                RailItem("x", "办件", _N, "file-earmark-check", 27),
                RailItem("y", "督办与红黄牌", _N, "exclamation-diamond", 3, True),
            ),
        ),
    )


PAGES: dict[str, tuple[str, bool, Callable[[], dict[str, Any]]]] = {
    "parts": ("看的组件", False, parts_page),
    "forms": ("填的组件", False, forms_page),
    "lists": ("版式", False, lists_page),
    "work": ("工作台组件", True, work_page),
    "board": ("看板组件", True, board_page),
}
