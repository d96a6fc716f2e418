// Rename in a dialog; forms that go by themselves when a choice changes. Without this file both are plain pages.
(() => {
  const dialog = document.getElementById("dialog");

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-rename]");
    if (!link || !dialog?.showModal || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("details")?.removeAttribute("open");
    await htmx.ajax("GET", link.href, { target: dialog, swap: "innerHTML" });
    if (dialog.open || !dialog.firstElementChild) return;
    dialog.showModal();
    dialog.querySelector("input[name=name]")?.select();
  });

  for (const control of document.querySelectorAll("[data-submit-on-change]")) {
    control.addEventListener("change", () => control.form.requestSubmit());
    control.form.querySelector("[data-without-script]")?.remove();
  }
})();
