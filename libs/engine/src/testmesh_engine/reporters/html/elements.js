"use strict";

/* Elements and words. What tested systems said only ever becomes text: no markup is made of data. */

const STATUS = {
  passed: "passed",
  failed: "failed",
  error: "error",
  skipped: "skipped",
  cancelled: "cancelled",
  not_run: "not run",
};

/** Make an element: attributes by name, listeners by `on…`, children as elements or text. */
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "?";
  if (milliseconds < 1) return "<1 ms";
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

function size(characters) {
  return `${characters.toLocaleString("en")} character${characters === 1 ? "" : "s"}`;
}

function plural(number, word) {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}

/** The sign of a status, drawn by the style, with its word for who does not see signs. */
function badge(status) {
  return h("span", { class: `sign ${status}` }, h("span", { class: "hidden" }, `${STATUS[status]} `));
}

/** A block of text that scrolls by itself, also with the keyboard. */
function block(text, label, kind) {
  return h("pre", { tabindex: 0, role: "group", "aria-label": label, class: kind }, text);
}

function copyButton(text, target) {
  const button = h("button", { type: "button", class: "small" }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // Not allowed here: what is to be copied is marked, for the person to copy.
      getSelection().selectAllChildren(target);
      button.textContent = "Marked";
    }
  });
  return button;
}
