/** Stacked bars over time. The numbers stand beside it, so that nobody has to read them from the picture. */
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { compact } from "../format";
import type { ChartData } from "../series";

const HEIGHT = 220;

export function Chart({ data, label }: { data: ChartData; label: string }) {
  const frame = useRef<HTMLDivElement>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const again = (): void => setTurn((last) => last + 1);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    addEventListener("themechange", again);
    scheme.addEventListener("change", again);
    return () => {
      removeEventListener("themechange", again);
      scheme.removeEventListener("change", again);
    };
  }, []);
  const shape = JSON.stringify(data);
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const chart = new uPlot(optionsOf(data, element), stacked(data), element);
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [shape, turn]);
  return <div class="chart" ref={frame} role="img" aria-label={label} />;
}

/** Each series on top of those before it; the highest is drawn first, so that all can be seen. */
function stacked({ times, series }: ChartData): uPlot.AlignedData {
  const sums: number[][] = [];
  for (const { values } of series) {
    const below = sums.at(-1);
    sums.push(values.map((value, place) => value + (below?.[place] ?? 0)));
  }
  return [times, ...sums.reverse()];
}

function optionsOf({ series, byHour }: ChartData, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  const bars = uPlot.paths.bars?.({ size: [0.7, 48], radius: 0.15 });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true, range: (_, from, to) => padded(from, to, byHour ? 3600 : 86_400) }, y: { range: (_, _least, most) => [0, Math.max(most * 1.05, 4)] } },
    axes: [axis, { ...axis, size: 48, values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? compact(tick) : "")) }],
    series: [{}, ...[...series].reverse().map(({ name, colour: of }) => ({ label: name, fill: colour(of), width: 0, paths: bars, points: { show: false } }))],
  };
}

function padded(from: number, to: number, step: number): [number, number] {
  return [from - step / 2, to + step / 2];
}
