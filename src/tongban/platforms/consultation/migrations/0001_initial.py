"""Questions and public answers."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('engine', '0004_ledger'),
        ('registry', '0004_finding_rows'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Consultation',
            fields=[
                ('case', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='consultation', serialize=False, to='engine.case')),
                ('number', models.CharField(max_length=20, unique=True, verbose_name='编号')),
                ('question', models.CharField(max_length=100, verbose_name='问题')),
                ('text', models.TextField(blank=True, verbose_name='详细说明')),
                ('asked_at', models.DateTimeField(verbose_name='提问时间')),
                ('answer', models.TextField(blank=True, verbose_name='答复')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='答复时间')),
                ('about', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.matter', verbose_name='咨询的事项')),
                ('follows', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followed_by', to='consultation.consultation', verbose_name='追问')),
                ('org', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.organisation')),
            ],
            options={
                'verbose_name': '咨询',
                'verbose_name_plural': '咨询',
                'ordering': ['-asked_at'],
            },
        ),
        migrations.CreateModel(
            name='PublicAnswer',
            fields=[
                ('consultation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='public', serialize=False, to='consultation.consultation')),
                ('question', models.CharField(max_length=100, verbose_name='问题')),
                ('answer', models.TextField(verbose_name='答复')),
                ('words', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), default=list, size=None)),
                ('proposed_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_why', models.CharField(blank=True, max_length=200)),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('released_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '公开答复',
                'verbose_name_plural': '公开答复',
                'ordering': ['-released_at', '-proposed_at'],
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['words'], name='public_answer_words')],
                'constraints': [models.CheckConstraint(condition=models.Q(('released_by__isnull', True), models.Q(('released_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='public_answer_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('released_at__isnull', True), ('released_by__isnull', True)), models.Q(('released_at__isnull', False), ('released_by__isnull', False)), _connector='OR'), name='public_answer_released_by_somebody')],
            },
        ),
    ]
