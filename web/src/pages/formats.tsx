/** What can be read, how each report is made, and a report tried without importing it. */
import { useState } from "preact/hooks";
import { get } from "../api/client";
import type { Format, Trial } from "../api/types";
import { Button, Card, Empty, Facts, Field, Loading, PageHead, Problem, Severities, Table } from "../components/basics";
import { bytes, count } from "../format";
import { useLoaded, useTitle } from "../hooks";
import { linkTo } from "../router";
import { may, useSession } from "../session";
import { tryReport } from "../submitting";

const MOST_BYTES = 10_000_000;

export function FormatsPage({ slug }: { slug: string | undefined }) {
  useTitle("Formats");
  const session = useSession();
  const [text, setText] = useState("");
  const loaded = useLoaded((signal) => get("/api/v1/formats", { signal }), []);
  const formats = loaded.value?.formats ?? [];
  const found = formats.filter((format) => fits(format, text));
  return (
    <div class="page">
      <PageHead title="Formats" lead={loaded.value ? `${count(formats.length)} formats are known by their content` : ""} />
      <Problem error={loaded.error} retry={loaded.reload} />
      <div class="columns wide-left">
        <Card>
          <Field label="Search">
            <input type="search" value={text} placeholder="Scanner, format or alias" onInput={(event) => setText(event.currentTarget.value)} />
          </Field>
          {!loaded.value && !loaded.error && <Loading />}
          {loaded.value && !found.length && (
            <Empty title="No format has that name">
              Try a report here: its content may be known under another one. Any other tool's report can be sent in the generic format.
            </Empty>
          )}
          <ul class="format-list" tabIndex={0} aria-label="Formats">
            {found.map((format) => (
              <li key={format.slug}>
                <a href={linkTo("formats", format.slug)} aria-current={format.slug === slug ? "true" : undefined}>
                  <strong>{format.scanner}</strong>
                  <small>
                    {format.slug} · {format.kinds.join(", ")} · {format.asset_type}
                  </small>
                </a>
              </li>
            ))}
          </ul>
        </Card>
        <div class="stack">
          {slug && <Detail key={slug} slug={slug} />}
          {may(session, "submit") && <TryOut />}
        </div>
      </div>
    </div>
  );
}

function fits(format: Format, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const named = [format.slug, format.scanner, ...format.titles, ...(format.aliases ?? [])].join(" ").toLowerCase();
  return words.every((word) => named.includes(word));
}

function Detail({ slug }: { slug: string }) {
  const { value: format, error } = useLoaded((signal) => get("/api/v1/formats/{slug}", { path: { slug }, signal }), [slug]);
  if (!format) return <Card>{error ? <Problem error={error} /> : <Loading />}</Card>;
  return (
    <Card title={format.scanner}>
      <h3>How the report is made</h3>
      <pre class="code" tabIndex={0}>
        <code>{format.produce || "See the product's documentation."}</code>
      </pre>
      <Facts
        facts={[
          ["Scanner type", <code key="slug">{format.slug}</code>],
          ["Also known as", [...format.titles, ...(format.aliases ?? [])].join(", ") || "–"],
          ["Read from", format.kinds.join(", ")],
          ["Assets", format.asset_type],
        ]}
      />
      {format.sources.length > 0 && (
        <>
          <h3>Facts from</h3>
          <ul class="sources">
            {format.sources.map((source) => (
              <li key={source}>
                <a href={source} rel="noreferrer noopener" target="_blank">
                  {source.replace("https://", "")}
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

function TryOut() {
  const [file, setFile] = useState<File>();
  const [told, setTold] = useState<Trial>();
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const choose = async (event: Event & { currentTarget: HTMLInputElement }): Promise<void> => {
    const chosen = event.currentTarget.files?.[0];
    event.currentTarget.value = "";
    if (!chosen) return;
    setFile(chosen);
    setTold(undefined);
    setError(undefined);
    if (chosen.size > MOST_BYTES) {
      setError(new Error(`Up to ${bytes(MOST_BYTES)} can be tried here. Submit it, or use phoenix-scan translate.`));
      return;
    }
    setBusy(true);
    try {
      setTold(await tryReport(chosen, chosen.name, {}));
    } catch (problem) {
      setError(problem as Error);
    }
    setBusy(false);
  };
  return (
    <Card title="Try a report">
      <p>See what would be imported. Nothing is kept, nothing is sent to Phoenix.</p>
      <label class="button primary">
        {isBusy ? "Reading …" : "Choose a report"}
        <input class="unseen" type="file" onChange={choose} aria-label="Choose a report to try" disabled={isBusy} />
      </label>
      <Problem error={error} />
      {file && told && <Tried file={file} told={told} onClear={() => setTold(undefined)} />}
    </Card>
  );
}

function Tried({ file, told, onClear }: { file: File; told: Trial; onClear: () => void }) {
  const { summary } = told;
  return (
    <div class="tried" role="status">
      <h3>
        {file.name}: {told.format || "not known"}
      </h3>
      {told.error && <Problem error={new Error(told.error)} />}
      {!told.format && told.closest.length > 0 && <p>It resembles {told.closest.join(", ")}.</p>}
      {summary && (
        <>
          <Severities found={summary.findings} />
          <Facts
            facts={[
              ["Assets", Object.entries(summary.assets).map(([type, number]) => `${count(number)} ${type}`).join(", ") || "none"],
              ["Merged", count(summary.merged)],
              ["Dismissed", Object.entries(summary.dismissed).map(([reason, number]) => `${count(number)} ${reason}`).join(", ") || "none"],
              ["Rated nowhere", count(summary.unrated)],
              ["Skipped", count(summary.skipped)],
            ]}
          />
          {summary.skipped_records.length > 0 && (
            <Table label="Skipped records" head={["Place", "Why"]}>
              {summary.skipped_records.map((record) => (
                <tr key={`${record.place} ${record.reason}`}>
                  <td>
                    <code>{record.place}</code>
                  </td>
                  <td>{record.reason}</td>
                </tr>
              ))}
            </Table>
          )}
        </>
      )}
      <Button kind="quiet" onClick={onClear}>
        Clear
      </Button>
    </div>
  );
}
