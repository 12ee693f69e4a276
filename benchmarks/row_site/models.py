from django.db import models


class Disk(models.Model):  # noqa: DJ008 - nobody reads it
    host = models.CharField(max_length=50)
    mount = models.CharField(max_length=50)
    kind = models.CharField(max_length=50)
    rack = models.CharField(max_length=50)
    size = models.BigIntegerField()
    used = models.BigIntegerField()
    load = models.FloatField()
