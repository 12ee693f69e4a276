"""The panels about the components: now, over time, and against the target."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import DynamicConfigValue
from panels import (
    Column,
    Row,
    bars,
    components,
    described,
    lines,
    now,
    numbers,
    query,
    states,
)
from queries import (
    AVAILABILITY,
    BELOW,
    BUDGET,
    EXHAUSTED,
    FIRING,
    GREEN,
    IS_OPEN,
    IS_UP,
    LEFT,
    LEFT_SHARE,
    NEXT_CHANGE,
    NEXT_END,
    NEXT_START,
    NO_BUDGET,
    OPEN,
    ORANGE,
    RED,
    RULES,
    SERVICE,
    SPENT,
    STATE,
    TARGET,
    UNMEASURED,
    UNMEASURED_NOW,
    UP_SHARE,
    VERDICT,
    of,
    spent,
    until,
)

NOW: Row = (
    described(
        numbers(
            now(f"sum({IS_OPEN})", "open"),
            now(f"count({IS_OPEN})", "components", "B"),
        ),
        "Service windows",
        "How many of the chosen components are inside their service window, and how "
        "many there are.",
        "short",
        RULES,
    ).span(6),
    described(
        numbers(
            now(f"sum(1 - {IS_UP})", "down"),
            now(UNMEASURED_NOW, "not measured", "B"),
        ),
        "In service hours",
        "Of the components that are open: how many are down, and for how many there is "
        "no availability sample. A component that is closed counts as neither.",
        "short",
        "No component is open and measured.",
    ).span(6),
    described(
        numbers(
            now(f"sum({BELOW})", "below target"),
            now(f"sum({EXHAUSTED})", "budget spent", "B"),
        ),
        "This period",
        "Components whose availability within service hours, since their agreement's "
        "period began, is below the target; and components that have spent the "
        "error budget of the whole period and will miss the target whatever comes.",
        "short",
        UNMEASURED,
    ).span(6),
    described(
        numbers(now(f"count({FIRING}) or 0 * count({IS_OPEN})", "firing")),
        "Alerts",
        "Alerts of the service-window rules that are firing, without "
        "ServiceWindowClosed, which fires whenever a component is closed.",
        "short",
        RULES,
    ).span(6),
    described(
        components(
            Column("Now", IS_OPEN, "none", texts=OPEN),
            Column("Changes in", until(NEXT_CHANGE), "dtdhms", "never"),
            Column("Opens in", until(NEXT_START), "dtdhms"),
            Column("Closes in", until(NEXT_END), "dtdhms"),
            Column("Next start", f"1000 * {NEXT_START}", "dateTimeAsIso"),
            Column("Next end", f"1000 * {NEXT_END}", "dateTimeAsIso"),
        ),
        "Next changes",
        "When each component opens and closes next: how long until then, and the "
        "moment in the dashboard's time zone. A component that is open 24x7, or has no "
        "further window within ten years, has none.",
        "none",
        RULES,
    ).span(24),
)

HOURS: Row = (
    described(
        states(query(IS_OPEN, "{{component}}"), OPEN),
        "Open and closed",
        "When each component's service window was open.",
        "none",
        RULES,
    ).span(24),
    described(
        states(query(STATE, "{{component}}"), SERVICE),
        "Up and down within service hours",
        "Up or down while the window is open; an outage while it is closed does not "
        "count. Not measured: open, and no availability sample. A step of a long range "
        "shows the worst of its time.",
        "none",
        RULES,
    ).span(24),
)

TARGETS: Row = (
    described(
        components(
            Column("Target", TARGET, "percentunit"),
            Column("Period", AVAILABILITY, "percentunit", "unmeasured"),
            Column("Verdict", BELOW, "none", "no verdict", VERDICT),
            Column(
                "1 day",
                of("service_availability:ratio_1d"),
                "percentunit",
                "unmeasured",
            ),
            Column(
                "7 days",
                of("service_availability:ratio_7d"),
                "percentunit",
                "unmeasured",
            ),
            Column(
                "30 days",
                of("service_availability:ratio_30d"),
                "percentunit",
                "unmeasured",
            ),
            Column(
                "Coverage",
                of("service_coverage:ratio_period"),
                "percentunit",
                "unmeasured",
            ),
        ),
        "Availability within service hours",
        "The share of the measured service time in which a component was up: since its "
        "agreement's period began, with the verdict on that, and over three spans. "
        "Coverage: how much of the period's service time until now was measured. "
        "Unmeasured: there was no service time, or none was measured.",
        "none",
        RULES,
    ).span(24),
    described(
        lines(
            query(AVAILABILITY, "{{component}}"),
            query(TARGET, "{{component}}, target", "target"),
        ).override_by_query(
            "target", [DynamicConfigValue("custom.lineStyle", {"fill": "dash"})]
        ),
        "Availability in the period so far",
        "It begins anew with the agreement's period. Dashed: the target.",
        "percentunit",
        UNMEASURED,
    )
    .decimals(3)
    .span(12),
    described(
        lines(query(UP_SHARE, "{{component}}")).min(0).max(1),
        "Availability in each step",
        "The share of a step's measured service time in which a component was up. "
        "The line is broken off while the component is closed.",
        "percentunit",
        UNMEASURED,
    ).span(12),
    described(
        bars(
            now(of("service_coverage:ratio_30d"), "{{component}}"),
            (0, RED),
            (0.95, ORANGE),
            (0.99, GREEN),
        ),
        "Coverage of 30 days",
        "How much of the scheduled service time of 30 days was measured. The rest are "
        "gaps in the availability series: they count neither as up nor as down.",
        "percentunit",
        UNMEASURED,
    ).span(24),
)

BUDGETS: Row = (
    described(
        bars(
            now(LEFT_SHARE, "{{component}}"), (0, RED), (0.001, ORANGE), (0.25, GREEN)
        ),
        "Error budget left",
        "The share of the period's allowed outage that is left. At 0 or below, the "
        "target is missed.",
        "percentunit",
        NO_BUDGET,
    ).span(12),
    described(
        components(
            Column(
                "Since",
                f"1000 * {of('service_period_start:seconds')}",
                "dateTimeAsIso",
            ),
            Column("Allowed", BUDGET, "s"),
            Column("Spent", SPENT, "s", "unmeasured"),
            Column("Left", LEFT, "s", "unmeasured"),
        ),
        "Error budget in time",
        "How much outage within service hours the target allows in the whole period, "
        "and what of it is spent since the period began.",
        "none",
        NO_BUDGET,
    ).span(12),
    described(
        lines(query(LEFT_SHARE, "{{component}}")),
        "Error budget left, over time",
        "It is full again when the agreement's period begins anew.",
        "percentunit",
        NO_BUDGET,
    ).span(12),
    described(
        lines(
            query(spent("1h"), "{{component}}, 1 h", "A"),
            query(spent("6h"), "{{component}}, 6 h", "B"),
            query(spent("3d"), "{{component}}, 3 d", "C"),
        ),
        "Error budget spent in 1 h, 6 h and 3 d",
        "The share of the period's budget. ServiceErrorBudgetBurn fires above 2% in an "
        "hour, 5% in six hours and 10% in three days.",
        "percentunit",
        UNMEASURED,
    ).span(12),
)
