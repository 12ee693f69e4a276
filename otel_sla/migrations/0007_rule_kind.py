from django.db import migrations, models
from django.db.migrations.exceptions import IrreversibleError

NAMED = 10


def refuse_to_lose_rules(apps, editor):
    """Refuse to go back where a closing rule would open instead."""
    rules = apps.get_model("otel_sla", "Rule").objects.using(editor.connection.alias)
    names = sorted(
        set(rules.filter(kind="closed").values_list("schedule__name", flat=True))
    )
    if names:
        listed = ", ".join(map(repr, names[:NAMED])) + " and more" * (
            len(names) > NAMED
        )
        raise IrreversibleError(
            f"Closing rules would open in earlier releases. Schedules that have some: "
            f"{listed}. Delete these rules first."
        )


class Migration(migrations.Migration):
    dependencies = [("otel_sla", "0006_wording")]

    operations = [
        migrations.AddField(
            model_name="rule",
            name="kind",
            field=models.CharField(
                choices=[("open", "Open"), ("closed", "Closed")],
                db_default="open",
                default="open",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["open", "closed"])),
                name="otel_sla_rule_kind_is_known",
            ),
        ),
        # Last, to be the first on the way back.
        migrations.RunPython(migrations.RunPython.noop, refuse_to_lose_rules),
    ]
