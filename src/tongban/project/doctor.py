"""`tongban doctor`: every question an operator would ask for help with, answered before it is asked.

Each check gives one finding: what was seen and, when something is wrong, what to do. Nothing is changed.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import NamedTemporaryFile

from tongban.base.console import CommandError, Console, ExitCode
from tongban.project.cluster import EXTENSIONS, OLDEST_MAJOR, ROOM_TO_BEGIN, find_binaries, own_cluster
from tongban.project.environment import listening
from tongban.project.installation import installation
from tongban.project.serving import check_port, read_settings

ROOM_WANTED = 2 * 2**30
"""Bytes free below which an operator should act before the disk is full."""
SEALED_WITHIN = 26 * 3600
"""Seconds: the ledger is sealed at least once a day."""
PROBE = b"doctor\n" * 16384
"""A harmless file, larger than what a full volume still takes."""
SKEW_TOLERATED = 5.0
"""Seconds between this machine's clock and the database's."""


class Grade(StrEnum):
    """How a finding stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One answer."""

    name: str
    grade: Grade
    message: str
    remedy: str = ""


Check = Callable[[], Iterator[Finding]]


def examine() -> list[Finding]:
    """Run every check; those that need the database are left out, with the reason, where it cannot be had."""
    findings = _collect((_python, _packages, _settings))
    if _failed(findings, "settings"):
        return findings
    findings += _collect((_data, _postgres, _fonts))
    running = _cluster_runs()
    with ExitStack() as stack:
        try:
            from tongban.project.cli import make_ready

            make_ready(stack)
        except CommandError as error:
            return [
                *findings,
                Finding("database", Grade.FAIL, f"{error.message}（{error.code}）", error.remedy),
            ]
        findings += _collect((_wire, _database, _files, _gateways))
        if _failed(findings, "database"):
            return findings
        findings += _collect((_migrations, _clock))
        if not _failed(findings, "migrations"):
            findings += _collect(
                (_keys, lambda: _worker(running=running), _queue, _notices, _calendar, _ledger)
            )
        findings += _collect((lambda: _port(running=running),))
    return findings


def report(findings: list[Finding], console: Console) -> ExitCode:
    """Show the findings; FOUND when any of them is a failure."""
    failed = [f for f in findings if f.grade is Grade.FAIL]
    warned = [f for f in findings if f.grade is Grade.WARN]

    def human() -> None:
        marks = {Grade.OK: "✓", Grade.WARN: "!", Grade.FAIL: "✗"}
        for finding in findings:
            console.say(f"{marks[finding.grade]} {finding.name:<12} {finding.message}")
            if finding.remedy and finding.grade is not Grade.OK:
                console.say(f"  {'':<12} → {finding.remedy}")
        console.say()
        console.say(f"{len(findings)} 项检查，{len(failed)} 项不通过，{len(warned)} 项提醒。")

    console.emit({"ok": not failed, "findings": [asdict(f) for f in findings]}, human)
    return ExitCode.FOUND if failed else ExitCode.OK


def _failed(findings: list[Finding], name: str) -> bool:
    return any(f.name == name and f.grade is Grade.FAIL for f in findings)


def _collect(checks: tuple[Check, ...]) -> list[Finding]:
    return [finding for check in checks for finding in check()]


# -- the machine -----------------------------------------------------------------------------------


def _python() -> Iterator[Finding]:
    yield Finding("python", Grade.OK, f"Python {platform.python_version()}（{sys.executable}）")


def _packages() -> Iterator[Finding]:
    lock = installation().checkout / "requirements.lock"
    if not lock.is_file():
        yield Finding(
            "packages", Grade.WARN, "没有找到 requirements.lock，无法核对依赖。", "请从完整的检出目录运行。"
        )
        return
    wrong = []
    for name, wanted, marker in locked_packages(lock.read_text(encoding="utf-8")):
        try:
            have = version(name)
        except PackageNotFoundError:
            if not marker:
                wrong.append(f"{name} 缺失")
            continue
        if have != wanted:
            wrong.append(f"{name} {have}（应为 {wanted}）")
    if wrong:
        yield Finding(
            "packages", Grade.FAIL, f"与锁定版本不符：{'、'.join(wrong[:5])}", "请运行 make run 重新安装。"
        )
    else:
        yield Finding("packages", Grade.OK, "依赖与 requirements.lock 一致。")


def locked_packages(text: str) -> Iterator[tuple[str, str, str]]:
    """Name, version and environment marker (may be empty) of each pin of a lock file."""
    for match in re.finditer(
        r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\\n]+))?", text, re.MULTILINE
    ):
        yield match[1], match[2], (match[3] or "").strip()


def _settings() -> Iterator[Finding]:
    try:
        read_settings()
        listening()
    except CommandError as error:
        yield Finding("settings", Grade.FAIL, f"{error.message}其余各项没有检查。", error.remedy)
    else:
        yield Finding("settings", Grade.OK, "环境变量都读得懂。")


def _data() -> Iterator[Finding]:
    place = installation()
    if not place.data.exists():
        yield Finding(
            "data", Grade.WARN, f"数据目录 {place.data} 尚未建立。", "首次运行 tongban up 时自动建立。"
        )
        return
    if not os.access(place.data, os.W_OK):
        yield Finding("data", Grade.FAIL, f"数据目录 {place.data} 不可写。", "请用第一次启动时的用户运行。")
    yield from _disks((place.data, place.files, place.statistics, place.catalogue))
    key = place.data / "secret-key"
    if os.environ.get("TONGBAN_SECRET_KEY"):
        weak = len(os.environ["TONGBAN_SECRET_KEY"]) < 50
        grade, said = (Grade.FAIL, "TONGBAN_SECRET_KEY 太短。") if weak else (Grade.OK, "密钥来自环境变量。")
        yield Finding("secret_key", grade, said, "请使用 50 个以上的随机字符。")
    elif key.exists() and key.stat().st_mode & 0o077:
        yield Finding("secret_key", Grade.FAIL, f"{key} 可被其他用户读取。", f"请运行 chmod 600 {key}。")
    else:
        yield Finding("secret_key", Grade.OK, "密钥保存在数据目录，仅属主可读。")


def _disks(folders: tuple[Path, ...]) -> Iterator[Finding]:
    """One finding for each volume that the folders lie on; those that are not made yet say nothing."""
    volumes: dict[int, Path] = {}
    for folder in filter(Path.exists, folders):
        volumes.setdefault(folder.stat().st_dev, folder)
    for folder in volumes.values():
        free = shutil.disk_usage(folder).free
        said = f"{folder}，所在磁盘剩余 {free / 2**30:.1f} GB"
        grade = Grade.OK if free >= ROOM_WANTED else Grade.WARN if free >= ROOM_TO_BEGIN else Grade.FAIL
        yield Finding("disk", grade, said, "请清理或扩充磁盘；磁盘写满后系统停止受理。")


def _postgres() -> Iterator[Finding]:
    if os.environ.get("DATABASE_URL"):
        return
    found = [f"{b.version}（{b.folder}）" for b in find_binaries()]
    if found:
        yield Finding("postgres", Grade.OK, f"PostgreSQL 程序：{found[0]}")
    else:
        yield Finding(
            "postgres", Grade.FAIL, "没有 PostgreSQL 15 或更高版本的程序。", "请运行 make run 自动安装。"
        )


def _fonts() -> Iterator[Finding]:
    from tongban.base.typeset import FAMILIES, FontsMissing, font_folders

    try:
        font_folders()
    except FontsMissing as error:
        yield Finding("fonts", Grade.FAIL, f"{error}文书不能排版。", error.remedy)
    else:
        yield Finding("fonts", Grade.OK, f"文书字体齐备：{'、'.join(FAMILIES)}。")


# -- the settings ----------------------------------------------------------------------------------


def _wire() -> Iterator[Finding]:
    from django.conf import settings

    local = all(host in {"localhost", "127.0.0.1", "[::1]"} for host in settings.ALLOWED_HOSTS)
    if settings.DEBUG:
        yield Finding("debug", Grade.FAIL, "调试模式已打开，出错页面会泄露数据。", "请去掉 TONGBAN_DEBUG。")
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding("hosts", Grade.FAIL, "TONGBAN_HOSTS 含有 *，任何域名都被接受。", "请写明本站的域名。")
    else:
        yield Finding("hosts", Grade.OK, f"接受的域名：{'、'.join(settings.ALLOWED_HOSTS)}")
    if settings.TONGBAN_TLS:
        yield Finding("tls", Grade.OK, "已按 HTTPS 运行（安全 Cookie、HSTS）。")
    elif local:
        yield Finding("tls", Grade.OK, "仅供本机使用，未启用 HTTPS。")
    else:
        yield Finding(
            "tls",
            Grade.FAIL,
            "对外提供服务但没有启用 HTTPS。",
            "请配置证书或反向代理，并设置 TONGBAN_TLS=1。",
        )
    if settings.TONGBAN_PROXIES and not settings.TONGBAN_TLS:
        yield Finding(
            "proxy", Grade.WARN, "前面有反向代理，但没有设置 TONGBAN_TLS=1。", "代理提供 HTTPS 时请设置。"
        )


def _files() -> Iterator[Finding]:
    """Keep a small file as an upload is kept, written through to the disk and looked at by the scanner, and remove it again."""
    from tongban.base.files import FileRefused, ScannerUnavailable
    from tongban.base.files.scan import scan
    from tongban.base.models import StoredFile

    folder = installation().files
    try:
        with NamedTemporaryFile(dir=folder, prefix=".doctor-") as probe:
            probe.write(PROBE)
            probe.flush()
            os.fchmod(probe.fileno(), 0o640)
            os.fsync(probe.fileno())
            scanned = scan(Path(probe.name))
    except OSError as error:
        yield Finding(
            "files",
            Grade.FAIL,
            f"附件目录 {folder} 不可写：{error.strerror}",
            "请检查空间、权限或 TONGBAN_FILES。",
        )
        return
    except (FileRefused, ScannerUnavailable) as error:
        yield Finding(
            "scanner",
            Grade.FAIL,
            f"杀毒程序不工作，附件一律不收：{error}",
            "请检查 TONGBAN_SCANNER 和杀毒服务。",
        )
        return
    yield Finding("files", Grade.OK, f"附件目录 {folder} 可写。")
    if scanned == StoredFile.Scan.FAILED:
        yield Finding(
            "scanner",
            Grade.FAIL,
            "杀毒程序不工作，附件未经检查就收下。",
            "请检查 TONGBAN_SCANNER 和杀毒服务。",
        )
    elif scanned == StoredFile.Scan.CLEAN:
        yield Finding("scanner", Grade.OK, "杀毒程序在工作。")


def _gateways() -> Iterator[Finding]:
    """Make the classes that the settings name; nothing is sent."""
    from django.conf import settings

    from tongban.platforms.fees.gateways import gateway as payment_gateway
    from tongban.platforms.notices.channels import gateway as sms_gateway

    for variable, path, made in (
        ("TONGBAN_PAYMENT_GATEWAY", settings.TONGBAN_PAYMENT_GATEWAY, payment_gateway),
        ("TONGBAN_SMS_GATEWAY", settings.TONGBAN_SMS_GATEWAY, sms_gateway),
    ):
        if not path:
            continue
        try:
            made()
        except Exception as error:  # noqa: BLE001 -- the class is not ours, and may fail in any way
            said = f"{variable} 所指的 {path} 用不了：{type(error).__name__}: {error}"
            yield Finding("gateways", Grade.FAIL, said, "请写类的完整路径，它须不带参数就能建立。")
        else:
            yield Finding("gateways", Grade.OK, f"{variable} 所指的 {path} 可用。")


# -- the database ----------------------------------------------------------------------------------


def _database() -> Iterator[Finding]:
    from django.db import DatabaseError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version'), current_setting('server_version_num')::int"
            )
            said, number = cursor.fetchone() or ("", 0)
            cursor.execute(
                "SELECT name FROM pg_available_extensions WHERE name = ANY(%s)", [list(EXTENSIONS)]
            )
            missing = set(EXTENSIONS) - {row[0] for row in cursor.fetchall()}
            cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
            durable = cursor.fetchone() or ("", "")
            cursor.execute("SELECT current_setting('server_encoding')")
            encoding = (cursor.fetchone() or ("",))[0]
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "没有说明原因"
        yield Finding("database", Grade.FAIL, f"连不上数据库：{reason}", "请检查 DATABASE_URL 和数据库服务。")
        return
    if missing:
        yield Finding(
            "extensions", Grade.FAIL, f"缺少扩展：{'、'.join(sorted(missing))}", "请安装 postgresql-contrib。"
        )
    else:
        yield Finding("extensions", Grade.OK, f"所需扩展齐备（{'、'.join(EXTENSIONS)}）。")
    if durable[0] != "on" or durable[1] == "off":
        yield Finding(
            "durability",
            Grade.FAIL,
            "数据库关闭了落盘（fsync 或 synchronous_commit），断电会丢数据。",
            "请改回 on。",
        )
    if encoding != "UTF8":
        yield Finding("encoding", Grade.FAIL, f"数据库编码是 {encoding}。", "请用 UTF8 重建数据库。")
    if number // 10000 < OLDEST_MAJOR:
        yield Finding("database", Grade.FAIL, f"PostgreSQL {said}", f"需要 {OLDEST_MAJOR} 或更高版本。")
    else:
        yield Finding("database", Grade.OK, f"PostgreSQL {said}，已连接：{_whose()}。")


def _whose() -> str:
    from django.db import connection

    if not os.environ.get("DATABASE_URL"):
        return "数据目录里的本机数据库"
    said = connection.settings_dict
    return f"DATABASE_URL 所指的 {said['NAME']} @ {said['HOST'] or 'localhost'}"


def _migrations() -> Iterator[Finding]:
    from tongban.project.health import pending_migrations

    pending = pending_migrations()
    if pending:
        yield Finding(
            "migrations", Grade.FAIL, f"有 {len(pending)} 项迁移未应用。", "请运行 tongban migrate。"
        )
    else:
        yield Finding("migrations", Grade.OK, "数据库结构与程序一致。")


def _clock() -> Iterator[Finding]:
    from django.db import connection

    with connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        told = float((cursor.fetchone() or (0.0,))[0])
        skew = told - (before + time.time()) / 2
    if abs(skew) > SKEW_TOLERATED:
        yield Finding(
            "clock", Grade.FAIL, f"本机与数据库的时钟相差 {skew:+.1f} 秒。", "请启用时间同步（NTP）。"
        )
    else:
        yield Finding("clock", Grade.OK, f"时钟一致（相差 {abs(skew):.1f} 秒）。")


def _worker(*, running: bool) -> Iterator[Finding]:
    from tongban.project.health import WORKER_SILENCE
    from tongban.project.metrics import heartbeat_age, last_job_age

    age = heartbeat_age()
    if age is not None and age < WORKER_SILENCE:
        yield Finding("worker", Grade.OK, f"后台任务在运行（{age:.0f} 秒前有心跳）。")
    else:
        worked = last_job_age() if age is None else None
        if age is not None:
            seen = f"已 {age / 60:.0f} 分钟没有心跳"
        elif worked is not None:  # it took leave when it was stopped; what it did is still known
            seen = f"没有在运行（上次做事在 {worked / 60:.0f} 分钟前）"
        else:
            seen = "从未运行"
        grade = Grade.FAIL if running else Grade.WARN
        yield Finding(
            "worker", grade, f"后台任务{seen}，期限和通知不会触发。", "请运行 tongban up 或 tongban worker。"
        )


def _keys() -> Iterator[Finding]:
    from tongban.platforms.reporting.clients import strangers
    from tongban.registry.identity import key_fits

    if not key_fits():
        yield Finding(
            "keys", Grade.FAIL, "证件号码不能用现在的密钥解开：TONGBAN_IDENTITY_KEY（或 secret-key）已更换。",
            "请恢复原来的密钥；更换办法见 docs/reference/settings.md。",
        )  # fmt: skip
    if others := strangers():
        said = "、".join(c.key_id for c in others[:5])
        yield Finding(
            "keys", Grade.FAIL, f"{len(others)} 个报送客户端的密钥不是用现在的主密钥生成的，它们的签名不被承认：{said}",
            "请用 TONGBAN_REPORTING_KEY 恢复原来的主密钥，或者用 tongban client create 重新发放。",
        )  # fmt: skip
    elif key_fits():
        yield Finding("keys", Grade.OK, "证件号码和报送客户端的密钥与数据相符。")


def _queue() -> Iterator[Finding]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE status = 'todo' AND "
            "coalesce(scheduled_at, now()) < now() - interval '10 minutes') FROM procrastinate_jobs"
        )
        failed, late = cursor.fetchone() or (0, 0)
    if late:
        yield Finding(
            "queue", Grade.FAIL, f"{late} 个后台任务已积压 10 分钟以上。", "请检查或增加 tongban worker。"
        )
    elif failed:
        yield Finding("queue", Grade.WARN, f"{failed} 个后台任务失败。", "请在日志中按任务编号查看原因。")
    else:
        yield Finding("queue", Grade.OK, "后台任务没有积压。")


def _notices() -> Iterator[Finding]:
    from tongban.platforms.notices.channels import available
    from tongban.platforms.notices.queries import outlook

    going, on = outlook(), "、".join(sorted(available()))
    if going["late"] or going["failed"]:
        said = f"{going['late']} 条通知等了 10 分钟以上，最近一天有 {going['failed']} 条没有送出。"
        yield Finding("notices", Grade.WARN, said, "请在工作台“发送情况”里看错误，检查邮件服务器和短信网关。")
    else:
        yield Finding(
            "notices", Grade.OK, f"外发通知没有积压（{on}）。" if on else "没有开通邮件和短信，只发网站消息。"
        )


def _calendar() -> Iterator[Finding]:
    from tongban.base.calendar import CHINA
    from tongban.base.queries import current_calendar
    from tongban.base.services import calendar_outlook

    calendar = current_calendar()
    problems = calendar_outlook(calendar, datetime.now(CHINA).date())
    for problem in problems:
        grade = Grade.WARN if problem.severity == "warning" else Grade.FAIL
        yield Finding(
            "calendar", grade, problem.message, "国务院办公厅公布后，请运行 tongban calendar import。"
        )
    if not problems:
        yield Finding("calendar", Grade.OK, f"工作日历可用到 {calendar.announced_until}。")


def _ledger() -> Iterator[Finding]:
    from tongban.engine.ledger.errors import LedgerError
    from tongban.engine.ledger.origin import find_signer
    from tongban.engine.ledger.sealing import standing

    try:
        find_signer()
    except LedgerError as error:
        yield Finding("ledger", Grade.FAIL, f"{error.message}检查点不能签署。", error.remedy)
        return
    now = datetime.now(UTC)
    stands = standing()
    sealed = (
        "" if stands.sealed_at is None else f"{(now - stands.sealed_at).total_seconds() / 3600:.1f} 小时前"
    )
    if stands.waiting_since is None:
        said = f"账本全部封存（{sealed}）。" if sealed else "账本还没有事件。"
        yield Finding("ledger", Grade.OK, said)
        return
    waits = (now - stands.waiting_since).total_seconds()
    if waits > SEALED_WITHIN:
        said = f"有事件等待封存已 {waits / 3600:.0f} 小时。"
        yield Finding("ledger", Grade.FAIL, said, "请运行 tongban ledger checkpoint。")
    else:
        yield Finding("ledger", Grade.OK, f"账本 {sealed}封存。" if sealed else "账本尚待首次封存。")


def _port(*, running: bool) -> Iterator[Finding]:
    host, port = listening()
    try:
        check_port(host, port)
    except CommandError as error:
        if running and error.code == "port_taken":
            yield Finding("port", Grade.OK, f"端口 {port} 在使用中（通办正在运行）。")
        else:
            yield Finding("port", Grade.FAIL, error.message, error.remedy)
    else:
        yield Finding("port", Grade.OK, f"端口 {port} 空闲。")


def _cluster_runs() -> bool:
    """Whether somebody else has the installation's database running, that is, whether it is in service."""
    try:
        return bool(os.environ.get("DATABASE_URL")) or own_cluster().pid() is not None
    except CommandError:
        return False
