// Builds the page's elements, tells screen readers what changed, and asks questions in a dialog.
//
// Text goes in as text, never as HTML. The one door for HTML is `html()`, for the paper's own content, which the
// centre has made safe at import. No inline style and no inline script: the page runs under a strict policy.

/** An element with attributes; `on…` are listeners, false and null are left out, true is an empty attribute. */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** An element that holds safe HTML of the paper. */
export function html(tag, attributes, source) {
  const made = el(tag, attributes);
  made.innerHTML = source || "";
  return made;
}

/** Replace what `parent` shows. */
export function show(parent, ...children) {
  parent.replaceChildren(...children.flat().filter(Boolean));
}

/** Say `text` through the polite live region of the page; it is not shown. */
export function announce(text) {
  const region = document.getElementById("announcements");
  if (region && region.textContent !== text) region.textContent = text;
}

/**
 * A modal question. `buttons` are `{label, value, kind}`; the promise gives the value of the one pressed, or null if
 * the dialog was left with Escape.
 */
export function ask({ title, body = [], buttons, wide = false }) {
  return new Promise((answer) => {
    const heading = el("h2", { id: "dialog-title" }, title);
    const row = el("div", { class: "buttons" });
    const box = el("dialog", { class: wide ? "dialog wide" : "dialog", "aria-labelledby": "dialog-title" }, heading, body, row);
    let result = null;
    for (const button of buttons) {
      const press = () => { result = button.value; box.close(); };
      row.append(el("button", { type: "button", class: `button ${button.kind || ""}`, onclick: press }, button.label));
    }
    box.addEventListener("close", () => { box.remove(); answer(result); });
    document.body.append(box);
    box.showModal();
  });
}

/** The picture alone, as large as the window allows; a second click shows it at its full size. */
export function enlarge(image, words) {
  const big = el("img", { src: image.src, alt: image.alt, class: "enlarged" });
  const turn = () => frame.classList.toggle("full");
  const frame = el("button", { type: "button", class: "frame", "aria-label": words.picture_full, onclick: turn }, big);
  return ask({ title: words.picture, body: [frame], buttons: [{ label: words.close, value: true, kind: "primary" }], wide: true });
}
