
import django.core.validators
import django.db.models.deletion
import otel_sla.fields
import otel_sla.validators
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', otel_sla.fields.NameField(max_length=200, unique=True, validators=[otel_sla.validators.validate_name])),
                ('target', models.DecimalField(decimal_places=4, help_text='Availability within the service window, in percent: 99.9', max_digits=7, validators=[django.core.validators.MinValueValidator(Decimal('0.0001')), django.core.validators.MaxValueValidator(100)])),
                ('period', models.CharField(choices=[('month', 'calendar month'), ('week', 'calendar week'), ('7d', 'rolling 7 days'), ('30d', 'rolling 30 days'), ('90d', 'rolling 90 days')], default='month', max_length=8)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Component',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', otel_sla.fields.NameField(max_length=200, unique=True, validators=[otel_sla.validators.validate_name])),
                ('labels', models.JSONField(blank=True, default=dict, help_text='Names and strings: {"team": "payments", "tier": "1"}')),
                ('enabled', models.BooleanField(default=True, help_text='Only enabled components are reported.')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='components', to='otel_sla.agreement')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', otel_sla.fields.NameField(max_length=200, unique=True, validators=[otel_sla.validators.validate_name])),
                ('timezone', models.CharField(default='UTC', help_text='IANA name, such as Europe/London.', max_length=64, validators=[otel_sla.validators.validate_timezone], verbose_name='time zone')),
                ('always_open', models.BooleanField(default=False, help_text="Open at all times: rules and holidays don't apply, overrides do.", verbose_name='24x7')),
                ('holidays', models.CharField(blank=True, help_text='Country and subdivision, such as GB-ENG, DE-BY or US; windows that start on a holiday are cancelled. Empty: none.', max_length=32, validators=[otel_sla.validators.validate_calendar])),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='otel_sla_schedule_has_a_name')],
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekdays', otel_sla.fields.WeekdaysField(default='mon-fri', help_text='mon-fri; sat,sun; daily', max_length=64)),
                ('start', models.TimeField(help_text="Wall clock of the schedule's time zone.")),
                ('end', models.TimeField(help_text='Not itself in the window.')),
                ('end_day', models.PositiveSmallIntegerField(blank=True, help_text='Days after the start day, 0 to 7. Empty: the next day where the end is not after the start.', null=True, validators=[django.core.validators.MaxValueValidator(7)])),
                ('nth', models.SmallIntegerField(blank=True, choices=[(1, '1'), (2, '2'), (3, '3'), (4, '4'), (5, '5'), (-1, 'last')], help_text='Only the nth such weekday of the month.', null=True, verbose_name='nth weekday')),
                ('months', otel_sla.fields.NumbersField(blank=True, help_text='3,6,9,12', max_length=64)),
                ('days_of_month', otel_sla.fields.NumbersField(blank=True, help_text='1,15; -1 is the last day of the month.', max_length=255)),
                ('every_weeks', models.PositiveSmallIntegerField(default=1, help_text='2 is every second week, counted from the anchor.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(520)])),
                ('anchor', models.DateField(blank=True, help_text='Any date of a week in which the rule runs; weeks begin on Monday.', null=True)),
                ('valid_from', models.DateField(blank=True, help_text='Inclusive.', null=True)),
                ('valid_to', models.DateField(blank=True, help_text='Inclusive.', null=True)),
                ('on_holidays', models.BooleanField(default=False, help_text="Also runs on the schedule's holidays.")),
                ('schedule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='otel_sla.schedule')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Override',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', otel_sla.fields.LocalDateTimeField(help_text="Wall clock of the schedule's time zone.", verbose_name='from')),
                ('end', otel_sla.fields.LocalDateTimeField(help_text='Not itself in the interval.', verbose_name='to')),
                ('kind', models.CharField(choices=[('closed', 'Closed'), ('open', 'Open')], default='closed', max_length=8)),
                ('reason', models.CharField(blank=True, max_length=255)),
                ('component', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='overrides', to='otel_sla.component')),
                ('schedule', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='overrides', to='otel_sla.schedule')),
            ],
            options={
                'ordering': ['start', 'id'],
            },
        ),
        migrations.AddField(
            model_name='agreement',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agreements', to='otel_sla.schedule'),
        ),
        migrations.AddConstraint(
            model_name='component',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='otel_sla_component_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('weekdays', ''), _negated=True), name='otel_sla_rule_has_a_weekday'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('end_day__isnull', True), ('end_day__lte', 7), _connector='OR'), name='otel_sla_rule_end_day_within_a_week'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('end_day__gt', 0), ('end_day__isnull', False)), ('end__gt', models.F('start')), models.Q(('end_day__isnull', True), ('end__lt', models.F('start'))), _connector='OR'), name='otel_sla_rule_end_after_start', violation_error_message='The end must be after the start: give end_day where it lies on a later day.'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('nth__isnull', True), ('nth__in', [1, 2, 3, 4, 5, -1]), _connector='OR'), name='otel_sla_rule_nth_is_known'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('every_weeks__gte', 1), ('every_weeks__lte', 520), models.Q(('every_weeks', 1), ('anchor__isnull', False), _connector='OR')), name='otel_sla_rule_every_weeks_has_its_anchor', violation_error_message='every_weeks counts from its anchor: give one.'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='otel_sla_rule_valid_to_not_before_valid_from', violation_error_message='valid_to is before valid_from.'),
        ),
        migrations.AddConstraint(
            model_name='override',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('component__isnull', False), ('schedule__isnull', True)), models.Q(('component__isnull', True), ('schedule__isnull', False)), _connector='OR'), name='otel_sla_override_of_a_schedule_or_a_component', violation_error_message='An override belongs to a schedule or to a component: give exactly one of the two.'),
        ),
        migrations.AddConstraint(
            model_name='override',
            constraint=models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='otel_sla_override_end_after_start', violation_error_message='The end must be after the start.'),
        ),
        migrations.AddConstraint(
            model_name='override',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['closed', 'open'])), name='otel_sla_override_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='otel_sla_agreement_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(('target__gt', 0), ('target__lte', 100)), name='otel_sla_agreement_target_is_a_percentage', violation_error_message='The target is a percentage above 0, up to 100'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(('period__in', ['month', 'week', '7d', '30d', '90d'])), name='otel_sla_agreement_period_is_known'),
        ),
    ]
