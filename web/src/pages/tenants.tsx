/** Teams that share the service: what each may use, uses, and sends to. */
import { useState } from "preact/hooks";
import { get, patch, post } from "../api/client";
import type { Tenant } from "../api/types";
import { Button, Card, Facts, Field, Loading, PageHead, Problem, Table } from "../components/basics";
import { Dialog } from "../components/dialog";
import { Secret } from "../components/secret";
import { count, time } from "../format";
import { useLoaded, useTitle } from "../hooks";
import { linkTo } from "../router";
import { useSession } from "../session";

export function TenantsPage({ name }: { name: string | undefined }) {
  useTitle("Tenants");
  const session = useSession();
  const loaded = useLoaded((signal) => get("/api/v1/tenants", { signal }), []);
  const [isMaking, setMaking] = useState(false);
  const tenants = loaded.value?.tenants ?? [];
  const shown = tenants.find((tenant) => tenant.name === (name ?? session.tenant));
  const isOperator = session.scopes.includes("operator");
  return (
    <div class="page">
      <PageHead title="Tenants" lead="Teams with jobs, limits and a Phoenix account of their own.">
        {isOperator && (
          <Button kind="primary" onClick={() => setMaking(true)}>
            Make a tenant
          </Button>
        )}
      </PageHead>
      <Problem error={loaded.error} retry={loaded.reload} />
      {!loaded.value && !loaded.error && <Loading />}
      {tenants.length > 0 && (
        <Table label="Tenants" head={["Name", "Title", "Phoenix", "Kept for", "State"]}>
          {tenants.map((tenant) => (
            <tr key={tenant.name}>
              <td>
                <a href={linkTo("tenants", tenant.name)}>{tenant.name}</a>
              </td>
              <td>{tenant.title || "–"}</td>
              <td>{tenant.phoenix.has_secret ? "its own account" : tenant.uses_service_account ? "the service's account" : "no account"}</td>
              <td>{tenant.retention_days} days</td>
              <td>{tenant.disabled ? "disabled" : "open"}</td>
            </tr>
          ))}
        </Table>
      )}
      {name && loaded.value && !shown && <Problem error={new Error(`There is no tenant ${name} that you may see.`)} />}
      {shown && <Detail key={shown.name} tenant={shown} isOperator={isOperator} onChange={loaded.reload} />}
      {isMaking && <Make onClose={() => setMaking(false)} onMade={loaded.reload} />}
    </div>
  );
}

function Detail({ tenant, isOperator, onChange }: { tenant: Tenant; isOperator: boolean; onChange: () => void }) {
  const usage = useLoaded((signal) => get("/api/v1/usage", { query: { tenant: tenant.name }, signal }), [tenant.name]);
  const [secret, setSecret] = useState<string>();
  const [asked, setAsked] = useState<"secret" | "disable">();
  const limits = Object.entries(usage.value?.limits ?? {});
  return (
    <div class="columns">
      <Card
        title={tenant.name}
        aside={
          <div class="actions">
            <Button onClick={() => setAsked("secret")}>New webhook secret</Button>
            {isOperator && (
              <Button kind={tenant.disabled ? "plain" : "danger"} onClick={() => setAsked("disable")}>
                {tenant.disabled ? "Enable" : "Disable"}
              </Button>
            )}
          </div>
        }
      >
        {secret && <Secret label="Webhook secret" value={secret} onClose={() => setSecret(undefined)} />}
        <Facts
          facts={[
            ["Title", tenant.title || "–"],
            ["Phoenix", tenant.phoenix.url],
            ["Client id", tenant.phoenix.client_id ?? "–"],
            ["Defaults of uploads", Object.entries(tenant.defaults).map(([field, value]) => `${field}: ${value}`).join(", ") || "none"],
            ["Webhooks signed by", tenant.webhook.has_secret ? "a secret of its own" : "the service's secret"],
            ["Made", time(tenant.created_at as string)],
          ]}
        />
      </Card>
      <Card title="Usage">
        <Problem error={usage.error} />
        <Table label="Usage" head={["Limit", "Used", "Of"]}>
          {limits.map(([limit, used]) => (
            <tr key={limit}>
              <td>{limit.replaceAll("_", " ")}</td>
              <td class="number">{count(used.used)}</td>
              <td class="number">{used.limit === null ? "no limit" : count(used.limit)}</td>
            </tr>
          ))}
        </Table>
      </Card>
      {asked === "secret" && (
        <Dialog
          title="Make another webhook secret?"
          action="Make secret"
          onClose={() => setAsked(undefined)}
          onConfirm={async () => setSecret((await post("/api/v1/tenants/{name}/webhook-secret", { path: { name: tenant.name } })).secret)}
        >
          <p>It is shown once. For a day webhooks are signed by the present one too.</p>
        </Dialog>
      )}
      {asked === "disable" && (
        <Dialog
          title={`${tenant.disabled ? "Enable" : "Disable"} ${tenant.name}?`}
          action={tenant.disabled ? "Enable tenant" : "Disable tenant"}
          kind={tenant.disabled ? "primary" : "danger"}
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            await patch("/api/v1/tenants/{name}", { path: { name: tenant.name }, body: { disabled: !tenant.disabled } as never });
            onChange();
          }}
        >
          <p>{tenant.disabled ? "Its keys open the service again, and waiting jobs go on." : "Its keys open nothing, waiting jobs wait; running ones go on."}</p>
        </Dialog>
      )}
    </div>
  );
}

function Make({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const make = async (): Promise<void> => {
    await post("/api/v1/tenants", { body: { name, title } as never });
    onMade();
    location.hash = linkTo("tenants", name);
  };
  return (
    <Dialog title="Make a tenant" action="Make tenant" onClose={onClose} onConfirm={make}>
      <Field label="Name" hint="a–z, 0–9 and -; it cannot be changed later.">
        <input required pattern="[a-z0-9][a-z0-9\-]{0,62}" value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </Field>
      <Field label="Title" hint="How people call it.">
        <input maxLength={256} value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
      </Field>
    </Dialog>
  );
}
