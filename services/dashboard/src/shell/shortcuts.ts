import { useEffect, useRef, useSyncExternalStore } from "react";

const CHORD_MS = 1_000;
const KEY = "testmesh.shortcuts";

export interface Shortcut {
  /** Keys as `KeyboardEvent.key` names them; two in a row with a blank between: `g e`. */
  keys: string;
  /** What it does, for the help sheet. */
  label: string;
  action: () => void;
}

/** Single keys that do something: never while somebody writes, never behind a dialog, and not at all if switched off. */
export class Shortcuts {
  private readonly known = new Set<Shortcut>();
  private readonly watchers = new Set<() => void>();
  private shown: readonly Shortcut[] = [];
  private enabled: boolean;
  private first: { key: string; at: number } | null = null;

  constructor(private readonly storage: Pick<Storage, "getItem" | "setItem"> | null) {
    this.enabled = storage?.getItem(KEY) !== "off";
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly list = (): readonly Shortcut[] => this.shown;

  readonly areEnabled = (): boolean => this.enabled;

  readonly enable = (enabled: boolean): void => {
    this.enabled = enabled;
    this.storage?.setItem(KEY, enabled ? "on" : "off");
    this.tell();
  };

  add(shortcut: Shortcut): () => void {
    this.known.add(shortcut);
    this.tell();
    return () => {
      this.known.delete(shortcut);
      this.tell();
    };
  }

  readonly press = (event: KeyboardEvent): void => {
    if (!this.enabled || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isWriting(event.target) || document.querySelector('[role="dialog"]') !== null) return;
    const chord = this.first !== null && event.timeStamp - this.first.at < CHORD_MS ? `${this.first.key} ` : "";
    const found = this.find(`${chord}${event.key}`) ?? this.find(event.key);
    if (found !== undefined) {
      this.first = null;
      if (event.key === "Enter" && isOperated(event.target)) return;
      event.preventDefault();
      found.action();
    } else if (event.key.length === 1) {
      this.first = { key: event.key, at: event.timeStamp };
    }
  };

  private find(keys: string): Shortcut | undefined {
    return [...this.known].findLast((shortcut) => shortcut.keys === keys);
  }

  private tell(): void {
    this.shown = [...this.known];
    for (const watcher of this.watchers) watcher();
  }
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** Enter on a link or a button is its own. */
function isOperated(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("a, button, summary") !== null;
}

function storageOfBrowser(): Storage | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

const shortcuts = new Shortcuts(storageOfBrowser());

/** Let keys do something for as long as this part of the page is shown. */
export function useShortcut(keys: string, label: string, action: () => void): void {
  const latest = useRef(action);

  useEffect(() => {
    latest.current = action;
  });

  useEffect(() => shortcuts.add({ keys, label, action: () => latest.current() }), [keys, label]);
}

/** Listen to the keyboard; once, in the shell. */
export function useShortcutListener(): void {
  useEffect(() => {
    window.addEventListener("keydown", shortcuts.press);
    return () => window.removeEventListener("keydown", shortcuts.press);
  }, []);
}

/** Return the shortcuts of what is shown, whether they are on, and how to switch them. */
export function useShortcuts() {
  const all = useSyncExternalStore(shortcuts.watch, shortcuts.list);
  const enabled = useSyncExternalStore(shortcuts.watch, shortcuts.areEnabled);
  return { all, enabled, enable: shortcuts.enable };
}
