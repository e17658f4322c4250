// A digit on the keyboard presses the button with that many points. Typing elsewhere is left alone.
const form = document.querySelector("[data-marking]");
document.addEventListener("keydown", (event) => {
  if (!form || event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, textarea, select")) return;
  const button = [...form.querySelectorAll("button[name=points]")].find((one) => Number(one.value) === Number(event.key));
  if (event.key.trim() && button) {
    event.preventDefault();
    button.click();
  }
});
