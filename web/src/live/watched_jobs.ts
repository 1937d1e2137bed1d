/** Several jobs watched at once, but not more than a browser and the service have sockets for: the others follow as these end. */
import { useEffect, useRef, useState } from "preact/hooks";
import { hasEnded } from "../api/types";
import { type Frame, watch } from "./socket";

const MOST = 12;

export interface Progress {
  status: string;
  progress: number;
  step: string;
  error: string;
  findings?: number;
}

/** What is known of each job by what its events have told; `ids` are those that have not ended, the most important first. */
export function useWatchedJobs(ids: readonly string[]): ReadonlyMap<string, Progress> {
  const [known, setKnown] = useState<ReadonlyMap<string, Progress>>(new Map());
  const watching = useRef(new Map<string, () => void>());
  const wanted = ids.filter((id) => !hasEnded(known.get(id)?.status ?? "")).slice(0, MOST);
  const key = wanted.join(" ");
  useEffect(() => {
    for (const [id, stop] of watching.current) {
      if (wanted.includes(id)) continue;
      stop();
      watching.current.delete(id);
    }
    for (const id of wanted) {
      if (watching.current.has(id)) continue;
      const onFrame = (frame: Frame): void => setKnown((before) => new Map(before).set(id, told(before.get(id), frame)));
      watching.current.set(id, watch(`ws/${encodeURIComponent(id)}`, { onFrame }));
    }
  }, [key]);
  useEffect(() => () => watching.current.forEach((stop) => stop()), []);
  return known;
}

function told(before: Progress | undefined, { data }: Frame): Progress {
  const now = before ?? { status: "", progress: 0, step: "", error: "" };
  return {
    status: data.status ?? now.status,
    progress: data.progress ?? now.progress,
    step: data.current_step ?? now.step,
    error: data.error_message ?? "",
    findings: data.vulnerabilities_imported ?? now.findings,
  };
}
