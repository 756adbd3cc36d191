"""Files are published only where they say what was reviewed; links of other units wait for agreement; texts are measured.

New columns only, so that the table is not rewritten: existing rows get their values by `0008_reviewed_whole_kept`.
"""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"
VALIDITY = [
    ("valid", "有效"),
    ("amended", "已修改"),
    ("repealed", "已废止"),
    ("expired", "已失效"),
    ("unknown", "未标明"),
]


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0006_provisions")]

    operations = [
        migrations.AddField("link", "confirmed", models.BooleanField("对方单位已确认", default=True)),
        migrations.AddField(
            "record",
            "stated_validity",
            models.CharField("登记的有效性", max_length=8, choices=VALIDITY, default="valid"),
        ),
        migrations.AddField("record", "file_text", models.BinaryField(max_length=16, null=True)),
        migrations.AddField("record", "file_notes", models.TextField("原文件中没有读出的", blank=True)),
        migrations.AddField(
            "record", "file_cleared", models.BooleanField("原文件核对过，可以公开", default=False)
        ),
        # What is public stays so: as the default of the column no row is written and no datestamp moves.
        migrations.AddField("record", "file_public", models.BooleanField("原文件随正文公开", default=True)),
        migrations.AlterField(
            "record", "file_public", models.BooleanField("原文件随正文公开", default=False)
        ),
        migrations.AddField(
            "record", "size", models.PositiveIntegerField("正文字数", default=0, editable=False)
        ),
        migrations.AddField(
            "record", "lines", models.PositiveIntegerField("正文行数", default=0, editable=False)
        ),
        migrations.AddField(
            "record", "garbled", models.BooleanField("正文有乱码", default=False, editable=False)
        ),
        migrations.AlterField("annex", "unread", models.CharField("没有读出的", max_length=300, blank=True)),
        migrations.AlterField(
            "batch",
            "state",
            models.CharField(
                "状态",
                max_length=8,
                choices=[
                    ("reading", "正在读取"),
                    ("read", "待确认"),
                    ("taking", "正在收入"),
                    ("done", "已完成"),
                    ("refused", "不能读取"),
                ],
                default="reading",
            ),
        ),
        migrations.RunSQL(
            (SQL / "record_seen.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION disclosure_record_measured() CASCADE;",
        ),
    ]
