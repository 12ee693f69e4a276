"""Models of somebody else's: what the bridge makes metrics of."""

from __future__ import annotations

from django.db import models


class Warehouse(models.Model):
    code = models.CharField(max_length=20)


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
