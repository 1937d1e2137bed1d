/** The frame of all pages: who is signed in, where one is, and the way to everything else. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { address, get, post, whenSignedOut } from "./api/client";
import type { Me, Scope } from "./api/types";
import { Button, Loading, Problem } from "./components/basics";
import { Logo } from "./components/logo";
import { useLoaded } from "./hooks";
import { AuditPage } from "./pages/audit";
import { BulkPage } from "./pages/bulk";
import { BulksPage } from "./pages/bulks";
import { FormatsPage } from "./pages/formats";
import { JobPage } from "./pages/job";
import { JobsPage } from "./pages/jobs";
import { KeysPage } from "./pages/keys";
import { OverviewPage } from "./pages/overview";
import { SignIn } from "./pages/sign_in";
import { SubmitPage } from "./pages/submit";
import { TenantsPage } from "./pages/tenants";
import { WebhooksPage } from "./pages/webhooks";
import { type Place, linkTo, usePlace } from "./router";
import { ANYBODY, type Session, SessionContext, may } from "./session";
import { applyTheme, nextTheme, savedTheme } from "./theme";

const PAGES: readonly { path: string; label: string; scope?: Scope }[] = [
  { path: "overview", label: "Overview" },
  { path: "submit", label: "Submit", scope: "submit" },
  { path: "jobs", label: "Jobs" },
  { path: "bulks", label: "Bulks" },
  { path: "formats", label: "Formats" },
  { path: "tenants", label: "Tenants", scope: "admin" },
  { path: "keys", label: "Keys", scope: "admin" },
  { path: "webhooks", label: "Webhooks", scope: "admin" },
  { path: "audit", label: "Audit", scope: "admin" },
];

export function App() {
  const state = useLoaded((signal) => get("/auth/state", { signal }), []);
  const [me, setMe] = useState<Me | null>();
  useEffect(() => {
    if (state.value) setMe(state.value.me);
  }, [state.value]);
  useEffect(() => whenSignedOut(() => setMe(null)), []);
  const wasSignedIn = useRef(false);
  if (me) wasSignedIn.current = true;
  if (state.error) return <Problem error={state.error} retry={state.reload} />;
  if (!state.value || me === undefined) return <Loading />;
  if (state.value.needs_key && !me) {
    return <SignIn state={state.value} hasEnded={wasSignedIn.current} onSignedIn={setMe} />;
  }
  const session: Session = me ? { tenant: me.tenant, actor: me.actor, scopes: me.scopes as Scope[] } : ANYBODY;
  const leave = async (): Promise<void> => {
    const { end_session_url: elsewhere } = await post("/auth/logout");
    wasSignedIn.current = false;
    if (elsewhere) location.assign(elsewhere);
    else setMe(null);
  };
  return (
    <SessionContext.Provider value={session}>
      <Frame session={session} onLeave={me ? leave : undefined} />
    </SessionContext.Provider>
  );
}

function Frame({ session, onLeave }: { session: Session; onLeave?: () => Promise<void> }) {
  const place = usePlace();
  const here = place.parts[0] ?? "overview";
  const main = useRef<HTMLElement>(null);
  const path = place.parts.join("/");
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
    scrollTo(0, 0);
    showCurrent();
  }, [path]);
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>
        Skip to the content
      </a>
      <nav class="side" aria-label="Pages">
        <a href={linkTo("overview")} aria-label="Phoenix Scanner, overview">
          <Logo />
        </a>
        <ul>
          {PAGES.filter(({ scope }) => !scope || may(session, scope)).map(({ path: name, label }) => (
            <li key={name}>
              <a href={linkTo(name)} aria-current={here === name ? "page" : undefined}>
                {label}
              </a>
            </li>
          ))}
        </ul>
        <div class="side-foot">
          <p class="who">
            <strong>{session.tenant}</strong>
            <span>{session.actor}</span>
          </p>
          <div class="actions">
            <ThemeButton />
            {onLeave && <Button kind="quiet" onClick={onLeave}>Sign out</Button>}
          </div>
          <p class="links">
            <a href={address("docs").href}>API</a>
          </p>
        </div>
      </nav>
      <main id="main" ref={main} tabIndex={-1}>
        <Page place={place} />
      </main>
    </div>
  );
}

/** On a phone the pages are in a row, which is longer than the screen. `scrollIntoView` would also move where Tab begins. */
function showCurrent(): void {
  const current = document.querySelector<HTMLElement>(".side [aria-current]");
  const list = current?.closest("ul");
  if (current && list) list.scrollLeft = current.offsetLeft - list.offsetLeft - 16;
}

function Page({ place }: { place: Place }) {
  const [page = "overview", id] = place.parts;
  switch (page) {
    case "overview":
      return <OverviewPage />;
    case "submit":
      return <SubmitPage />;
    case "jobs":
      return id ? <JobPage key={id} id={id} /> : <JobsPage query={place.query} />;
    case "bulks":
      return id ? <BulkPage key={id} id={id} /> : <BulksPage />;
    case "formats":
      return <FormatsPage slug={id} />;
    case "tenants":
      return <TenantsPage name={id} />;
    case "keys":
      return <KeysPage />;
    case "webhooks":
      return <WebhooksPage />;
    case "audit":
      return <AuditPage />;
    default:
      return (
        <div class="empty">
          <h1>There is no such page</h1>
          <p>
            The <a href={linkTo("overview")}>overview</a> leads everywhere.
          </p>
        </div>
      );
  }
}

function ThemeButton() {
  const [theme, setTheme] = useState(savedTheme);
  const change = useCallback(() => setTheme((now) => applyTheme(nextTheme(now))), []);
  return (
    <Button kind="quiet" onClick={change} title="Light, dark, or as the system has it">
      Theme: {theme}
    </Button>
  );
}
