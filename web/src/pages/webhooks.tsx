/** Webhooks tried out; those of a job stand with it. */
import { useState } from "preact/hooks";
import { post } from "../api/client";
import type { components } from "../api/schema";
import { Button, Card, Facts, Field, PageHead, Problem } from "../components/basics";
import { useTitle } from "../hooks";
import { linkTo } from "../router";

type Told = components["schemas"]["TrialAnswer"];

export function WebhooksPage() {
  useTitle("Webhooks");
  const [url, setUrl] = useState("");
  const [told, setTold] = useState<Told>();
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setTold(undefined);
    setError(undefined);
    try {
      setTold(await post("/api/v1/webhooks/test", { body: { webhook_url: url } }));
    } catch (problem) {
      setError(problem as Error);
    }
    setBusy(false);
  };
  return (
    <div class="page">
      <PageHead title="Webhooks" lead="Told when a job ends: signed, and tried for a day." />
      <div class="columns">
        <Card title="Try a receiver">
          <form onSubmit={send} class="stack">
            <Field label="URL" hint="At a public address, on port 80, 443 or one above 1023.">
              <input type="url" required value={url} placeholder="https://ci.example.com/hooks/phoenix" onInput={(event) => setUrl(event.currentTarget.value)} />
            </Field>
            <div>
              <Button type="submit" kind="primary" disabled={isBusy}>
                {isBusy ? "Sending …" : "Send a trial"}
              </Button>
            </div>
          </form>
          <Problem error={error} />
          {told && (
            <div role="status">
              <Facts
                facts={[
                  ["Delivered", told.delivered ? "yes" : "no"],
                  ["Answer", told.status_code ?? told.error ?? "–"],
                  ["Took", `${told.seconds} s`],
                  ["Id", told.id],
                ]}
              />
            </div>
          )}
        </Card>
        <Card title="Where they are">
          <p>
            Each <a href={linkTo("jobs")}>job</a> shows its webhooks with every attempt, and sends one again.
          </p>
          <p>
            The secret that they are signed by belongs to the <a href={linkTo("tenants")}>tenant</a>, and is made anew there.
          </p>
        </Card>
      </div>
    </div>
  );
}
