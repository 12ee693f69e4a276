"""What Prometheus is told besides metrics: rules."""
