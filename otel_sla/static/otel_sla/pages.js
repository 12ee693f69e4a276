"use strict";
/* Conveniences: the pages work without them. */
(() => {
  const SECONDS = 60;
  let shown = new Date();

  function prepare() {
    const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const list of document.querySelectorAll("datalist#zones")) {
      const option = new Option("mine", mine);
      list.append(option);
    }
    for (const button of document.querySelectorAll("button[data-copy]")) {
      button.hidden = !navigator.clipboard;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = "Copied";
      });
    }
  }

  /* Reload the page in place, unless somebody is typing into it. */
  async function renew() {
    if (document.hidden || document.querySelector("main").contains(document.activeElement)) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const parts = ["header", "main#main"].map((part) => page.querySelector(part));
      /* Not a login form, nor what a proxy answers while the site restarts. */
      if (answer.redirected || parts.includes(null)) throw new Error(answer.status);
      document.title = page.title;
      document.querySelector("header").replaceWith(parts[0]);
      document.querySelector("main").replaceWith(parts[1]);
      shown = new Date();
      prepare();
    } catch {
      const time = shown.toTimeString().slice(0, 5);
      document.querySelector("h1").textContent = `Connection lost. Showing data from ${time}.`;
    }
  }

  prepare();
  setInterval(renew, SECONDS * 1000);
})();
