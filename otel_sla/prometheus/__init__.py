"""Where availability is measured: the setting PROMETHEUS, and its series selector."""
