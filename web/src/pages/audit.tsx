/** Who did what to which, from where, and how it ended. */
import { useEffect, useState } from "preact/hooks";
import { filled, get } from "../api/client";
import type { AuditEntry } from "../api/types";
import { Button, Empty, PageHead, Problem, Table } from "../components/basics";
import { time } from "../format";
import { useSettled, useTitle } from "../hooks";

const PAGE = 100;

export function AuditPage() {
  useTitle("Audit");
  const [action, setAction] = useState("");
  const [actor, setActor] = useState("");
  const filter = { action: useSettled(action.trim()), actor: useSettled(actor.trim()) };
  const [entries, setEntries] = useState<readonly AuditEntry[]>();
  const [next, setNext] = useState<number | null>(null);
  const [error, setError] = useState<Error>();
  const load = async (after: number, before: readonly AuditEntry[]): Promise<void> => {
    try {
      const page = await get("/api/v1/audit", { query: { ...filter, after, limit: PAGE } });
      setEntries([...before, ...page.entries]);
      setNext(page.next_after);
      setError(undefined);
    } catch (problem) {
      setError(problem as Error);
    }
  };
  useEffect(() => void load(0, []), [filter.action, filter.actor]);
  return (
    <div class="page">
      <PageHead title="Audit" lead="The audit log, oldest first. Each entry holds the hash of the one before it.">
        <a class="button plain" href={filled("/api/v1/audit", {}, { limit: 1000 }).href} download="audit.json">
          Download
        </a>
      </PageHead>
      <div class="toolbar" role="search">
        <input type="search" aria-label="Action" placeholder="Action, as job.cancel" value={action} onInput={(event) => setAction(event.currentTarget.value)} />
        <input type="search" aria-label="Actor" placeholder="Actor, as key:3f2a…" value={actor} onInput={(event) => setActor(event.currentTarget.value)} />
      </div>
      <Problem error={error} retry={() => void load(0, [])} />
      {entries && !entries.length && <Empty title="No entries">Nothing that is written down was done yet, or a filter fits nothing.</Empty>}
      {entries && entries.length > 0 && (
        <Table label="Audit log" head={["No.", "When", "Who", "Tenant", "What", "To", "Outcome", "From"]}>
          {entries.map((entry) => (
            <tr key={entry.seq}>
              <td class="number">{entry.seq}</td>
              <td>{time(entry.at)}</td>
              <td>{entry.actor}</td>
              <td>{entry.tenant}</td>
              <td>{entry.action}</td>
              <td>{entry.object}</td>
              <td>{entry.outcome}</td>
              <td>{entry.address}</td>
            </tr>
          ))}
        </Table>
      )}
      {next !== null && (
        <div class="actions">
          <Button onClick={() => void load(next, entries ?? [])}>More</Button>
        </div>
      )}
    </div>
  );
}
