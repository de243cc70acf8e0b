// For a practice's own page: links to its booking page open in a dialog, and marked places show the page itself.
//   <a href="https://.../book/maple-street">Request Appointment</a>
//   <div data-booking></div>
//   <script src="https://.../book/maple-street/embed.js" defer></script>
// Without this script the links simply lead to the booking page.
"use strict";
(() => {
  const start = new URL(document.currentScript.src.replace(/\/embed\.js.*$/, ""));
  const language = document.documentElement.lang.toLowerCase().startsWith("es") ? "es" : "en";
  const words = { en: ["Request Appointment", "Close"], es: ["Solicitar cita", "Cerrar"] }[language];

  const frameTo = (address) => {
    const frame = document.createElement("iframe");
    frame.title = words[0];
    frame.src = address;
    frame.referrerPolicy = "no-referrer";
    Object.assign(frame.style, { display: "block", width: "100%", border: "0" });
    return frame;
  };
  const withLanguage = (address) => {
    const wanted = new URL(address);
    if (!wanted.searchParams.has("lang")) wanted.searchParams.set("lang", language);
    return wanted.href;
  };

  const open = (address) => {
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-label", words[0]);
    Object.assign(dialog.style, {
      boxSizing: "border-box", width: "min(100vw, 48rem)", maxWidth: "100vw", height: "min(100dvh, 60rem)",
      maxHeight: "100dvh", margin: "auto", padding: "0", border: "0", borderRadius: "min(1rem, calc((100vw - 48rem) * 999))",
      overflow: "hidden", background: "Canvas", color: "CanvasText",
    });
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = `${words[1]} ×`;
    Object.assign(close.style, {
      display: "block", marginLeft: "auto", minHeight: "44px", padding: "0 16px", border: "0", background: "none",
      color: "inherit", font: "600 16px system-ui, sans-serif", cursor: "pointer",
    });
    close.addEventListener("click", () => dialog.close());
    const frame = frameTo(withLanguage(address));
    frame.style.height = "calc(100% - 44px)";
    dialog.append(close, frame);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const wanted = new URL(link.href, location.href);
    if (wanted.origin === start.origin && wanted.pathname.replace(/\/$/, "") === start.pathname) {
      event.preventDefault();
      open(wanted.href);
    }
  });

  for (const mark of document.querySelectorAll("[data-booking]")) {
    const frame = frameTo(withLanguage(start.href));
    frame.style.height = "48rem";
    mark.append(frame);
    window.addEventListener("message", (event) => {
      const isOurs = event.source === frame.contentWindow && event.origin === start.origin;
      if (isOurs && event.data?.golive === "height") frame.style.height = `${Math.ceil(event.data.height)}px`;
    });
  }
})();
