// Forms that go by themselves when a choice changes. Without script they have a button.
for (const control of document.querySelectorAll("[data-submit-on-change]")) {
  control.addEventListener("change", () => control.form.requestSubmit());
}
