from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, StrIndex, Substr

import otel_sla.fields


def rows(apps, editor):
    model = apps.get_model("otel_sla", "CalendarStatement")
    return model.objects.using(editor.connection.alias)


def divide_uids(apps, editor):
    mark = StrIndex("uid", Value("#"))
    # MariaDB assigns from left to right, and sees in the second what the first did.
    rows(apps, editor).filter(uid__contains="#").update(
        occurrence=Substr("uid", mark + 1), uid=Substr("uid", 1, mark - 1)
    )


def join_uids(apps, editor):
    """Leave what earlier releases kept: messages about single occurrences."""
    found = rows(apps, editor)
    found.filter(Q(occurrence="") | Q(series_sequence__isnull=False)).delete()
    found.update(uid=Concat(F("uid"), Value("#"), F("occurrence")))


class Migration(migrations.Migration):
    dependencies = [("otel_sla", "0008_calendars")]

    operations = [
        migrations.RemoveConstraint(
            "OccurrenceNotice", "otel_sla_notice_of_a_schedule_or_a_component"
        ),
        migrations.RemoveConstraint(
            "OccurrenceNotice", "otel_sla_notice_once_per_schedule"
        ),
        migrations.RemoveConstraint(
            "OccurrenceNotice", "otel_sla_notice_once_per_component"
        ),
        migrations.RenameModel("OccurrenceNotice", "CalendarStatement"),
        migrations.AddField(
            "CalendarStatement",
            "occurrence",
            models.CharField(blank=True, default="", max_length=32),
        ),
        migrations.AddField(
            "CalendarStatement", "stamp", models.DateTimeField(null=True)
        ),
        migrations.AddField(
            "CalendarStatement", "series_sequence", models.BigIntegerField(null=True)
        ),
        migrations.AddField(
            "CalendarStatement", "series_stamp", models.DateTimeField(null=True)
        ),
        migrations.AddField(
            "CalendarStatement",
            "kind",
            models.CharField(blank=True, default="closed", max_length=8),
        ),
        migrations.AddField(
            "CalendarStatement", "content", models.TextField(blank=True, default="")
        ),
        migrations.RunPython(divide_uids, join_uids),
        migrations.AddConstraint(
            "CalendarStatement",
            models.CheckConstraint(
                condition=Q(schedule__isnull=True, component__isnull=False)
                | Q(schedule__isnull=False, component__isnull=True),
                name="otel_sla_statement_of_a_schedule_or_a_component",
            ),
        ),
        migrations.AddConstraint(
            "CalendarStatement",
            models.UniqueConstraint(
                fields=["schedule", "uid", "occurrence"],
                name="otel_sla_statement_once_per_schedule",
            ),
        ),
        migrations.AddConstraint(
            "CalendarStatement",
            models.UniqueConstraint(
                fields=["component", "uid", "occurrence"],
                name="otel_sla_statement_once_per_component",
            ),
        ),
    ]
