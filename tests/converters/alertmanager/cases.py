"""Configurations in the manner of those in use."""

CASES: dict[str, str] = {}


def _interval(name: str, *entries: str, section: str = "time_intervals") -> None:
    lines = [f"{section}:", f"- name: {name}", "  time_intervals:"]
    CASES[name] = "\n".join([*lines, *(f"  - {entry}" for entry in entries), ""])


_NIGHT = (
    "{start_time: '18:00', end_time: '24:00'}, {start_time: '00:00', end_time: '08:00'}"
)
_DAY = "{start_time: '09:00', end_time: '17:00'}"

_interval("workhours", f"{{times: [{_DAY}], weekdays: ['monday:friday']}}")
_interval("weekend", "{weekdays: [saturday, sunday]}")
_interval(
    "berlin",
    f"{{times: [{_DAY}], weekdays: ['Monday:Friday'], location: Europe/Berlin}}",
)
_interval(
    "out-of-hours",
    f"{{times: [{_NIGHT}], weekdays: ['monday:friday'], location: Europe/London}}",
    "{weekdays: ['saturday', 'sunday'], location: Europe/London}",
)
_interval("nights", f"{{times: [{_NIGHT}]}}")
_interval("sydney nights", f"{{times: [{_NIGHT}], location: Australia/Sydney}}")
_interval(
    "christmas",
    "{months: [december], days_of_month: ['24:26']}",
    "{months: ['1'], days_of_month: ['1']}",
)
_interval("last three days", "{days_of_month: ['-3:-1']}")
_interval("first five and last three", "{days_of_month: ['1:5', '-3:-1']}")
_interval("from the fifth on", "{days_of_month: ['5:-1']}")
_interval("all but three", "{days_of_month: ['2:-3']}")
_interval("narrow", "{days_of_month: ['20:-8'], location: America/New_York}")
_interval("narrowest", "{days_of_month: ['19:-8']}")
_interval("middle", "{days_of_month: ['3:-14', '14:-14'], months: ['february:march']}")
_interval("as short as february", "{days_of_month: ['10:-18']}")
_interval("narrow in february", "{days_of_month: ['10:-18'], months: ['2']}")
_interval("whole months", "{days_of_month: ['1:31']}", "{days_of_month: ['-31:-1']}")
_interval("the 31st", "{days_of_month: ['31'], location: Europe/Paris}")
_interval("nearly all days back", "{days_of_month: ['-31:-29']}")
_interval(
    "quarters", "{months: ['march', 'june', '9', 'december'], days_of_month: ['-1']}"
)
_interval("summer", "{months: ['june:august'], location: Europe/Rome}")
_interval("years", f"{{years: ['2026:2027'], times: [{_DAY}]}}")
_interval("years apart", "{years: ['2024', '2026', '2028:2040'], weekdays: [sunday]}")
_interval("in the past", "{years: ['2019:2021']}")
_interval("always", "{times: [{start_time: '00:00', end_time: '24:00'}]}")
_interval(
    "always by weekdays",
    "{weekdays: ['sunday:thursday']}",
    "{weekdays: ['friday:saturday']}",
)
_interval("no limits", "{}")
_interval("empty lists", "{times: [], weekdays: [], months: ['1:2']}")
_interval(
    "overlapping times",
    "{times: [{start_time: '08:00', end_time: '12:00'}, "
    "{start_time: '11:00', end_time: '13:30'}, "
    "{start_time: '13:30', end_time: '14:00'}]}",
)
_interval(
    "unquoted",
    "{times: [{start_time: 06:30, end_time: 17:45}], weekdays: [monday:friday]}",
)
_interval(
    "follow the sun",
    f"{{times: [{_DAY}], weekdays: ['monday:friday'], location: Europe/London}}",
    f"{{times: [{_DAY}], weekdays: ['monday:friday'], location: America/New_York}}",
    f"{{times: [{_DAY}], weekdays: ['monday:friday'], location: Australia/Sydney}}",
    "{weekdays: [sunday], times: [{start_time: '10:00', end_time: '10:05'}]}",
)
_interval(
    "maintenance",
    "{weekdays: [sunday], times: [{start_time: '01:15', end_time: '01:45'}], "
    "location: Europe/London}",
)
_interval(
    "backup over the change",
    "{times: [{start_time: '01:30', end_time: '05:00'}], location: America/Chicago}",
    "{times: [{start_time: '00:15', end_time: '02:30'}], location: Europe/Berlin}",
)
_interval(
    "lord howe",
    "{times: [{start_time: '01:00', end_time: '02:15'}], "
    "location: Australia/Lord_Howe}",
)
_interval(
    "midnight comes twice",
    "{weekdays: [saturday], location: America/Havana}",
    "{weekdays: [sunday], location: America/Santiago}",
)
_interval("kathmandu", f"{{times: [{_DAY}], location: Asia/Kathmandu}}")
_interval("old section", "{weekdays: [monday]}", section="mute_time_intervals")

CASES["grafana provisioning"] = """
apiVersion: 1
muteTimes:
  - orgId: 1
    name: No weekends
    time_intervals:
      - times:
          - start_time: '06:00'
            end_time: '23:59'
        location: 'UTC'
        weekdays: ['monday:wednesday', 'saturday', 'sunday']
        months: ['1:3', 'may:august', 'december']
        years: ['2020:2027', '2030']
        days_of_month: ['1:5', '-3:-1']
deleteMuteTimes:
  - orgId: 1
    name: Old one
"""
CASES["grafana export as JSON"] = """{
\t"apiVersion": 1,
\t"muteTimes": [
\t\t{"orgId": 1, "name": "nights", "time_intervals": [
\t\t\t{"times": [{"start_time": "20:00", "end_time": "24:00"}],
\t\t\t "location": "America/Sao_Paulo"},
\t\t\t{"weekdays": ["sunday"], "location": "America/Sao_Paulo"}]}]
}
"""
CASES["whole configuration"] = """
global: {resolve_timeout: 5m}
x-office: &office
  weekdays: ['monday:friday']
  location: 'Europe/Amsterdam'
route:
  receiver: default
  group_by: [alertname]
  routes:
    - receiver: office
      matchers: [team="web"]
      active_time_intervals: [office-hours]
    - receiver: pager
      mute_time_intervals: [office-hours, holidays]
receivers: [{name: default}, {name: office}, {name: pager}]
time_intervals:
  - name: office-hours
    time_intervals:
      - <<: *office
        times:
          - start_time: 08:30
            end_time: 12:00
          - start_time: 13:00
            end_time: 17:30
  - name: holidays
    time_intervals:
      - months: ['december']
        days_of_month: ['25', '26']
        location: 'Europe/Amsterdam'
      - months: ['april']
        days_of_month: ['27']
        location: 'Europe/Amsterdam'
        years: ['2025:2026', '2028']
"""
# The oracle knows no merge keys, so that it needs those entries as they are meant.
MEANT = {
    "whole configuration": CASES["whole configuration"].replace(
        "<<: *office",
        "weekdays: ['monday:friday']\n        location: 'Europe/Amsterdam'",
    )
}
