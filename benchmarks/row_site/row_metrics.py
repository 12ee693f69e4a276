from otel_sla.bridge import RowMetrics, attribute, gauge

from .models import Disk


class Disks(RowMetrics):
    queryset = Disk.objects.all()
    host = attribute("host")
    mount = attribute("mount")
    kind = attribute("kind")
    rack = attribute("rack")
    size = gauge("disk.size", "size", unit="By", help="Size of the disk.")
    used = gauge("disk.used", "used", unit="By", help="Bytes in use.")
    load = gauge("disk.load", "load", help="Load of the disk.")
