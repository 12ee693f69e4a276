"use strict";
/* Shows what the form means as it is filled in. Nothing is saved by it. */
document.addEventListener("DOMContentLoaded", () => {
  const panel = document.getElementById("otel-sla-preview");
  const form = panel?.closest("form");
  const button = form?.querySelector("input[formaction]");
  if (!button) return;
  let waiting;
  let latest = 0;

  async function refresh() {
    const mine = ++latest;
    panel.classList.add("stale");
    try {
      const answer = await fetch(new URL(panel.dataset.url, location), {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Requested-With": "fetch" },
        credentials: "same-origin",
      });
      const text = await answer.text();
      if (mine !== latest) return;
      if (answer.ok && !answer.redirected) panel.innerHTML = text;
      else panel.textContent = `No preview: the server answered ${answer.status}. Reload the page.`;
    } catch (error) {
      if (mine !== latest) return;
      panel.textContent = `No preview: ${error.message}`;
    }
    panel.classList.remove("stale");
  }

  function soon() {
    panel.classList.add("stale");
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 300);
  }

  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  /* Autocompletes and removed rows tell jQuery only. */
  window.django?.jQuery?.(form).on("change formset:removed", soon);
  button.addEventListener("click", (event) => {
    event.preventDefault();
    refresh();
  });
  if ("stale" in panel.dataset) soon();
});

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
  const rules = "#rules-group .inline-related:not(.empty-form)";
  if (event.detail.formsetName !== "rules" || document.querySelectorAll(rules).length < 2) return;
  for (const box of event.target.querySelectorAll(".field-weekdays input")) box.checked = false;
});
