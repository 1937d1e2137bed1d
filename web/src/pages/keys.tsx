/** API keys: made and shown once, rotated, revoked. */
import { useState } from "preact/hooks";
import { get, post, remove } from "../api/client";
import type { Key, Scope } from "../api/types";
import { Button, Check, Empty, Field, Loading, PageHead, Problem, Table } from "../components/basics";
import { Dialog } from "../components/dialog";
import { Secret } from "../components/secret";
import { since, time } from "../format";
import { useLoaded, useTitle } from "../hooks";
import { useSession } from "../session";

const SCOPES: readonly (readonly [Scope, string])[] = [
  ["submit", "Send reports; cancel, retry and watch what it sees."],
  ["read", "See everything of the tenant."],
  ["admin", "Keys, webhooks, settings and audit of the tenant."],
  ["operator", "All of it, for all tenants."],
];

type Asked = { kind: "make" } | { kind: "rotate" | "revoke"; key: Key };

export function KeysPage() {
  useTitle("Keys");
  const loaded = useLoaded((signal) => get("/api/v1/keys", { signal }), []);
  const [asked, setAsked] = useState<Asked>();
  const [secret, setSecret] = useState<{ name: string; key: string }>();
  const close = (): void => setAsked(undefined);
  const made = ({ name, key }: { name: string; key: string }): void => {
    setSecret({ name, key });
    loaded.reload();
  };
  const keys = loaded.value?.keys ?? [];
  return (
    <div class="page">
      <PageHead title="Keys" lead="What pipelines and people open the service with.">
        <Button kind="primary" onClick={() => setAsked({ kind: "make" })}>
          Make a key
        </Button>
      </PageHead>
      <Problem error={loaded.error} retry={loaded.reload} />
      {secret && <Secret label={`Key ${secret.name}`} value={secret.key} onClose={() => setSecret(undefined)} />}
      {!loaded.value && !loaded.error && <Loading />}
      {loaded.value && !keys.length && <Empty title="No keys yet">Make one for each pipeline, so that one can be revoked without the others.</Empty>}
      {keys.length > 0 && (
        <Table label="Keys" head={["Name", "Tenant", "Scopes", "Begins with", "Last used", "Expires", ""]}>
          {keys.map((key) => (
            <tr key={key.id}>
              <td>
                <strong>{key.name}</strong>
                <small>{key.id}</small>
              </td>
              <td>{key.tenant}</td>
              <td>{key.scopes.join(", ")}</td>
              <td>
                <code>{key.prefix || "–"}</code>
              </td>
              <td>{since(key.last_used_at)}</td>
              <td>{key.expires_at ? time(key.expires_at) : "never"}</td>
              <td class="row-actions">
                <Button onClick={() => setAsked({ kind: "rotate", key })}>Rotate</Button>
                <Button kind="danger" onClick={() => setAsked({ kind: "revoke", key })}>
                  Revoke
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {asked?.kind === "make" && <Make onClose={close} onMade={made} />}
      {asked?.kind === "rotate" && <Rotate apiKey={asked.key} onClose={close} onMade={made} />}
      {asked?.kind === "revoke" && (
        <Dialog
          title={`Revoke ${asked.key.name}?`}
          action="Revoke key"
          kind="danger"
          onClose={close}
          onConfirm={async () => {
            await remove("/api/v1/keys/{key_id}", { path: { key_id: asked.key.id } });
            loaded.reload();
          }}
        >
          <p>It opens nothing from then on, and nobody can bring it back. Sessions that were begun with it end too.</p>
        </Dialog>
      )}
    </div>
  );
}

type OnMade = (made: { name: string; key: string }) => void;

function Make({ onClose, onMade }: { onClose: () => void; onMade: OnMade }) {
  const session = useSession();
  const isOperator = session.scopes.includes("operator");
  const [name, setName] = useState("");
  const [tenant, setTenant] = useState(session.tenant);
  const [scopes, setScopes] = useState<ReadonlySet<Scope>>(new Set(["submit", "read"]));
  const [days, setDays] = useState("90");
  const make = async (): Promise<void> => {
    const expires = days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null;
    onMade(await post("/api/v1/keys", { body: { name, tenant, scopes: [...scopes], expires_at: expires } }));
  };
  return (
    <Dialog title="Make a key" action="Make key" onClose={onClose} onConfirm={make}>
      <Field label="Name" hint="Who uses it, as payments-ci.">
        <input required maxLength={256} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </Field>
      {isOperator && (
        <Field label="Tenant">
          <input required value={tenant} onInput={(event) => setTenant(event.currentTarget.value)} />
        </Field>
      )}
      <fieldset class="choices">
        <legend>Scopes</legend>
        {SCOPES.filter(([scope]) => scope !== "operator" || isOperator).map(([scope, hint]) => (
          <Check
            key={scope}
            label={scope}
            hint={hint}
            checked={scopes.has(scope)}
            onChange={(on) => setScopes((before) => new Set(on ? [...before, scope] : [...before].filter((each) => each !== scope)))}
          />
        ))}
      </fieldset>
      <Field label="Days until it expires" hint="Empty: never.">
        <input type="number" min={1} max={3650} value={days} onInput={(event) => setDays(event.currentTarget.value)} />
      </Field>
    </Dialog>
  );
}

function Rotate({ apiKey, onClose, onMade }: { apiKey: Key; onClose: () => void; onMade: OnMade }) {
  const [minutes, setMinutes] = useState("60");
  const rotate = async (): Promise<void> =>
    onMade(await post("/api/v1/keys/{key_id}/rotate", { path: { key_id: apiKey.id }, body: { overlap_minutes: Number(minutes) } }));
  return (
    <Dialog title={`Rotate ${apiKey.name}?`} action="Rotate key" onClose={onClose} onConfirm={rotate}>
      <p>The key gets another text, which is shown once.</p>
      <Field label="Minutes for which the present text stays good">
        <input type="number" min={0} max={43200} required value={minutes} onInput={(event) => setMinutes(event.currentTarget.value)} />
      </Field>
    </Dialog>
  );
}
