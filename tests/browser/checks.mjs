// Drives the page in Chromium: `node checks.mjs URL KEYS FOLDER`. Writes a JSON line for each check, as it ends.
// The page's own node_modules have the browser; each check has a context of its own, and fails on any message on the console.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [url, keysText, folder] = process.argv.slice(2);
const keys = JSON.parse(keysText);
const page_folder = createRequire(new URL("../../web/package.json", import.meta.url));
const { default: carried } = await import(pathToFileURL(page_folder.resolve("@sparticuz/chromium")));
const { chromium } = page_folder("playwright-core");
const axe = page_folder.resolve("axe-core/axe.min.js");

// It is made for a place with one process and little memory: what would switch the browser's own rules off is left out.
const SWITCHED_OFF = ["--single-process", "--no-zygote", "--disable-web-security", "--allow-running-insecure-content"];
const args = carried.args.filter((arg) => !SWITCHED_OFF.includes(arg));
const browser = await chromium.launch({ executablePath: await carried.executablePath(), args, headless: true, env: { ...process.env, LANG: "C", LC_ALL: "C" } });

const PAGES = {
  overview: "overview",
  submit: "submit",
  jobs: "jobs",
  job: "jobs/job-done",
  "failed-job": "jobs/job-hostile",
  bulks: "bulks",
  bulk: "bulks/bulk-years",
  formats: "formats/trivy",
  tenants: "tenants",
  keys: "keys",
  webhooks: "webhooks",
  audit: "audit",
};
const TRIVY = {
  SchemaVersion: 2,
  ArtifactName: "shop:1",
  ArtifactType: "container_image",
  Results: [{ Target: "t", Vulnerabilities: [{ VulnerabilityID: "CVE-2026-1", PkgName: "a", InstalledVersion: "1", Severity: "HIGH" }] }],
};

const checks = [];
const check = (name, work) => checks.push({ name, work });

/** One context: `page`, and what it must not have said. `expected` are messages of refusals that the check itself brings about. */
async function within({ scheme = "light", width = 1280, height = 860, expected = [], key = keys.operator, state, elsewhere, locale = "en-US" } = {}, work) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale: locale ?? undefined, timezoneId: "UTC", storageState: state });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const said = [];
  const foreign = [];
  const isOurs = (...addresses) => !(elsewhere && addresses.some((at) => at.startsWith(elsewhere)));
  page.on("console", (message) => isOurs(message.location().url, page.url()) && said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`error: ${error}`));
  page.on("request", (request) => new URL(request.url()).host === new URL(url).host || request.url().startsWith("data:") || !isOurs(request.url(), request.frame().url()) || foreign.push(request.url()));
  try {
    if (key) await signIn(page, key);
    await work(page, context);
    assert.deepEqual(said.filter((message) => !expected.some((part) => message.includes(part))), [], "the console is silent");
    assert.deepEqual(foreign, [], "no foreign host is asked");
    assert.equal(await page.evaluate(() => window.hacked), undefined, "nothing of a report is run");
  } catch (error) {
    await shot(page, `failed-${Date.now()}`);
    throw new Error(`${error}; the console: ${said.join(" | ") || "silent"}`, { cause: error });
  } finally {
    await context.close();
  }
}

async function signIn(page, key) {
  await page.goto(url);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
}

