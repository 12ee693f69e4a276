"use strict";
/* Conveniences: the pages work without them. */
(() => {
  const EVERY = 60_000;
  const PATIENCE = 30_000;
  const root = document.documentElement;
  let shown = new Date();
  let busy = false;

  /* Before the first paint. The admin keeps its theme under the same name. */
  let theme = "auto";
  try {
    theme = localStorage.getItem("theme") ?? theme;
  } catch {
    /* The browser keeps nothing: the system's theme. */
  }
  /* A host's own page keeps its theme. */
  if (root.matches(".otel-sla")) root.dataset.theme = theme;

  const page = () => document.querySelector("[data-renewed]");
  const clock = (time) => time.toTimeString().slice(0, 5);

  function prepareFrame() {
    const themes = document.querySelector("[data-themes]");
    if (!themes) return;
    themes.hidden = false;
    for (const choice of themes.querySelectorAll("input")) {
      choice.checked = choice.value === theme;
      choice.addEventListener("change", () => {
        root.dataset.theme = choice.value;
        try {
          localStorage.setItem("theme", choice.value);
        } catch {
          /* Until the next page, then. */
        }
      });
    }
    document.addEventListener("click", (event) => {
      const menu = document.querySelector("details.menu[open]");
      if (menu && !menu.contains(event.target)) menu.open = false;
    });
    document.addEventListener("keydown", (event) => {
      const menu = document.querySelector("details.menu[open]");
      if (menu && event.key === "Escape") {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
  }

  function preparePage() {
    const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const list of document.querySelectorAll("datalist#zones")) {
      list.append(new Option(list.dataset.mine, mine));
    }
    for (const link of document.querySelectorAll("a[data-my-zone]")) {
      const address = new URL(location.href);
      link.hidden = [address.searchParams.get("zone"), "UTC"].includes(mine);
      address.searchParams.set("zone", mine);
      link.href = address.search;
      link.textContent = link.dataset.myZone.replace("ZONE", mine);
    }
    for (const button of document.querySelectorAll("button[data-copy]")) {
      button.hidden = !navigator.clipboard;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = button.dataset.copied;
      });
    }
    say("running");
  }

  /* All words are attributes, in the language of the page. */
  function say(what) {
    for (const place of document.querySelectorAll("[data-renewal]")) {
      place.textContent = place.dataset[what].replace("TIME", clock(shown));
    }
  }

  const isTyping = () => page().contains(document.activeElement)
    && document.activeElement.matches("input, select, textarea");

  /* Say beside the heading and in the title that what is shown is old. */
  function warn(what) {
    const words = `${what}. ${page().dataset.showing.replace("TIME", clock(shown))}`;
    let place = document.querySelector("[data-stale]");
    if (!place) {
      place = document.createElement("p");
      place.className = "fault";
      place.dataset.stale = document.title;
      place.setAttribute("role", "alert");
      document.querySelector("h1").after(place);
    }
    if (place.textContent !== words) place.textContent = words;
    document.title = `${what}: ${place.dataset.stale}`;
  }

  /* Put the new page in place; what is open, focused or scrolled stays so. */
  function replace(renewed) {
    const focused = page().contains(document.activeElement) ? document.activeElement : null;
    const same = focused?.id ? `#${CSS.escape(focused.id)}`
      : focused?.href ? `a[href="${CSS.escape(focused.getAttribute("href"))}"]` : null;
    for (const one of page().querySelectorAll("details[id]")) {
      const other = renewed.querySelector(`#${CSS.escape(one.id)}`);
      if (other) other.open = one.open;
    }
    const wides = [...page().querySelectorAll(".wide")].map((one) => [one.scrollLeft, one.scrollTop]);
    const [left, top] = [scrollX, scrollY];
    page().replaceWith(renewed);
    page().querySelectorAll(".wide").forEach((one, number) => {
      [one.scrollLeft, one.scrollTop] = wides[number] ?? [0, 0];
    });
    if (same) page().querySelector(same)?.focus({ preventScroll: true });
    scrollTo({ left, top, behavior: "instant" });
  }

  async function renew() {
    if (busy || document.hidden) return;
    if (isTyping()) {
      say("paused");
      return;
    }
    busy = true;
    try {
      const answer = await fetch(location.href, {
        credentials: "same-origin",
        signal: AbortSignal.timeout(PATIENCE),
      });
      const text = await answer.text();
      if (answer.redirected) return warn(page().dataset.loggedOut);
      const found = new DOMParser().parseFromString(text, "text/html");
      const renewed = found.querySelector("[data-renewed]");
      /* Not what a proxy answers while the site restarts. */
      if (!renewed || answer.status >= 500) throw new Error(answer.status);
      if (isTyping()) return;
      document.title = found.title;
      replace(renewed);
      shown = new Date();
      preparePage();
    } catch {
      warn(page().dataset.connectionLost);
    } finally {
      busy = false;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    prepareFrame();
    if (!page()) return;
    preparePage();
    setInterval(renew, EVERY);
    document.addEventListener("visibilitychange", () => {
      if (new Date() - shown > EVERY) renew();
    });
    document.addEventListener("focusout", () => {
      if (new Date() - shown > EVERY) setTimeout(renew);
    });
  });
})();
