"""Rules for Prometheus, time intervals for Alertmanager, the dashboard for Grafana."""