async function open(page, path) {
  await page.goto(`${url}/#/${path}`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForFunction(() => !document.querySelector(".loading"));
  await page.waitForTimeout(150); // a chart is drawn when its card has its size
}

async function control(path) {
  const answer = await fetch(`${url}/-/${path}`, { method: path === "sockets" ? "GET" : "POST" });
  assert.ok(answer.ok, path);
  return answer.json();
}

/** Nothing serious or critical by axe; in another theme only what a theme can change is looked at again. */
async function audit(page, where, rules) {
  await page.evaluate(await axeSource());
  const options = { resultTypes: ["violations"], ...(rules ? { runOnly: { type: "rule", values: rules } } : {}) };
  const { violations } = await page.evaluate((given) => window.axe.run(document, given), options);
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`);
  assert.deepEqual(told, [], where);
}

let source;
async function axeSource() {
  const { readFile } = await import("node:fs/promises");
  source ??= await readFile(axe, "utf8");
  return source;
}

async function shot(page, name) {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

for (const [scheme, rules] of [["light"], ["dark", ["color-contrast"]]]) {
  check(`every page is accessible in ${scheme}`, () =>
    within({ scheme, key: null }, async (page) => {
      await page.goto(url);
      await page.getByLabel("API key").waitFor();
      await audit(page, "sign-in", rules);
      await shot(page, `${scheme}-sign-in`);
      await signIn(page, keys.operator);
      for (const [name, path] of Object.entries(PAGES)) {
        await open(page, path);
        await audit(page, name, rules);
        await shot(page, `${scheme}-${name}`);
      }
    }));
}

check("every page fits a phone", () =>
  within({ width: 360, height: 740 }, async (page) => {
    for (const [name, path] of Object.entries(PAGES)) {
      await open(page, path);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(over, 0, name);
      await shot(page, `phone-${name}`);
    }
  }));

check("it is drawn where the browser's language is no language", () =>
  within({ locale: null }, async (page, context) => {
    const elsewhere = await context.newPage();
    assert.equal(await elsewhere.evaluate(() => navigator.language), "en-US@posix", "as Chromium has it under LANG=C");
    await open(page, "overview");
    await page.locator(".chart canvas").first().waitFor();
  }));

check("it is there within a second", () =>
  within({ key: null }, async (page) => {
    const painted = [];
    for (let turn = 0; turn < 3; turn++) {
      await page.goto(url);
      await page.getByLabel("API key").waitFor();
      painted.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime));
    }
    assert.ok(Math.min(...painted) < 1000, `${painted} ms: the machine may be busy once, not each time`);
  }));

check("a key opens the page, is kept nowhere, and the page closes again", () =>
  within({ key: null, expected: ["403 (Forbidden)"] }, async (page, context) => {
    await page.goto(url);
    await page.getByLabel("API key").fill("wrong");
    await page.getByLabel("API key").press("Enter");
    await page.getByRole("alert").getByText("the API key is not valid").waitFor();
    await page.getByLabel("API key").fill(keys.admin);
    await page.getByLabel("API key").press("Enter");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
    assert.ok(!kept.includes(keys.admin));
    const [cookie] = await context.cookies();
    assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Lax"]);
    await page.reload();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API key").waitFor();
  }));

check("a person signs in at the issuer, sees what the claims allow, and signs out there too", () =>
  within({ key: null, elsewhere: new URL(keys.issuer).origin, expected: ["404 (Not Found)", "ERR_FAILED"] }, async (page, context) => {
    await context.route(({ hostname }) => hostname !== "127.0.0.1", (route) => route.abort()); // style sheets of the issuer's pages
    await page.goto(url);
    await page.getByRole("link", { name: "Sign in with your organisation" }).click();
    await page.waitForURL(/\/login\//);
    await page.getByLabel("Username").fill(keys.person);
    await page.getByLabel("Password").fill(keys.password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("button", { name: "Authorize" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    assert.equal(new URL(page.url()).origin, new URL(url).origin);
    assert.equal(new URL(page.url()).search, "", "no code stays in the address");
    const session = (await context.cookies(url)).find(({ name }) => name === "phoenix-session");
    assert.deepEqual([session.httpOnly, session.sameSite], [true, "Lax"]);
    const links = await page.getByRole("navigation", { name: "Pages" }).getByRole("listitem").allTextContents();
    assert.deepEqual(links, ["Overview", "Jobs", "Bulks", "Formats"]);
    await page.getByText("payments").first().waitFor();
    await shot(page, "signed-in-by-issuer");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Logout" }).click();
    await page.getByLabel("API key").waitFor();
    assert.equal(new URL(page.url()).origin, new URL(url).origin, "the issuer leads back");
    assert.ok(!(await context.cookies(url)).some(({ name }) => name === "phoenix-session"));
    await page.getByRole("link", { name: "Sign in with your organisation" }).click();
    await page.getByLabel("Password").waitFor();
  }));

check("who only reads is shown nothing that needs more", () =>
  within({ key: keys.reader }, async (page) => {
    const links = await page.getByRole("navigation", { name: "Pages" }).getByRole("listitem").allTextContents();
    assert.deepEqual(links, ["Overview", "Jobs", "Bulks", "Formats"]);
    await open(page, "jobs/job-hostile");
    assert.equal(await page.getByRole("button", { name: "Retry" }).count(), 0);
    await open(page, "overview");
    assert.equal(await page.getByText("Slowest tenants").count(), 0);
  }));

check("a session that has ended is said to have", () =>
  within({ expected: ["401 (Unauthorized)"] }, async (page, context) => {
    await context.clearCookies();
    await page.getByRole("link", { name: "Jobs", exact: true }).click();
    await page.getByText("Your session has ended").waitFor();
  }));

check("reports are looked at, sent, and followed to their end", () =>
  within({ key: keys.admin }, async (page) => {
    await open(page, "submit");
    const file = (name, text) => ({ name, mimeType: "application/json", buffer: Buffer.from(text) });
    await page.getByLabel("Choose files").setInputFiles([file("shop.json", JSON.stringify(TRIVY)), file("odd.json", '{"a": 1}'), file("away.json", "{}")]);
    await page.getByRole("listitem").filter({ hasText: "shop.json" }).getByText("trivy").waitFor();
    await page.getByRole("button", { name: "Remove away.json" }).click();
    await page.getByLabel("Merge").check();
    await page.getByRole("textbox", { name: "Assessment" }).fill("from the page");
    await page.getByRole("button", { name: "Send 2 reports" }).click();
    await page.getByRole("link", { name: "shop.json" }).waitFor();
    await page.getByRole("link", { name: "odd.json" }).waitFor();
    await control("work");
    await page.getByRole("listitem").filter({ hasText: "shop.json" }).getByText("running").waitFor();
    await shot(page, "light-submitting");
    await control("finish");
    await page.getByRole("listitem").filter({ hasText: "shop.json" }).getByText("412 findings").waitFor();
    await page.getByRole("link", { name: "shop.json" }).click();
    await page.getByText("from the page").first().waitFor();
    await page.locator("dd", { hasText: /^merge$/ }).waitFor();
  }));

check("a large report goes in parts", () =>
  within({ key: keys.admin }, async (page) => {
    const report = join(folder, "large.json");
    mkdirSync(folder, { recursive: true });
    writeFileSync(report, JSON.stringify(TRIVY) + " ".repeat(65_000_000));
    await open(page, "submit");
    await page.getByLabel("Choose files").setInputFiles(report);
    await page.getByRole("button", { name: "Send 1 report" }).click();
    await page.getByRole("link", { name: "large.json" }).click();
    await page.getByText(/received large.json in \d+ parts/).waitFor();
    rmSync(report);
  }));

check("a job is followed live, and after a break it goes on where it was", () =>
  within({ key: keys.admin }, async (page) => {
    let sockets = [];
    await page.routeWebSocket(/\/ws\//, (socket) => {
      socket.connectToServer();
      sockets.push(socket);
    });
    const id = await upload(keys.admin, "live.json");
    await open(page, `jobs/${id}`);
    await page.getByText("live", { exact: true }).waitFor();
    await control(`say/${id}?many=3`);
    await page.getByRole("log").getByText("line 3", { exact: true }).waitFor();
    await sockets.at(-1).close({ code: 1011, reason: "a replica ends" });
    await page.getByText("connection lost").waitFor();
    await control(`say/${id}?many=5`);
    await page.getByRole("log").getByText("line 5", { exact: true }).waitFor();
    const lines = (await page.getByRole("log").locator("li span").allTextContents()).filter((line) => line.startsWith("line"));
    assert.deepEqual(lines, ["line 1", "line 2", "line 3", "line 1", "line 2", "line 3", "line 4", "line 5"]);
    const asked = (await control("sockets")).filter((address) => address.includes(id));
    assert.match(asked[0], /after=0$/);
    assert.match(asked.at(-1), /after=[1-9]\d*$/);
    await control("work");
    await page.locator(".timeline .now", { hasText: "Import" }).waitFor();
    await page.locator(".severities li.high", { hasText: "61" }).waitFor(); // before it ends
    await control("finish");
    await page.locator(".timeline .done", { hasText: "Completed" }).waitFor();
    await page.getByText("complete", { exact: true }).waitFor();
  }));

check("what belongs to a job is shown, and what a report says is never markup", () =>
  within({}, async (page) => {
    await open(page, "jobs/job-hostile");
    await page.getByRole("heading", { name: '<img src=x onerror="window.hacked=1">' }).waitFor();
    await page.getByRole("alert").getByText("Phoenix refused it: <img").waitFor();
    await page.getByRole("tab", { name: "Requests (3)" }).click();
    await page.getByRole("cell", { name: "400" }).first().waitFor();
    await page.getByRole("tab", { name: "Skipped (2)" }).click();
    await page.getByRole("cell", { name: "Results[0].Vulnerabilities[1]" }).waitFor();
    await page.getByRole("tab", { name: "Merged and dismissed" }).click();
    await page.getByText("17 findings are the same").waitFor();
    await page.getByText("suppressed").first().waitFor();
    await page.getByRole("cell", { name: "Results[0].Vulnerabilities[15]" }).waitFor();
    const dismissed = page.getByRole("region", { name: "Dismissed findings" });
    await dismissed.getByRole("row", { name: /CVE-2025-4001 shop:1 risk accepted <img/ }).waitFor();
    const merged = page.getByRole("region", { name: "Merged findings" });
    await merged.getByRole("row", { name: /CVE-2024-9 zlib@1\.2 less severe .* severity: 4\.0 description: <img/ }).waitFor();
    await dismissed.scrollIntoViewIfNeeded();
    await shot(page, "set-aside");
    const told = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download merged" }).click();
    assert.equal((await told).suggestedFilename(), "job-hostile-merged.json");
    const report = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download the report" }).click();
    const { readFile } = await import("node:fs/promises");
    assert.match(await readFile(await (await report).path(), "utf8"), /^<img src=x/);
    assert.doesNotMatch((await report).suggestedFilename(), /[<>/"]/);
    await page.getByRole("tab", { name: "Webhooks" }).click();
    await page.getByRole("button", { name: "Send again" }).first().click();
    await page.getByRole("tab", { name: "Log" }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download all events" }).click();
    assert.match((await download).suggestedFilename(), /job-hostile-logs\.jsonl/);
  }));

check("a job is cancelled and tried again", () =>
  within({ key: keys.admin }, async (page) => {
    const id = await upload(keys.admin, "again.json");
    await open(page, `jobs/${id}`);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Cancel job" }).click();
    await page.getByRole("button", { name: "Retry" }).click();
    await page.getByText("queued again by a client").waitFor();
    await page.getByRole("button", { name: "Cancel" }).waitFor();
  }));

check("what retention has removed is not said never to have been", () =>
  within({ key: keys.reader, expected: ["410 (Gone)"] }, async (page) => {
    const id = await upload(keys.admin, "old.json");
    await control("work");
    await control("finish");
    await control(`clean/${id}`);
    await open(page, `jobs/${id}`);
    await page.getByRole("tab", { name: "Skipped (2)" }).click();
    await page.getByText("Which they were is not kept any more.").waitFor();
    await page.getByText("Ran for").waitFor();
    page.on("download", (download) => assert.fail(`${download.suggestedFilename()} is no report`));
    await page.getByRole("button", { name: "Download the report" }).click();
    await page.getByRole("alert").getByText("is not kept any more").waitFor();
  }));

check("a report that is not for who asks says so", () =>
  within({ key: keys.reader, expected: ["403 (Forbidden)"] }, async (page) => {
    const id = await upload(keys.admin, "unnamed.json", { anonymize: "true" });
    await open(page, `jobs/${id}`);
    await page.getByText("Running for").waitFor();
    await page.getByRole("button", { name: "Download the report" }).click();
    await page.getByRole("alert").getByText("Ask an administrator").waitFor();
  }));

check("thousands of jobs are found, ordered, scrolled, and several are done at once", () =>
  within({ key: keys.admin }, async (page) => {
    for (const name of ["many-1.json", "many-2.json", "many-3.json"]) await upload(keys.admin, name);
    await open(page, "jobs");
    await page.getByText(/2,0\d\d in all/).waitFor();
    const rows = page.getByRole("row");
    assert.ok((await rows.count()) < 60, "not all of them are drawn");
    const names = page.locator(".job-name a");
    await page.getByRole("table", { name: "Jobs" }).evaluate((table) => table.scrollTo(0, table.scrollHeight));
    await page.waitForFunction(() => document.querySelector('[role=row]:last-child .job-name a'));
    await page.locator('[aria-rowindex="1900"], [aria-rowindex="2000"], [aria-rowindex="2001"]').first().waitFor();
    await page.getByLabel("Order").selectOption("findings");
    await page.locator(".job-findings", { hasText: "412" }).first().waitFor();
    await page.getByLabel("Search by report").fill("many-");
    await page.getByText("3 found").waitFor();
    assert.deepEqual((await names.allTextContents()).sort(), ["many-1.json", "many-2.json", "many-3.json"]);
    assert.match(page.url(), /q=many-/);
    await page.getByRole("button", { name: "Select all 3" }).click();
    await page.getByText("3 selected").waitFor();
    await page.getByLabel("Select many-2.json").uncheck();
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("dialog").getByText("Cancel 2 jobs?").waitFor();
    await audit(page, "dialog");
    await page.getByRole("button", { name: "Cancel jobs" }).click();
    await page.locator(".status.cancelled").nth(1).waitFor();
    await page.getByRole("dialog").waitFor({ state: "detached" }); // nothing behind it takes what is typed
    await page.getByLabel("State").selectOption("queued");
    await page.getByText("1 found").waitFor();
    await page.getByLabel("Search by report").fill("no such report");
    await page.getByText("No job is like that").waitFor();
  }));

check("a format is found, and a report tried without a job", () =>
  within({ key: keys.admin }, async (page) => {
    await open(page, "formats");
    await page.getByLabel("Search").fill("trivy scan");
    await page.getByRole("link", { name: "Trivy", exact: false }).first().click();
    await page.getByText("trivy image --format json").waitFor();
    await page.getByLabel("Choose a report to try").setInputFiles({ name: "shop.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(TRIVY)) });
    await page.getByRole("heading", { name: "shop.json: trivy" }).waitFor();
    await page.getByText("1 CONTAINER").waitFor();
    await page.getByLabel("Choose a report to try").setInputFiles({ name: "odd.json", mimeType: "application/json", buffer: Buffer.from('{"a": 1}') });
    await page.getByRole("heading", { name: "odd.json: not known" }).waitFor();
  }));

check("a bulk is shown with what it left out", () =>
  within({}, async (page) => {
    await open(page, "bulks");
    await page.getByRole("link", { name: "scans of 2019 to 2025" }).click();
    await page.getByText("1,180").waitFor();
    await page.getByRole("tab", { name: "Left out (4)" }).click();
    await page.getByText("2019/notes.txt").waitFor();
    await page.getByRole("tab", { name: "Log" }).click();
    await page.getByText("1,204 reports in scans.zip").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Cancel bulk" }).click();
    await page.getByText("a client cancels the bulk").waitFor();
  }));

check("a bulk is ordered, its archive sent, and followed", () =>
  within({ key: keys.admin, expected: ["400"] }, async (page) => {
    await open(page, "bulks");
    await page.getByRole("button", { name: "Order a bulk" }).click();
    await audit(page, "the form");
    await shot(page, "bulk-form");
    const order = page.getByRole("button", { name: "Order", exact: true });
    assert.ok(await order.isDisabled(), "nothing is chosen");
    await page.getByRole("textbox", { name: /^Addresses/ }).fill("s3://nobody/allowed");
    await order.click();
    await page.getByRole("alert").getByText("s3://nobody/allowed").waitFor();
    await page.getByRole("textbox", { name: /^Addresses/ }).fill("");
    await page.getByRole("textbox", { name: /^Name/ }).fill("all of 2025");
    await page.getByRole("textbox", { name: /^Leave out/ }).fill("*.md\n  \nold/*");
    await page.getByLabel(/^Archives/).setInputFiles({ name: "scans.zip", mimeType: "application/zip", buffer: Buffer.from("PK\x03\x04 and more") });
    await page.getByLabel("Merge").check();
    const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/api/v1/bulks"));
    await order.click();
    const { archives, ...others } = (await sent).postDataJSON();
    assert.match(archives.join(" "), /^upload-[0-9a-f]{32}$/);
    const rules = [{ pattern: "*.md", skip: true }, { pattern: "old/*", skip: true }];
    assert.deepEqual(others, { name: "all of 2025", prefixes: [], rules, options: { import_type: "merge" } });
    await page.getByRole("heading", { name: "all of 2025" }).waitFor();
    await page.getByRole("progressbar", { name: "Progress" }).waitFor();
    await page.getByText("registering").first().waitFor();
  }));

check("keys are made, shown once, rotated and revoked; the audit log says so", () =>
  within({}, async (page) => {
    await open(page, "keys");
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("ci of the tests");
    await page.getByRole("textbox", { name: "Tenant" }).fill("payments");
    await page.getByRole("button", { name: "Make key" }).click();
    const shown = await page.locator(".notice code").textContent();
    assert.match(shown, /^phxscan_/);
    await page.getByRole("button", { name: "I have it" }).click();
    assert.equal(await page.getByText(shown).count(), 0);
    const row = page.getByRole("row").filter({ hasText: "ci of the tests" });
    await row.getByRole("button", { name: "Rotate" }).click();
    await page.getByRole("button", { name: "Rotate key" }).click();
    assert.notEqual(await page.locator(".notice code").textContent(), shown);
    await row.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("button", { name: "Revoke key" }).click();
    await row.waitFor({ state: "detached" });
    await open(page, "audit");
    await page.getByLabel("Action").fill("key.revoke");
    await page.getByRole("cell", { name: "key.revoke" }).waitFor();
  }));

check("tenants are made, and what they use is shown", () =>
  within({}, async (page) => {
    await open(page, "tenants");
    await page.getByRole("button", { name: "Make a tenant" }).click();
    await page.getByLabel("Name").fill("checkout");
    await page.getByLabel("Title").fill("Checkout");
    await page.getByRole("button", { name: "Make tenant" }).click();
    await page.getByRole("heading", { name: "checkout" }).waitFor();
    await page.getByText("jobs waiting").waitFor();
    await page.getByRole("button", { name: "New webhook secret" }).click();
    await page.getByRole("button", { name: "Make secret" }).click();
    await page.getByText("whsec_").waitFor();
    await page.getByRole("button", { name: "Disable" }).click();
    await page.getByRole("button", { name: "Disable tenant" }).click();
    await page.getByRole("cell", { name: "disabled" }).waitFor();
  }));

check("a webhook that may not be reached says why", () =>
  within({ expected: ["400 (Bad Request)"] }, async (page) => {
    await open(page, "webhooks");
    await page.getByLabel("URL").fill("http://127.0.0.1/");
    await page.getByRole("button", { name: "Send a trial" }).click();
    await page.getByRole("alert").waitFor();
  }));

check("the keyboard alone is enough", () =>
  within({ key: keys.admin }, async (page) => {
    await open(page, "overview");
    await page.reload();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent?.trim()), "Skip to the content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "main");
    await open(page, "jobs/job-done");
    await page.getByRole("tab", { name: "Log" }).focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "tab-requests");
    await page.getByRole("cell", { name: "req-1" }).waitFor();
  }));

check("the theme that is chosen stays", () =>
  within({}, async (page) => {
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const before = await ground();
    await page.getByRole("button", { name: "Theme: auto" }).click();
    await page.getByRole("button", { name: "Theme: light" }).click();
    await page.getByRole("button", { name: "Theme: dark" }).waitFor();
    assert.notEqual(await ground(), before);
    await page.reload();
    await page.getByRole("button", { name: "Theme: dark" }).waitFor();
    assert.notEqual(await ground(), before);
  }));

check("what is not there says where to go", () =>
  within({ expected: ["404 (Not Found)"] }, async (page) => {
    await page.goto(`${url}/#/nowhere`);
    await page.getByText("There is no such page").waitFor();
    await page.goto(`${url}/#/jobs/job-nobody`);
    await page.getByRole("heading", { name: "No such job" }).waitFor();
    await page.getByText("belong to another tenant").waitFor();
  }));

async function upload(key, name, fields = {}) {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append("file", new Blob([JSON.stringify(TRIVY)]), name);
  const answer = await fetch(`${url}/api/v1/upload`, { method: "POST", headers: { "X-API-Key": key }, body: form });
  return (await answer.json()).job_id;
}

/** Checks that change nothing have a lane of their own; the others go one after the other. */
async function run(lane) {
  for (const { name, work } of lane) {
    const began = performance.now();
    let error = null;
    try {
      await work();
    } catch (problem) {
      error = String(problem?.stack ?? problem);
    }
    writeFileSync(1, `${JSON.stringify({ name, error, seconds: Math.round(performance.now() - began) / 1000 })}\n`);
  }
}

const wanted = checks.filter(({ name }) => name.includes(process.env.CHECK ?? ""));
const onlyLooks = ({ name }) => name.startsWith("every page");
await Promise.all([run(wanted.filter(onlyLooks)), run(wanted.filter((each) => !onlyLooks(each)))]);
await browser.close();
