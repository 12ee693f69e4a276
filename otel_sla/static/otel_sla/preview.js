"use strict";
/* Shows what the form means as it is filled in. Nothing is saved by it. */
document.addEventListener("DOMContentLoaded", () => {
  const panel = document.getElementById("otel-sla-preview");
  const form = panel?.closest("form");
  const button = form?.querySelector("input[formaction]");
  if (!button) return;
  const touched = new Set();
  let waiting;
  let latest = 0;
  let edited = "";

  async function refresh(from) {
    const mine = ++latest;
    const body = new FormData(form);
    body.set("_edited", edited);
    if (from) body.set("_from", from);
    panel.classList.add("stale");
    try {
      const answer = await fetch(new URL(panel.dataset.url, location), {
        method: "POST",
        body,
        headers: { "X-Requested-With": "fetch" },
        credentials: "same-origin",
      });
      const text = await answer.text();
      if (mine !== latest) return;
      if (answer.ok && !answer.redirected) panel.innerHTML = text;
      else panel.textContent = panel.dataset.answered.replace("{}", answer.status);
      showErrors();
    } catch (error) {
      if (mine !== latest) return;
      panel.textContent = panel.dataset.unable.replace("{}", error.message);
    }
    panel.classList.remove("stale");
  }

  /* Errors beside the fields that were typed into. */
  function showErrors() {
    for (const one of form.querySelectorAll(".otel-sla-error")) one.remove();
    for (const one of form.querySelectorAll("[data-marked]")) {
      for (const name of ["aria-invalid", "aria-describedby", "data-marked"]) one.removeAttribute(name);
    }
    for (const item of panel.querySelectorAll("li[data-field]")) {
      const field = document.getElementById(item.dataset.field);
      if (!field || !touched.has(field.id)) continue;
      const error = document.createElement("p");
      error.className = "otel-sla-error";
      error.id = `${field.id}-error`;
      error.textContent = item.querySelector("span").textContent;
      (field.closest(".otel-sla-picked") ?? field).after(error);
      field.dataset.marked = "";
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", error.id);
    }
  }

  function soon(event) {
    const field = event?.target;
    if (field?.name) {
      edited = field.name;
      touched.add(field.id);
    }
    panel.classList.add("stale");
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 300);
  }

  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  document.addEventListener("formset:removed", () => soon());
  /* Autocompletes tell jQuery only, a theme's the page's own. The admin itself changes
     all selects once, when the page is ready. */
  for (const jQuery of new Set([window.django?.jQuery, window.jQuery])) {
    jQuery?.(() => setTimeout(() => jQuery(form).on("change", soon)));
  }
  form.addEventListener("click", (event) => {
    const clicked = event.target.closest("[formaction]");
    if (!clicked || !(clicked === button || panel.contains(clicked))) return;
    event.preventDefault();
    clearTimeout(waiting);
    refresh(clicked.name === "_from" ? clicked.value : "");
  });
  if ("stale" in panel.dataset) soon();
});

/* A picker beside a text, which takes every notation. */
(() => {
  const PICK = { date: "pickDate", time: "pickTime", "datetime-local": "pickDateAndTime" };

  function allDay(input) {
    const box = document.getElementById(input.id.replace(/-?(start|end)$/, (end) => end.replace(/start|end/, "all_day")));
    return Boolean(box?.checked);
  }

  function add(input) {
    if (input.closest(".empty-form, .otel-sla-picked") || input.readOnly) return;
    const shown = document.querySelector(`label[for="${input.id}"]`)?.textContent.trim().replace(/:$/, "");
    const label = shown ?? input.getAttribute("aria-label");
    const words = document.getElementById("otel-sla-preview")?.dataset;
    const native = document.createElement("input");
    const button = document.createElement("button");
    const both = document.createElement("span");
    if (!native.showPicker || !words) return;
    native.className = "native";
    native.tabIndex = -1;
    native.setAttribute("aria-hidden", "true");
    button.type = "button";
    button.className = "otel-sla-pick";
    button.textContent = "▾";
    button.setAttribute("aria-label", words[PICK[input.dataset.picker]].replace("{}", label));
    both.className = "otel-sla-picked";
    input.replaceWith(both);
    both.append(input, button, native);
    button.addEventListener("click", () => {
      native.type = allDay(input) ? "date" : input.dataset.picker;
      const value = input.value.trim().replace(" ", "T");
      native.value = native.type === "date" ? value.slice(0, 10) : value;
      native.showPicker();
    });
    native.addEventListener("input", (event) => event.stopPropagation());
    native.addEventListener("change", (event) => {
      event.stopPropagation();
      if (!native.value) return;
      input.value = native.value.replace("T", " ");
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.focus();
    });
  }

  function addAll(within) {
    for (const input of within.querySelectorAll("input[data-picker]")) add(input);
  }

  document.addEventListener("DOMContentLoaded", () => addAll(document));
  document.addEventListener("formset:added", (event) => addAll(event.target));
})();

/* The cells of overrides are not below each other: each is labelled as its column. */
(() => {
  function label() {
    const words = document.getElementById("otel-sla-preview")?.dataset;
    for (const cell of document.querySelectorAll("#overrides-group td[class*=field-]")) {
      const [column] = cell.className.match(/(?<=field-)\w+/);
      const head = document.querySelector(`#overrides-group th.column-${column}`);
      const named = head?.textContent ?? cell.querySelector("[aria-label]")?.getAttribute("aria-label");
      if (named) cell.dataset.label = named.trim();
    }
    for (const cell of document.querySelectorAll("#overrides-group .has_original td.delete")) {
      if (words) cell.dataset.label = words.delete;
    }
  }

  document.addEventListener("DOMContentLoaded", label);
  document.addEventListener("formset:added", label);
})();

/* A new empty row of labels when the last one is filled in. */
document.addEventListener("input", (event) => {
  const row = event.target.closest(".label-row");
  if (!row || row !== row.parentElement.lastElementChild) return;
  const rows = row.parentElement;
  const number = rows.children.length;
  const next = row.cloneNode(true);
  for (const input of next.querySelectorAll("input")) {
    input.value = "";
    input.id = input.id.replace(/-\d+-/, `-${number}-`);
    input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+/, number + 1));
  }
  rows.append(next);
});

/* Suggestions for a list of names: after a comma, for the next of them. */
document.addEventListener("input", (event) => {
  const input = event.target;
  if (!("several" in input.dataset) || !input.list) return;
  const before = input.value.replace(/[^,]*$/, "").replace(/,$/, ", ");
  for (const option of input.list.options) {
    option.dataset.name ??= option.value;
    option.value = before + option.dataset.name;
  }
});

/* Only the first rule starts with the days of a working week. */
document.addEventListener("formset:added", (event) => {
  if (event.detail.formsetName !== "rules") return;
  if (Number(document.getElementById("id_rules-TOTAL_FORMS").value) < 2) return;
  for (const box of event.target.querySelectorAll(".field-weekdays input")) box.checked = false;
});
