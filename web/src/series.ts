/** What charts draw, of what the overview counts: every hour or day of the span, also those in which nothing ended. */
import { type Overview, SEVERITIES, type Severity } from "./api/types";

export interface Series {
  name: string;
  /** A custom property of the style sheet. */
  colour: string;
  values: number[];
}

export interface ChartData {
  /** Seconds since 1970. */
  times: number[];
  series: Series[];
  isStacked: boolean;
  byHour: boolean;
}

const HOUR = 3600;
const DAY = 86_400;

export function severitiesOverTime(overview: Overview, days: number): ChartData {
  const times = timesOf(overview, days);
  const series = SEVERITIES.map((name) => ({
    name,
    colour: `--${name}`,
    values: summed(overview, times, ({ severities }) => severities[name] ?? 0),
  }));
  return { times, series, isStacked: true, byHour: overview.by_hour };
}

export function jobsOverTime(overview: Overview, days: number): ChartData {
  const times = timesOf(overview, days);
  const values = summed(overview, times, ({ jobs }) => jobs);
  return { times, series: [{ name: "jobs", colour: "--accent", values }], isStacked: true, byHour: overview.by_hour };
}

export function totals({ imported }: Overview) {
  const severities: Partial<Record<Severity, number>> = {};
  const scanners = new Map<string, number>();
  let [jobs, findings, bytes] = [0, 0, 0];
  for (const each of imported) {
    jobs += each.jobs;
    findings += each.findings;
    bytes += each.size_bytes;
    scanners.set(each.scanner, (scanners.get(each.scanner) ?? 0) + each.findings);
    for (const name of SEVERITIES) severities[name] = (severities[name] ?? 0) + (each.severities[name] ?? 0);
  }
  return { jobs, findings, bytes, severities, scanners: [...scanners].sort((first, second) => second[1] - first[1]) };
}

function timesOf({ by_hour: byHour }: Overview, days: number): number[] {
  const step = byHour ? HOUR : DAY;
  const last = Math.floor(Date.now() / 1000 / step) * step;
  const many = byHour ? days * 24 : days;
  return Array.from({ length: many + 1 }, (_, place) => last - (many - place) * step);
}

function summed({ imported }: Overview, times: readonly number[], value: (each: Overview["imported"][number]) => number): number[] {
  const sums = new Map<number, number>();
  for (const each of imported) {
    const start = Date.parse(each.start) / 1000;
    sums.set(start, (sums.get(start) ?? 0) + value(each));
  }
  return times.map((time) => sums.get(time) ?? 0);
}
