/** The pieces that all pages are made of. */
import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { ApiError } from "../api/client";
import { SEVERITIES } from "../api/types";
import { count } from "../format";

type Children = { children?: ComponentChildren };

export function PageHead({ title, lead, children }: { title: string; lead?: ComponentChildren } & Children) {
  return (
    <header class="page-head">
      <div>
        <h1>{title}</h1>
        {lead && <p class="lead">{lead}</p>}
      </div>
      {children && <div class="actions">{children}</div>}
    </header>
  );
}

export function Card({ title, aside, children, class: more = "" }: { title?: ComponentChildren; aside?: ComponentChildren; class?: string } & Children) {
  return (
    <section class={`card ${more}`}>
      {title && (
        <div class="card-head">
          <h2>{title}</h2>
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  kind?: "primary" | "plain" | "danger" | "quiet";
  disabled?: boolean;
  type?: "button" | "submit";
};

export function Button({ kind = "plain", type = "button", class: _, ...rest }: ButtonProps) {
  return <button type={type} class={`button ${kind}`} {...rest} />;
}

const WORDS: Record<string, string> = { processing: "running" };

export function Status({ status }: { status: string }) {
  return <span class={`status ${status}`}>{WORDS[status] ?? status}</span>;
}

export function Progress({ value, label }: { value: number; label: string }) {
  return (
    <span class="progress" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(value)}>
      <span style={{ width: `${Math.min(Math.max(value, 0), 100)}%` }} />
    </span>
  );
}

export function Empty({ title, children }: { title: string } & Children) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      <p>{children}</p>
    </div>
  );
}

const ADVICE: Record<string, string> = {
  insufficient_scope: "Ask an administrator of your tenant for a key with that scope.",
  limit_reached: "The page goes on by itself once there is room again.",
  database_unavailable: "Nothing is lost; the page tries again by itself.",
  storage_unavailable: "Nothing is lost; the page tries again by itself.",
};

export function Problem({ error, retry }: { error: Error | undefined; retry?: () => void }) {
  if (!error) return null;
  const advice = error instanceof ApiError ? ADVICE[error.code] : undefined;
  return (
    <div class="problem" role="alert">
      <p>
        {error.message} {advice}
      </p>
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

export function Loading() {
  return (
    <p class="loading" role="status">
      Loading …
    </p>
  );
}

export function Facts({ facts }: { facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Field({ label, hint, children }: { label: string; hint?: ComponentChildren } & Children) {
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      {children}
      {hint && <span class="hint">{hint}</span>}
    </label>
  );
}

export function Check({ label, hint, checked, onChange }: { label: string; hint: string; checked: boolean; onChange: (on: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>
        {label}
        <span class="hint">{hint}</span>
      </span>
    </label>
  );
}

/** Findings by severity, as one bar and its numbers. */
export function Severities({ found }: { found: Readonly<Record<string, number>> }) {
  const total = SEVERITIES.reduce((sum, name) => sum + (found[name] ?? 0), 0);
  if (!total) return <p class="hint">No findings.</p>;
  return (
    <div class="severities">
      <div class="severity-bar" aria-hidden="true">
        {SEVERITIES.map((name) => (
          <span key={name} class={name} style={{ flexGrow: found[name] ?? 0 }} />
        ))}
      </div>
      <ul>
        {SEVERITIES.map((name) => (
          <li key={name} class={name}>
            <span class="severity-name">{name}</span>
            <strong>{count(found[name] ?? 0)}</strong>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function Tabs<T extends string>({ tabs, chosen, choose }: { tabs: readonly (readonly [T, string])[]; chosen: T; choose: (tab: T) => void }) {
  const move = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    const place = tabs.findIndex(([name]) => name === chosen);
    const next = tabs[(place + step + tabs.length) % tabs.length];
    if (!next) return;
    choose(next[0]);
    document.getElementById(`tab-${next[0]}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" onKeyDown={move}>
      {tabs.map(([name, label]) => (
        <button
          key={name}
          id={`tab-${name}`}
          type="button"
          role="tab"
          aria-selected={name === chosen}
          tabIndex={name === chosen ? 0 : -1}
          onClick={() => choose(name)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

export function Table({ head, children, label }: { head: readonly string[]; label: string } & Children) {
  return (
    <div class="table-frame" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col">
                {name || <span class="unseen">Actions</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
