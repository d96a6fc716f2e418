// A guest's choice of files to compare: two to four. Without this file the button asks and the page answers.
(() => {
  const MIN = 2;
  const MAX = 4;
  const bar = document.querySelector("[data-guest-bar]");
  if (!bar) return;
  const button = bar.querySelector("[data-guest-compare]");
  const words = bar.querySelector("[data-guest-chosen]");
  const hint = words.textContent;

  const update = () => {
    const boxes = [...document.querySelectorAll("input[form='guest-compare']")];
    const count = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.disabled = !box.checked && count >= MAX;
    button.disabled = count < MIN;
    words.textContent = count ? `${count} chosen${count < MIN ? ", one more" : ""}` : hint;
  };

  document.addEventListener("change", (event) => event.target.matches("input[form='guest-compare']") && update());
  addEventListener("pageshow", update);
  update();
})();
