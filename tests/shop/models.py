"""Models of somebody else's: what the bridge makes metrics of."""

from __future__ import annotations

from typing import Any

from django.db import models

from ..support.databases import CHOSEN


class Warehouse(models.Model):
    code = models.CharField(max_length=20)
    # Of which MariaDB tells L1 from l1, as others do anyway.
    exact = models.CharField(
        max_length=20,
        default="",
        db_collation="utf8mb4_bin" if CHOSEN == "MariaDB" else None,
    )


class Order(models.Model):
    class Status(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        SENT = "sent"

    warehouse = models.ForeignKey(Warehouse, models.CASCADE, null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    express = models.BooleanField(default=False)
    reference = models.UUIDField(null=True)
    due = models.DateField(null=True)
    tags = models.JSONField(default=dict)
    number = models.BigIntegerField(null=True)
    weight = models.FloatField(null=True)
    price = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    placed = models.DateTimeField(null=True)
    took = models.DurationField(null=True)

    class Meta:
        ordering = ["placed", "number"]


class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")


class Payment(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="payments")
    amount = models.DecimalField(max_digits=20, decimal_places=2)


class Tag(models.Model):
    key = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=20)


class CentsField(models.DecimalField):  # type: ignore[type-arg]
    """A number of cents that is read as euros: a field with a converter of its own."""

    def from_db_value(self, value: Any, *args: Any) -> Any:
        if value == 13:
            raise KeyError(value)
        return None if value is None else value / 100


class Parcel(models.Model):
    """A row with what is rare: keys of two columns, a key to text, computed columns."""

    pk = models.CompositePrimaryKey("depot", "serial")
    depot = models.CharField(max_length=20)
    serial = models.IntegerField()
    tag = models.ForeignKey(Tag, models.CASCADE, null=True)
    address = models.GenericIPAddressField(null=True)
    cents = CentsField(max_digits=20, decimal_places=0, null=True)
    width = models.IntegerField(default=0)
    twice = models.GeneratedField(
        expression=models.F("width") * 2,
        output_field=models.IntegerField(),
        db_persist=True,
    )


class Rush(Order):
    """A row in two tables."""

    until = models.IntegerField()
    tags_of_it = models.ManyToManyField(Tag, related_name="rushes")


class Kind(models.Model):
    """What sensors measure: the name, the unit and the help of an instrument."""

    metric = models.CharField(max_length=300, null=True)
    unit = models.CharField(max_length=70, blank=True)
    help = models.TextField(null=True)


class Reading(models.Model):
    kind = models.ForeignKey(Kind, models.CASCADE)
    sensor = models.CharField(max_length=20, blank=True)
    value = models.FloatField(null=True)
