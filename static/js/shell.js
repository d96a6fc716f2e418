// Menus close by themselves, dialogs open from buttons, messages go away. Without this file they still work as plain pages.
(() => {
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));

    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog?.showModal) {
      event.preventDefault();
      closeMenus();
      dialog.showModal();
      dialog.querySelector("[autofocus]")?.select?.();
    }
    if (event.target.closest("[data-dialog-close]") || event.target.matches("dialog")) {
      event.preventDefault();
      event.target.closest("dialog")?.close();
    }
    event.target.closest("[data-toast-close]")?.closest("[data-toast]")?.remove();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // A message that asks for nothing leaves after a while; one with a button (Undo), an error and a warning stay.
  const TOAST_MS = 6000;
  for (const toast of document.querySelectorAll("[data-toast='brief']")) {
    setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), TOAST_MS);
  }

  // A page that nobody sees asks nothing but for its title (tab_counts.js); it catches up when it is seen again.
  document.addEventListener("htmx:before:request", (event) => {
    if (document.hidden && event.target?.id !== "tab-counts") event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    document.body.dispatchEvent(new CustomEvent("patina:refresh"));
    const notices = document.getElementById("vendor-notices");
    if (notices && !notices.hasAttribute("hx-get")) {
      window.htmx?.ajax("GET", notices.dataset.address, { target: notices, swap: "outerMorph" });
    }
  });

  // A form that is on its way is not sent twice.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    setTimeout(() => form.querySelectorAll("button[type=submit]").forEach((button) => (button.disabled = true)));
  });
  addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("form button[type=submit]:disabled")) {
      if (!button.hasAttribute("data-keep-disabled")) button.disabled = false;
    }
  });
})();
