import type { UsesInfo } from 'nestjs-tempid';
import { html, type Html } from './html.js';

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'email' | 'password';
  readonly value?: string;
  readonly autocomplete: string;
  /** The keyboard of a phone, where the type does not say it. */
  readonly inputmode?: 'numeric';
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
}

/** A labelled field; its hint and its error are read out with it. */
export function field({
  name,
  label,
  type = 'text',
  value,
  autocomplete,
  inputmode,
  hint,
  error,
}: Field): Html {
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${error !== undefined && html`<p class="error" id="${name}-error" role="alert">${error}</p>`}
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      value="${value}"
      autocomplete="${autocomplete}"
      maxlength="200"
      ${inputmode !== undefined && html`inputmode="${inputmode}"`}
      ${described !== '' && html`aria-describedby="${described}"`}
      ${error !== undefined && html`aria-invalid="true" autofocus`}
    />
  </div>`;
}

/** A box that sends `yes`, with its label beside it. */
export function checkbox({
  name,
  label,
  hint,
  checked,
}: Pick<Field, 'name' | 'label'> & { readonly hint: string; readonly checked: boolean }): Html {
  return html`<div class="check">
    <input
      id="${name}"
      name="${name}"
      type="checkbox"
      value="yes"
      aria-describedby="${name}-hint"
      ${checked && html`checked`}
    />
    <label for="${name}">${label}</label>
    <p class="hint" id="${name}-hint">${hint}</p>
  </div>`;
}

/** One of several, with its label and its hint. */
export function choice({
  name,
  legend,
  options,
  chosen,
}: {
  readonly name: string;
  readonly legend: string;
  readonly options: readonly Record<'value' | 'label' | 'hint', string>[];
  readonly chosen: string;
}): Html {
  return html`<fieldset class="choice">
    <legend>${legend}</legend>
    ${options.map(({ value, label, hint }) => {
      const id = `${name}-${value}`;
      return html`<div class="check">
        <input
          id="${id}"
          name="${name}"
          type="radio"
          value="${value}"
          aria-describedby="${id}-hint"
          ${value === chosen && html`checked`}
        />
        <label for="${id}">${label}</label>
        <p class="hint" id="${id}-hint">${hint}</p>
      </div>`;
    })}
  </fieldset>`;
}

/** What to try, step by step. */
export function tryThis(...steps: readonly Html[]): Html {
  return html`<aside class="try" aria-labelledby="try">
    <h2 id="try">Try this</h2>
    <ol>
      ${steps.map((step) => html`<li>${step}</li>`)}
    </ol>
  </aside>`;
}

/** The result of what the person just did. */
export function notice(text: Html | string): Html {
  return html`<div class="notice" role="status"><p>${text}</p></div>`;
}

/** `2 of 3 places left`, with one stub for each. */
export function usesLeft({ total, left }: UsesInfo, what: string): Html {
  if (total === null || left === null) return html`<p>No limit.</p>`;
  const stubs = Array.from({ length: total }, (_, index) =>
    index < left ? html`<span class="stub"></span>` : html`<span class="stub spent"></span>`,
  );
  return html`<p class="uses">
    <span class="stubs" aria-hidden="true">${stubs}</span>
    <span><strong>${left}</strong> of ${total} ${what} left</span>
  </p>`;
}

const MOMENT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
});

/** A moment for mails and pages, in the time of this machine. */
export function momentText(moment: Date): string {
  return MOMENT.format(moment);
}

const UNTIL = new Intl.RelativeTimeFormat('en-GB');

/** `in 6 days`, `in 5 hours` or `in 12 minutes`. */
export function timeUntil(moment: Date): string {
  const minutes = Math.max(0, Math.ceil((moment.getTime() - Date.now()) / 60_000));
  const hours = Math.round(minutes / 60);
  if (hours < 1) return UNTIL.format(minutes, 'minute');
  return hours < 48 ? UNTIL.format(hours, 'hour') : UNTIL.format(Math.round(hours / 24), 'day');
}
