// "Select all" for forms with many ticks; the button appears only where scripts run.
for (const form of document.querySelectorAll("[data-tick-all]")) {
  const button = form.querySelector("[data-tick]");
  if (!button) continue;
  const boxes = () => [...form.querySelectorAll("tbody input[type=checkbox]")];
  button.hidden = false;
  button.addEventListener("click", () => {
    const all = boxes().every((box) => box.checked);
    for (const box of boxes()) box.checked = !all;
  });
}
