/** A job's phases with the time that each began, from its own events. */
import type { Job } from "../api/types";
import { duration } from "../format";
import type { Frame } from "../live/socket";

const PHASES: readonly (readonly [string, string])[] = [
  ["queued", "Queued"],
  ["reading the report", "Read"],
  ["translating", "Translate"],
  ["planning", "Plan"],
  ["importing", "Import"],
];
const LAST: Record<string, string> = { completed: "Completed", failed: "Failed", cancelled: "Cancelled" };

interface Step {
  label: string;
  began: number | undefined;
  state: "done" | "now" | "left" | "bad";
}

export function Timeline({ frames, job }: { frames: readonly Frame[]; job: Job }) {
  const steps = stepsOf(frames, job);
  return (
    <ol class="timeline">
      {steps.map((step, place) => {
        const next = steps.slice(place + 1).find(({ began }) => began !== undefined)?.began;
        const took = step.began !== undefined && next !== undefined ? duration((next - step.began) / 1000) : "";
        return (
          <li key={step.label} class={step.state} aria-current={step.state === "now" ? "step" : undefined}>
            <span class="step-label">{step.label}</span>
            <span class="step-time">{took}</span>
          </li>
        );
      })}
    </ol>
  );
}

function stepsOf(frames: readonly Frame[], job: Job): Step[] {
  const began = new Map<string, number>([["queued", Date.parse(job.created_at)]]);
  for (const { data, timestamp } of frames) {
    const phase = (data.current_step ?? "").split(":", 1)[0] ?? "";
    if (phase && !began.has(phase)) began.set(phase, Date.parse(timestamp));
  }
  const end = LAST[job.status];
  const reached = PHASES.findLastIndex(([phase]) => began.has(phase));
  const steps: Step[] = PHASES.map(([phase, label], place) => ({
    label,
    began: began.get(phase),
    state: end ? (began.has(phase) || job.status === "completed" ? "done" : "left") : place < reached ? "done" : place === reached ? "now" : "left",
  }));
  const ended = job.completed_at ? Date.parse(job.completed_at) : undefined;
  steps.push({ label: end ?? "Done", began: ended, state: end ? (job.status === "completed" ? "done" : "bad") : "left" });
  return steps;
}
