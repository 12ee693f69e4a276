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
    if (document.hidden || document.querySelector("main").contains(document.activeElement)) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const parts = ["header", "main#main"].map((part) => page.querySelector(part));
      /* A login, or what a proxy says while the site restarts, is none of its pages. */
      if (answer.redirected || parts.includes(null)) throw new Error(answer.status);
      document.title = page.title;
      document.querySelector("header").replaceWith(parts[0]);
      document.querySelector("main").replaceWith(parts[1]);
      prepare();
    } catch {
      document.querySelector("h1").textContent = "No newer page from the site: this one is old.";
    }
  }

  prepare();
  setInterval(renew, SECONDS * 1000);
})();
