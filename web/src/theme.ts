/** Dark or light as the system has it, unless somebody has chosen. */
export type Theme = "auto" | "light" | "dark";

const KEY = "theme";
const ORDER: readonly Theme[] = ["auto", "light", "dark"];

export function savedTheme(): Theme {
  const saved = localStorage.getItem(KEY) as Theme | null;
  return applyTheme(saved && ORDER.includes(saved) ? saved : "auto");
}

export function nextTheme(theme: Theme): Theme {
  return ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? "auto";
}

export function applyTheme(theme: Theme): Theme {
  localStorage.setItem(KEY, theme);
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  dispatchEvent(new Event("themechange"));
  return theme;
}
