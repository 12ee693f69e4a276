"use strict";
/* Conveniences: everything can be read without them. */
(() => {
  const SECONDS = 60;

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

  /* A page on the wall stays true; one that somebody is typing into stays as it is. */
  async function renew() {
    const main = document.querySelector("main[data-live]");
    const busy = main?.contains(document.activeElement) || document.hidden;
    if (!main || busy) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.title = page.title;
      document.querySelector("header").replaceWith(page.querySelector("header"));
      document.querySelector("main").replaceWith(page.querySelector("main"));
      prepare();
    } catch {
      document.querySelector("h1").textContent = "The site can't be reached: this page is old.";
    }
  }

  prepare();
  setInterval(renew, SECONDS * 1000);
})();
