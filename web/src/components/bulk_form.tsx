/** Orders a bulk: archives that are sent, or what lies below addresses that the service may read. */
import { useState } from "preact/hooks";
import { get } from "../api/client";
import { bytes } from "../format";
import { useLeaveWarning, useLoaded } from "../hooks";
import { linkTo } from "../router";
import { DEFAULTS, type Options, orderBulk } from "../submitting";
import { Button, Card, Field, Problem, Progress } from "./basics";
import { OptionFields } from "./option_fields";

const ARCHIVES = ".zip,.tar,.tgz,.gz,.bz2,.zst";

export function BulkForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [archives, setArchives] = useState<readonly File[]>([]);
  const [prefixes, setPrefixes] = useState("");
  const [without, setWithout] = useState("");
  const [options, setOptions] = useState<Options>(DEFAULTS);
  const [sent, setSent] = useState<number>();
  const [error, setError] = useState<Error>();
  const formats = useLoaded((signal) => get("/api/v1/formats", { signal }), []);
  const total = archives.reduce((sum, { size }) => sum + size, 0);
  const isSending = sent !== undefined;
  const hasSource = archives.length > 0 || lines(prefixes).length > 0;
  useLeaveWarning(isSending);
  const order = async (event: Event): Promise<void> => {
    event.preventDefault();
    setError(undefined);
    setSent(0);
    try {
      const id = await orderBulk({ name, archives, prefixes: lines(prefixes), without: lines(without), options }, setSent);
      location.hash = linkTo("bulks", id);
    } catch (problem) {
      setError(problem as Error);
      setSent(undefined);
    }
  };
  return (
    <form class="submit" aria-label="Order a bulk" onSubmit={order}>
      <Card title="Order a bulk">
        <div class="option-fields">
          <Field label="Name" hint="Only shown, here and in lists.">
            <input value={name} maxLength={256} placeholder="scans of 2019 to 2025" onInput={(event) => setName(event.currentTarget.value)} />
          </Field>
          <Field label="Archives" hint="zip, tar, tar.gz, tar.bz2 or tar.zst, of any number of reports; each report becomes a job.">
            <input type="file" multiple accept={ARCHIVES} onChange={(event) => setArchives(Array.from(event.currentTarget.files ?? []))} />
          </Field>
          <Field label="Addresses" hint="One a line: everything below each is imported. Who operates the service says which may be read.">
            <textarea rows={3} value={prefixes} placeholder="s3://scans/2025" onInput={(event) => setPrefixes(event.currentTarget.value)} />
          </Field>
          <Field label="Leave out" hint="Patterns of names, one a line; what they fit becomes no job, and is listed.">
            <textarea rows={2} value={without} placeholder="*.md" onInput={(event) => setWithout(event.currentTarget.value)} />
          </Field>
        </div>
        <Problem error={error} />
        {isSending && total > 0 && <Progress value={(sent / total) * 100} label="Sending the archives" />}
        <div class="actions end">
          <Button onClick={onClose} disabled={isSending}>
            Close
          </Button>
          <Button type="submit" kind="primary" disabled={!hasSource || isSending}>
            {isSending ? `Sending ${bytes(total)} …` : "Order"}
          </Button>
        </div>
      </Card>
      <Card title="Options of its reports" class="options">
        <OptionFields options={options} onChange={setOptions} formats={formats.value?.formats ?? []} />
      </Card>
    </form>
  );
}

function lines(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}
