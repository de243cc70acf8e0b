// Makes the booking pages smoother where a script may run; everything works without it.
"use strict";
(() => {
  const shown = [{ body: document.body, title: document.title, lang: document.documentElement.lang }];
  let place = 0;
  let busy = false;
  let ticking = 0;

  // The time that is left, beside the sentence that says until when a time is kept.
  const countDown = () => {
    clearInterval(ticking);
    const held = document.querySelector(".held[data-seconds]");
    if (!held) return;
    held.dataset.ends ??= performance.now() + 1000 * held.dataset.seconds;
    const left = held.querySelector(".left");
    const show = () => {
      const seconds = Math.max(0, Math.ceil((held.dataset.ends - performance.now()) / 1000));
      const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      left.textContent = seconds ? `(${left.dataset.left.replace("%", clock)})` : "";
      if (!seconds) {
        held.querySelector(".over").hidden = false;
        clearInterval(ticking);
      }
    };
    show();
    ticking = setInterval(show, 1000);
  };

  // A frame in a practice's page learns how high it should be; nothing else is told.
  const tellHeight = () => {
    if (window.parent !== window) {
      window.parent.postMessage({ golive: "height", height: document.documentElement.scrollHeight }, "*");
    }
  };
  const watching = new ResizeObserver(tellHeight);

  const settle = () => {
    busy = false;
    watching.disconnect();
    watching.observe(document.body);
    countDown();
    tellHeight();
  };

  const show = (page) => {
    document.body = page.body;
    document.title = page.title;
    document.documentElement.lang = page.lang;
    settle();
  };

  const arrive = (text, address) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    if (!page.querySelector("main")) throw new Error("no page of ours");
    shown.length = ++place;
    const first = page.body.querySelector("[autofocus]") ?? page.body.querySelector("h1");
    first.removeAttribute("autofocus");
    shown.push({ body: document.adoptNode(page.body), title: page.title, lang: page.documentElement.lang });
    history.pushState({ place }, "", address);
    show(shown[place]);
    window.scrollTo(0, 0);
    first.focus();
  };

  // Forms are sent in the background, so that going back shows what was typed and asks for nothing.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    if (busy) return event.preventDefault();
    busy = true;
    if (form.hasAttribute("data-final") && !button?.name) return;
    event.preventDefault();
    const values = new URLSearchParams(new FormData(form));
    if (button?.name) values.append(button.name, button.value);
    const address = button?.hasAttribute("formaction") ? button.formAction : form.action;
    try {
      const answer = await fetch(address, { method: "POST", body: values, credentials: "omit", cache: "no-store" });
      arrive(await answer.text(), answer.url);
    } catch {
      // Sent in the plain way, the browser itself says what is wrong with the connection.
      const plain = document.createElement("form");
      Object.assign(plain, { method: "post", action: address, hidden: true });
      for (const [name, value] of values) {
        plain.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
      }
      document.body.append(plain);
      HTMLFormElement.prototype.submit.call(plain);
    }
  });

  window.addEventListener("popstate", (event) => {
    const wanted = event.state?.place ?? 0;
    if (!shown[wanted]) return location.reload();
    place = wanted;
    show(shown[place]);
  });
  window.addEventListener("pageshow", () => { busy = false; });

  history.replaceState({ place: 0 }, "");
  settle();
  document.querySelector("[autofocus]")?.focus();
})();
