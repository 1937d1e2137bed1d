/** Numbers, sizes and times as people read them. */
const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium", hourCycle: "h23" });
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : whole.format(value);
}

export function compact(value: number): string {
  return short.format(value);
}

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  const power = Math.min(Math.floor(Math.log10(value) / 3), 4);
  const scaled = value / 1000 ** power;
  return `${scaled.toFixed(scaled < 10 ? 1 : 0)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

export function time(value: string | null | undefined): string {
  return value ? moment.format(new Date(value)) : "–";
}

export function timeOfDay(value: string): string {
  return clock.format(new Date(value));
}

export function since(value: string | null | undefined, now: number = Date.now()): string {
  if (!value) return "–";
  const seconds = (new Date(value).getTime() - now) / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return ago.format(Math.round(seconds / size), unit);
  }
  return Math.abs(seconds) < 10 ? "just now" : ago.format(Math.round(seconds), "second");
}

export function duration(seconds: number): string {
  if (seconds < 10) return `${Math.max(seconds, 0).toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

export function between(start: string | null | undefined, end: string | null | undefined): string {
  if (!start) return "–";
  const stop = end ? new Date(end).getTime() : Date.now();
  return duration((stop - new Date(start).getTime()) / 1000);
}
