import { beforeEach, expect, test } from "vitest";
import { Shortcuts } from "./shortcuts";

let kept: Map<string, string>;
let shortcuts: Shortcuts;
let done: string[];

const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
};

beforeEach(() => {
  kept = new Map();
  shortcuts = new Shortcuts(storage);
  done = [];
  document.body.innerHTML = "";
  for (const keys of ["j", "g e", "e", "Enter"]) shortcuts.add({ keys, label: keys, action: () => done.push(keys) });
});

function press(key: string, target: EventTarget = document.body, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, cancelable: true, ...more });
  Object.defineProperty(event, "target", { value: target });
  shortcuts.press(event);
  return event;
}

function inserted(html: string): Element {
  document.body.innerHTML = html;
  return document.body.firstElementChild ?? document.body;
}

test("a key does what it says, and two in a row mean another thing than the second alone", () => {
  press("j");
  press("e");
  press("g");
  press("e");

  expect(done).toEqual(["j", "e", "g e"]);
});

test("nothing happens while somebody writes, with a modifier, or behind a dialog", () => {
  press("j", inserted("<input />"));
  press("j", inserted("<textarea></textarea>"));
  press("j", document.body, { ctrlKey: true });
  inserted('<div role="dialog"></div>');
  press("j");

  expect(done).toEqual([]);
});

test("Enter on a link is the link's", () => {
  const event = press("Enter", inserted("<a href='/x'>x</a>"));

  expect(done).toEqual([]);
  expect(event.defaultPrevented).toBe(false);
});

test("switched off they stay off, in this browser", () => {
  shortcuts.enable(false);
  press("j");
  expect(done).toEqual([]);
  expect(new Shortcuts(storage).areEnabled()).toBe(false);

  shortcuts.enable(true);
  press("j");
  expect(done).toEqual(["j"]);
});

test("what is no longer shown has no keys", () => {
  const remove = shortcuts.add({ keys: "x", label: "x", action: () => done.push("x") });
  remove();
  press("x");

  expect(done).toEqual([]);
  expect(shortcuts.list().map(({ keys }) => keys)).toEqual(["j", "g e", "e", "Enter"]);
});
