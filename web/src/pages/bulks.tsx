/** Thousands of reports ordered together. */
import { useState } from "preact/hooks";
import { get } from "../api/client";
import { BulkForm } from "../components/bulk_form";
import { Button, Empty, Loading, PageHead, Problem, Progress, Status, Table } from "../components/basics";
import { count, since } from "../format";
import { useLoaded, useTitle } from "../hooks";
import { linkTo } from "../router";
import { may, useSession } from "../session";

const EVERY = 5000;
const PAGE_SIZE = 50;

export function BulksPage() {
  useTitle("Bulks");
  const session = useSession();
  const [isOrdering, setOrdering] = useState(false);
  const [page, setPage] = useState(1);
  const loaded = useLoaded((signal) => get("/api/v1/bulks", { query: { page, page_size: PAGE_SIZE }, signal }), [page], EVERY);
  const bulks = loaded.value?.bulks ?? [];
  const total = loaded.value?.total ?? 0;
  return (
    <div class="page">
      <PageHead title="Bulks" lead="Many reports that were ordered together: archives, folders, buckets.">
        {may(session, "submit") && !isOrdering && (
          <Button kind="primary" onClick={() => setOrdering(true)}>
            Order a bulk
          </Button>
        )}
      </PageHead>
      {isOrdering && <BulkForm onClose={() => setOrdering(false)} />}
      <Problem error={loaded.error} retry={loaded.reload} />
      {!loaded.value && !loaded.error && <Loading />}
      {loaded.value && !bulks.length && (
        <Empty title="No bulks yet">
          Order one here, or by <code>phoenix-scan bulk years-of-reports.zip --follow</code>; it is shown here while it goes on.
        </Empty>
      )}
      {bulks.length > 0 && (
        <Table label="Bulks" head={["Bulk", "State", "Progress", "Jobs", "Failed", "Left out", "Ordered"]} numbers={["Jobs", "Failed", "Left out"]}>
          {bulks.map((bulk) => (
            <tr key={bulk.bulk_id}>
              <td>
                <a href={linkTo("bulks", bulk.bulk_id)}>{bulk.name || bulk.bulk_id}</a>
              </td>
              <td>
                <Status status={bulk.status} />
              </td>
              <td>
                <Progress value={bulk.progress} label={`Progress of ${bulk.name || bulk.bulk_id}`} />
              </td>
              <td class="number">{count(bulk.jobs)}</td>
              <td class="number">{count(bulk.by_status.failed ?? 0)}</td>
              <td class="number">{count(bulk.skipped)}</td>
              <td>{since(bulk.created_at)}</td>
            </tr>
          ))}
        </Table>
      )}
      {total > PAGE_SIZE && (
        <div class="actions">
          <Button disabled={page === 1} onClick={() => setPage(page - 1)}>
            Newer
          </Button>
          <Button disabled={page * PAGE_SIZE >= total} onClick={() => setPage(page + 1)}>
            Older
          </Button>
        </div>
      )}
    </div>
  );
}
