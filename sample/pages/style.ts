/** The mark of the sample: a ticket with one stub torn off. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#12916d" d="M3 8h26v5a3 3 0 0 0 0 6v5H3v-5a3 3 0 0 0 0-6z"/><path stroke="#ffc45c" stroke-width="2" stroke-dasharray="2.5 2" d="M20 9v14"/></svg>`;

/** Of buttons and links, in each mode. */
export const GREEN = { light: '#0b6b50', dark: '#6fd6b0' } as const;

/** The one stylesheet. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --back: #f1f4f2; --card: #ffffff; --ink: #15211d; --soft: #4d5d56; --line: #cfd8d3;
  --green: ${GREEN.light}; --on-green: #ffffff; --amber: #f0a92e; --tint: #e3efe9; --red: #a3241f;
  --field: #74837c; --focus: #8a5200;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #101614; --card: #19211e; --ink: #e8eeeb; --soft: #a3b3ab; --line: #33403a;
    --green: ${GREEN.dark}; --on-green: #08251b; --amber: #f3b84b; --tint: #1d3028; --red: #ff9d94;
    --field: #7d8f86; --focus: #f3b84b;
  }
}
*, ::before, ::after { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 68rem; padding: 0 clamp(1rem, 4vw, 2.5rem);
  min-height: 100vh; display: flex; flex-direction: column;
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
html { background: var(--back); color: var(--ink); -webkit-text-size-adjust: 100%; }
h1, h2, p, ul, ol, dl, dd { margin: 0; }
ul { padding: 0; list-style: none; }
a { color: var(--green); text-underline-offset: .18em; }
a:hover { text-decoration-thickness: .14em; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 3px; border-radius: .25rem; }
main:focus { outline: none; }
code { font: .9em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }

.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--card); }
.skip:focus { left: 1rem; top: .5rem; }
.top {
  display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between;
  gap: .25rem 2rem; padding: 1.1rem 0; border-bottom: 1px solid var(--line);
}
.brand {
  display: inline-flex; align-items: center; gap: .6rem; min-height: 2.75rem;
  font-weight: 700; letter-spacing: -.01em; color: var(--ink); text-decoration: none;
}
nav ul { display: flex; flex-wrap: wrap; gap: 0 clamp(.8rem, 3vw, 1.35rem); }
nav a { display: inline-block; padding: .55rem 0; color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--ink); text-decoration: underline; }
nav a[aria-current] { color: var(--ink); font-weight: 600; box-shadow: inset 0 -3px var(--amber); }

main { flex: 1; padding: clamp(2rem, 6vw, 4rem) 0 3rem; }
main > * + *, section > * + *, .card > * + *, .try > * + * { margin-top: 1rem; }
main > section { margin-top: 2.5rem; max-width: 44rem; }
h1 {
  font-size: clamp(2rem, 1.4rem + 3vw, 3.25rem); line-height: 1.08; letter-spacing: -.03em;
  font-weight: 750; text-wrap: balance; max-width: 20ch; overflow-wrap: anywhere;
}
h2 { font-size: 1.2rem; line-height: 1.3; letter-spacing: -.01em; }
.lede { font-size: clamp(1.1rem, 1rem + .5vw, 1.3rem); color: var(--soft); max-width: 40rem; text-wrap: pretty; }
.hint { color: var(--soft); font-size: .95rem; }
footer { border-top: 1px solid var(--line); padding: 1.25rem 0 2rem; color: var(--soft); font-size: .9rem; }

.button {
  display: inline-block; min-height: 2.9rem; padding: .6rem 1.25rem; border: 0; border-radius: .5rem;
  background: var(--green); color: var(--on-green); font: inherit; font-weight: 600; line-height: 1.7rem;
  text-decoration: none; cursor: pointer; overflow-wrap: anywhere;
}
.button:hover { filter: brightness(1.1); text-decoration: underline; }
.button-quiet { background: none; color: inherit; box-shadow: inset 0 0 0 1px var(--soft); }
.actions { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; }

.tickets { display: grid; gap: 1.25rem; margin-top: 2.5rem; }
.ticket {
  display: grid; background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  position: relative;
}
.ticket-body, .ticket-end { padding: 1.4rem clamp(1.1rem, 3vw, 1.75rem); }
.ticket-body > * + * { margin-top: .5rem; }
.ticket-end {
  display: flex; flex-direction: column; gap: 1rem; justify-content: space-between; align-items: start;
  border-top: 2px dashed var(--line); position: relative;
}
.ticket-end::before, .ticket-end::after {
  content: ""; position: absolute; width: 1.3rem; height: 1.3rem; border-radius: 50%;
  background: var(--back); border: 1px solid var(--line); top: calc(-.65rem - 1px);
}
.ticket-end::before { left: -.7rem; clip-path: inset(0 0 0 50%); }
.ticket-end::after { right: -.7rem; clip-path: inset(0 50% 0 0); }
.limits { color: var(--green); font-weight: 650; font-variant-numeric: tabular-nums; }
@media (min-width: 46rem) {
  .ticket:has(.ticket-end) { grid-template-columns: 1fr 19rem; }
  .ticket-end { border-top: 0; border-left: 2px dashed var(--line); }
  .ticket-end::before, .ticket-end::after { left: calc(-.65rem - 1px); right: auto; }
  .ticket-end::before { top: -.7rem; clip-path: inset(50% 0 0 0); }
  .ticket-end::after { top: auto; bottom: -.7rem; clip-path: inset(0 0 50% 0); }
}

.columns { display: grid; gap: 2rem; margin-top: 2rem; align-items: start; }
@media (min-width: 52rem) { .columns { grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr); gap: 3rem; } }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  padding: clamp(1.1rem, 4vw, 1.75rem); max-width: 34rem;
}
.card > [type=hidden] + * { margin-top: 0; }
.field > * + * { margin-top: .3rem; }
label { display: block; font-weight: 600; }
input:not([type=hidden]) {
  display: block; width: 100%; min-height: 2.9rem; padding: .5rem .8rem; font: inherit; color: inherit;
  background: var(--back); border: 1.5px solid var(--field); border-radius: .5rem;
}
input[autocomplete=one-time-code]:not([type=hidden]) {
  max-width: 13rem; font: 700 1.4rem/1.3 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; letter-spacing: .12em;
}
input[aria-invalid] { border-color: var(--red); border-width: 2px; }
.error { color: var(--red); font-weight: 600; }
.try ol { padding-left: 1.4rem; }
.try li + li { margin-top: .6rem; }
.try li::marker { color: var(--soft); font-variant-numeric: tabular-nums; }
dt { color: var(--soft); font-size: .95rem; }
dd + dt { margin-top: .5rem; }

.notice, .aside { border-left: 4px solid var(--green); background: var(--tint); border-radius: 0 .5rem .5rem 0; }
.notice, .aside { padding: .85rem 1.1rem; max-width: 44rem; }
.notice { font-weight: 600; }
.aside > code:last-child { display: block; margin-top: .35rem; }
.aside { border-color: var(--amber); }
.tickets + .actions { margin-top: 1.75rem; }
main > .aside, main > .notice { margin-top: 1.5rem; }
.uses { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; font-size: 1.15rem; }
.stubs { display: inline-flex; gap: .3rem; }
.stub { width: 1.6rem; height: 1.05rem; border-radius: .2rem; background: var(--amber); border: 2px solid var(--amber); }
.stub.spent { background: none; border: 2px dashed var(--field); }
.members { padding-left: 1.4rem; overflow-wrap: anywhere; }

.mails { display: grid; gap: 1.25rem; margin-top: 2rem; }
.mail {
  background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  padding: clamp(1.1rem, 4vw, 1.75rem);
}
.mail > * + * { margin-top: .75rem; }
.mail .envelope { margin-top: .1rem; color: var(--soft); font-size: .95rem; }
.mail p:not(.address) { max-width: 44rem; }
.address { color: var(--soft); font-size: .8rem; line-height: 1.4; border-top: 1px dashed var(--line); padding-top: .75rem; }
.address code { word-break: break-all; }
.mail .code { font: 700 1.75rem/1.3 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; letter-spacing: .04em; }

.check { display: grid; grid-template-columns: auto 1fr; gap: .15rem .75rem; align-items: center; }
.check input[type=checkbox], .check input[type=radio] { width: 1.5rem; min-height: 1.5rem; margin: 0; padding: 0; accent-color: var(--green); }
.check .hint { grid-column: 2; }
.choice { margin-inline: 0; padding: 0; border: 0; min-width: 0; }
.choice legend { padding: 0; font-weight: 600; }
.choice .check { margin-top: .5rem; }
.qr { display: block; width: 100%; max-width: 22rem; background: #fff; fill: #000; border-radius: .5rem; shape-rendering: crispEdges; }
.link button {
  display: inline-block; min-height: 2.9rem; padding: .6rem 1.25rem; border: 0; border-radius: .5rem;
  background: var(--green); color: var(--on-green); font: inherit; font-weight: 600; line-height: 1.7rem; cursor: pointer;
}
.link button:hover { filter: brightness(1.1); text-decoration: underline; }

.pair { display: grid; gap: 1.25rem; }
.pair > * { margin: 0; }
main > section.wide { max-width: none; }
.looks { padding: 0; list-style: none; display: grid; gap: 1.25rem; }
.look { display: grid; gap: .75rem 2rem; padding-top: 1.25rem; border-top: 1px dashed var(--line); }
.look h3 { margin: 0; font-size: 1.05rem; line-height: 1.4; overflow-wrap: anywhere; }
.look dl { display: grid; gap: .75rem 2rem; }
@media (min-width: 40rem) { .pair, .look dl { grid-template-columns: 1fr 1fr; } }
@media (min-width: 60rem) { .look { grid-template-columns: 20rem 1fr; } }
`;
