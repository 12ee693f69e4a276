"""What the panels ask Prometheus, and the texts of what it answers.

Grafana escapes and joins the names that are chosen for `$component`.
"""

from __future__ import annotations

# They also differ in brightness, and none goes without a text.
BLUE, GREEN, ORANGE, RED, GREY = "blue", "green", "orange", "dark-red", "#8e8e8e"
OPEN = {0: ("closed", GREY), 1: ("open", BLUE)}
SERVICE = {
    0: ("closed", GREY),
    1: ("up", GREEN),
    2: ("DOWN", RED),
    3: ("not measured", ORANGE),
}
VERDICT = {0: ("met", GREEN), 1: ("BELOW TARGET", RED)}
FIRES = {1: ("firing", RED)}

RULES = "Nothing recorded: are the rules loaded, and is a component chosen?"
UNMEASURED = "Nothing measured: no service time, or no availability series."
NO_BUDGET = "No component that is chosen has a target that allows an outage."
EXPORTER = "No exporter is scraped."


def of(record: str) -> str:
    """Return the recorded series of the chosen components."""
    return f'component:{record}{{component=~"$component"}}'


IS_OPEN = of("service_window_open:bool")
IS_UP = of("service_up:bool")
# The worst of a step, so that a short outage shows in a long range, too.
STATE = (
    f"0 * ({IS_OPEN} == 0) or 2 - min_over_time({IS_UP}[$__interval]) or 3 * {IS_OPEN}"
)
UP_SHARE = f"avg_over_time({IS_UP}[$__interval])"
UNMEASURED_NOW = f"sum({IS_OPEN}) - (count({IS_UP}) or vector(0))"
# Where they are greater than 0, Grafana marks the time: 1 while all are closed.
ALL_CLOSED = f"max({IS_OPEN}) == bool 0"

NEXT_START = of("service_window_next_start:seconds")
NEXT_END = of("service_window_next_end:seconds")
# Without the name, a start would hide the end of the same component.
NEXT_CHANGE = (
    f"min by (component) ({NEXT_START} or on (component, __name__) {NEXT_END})"
)

TARGET = of("service_sla_target:ratio")
AVAILABILITY = of("service_availability:ratio_period")
BELOW = f"{AVAILABILITY} < bool on (component) {TARGET}"
BUDGET = of("service_error_budget:seconds")
LEFT = of("service_error_budget_remaining:seconds")
LEFT_SHARE = of("service_error_budget_remaining:ratio")
SPENT = of("service_bad_seconds:sum_period")
# A target of 100% has no budget to spend, which is not an outage.
EXHAUSTED = f"({LEFT} <= bool 0) * on (component) ({SPENT} > bool 0)"

# Alerts about the exporter have no component. ServiceWindowClosed fires whenever a
# component is closed, for Alertmanager to inhibit others by it.
ALERTS = (
    '{alertname=~"ComponentDown|Service(CoverageLow|ErrorBudget.+|Window.+)", '
    'alertname!="ServiceWindowClosed", component=~"$component|"'
)
FIRING = f'ALERTS{ALERTS}, alertstate="firing"}}'
FIRING_FOR = f"time() - ALERTS_FOR_STATE{ALERTS}}} and ignoring (alertstate) {FIRING}"

SNAPSHOT_AGE = "time() - max by (instance) (service_window_snapshot_timestamp_seconds)"
ERRORS = "increase(service_window_collection_errors_total[$__rate_interval])"
_STARTS = "by (component) (service_window_next_start_seconds)"
DISAGREE = (
    f"count(max {_STARTS} != min {_STARTS}) or 0 * max(service_window_components)"
)


def spent(span: str) -> str:
    """Return the share of the period's budget that was spent in the span."""
    return f"{of(f'service_bad_seconds:sum_{span}')} / on (component) {BUDGET}"


def until(moment: str) -> str:
    """Return the seconds until a moment, which a late scrape may have left behind."""
    return f"clamp_min({moment} - time(), 0)"
