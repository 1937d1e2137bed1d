/** One row of the list of jobs, at its place in it. */
import type { Job } from "../api/types";
import { bytes, count, since, time } from "../format";
import { linkTo } from "../router";
import { Progress, Status } from "./basics";

/** As the style sheet has it. */
export const ROW_HEIGHT = 60;

interface Props {
  job: Job | undefined;
  place: number;
  isChosen: boolean;
  choose?: (id: string, on: boolean) => void;
}

export function JobRow({ job, place, isChosen, choose }: Props) {
  const style = { transform: `translateY(${place * ROW_HEIGHT}px)` };
  if (!job) return <div class="job-row" role="row" aria-rowindex={place + 2} aria-busy="true" style={style} />;
  return (
    <div class="job-row" role="row" aria-rowindex={place + 2} style={style}>
      <span role="cell">
        {choose && (
          <input
            type="checkbox"
            aria-label={`Select ${job.filename}`}
            checked={isChosen}
            onChange={(event) => choose(job.job_id, event.currentTarget.checked)}
          />
        )}
      </span>
      <span role="cell" class="job-name">
        <a href={linkTo("jobs", job.job_id)}>{job.filename}</a>
        <small>{job.assessment_name ?? job.job_id}</small>
      </span>
      <span role="cell" class="job-state">
        <Status status={job.status} />
        {job.status === "processing" && <Progress value={job.progress} label={`Progress of ${job.filename}`} />}
      </span>
      <span role="cell" class="job-scanner">
        {job.scanner_type}
      </span>
      <span role="cell" class="number job-findings">
        {count(job.vulnerabilities_imported)}
      </span>
      <span role="cell" class="number job-size">
        {bytes(job.file_size_bytes)}
      </span>
      <span role="cell" class="job-time" title={time(job.created_at)}>
        {since(job.created_at)}
      </span>
    </div>
  );
}
