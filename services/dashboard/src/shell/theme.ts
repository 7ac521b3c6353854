import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark" | "system";

const KEY = "testmesh.theme";
const THEMES: readonly Theme[] = ["light", "dark", "system"];
const systemIsDark = () => matchMedia("(prefers-color-scheme: dark)");

/** The theme that was chosen, kept in this browser; /theme.js shows it before the first paint. */
class ThemeChoice {
  private chosen: Theme = THEMES.find((theme) => theme === stored()) ?? "system";
  private readonly watchers = new Set<() => void>();

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    const system = systemIsDark();
    system.addEventListener("change", this.show);
    return () => {
      this.watchers.delete(watcher);
      system.removeEventListener("change", this.show);
    };
  };

  readonly read = (): Theme => this.chosen;

  readonly choose = (theme: Theme): void => {
    this.chosen = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Storage is forbidden in this browser: the choice lasts as long as the page.
    }
    this.show();
    for (const watcher of this.watchers) watcher();
  };

  private readonly show = (): void => {
    const isDark = this.chosen === "dark" || (this.chosen === "system" && systemIsDark().matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
  };
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

const choice = new ThemeChoice();

/** Return the chosen theme, and how to choose another. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  return [useSyncExternalStore(choice.watch, choice.read), choice.choose];
}

/** Return the other of light and dark, seen from what is shown now. */
export function oppositeTheme(): Theme {
  return document.documentElement.dataset.theme === "dark" ? "light" : "dark";
}
