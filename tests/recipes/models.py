"""Models of the recipes for rows: docs/rows-recipes.md says what each has."""

from __future__ import annotations

from typing import Any

from django.db import models


class Queue(models.Model):
    name = models.CharField(max_length=20)


class Job(models.Model):
    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    queue = models.ForeignKey(Queue, models.CASCADE)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    created = models.DateTimeField()


class Warehouse(models.Model):
    code = models.CharField(max_length=20)


class Stock(models.Model):
    warehouse = models.ForeignKey(Warehouse, models.CASCADE)
    quantity = models.IntegerField()


class Machine(models.Model):
    class State(models.TextChoices):
        IDLE = "idle"
        RUNNING = "running"
        BROKEN = "broken"

    name = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State)
    temperature = models.FloatField()


class Kind(models.Model):
    metric = models.CharField(max_length=50)
    unit = models.CharField(max_length=10)
    help = models.CharField(max_length=100)


class Reading(models.Model):
    sensor = models.CharField(max_length=20)
    kind = models.ForeignKey(Kind, models.CASCADE)
    value = models.FloatField()
    at = models.DateTimeField()


class Kept(models.Manager["Document"]):
    def get_queryset(self) -> models.QuerySet[Document]:
        return super().get_queryset().filter(deleted=None)


class Document(models.Model):
    kind = models.CharField(max_length=20)
    deleted = models.DateTimeField(null=True)

    objects = Kept()
    all_objects: models.Manager[Any] = models.Manager()


class Tenant(models.Model):
    slug = models.CharField(max_length=20)


class Invoice(models.Model):
    tenant = models.ForeignKey(Tenant, models.CASCADE)
    paid = models.BooleanField(default=False)
    amount = models.DecimalField(max_digits=10, decimal_places=2)


class TaskResult(models.Model):
    """What the recipe uses of django_celery_results.models.TaskResult."""

    periodic_task_name = models.CharField(max_length=255, null=True)
    status = models.CharField(max_length=50, default="PENDING")
    date_done = models.DateTimeField()


class PeriodicTask(models.Model):
    """What the recipe uses of django_celery_beat.models.PeriodicTask."""

    name = models.CharField(max_length=200, unique=True)
    enabled = models.BooleanField(default=True)
    last_run_at = models.DateTimeField(null=True)


class Flag(models.Model):
    """What the recipe uses of waffle.models.Flag."""

    name = models.CharField(max_length=100, unique=True)
    everyone = models.BooleanField(null=True)
    percent = models.DecimalField(max_digits=3, decimal_places=1, null=True)
