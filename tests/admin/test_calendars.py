"""Holiday calendars in the admin, and schedules that are made of others."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from otel_sla.models import HolidayCalendar, Schedule

from ..support.make import make_agreement, make_component, make_schedule, seconds
from .test_editing import add, formset
from .test_preview import form_of, kept, previewed

pytestmark = pytest.mark.django_db

CHRISTMAS = {"name": "Christmas closing", "start": "12-24", "end": "01-02"}
NOON = {"name": "Half day", "date": "12-23", "hours": "0:00-12:00"}
NOW = seconds(2026, 12, 1)


@pytest.fixture
def company() -> HolidayCalendar:
    calendar = HolidayCalendar.objects.create(name="company", include="GB-ENG")
    calendar.days.create(**CHRISTMAS)
    return calendar


def form(*days: dict[str, str], **fields: str) -> dict[str, str]:
    """The form of a calendar with these days, all of them new."""
    rows = [{"observed": "none", **day} for day in days]
    return {"name": "company", **fields, **formset("days", *rows)}


def form_of_saved(calendar: HolidayCalendar, **fields: str) -> dict[str, str]:
    """The form of a calendar of one day, as it is or with other fields."""
    day = calendar.days.get()
    row = {"id": day.pk, "observed": "none", **CHRISTMAS}
    row |= {key: fields.pop(key) for key in CHRISTMAS if key in fields}
    own = {"name": calendar.name, "include": calendar.include, **fields}
    return {**own, **kept("days", calendar, row)}


def page_of(client: Client, row: Any) -> str:
    url = reverse(f"admin:otel_sla_{row._meta.model_name}_change", args=[row.pk])
    return " ".join(client.get(url).content.decode().split())


def test_a_calendar_has_codes_and_calendars_in_one_text(
    admin_client: Client, company: HolidayCalendar
) -> None:
    fields = form(
        CHRISTMAS, NOON, name="plant", include="DE-BY/catholic, company", without=""
    )
    assert add(admin_client, "holidaycalendar", fields).status_code == 302
    plant = HolidayCalendar.objects.get(name="plant")
    assert plant.include == "DE-BY/catholic"
    assert list(plant.calendars.all()) == [company]
    page = page_of(admin_client, plant)
    assert "Christmas closing, 12-24 to 01-02" in page
    assert "Half day, 12-23, 00:00-12:00" in page
    assert 'value="company, DE-BY/catholic"' in page


@pytest.mark.parametrize(
    ("fields", "day", "message"),
    [
        ({"include": "Bavaria"}, {}, "Did you mean DE-BY?"),
        ({"include": "compny"}, {}, "no holiday calendar 'compny'. Did you mean comp"),
        ({"include": "GB"}, {}, "'GB' needs a subdivision"),
        ({"include": "x, y"}, {}, "calendar 'y' is unknown"),
        ({"without": "Boxing Day"}, {}, "'Boxing Day' takes no day away."),
        ({"name": "US-CORP"}, {}, "is like the code of a public holiday calendar"),
        ({}, {"date": "12-32", "start": "", "end": ""}, "12-32 does not exist."),
        ({}, {"end": ""}, "The value is missing"),
        ({}, {"date": "12-24"}, "are both given. Use only one of"),
        ({}, {"hours": "noon"}, "'noon' is not valid hours."),
    ],
)
def test_what_is_wrong_is_told_at_the_field(
    fields: dict[str, str],
    day: dict[str, str],
    message: str,
    admin_client: Client,
    company: HolidayCalendar,
) -> None:
    sent = form({**CHRISTMAS, **day}, **{"name": "plant", "include": "DE-BY", **fields})
    page = add(admin_client, "holidaycalendar", sent)
    assert page.status_code == 200
    errors = [*page.context["errors"]]
    assert message in str(errors).replace("&#x27;", "'")


def test_calendars_in_a_circle_are_refused_with_the_path(
    admin_client: Client, company: HolidayCalendar
) -> None:
    plant = HolidayCalendar.objects.create(name="plant")
    plant.calendars.add(company)
    text = previewed(admin_client, company, form_of_saved(company, include="plant"))
    assert "company -&gt; plant -&gt; company" in text
    assert 'href="#id_include">Include' in text


def test_schedules_in_a_circle_are_refused_with_the_path(admin_client: Client) -> None:
    office = make_schedule()
    support = make_schedule("support")
    support.excludes.add(office)
    url = reverse("admin:otel_sla_schedule_change", args=[office.pk])
    page = admin_client.post(url, {**form_of(office), "includes": "support"})
    assert page.status_code == 200
    (error,) = page.context["adminform"].form.errors["includes"]
    assert "office-london -> support -> office-london" in error


def test_a_circle_of_others_does_not_keep_a_schedule_from_being_edited(
    admin_client: Client,
) -> None:
    office, first, second = map(make_schedule, ("office", "first", "second"))
    first.includes.set([office, second])
    second.includes.set([office, first])
    text = previewed(admin_client, office, form_of(office, end="16:00"))
    assert "Compared with the saved version: <strong>6" in text
    assert text.count("Can't be evaluated: ") == 2


def test_schedules_whose_users_would_nest_too_deep_are_refused(
    admin_client: Client,
) -> None:
    office = make_schedule()
    deep = [office, *(make_schedule(f"deep-{number}") for number in range(19))]
    for inner, outer in pairwise(deep):
        outer.includes.add(inner)
    make_schedule("extra")
    url = reverse("admin:otel_sla_schedule_change", args=[office.pk])
    page = admin_client.post(url, {**form_of(office), "includes": "extra"})
    assert page.status_code == 200
    (error,) = page.context["adminform"].form.errors["includes"]
    assert "More than 20 levels of schedules" in error


def test_a_schedule_is_made_of_others_and_history_says_it(
    admin_client: Client, company: HolidayCalendar
) -> None:
    office = make_schedule(holidays="GB-ENG")
    night, tokyo = make_schedule("night, and day"), make_schedule("tokyo")
    url = reverse("admin:otel_sla_schedule_change", args=[office.pk])
    made = {
        "holidays": "US, company",
        "includes": "tokyo, night, and day",
        "excludes": "",
    }
    assert admin_client.post(url, {**form_of(office), **made}).status_code == 302
    office.refresh_from_db()
    assert office.holidays == "US"
    assert list(office.calendars.all()) == [company]
    assert set(office.includes.all()) == {night, tokyo}
    assert LogEntry.objects.get().get_change_message() == (
        "Changed Holidays: GB-ENG → US, company. "
        "Includes: none → tokyo, night, and day."
    )
    assert admin_client.post(url, {**form_of(office), **made}).status_code == 302
    unchanged = LogEntry.objects.latest("pk").get_change_message()
    assert unchanged == "Changed nothing."


@pytest.mark.parametrize(
    ("holidays", "includes", "message"),
    [
        ("", "office-lundon", "no schedule 'office-lundon'. Did you mean office-lon"),
        ("", "xyz", "no schedule 'xyz'. Use the name of one"),
        ("compny, Bavaria", "", "Did you mean company?"),
        ("compny, Bavaria", "", "Did you mean DE-BY?"),
        ("", "office-london,own, trade", "no schedule 'own'"),
        ("", ",".join(f"x{n}" for n in range(101)), "101"),
    ],
)
def test_names_of_nothing_are_told_with_what_is_near(
    holidays: str,
    includes: str,
    message: str,
    admin_client: Client,
    company: HolidayCalendar,
) -> None:
    schedule = make_schedule()
    fields = {**form_of(schedule), "holidays": holidays, "includes": includes}
    text = previewed(admin_client, schedule, fields).replace("&#x27;", "'")
    assert message in text


def test_a_calendar_s_change_says_what_it_does_to_each_schedule(
    admin_client: Client, company: HolidayCalendar
) -> None:
    plant = HolidayCalendar.objects.create(name="plant")
    plant.calendars.add(company)
    office = make_schedule()
    office.calendars.add(plant)
    around = make_schedule("around", rules=())
    around.includes.add(office)
    make_schedule("not-affected")
    make_component(agreement=make_agreement(schedule=around))
    make_component("off", enabled=False)
    with patch("time.time", lambda: float(NOW)):
        saved = page_of(admin_client, company)
        text = previewed(admin_client, company, form_of_saved(company, end="01-08"))
    for page in (saved, text):
        assert "Used by 2 schedules, for 1 component<" in page
    assert "next 90 days" not in saved
    assert text.count("<strong>40 h less, 5 fewer windows</strong>") == 2
    assert text.index("around") < text.index("office-london")
    assert "not-affected" not in text


def test_a_schedule_s_change_says_what_it_does_to_those_made_of_it(
    admin_client: Client,
) -> None:
    office = make_component().agreement.schedule
    around = make_schedule("around", rules=(), always_open=True)
    around.excludes.add(office)
    with patch("time.time", lambda: float(NOW)):
        text = previewed(admin_client, office, form_of(office, end="16:00"))
    assert "<strong>64 h less, same number of windows" in text
    assert "Used by 1 schedule, for 0 components<" in text
    assert "<strong>64 h more, same number of windows</strong></td>" in text


def test_a_year_is_shown_before_and_after_saving(
    admin_client: Client, company: HolidayCalendar
) -> None:
    company.days.create(**NOON)
    with patch("time.time", lambda: float(NOW)):
        page = page_of(admin_client, company)
    assert 'name="_year" id="otel-sla-year" value="2026"' in page
    assert '<td class="holiday" title="Christmas closing">24</td>' in page
    assert '<td class="special" title="Half day, only 00:00-12:00">23</td>' in page
    row = page[page.index('<time datetime="2026-12-24">') :]
    assert "to <time" in row[: row.index("</tr>")]
    company.days.get(name="Half day").delete()
    text = previewed(
        admin_client,
        company,
        {**form_of_saved(company, start="12-20"), "_year": "2031"},
    )
    assert "<caption>Days of 2031</caption>" in text
    assert "Sat 2031-12-20" in text
    assert "limited" not in text


@pytest.mark.parametrize("year", ["", "-5", "20265", "two", "²⁰²⁶"])
def test_a_year_that_is_none_is_this_one(
    year: str, admin_client: Client, company: HolidayCalendar
) -> None:
    fields = {**form_of_saved(company), "_year": year}
    with patch("time.time", lambda: float(NOW)):
        text = previewed(admin_client, company, fields)
    assert "<caption>Days of 2026</caption>" in text


def test_a_new_calendar_is_previewed_with_advice(admin_client: Client) -> None:
    url = reverse("admin:otel_sla_holidaycalendar_add")
    leap = {"name": "Leap day", "date": "02-29"}
    page = admin_client.post(f"{url}preview/", form(leap, include="DE/nationwide"))
    text = page.content.decode()
    assert "Preview of a new holiday calendar" in text
    assert "Tag der Deutschen Einheit" in text
    assert "only in leap years" in text
    assert "No schedule uses this calendar" in text
    assert not HolidayCalendar.objects.exists()


def test_too_many_days_for_a_form_are_shown_and_kept(
    admin_client: Client, company: HolidayCalendar
) -> None:
    for day in range(1, 29):
        company.days.create(name=f"May {day}", date=f"05-{day:02}")
        company.days.create(name=f"June {day}", date=f"06-{day:02}")
    page = page_of(admin_client, company)
    assert "has 57 calendar days, more than fit into a form. The first 50" in page
    assert "days-0-name" not in page
    assert 'title="June 28"' in page
    url = reverse("admin:otel_sla_holidaycalendar_change", args=[company.pk])
    assert admin_client.post(url, form(include="US")).status_code == 302
    company.refresh_from_db()
    assert company.include == "US"
    assert company.days.count() == 57


@pytest.mark.parametrize("in_bulk", [False, True])
def test_what_is_used_is_not_deleted_and_its_users_are_named(
    in_bulk: bool, admin_client: Client, company: HolidayCalendar
) -> None:
    office, around = make_schedule(), make_schedule("around")
    office.calendars.add(company)
    around.includes.add(office)
    plant = HolidayCalendar.objects.create(name="plant")
    plant.calendars.add(company)
    for row, used in (
        (company, ("office-london has the holidays of", "plant includes company")),
        (office, ("around includes office-london",)),
    ):
        name = f"admin:otel_sla_{row._meta.model_name}"
        if in_bulk:
            chosen = {"action": "delete_selected", "_selected_action": str(row.pk)}
            page = admin_client.post(reverse(f"{name}_changelist"), chosen)
            sure = {**chosen, "post": "yes"}
            admin_client.post(reverse(f"{name}_changelist"), sure)
        else:
            url = reverse(f"{name}_delete", args=[row.pk])
            page = admin_client.get(url)
            assert admin_client.post(url, {"post": "yes"}).status_code == 200
        for one in used:
            assert one in page.content.decode()
        assert type(row).objects.filter(pk=row.pk).exists()


def test_two_names_stay_two_although_both_together_are_a_third(
    admin_client: Client,
) -> None:
    office, *parts, _ = (make_schedule(name) for name in ("office", "a", "b", "a, b"))
    office.includes.set(parts)
    url = reverse("admin:otel_sla_schedule_change", args=[office.pk])
    form = admin_client.get(url).context["adminform"].form
    sent = {**form_of(office), "includes": form["includes"].value()}
    assert admin_client.post(url, sent).status_code == 302
    assert [*office.includes.all()] == parts


def test_calendars_are_listed_with_what_uses_them(
    admin_client: Client,
    company: HolidayCalendar,
    django_assert_max_num_queries: Any,
) -> None:
    plant = HolidayCalendar.objects.create(name="plant", include="DE-BY")
    plant.calendars.add(company)
    for name in ("office", "works"):
        make_schedule(name).calendars.add(company)
    url = reverse("admin:otel_sla_holidaycalendar_changelist")
    with django_assert_max_num_queries(7):
        page = admin_client.get(url).content.decode()
    assert '<td class="field-included">company, DE-BY</td>' in page
    assert '<td class="field-own_days">1</td>' in page
    schedules = reverse("admin:otel_sla_schedule_changelist")
    link = f"{schedules}?calendars__id__exact={company.pk}"
    assert f'<a href="{link}">2</a>' in page
    listed = admin_client.get(link).content.decode()
    assert "2 schedules" in listed
    assert '<td class="field-all_holidays">company</td>' in listed


def test_who_may_only_look_sees_calendars_beside_codes(
    client: Client, company: HolidayCalendar
) -> None:
    user = User.objects.create_user("reader", is_staff=True)
    names = ("view_schedule", "view_holidaycalendar")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    office = make_schedule(holidays="US")
    office.calendars.add(company)
    plant = HolidayCalendar.objects.create(name="plant", include="DE-BY")
    plant.calendars.add(company)
    assert "company, US" in page_of(client, office)
    assert "company, DE-BY" in page_of(client, plant)
    assert Schedule.objects.get().holidays == "US"


def test_a_calendar_that_can_not_be_evaluated_says_why(
    admin_client: Client, company: HolidayCalendar
) -> None:
    company.days.update(start="99-99")
    office = make_schedule()
    office.calendars.add(company)
    assert "99-99 does not exist" in page_of(admin_client, company)
    assert "&#x27;company&#x27; can&#x27;t be evaluated." in page_of(
        admin_client, office
    )
    text = previewed(admin_client, company, form_of_saved(company))
    assert "h more" in text
