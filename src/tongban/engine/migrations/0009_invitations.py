"""Nobody takes part in a case unasked: invitations, and their answers."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Who takes part already stays: their naming stands in the chain."""

    dependencies = [("engine", "0008_helpers"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="PartyInvitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.IntegerField()),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("agent", "代理人"),
                            ("co", "共同申请人"),
                            ("third", "第三人"),
                            ("helper", "帮办代办"),
                        ],
                        max_length=6,
                    ),
                ),
                ("id_digest", models.CharField(max_length=64)),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("asked", "等本人答复"),
                            ("accepted", "已同意"),
                            ("declined", "已谢绝"),
                            ("ended", "已撤回或者解除"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="engine.case",
                    ),
                ),
            ],
            options={
                "verbose_name": "参与邀请",
                "verbose_name_plural": "参与邀请",
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "asked")),
                        fields=["id_digest"],
                        name="party_invitation_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("case", "seq"), name="party_invitation_once")
                ],
            },
        ),
    ]
