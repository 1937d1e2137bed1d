/** What may be said about reports that are sent, each with what it means. */
import type { Format } from "../api/types";
import type { Options } from "../submitting";
import { Check, Field } from "./basics";

const IMPORTS = [
  ["new", "New", "Replaces what the assessment has: what is no longer found is closed."],
  ["merge", "Merge", "Closes only what the report's own assets no longer have."],
  ["delta", "Delta", "Only adds; nothing is closed."],
] as const;
const PRIORITIES = ["high", "normal", "low"];
const ASSETS = ["INFRA", "WEB", "CLOUD", "CONTAINER", "REPOSITORY", "CODE", "BUILD"];
const SWITCHES = [
  ["include_dismissed", "Include dismissed findings", "Also what a tool or team has put aside, tagged with the reason."],
  ["anonymize", "Anonymise", "Addresses, hosts, users and accounts are replaced, the same way in all reports."],
  ["fix_data", "Repair", "What Phoenix would refuse is repaired and counted."],
  ["enable_batching", "Cut into requests", "Off: one request, or a clear failure if it is too large."],
  ["just_tags", "Tags only", "No findings are imported; the assets get their tags."],
  ["create_empty_assets", "Zero the risk", "Findings keep their place with severity 1.0, tagged with what they had."],
  ["create_inventory_assets", "Inventory", "Assets without findings are imported with one placeholder."],
] as const;

interface Props {
  options: Options;
  onChange: (options: Options) => void;
  formats: readonly Format[];
}

export function OptionFields({ options, onChange, formats }: Props) {
  const set = (to: Partial<Options>): void => onChange({ ...options, ...to });
  return (
    <div class="option-fields">
      <fieldset class="choices">
        <legend>Import</legend>
        {IMPORTS.map(([name, label, hint]) => (
          <label key={name} class="check">
            <input type="radio" name="import_type" checked={options.import_type === name} onChange={() => set({ import_type: name })} />
            <span>
              {label}
              <span class="hint">{hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <Field label="Assessment" hint="The same name makes each scan the next state of one assessment. May hold {scanner}, {stem}, {path}, {asset}, {date}.">
        <input value={options.assessment_name} maxLength={256} placeholder="as the service names it" onInput={(event) => set({ assessment_name: event.currentTarget.value })} />
      </Field>
      <Field label="Scanner" hint="Left empty, the service finds out by the content.">
        <input list="formats" value={options.scanner_type} placeholder="found out" onInput={(event) => set({ scanner_type: event.currentTarget.value })} />
      </Field>
      <datalist id="formats">
        {formats.map(({ slug, scanner }) => (
          <option key={slug} value={slug}>
            {scanner}
          </option>
        ))}
      </datalist>
      <details>
        <summary>More options</summary>
        <Field label="Asset type" hint="Instead of what the format would choose.">
          <select value={options.asset_type} onChange={(event) => set({ asset_type: event.currentTarget.value })}>
            <option value="">As the format has it</option>
            {ASSETS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </Field>
        <Field label="Priority" hint="Among your own jobs that wait; low ones also wait for other teams'.">
          <select value={options.priority} onChange={(event) => set({ priority: event.currentTarget.value as Options["priority"] })}>
            {PRIORITIES.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </Field>
        {SWITCHES.map(([name, label, hint]) => (
          <Check key={name} label={label} hint={hint} checked={options[name]} onChange={(on) => set({ [name]: on })} />
        ))}
        <Field label="Webhook" hint="Told when a job ends; at a public address.">
          <input type="url" value={options.webhook_url} placeholder="https://" onInput={(event) => set({ webhook_url: event.currentTarget.value })} />
        </Field>
      </details>
    </div>
  );
}
