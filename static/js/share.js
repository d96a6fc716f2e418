// Sharing takes one click: a link to the page that would ask for it (data-share) sends its form at once, and the new
// link's address is in the clipboard when its page opens. Without this file the page asks.
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
  addEventListener("load", () => document.querySelector("[data-copy-now]")?.click());
})();
