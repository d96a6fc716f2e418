// Sharing takes one click: a link to the page that would ask for it (data-share) sends its form at once, and the new
// link's address is in the clipboard when its page opens, where the browser allows it. Without this file the page asks.
(() => {
  const readToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-share]");
    const token = readToken();
    if (!link || !token || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    event.preventDefault();
    if (link.dataset.sent) return;
    link.dataset.sent = "yes";
    const address = new URL(link.href);
    const form = document.createElement("form");
    form.method = "post";
    form.action = address.pathname;
    const fields = [...address.searchParams, ["csrfmiddlewaretoken", token]];
    for (const [name, value] of fields) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  });

  addEventListener("pageshow", () => {
    for (const link of document.querySelectorAll("a[data-share]")) delete link.dataset.sent;
  });

  // Where the browser lets a page write to the clipboard without a click of its own; else the button is there.
  addEventListener("load", async () => {
    const button = document.querySelector("[data-copy-now]");
    if (!button || !navigator.clipboard) return;
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.querySelector("[data-copy-word]").textContent = "Copied";
    } catch {
      button.focus();
    }
  });
})();
