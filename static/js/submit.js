// Forms that go by themselves when a choice changes. Without this file they have a button.
for (const control of document.querySelectorAll("[data-submit-on-change]")) {
  control.addEventListener("change", () => control.form.requestSubmit());
  control.form.querySelector("[data-without-script]")?.remove();
}
