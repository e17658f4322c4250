// Widths of the student's view: as wide as the page, or as narrow as a phone; the frame grows with its content.
for (const section of document.querySelectorAll("[data-preview]")) {
  const frame = section.querySelector("iframe");
  const widths = section.querySelector("[data-widths]");
  const fit = () => {
    const content = frame.contentDocument?.documentElement;
    const body = frame.contentDocument?.body;
    if (!content || !body) return;
    frame.style.height = "0";
    frame.style.height = `${Math.max(160, Math.min(content.scrollHeight, 2400)) + 2}px`;
  };
  const watch = () => {
    fit();
    const content = frame.contentDocument?.body?.firstElementChild; // missing while the frame is still empty
    if (content) new ResizeObserver(() => requestAnimationFrame(fit)).observe(content);
  };
  frame.addEventListener("load", watch);
  if (frame.contentDocument?.readyState === "complete") watch();
  widths.hidden = false;
  for (const button of widths.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      frame.style.width = button.dataset.width ? `${button.dataset.width}px` : "";
      for (const other of widths.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
      requestAnimationFrame(fit);
    });
  }
}
