/**
 * Style: the style sheet of report.html.
 *
 * System fonts, hairlines, one accent. Chart colours are custom properties that page/theme.ts reads; blue, orange, teal
 * and violet stay apart for colour-blind readers, and lines also differ by dash. Dark colours apply to screens only, and
 * `.printing` (set by page/page.ts before a print) and print media always get the light ones. Text meets WCAG AA.
 */
export const STYLE = `
:root {
  --page: #ffffff; --panel: #f7f8fa; --ink: #161b22; --muted: #59636f; --line: #e1e5ea;
  --blue: #1b6ca8; --orange: #c2500a; --teal: #0a7f6c; --violet: #7557b0; --grey: #77828e;
  --shade: rgba(22, 27, 34, .055);
  --good: #13693f; --good-tint: #e3f3ea; --warn: #7d4e00; --warn-tint: #fcf0d8; --bad: #a8200f; --bad-tint: #fce8e5;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif;
  --mono: ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root:not(.printing) {
    --page: #0f1318; --panel: #161c23; --ink: #e4e9ef; --muted: #9aa6b4; --line: #29313b;
    --blue: #5aaae8; --orange: #f2915a; --teal: #45c2aa; --violet: #b49be0; --grey: #8592a1;
    --shade: rgba(228, 233, 239, .06);
    --good: #6fd39d; --good-tint: #12301f; --warn: #f0bd5f; --warn-tint: #33270c; --bad: #ff9a8a; --bad-tint: #3a1712;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.55 var(--sans); font-variant-numeric: tabular-nums;
}
main, footer { max-width: 1016px; margin: 0 auto; }
@media screen and (max-width: 1080px) { main, footer { margin: 0 32px; } }
h1, h2, h3, p, dl, dd, ul, figure { margin: 0; padding: 0; }
small { color: var(--muted); font-size: .9em; margin-left: 8px; }
code, pre { font-family: var(--mono); font-size: .87em; }
.unseen, .skip:not(:focus) {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
.skip:focus { position: absolute; left: 16px; top: 8px; padding: 6px 12px; background: var(--page); color: var(--blue); }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }

.top { padding: 48px 0 36px; }
.brand { color: var(--muted); font-size: 13px; margin-bottom: 22px; }
.brand b { color: var(--ink); letter-spacing: -.01em; }
h1 { font-size: 34px; line-height: 1.2; font-weight: 650; letter-spacing: -.022em; overflow-wrap: anywhere; }
.verdict { margin-top: 8px; font-size: 17px; color: var(--muted); overflow-wrap: anywhere; }
.load { margin-top: 18px; color: var(--muted); font-size: 13px; overflow-wrap: anywhere; }
.badge, .chip {
  display: inline-block; border-radius: 999px; font-weight: 600; letter-spacing: 0; white-space: nowrap; vertical-align: middle;
}
.badge { font-size: 14px; padding: 3px 13px; margin-left: 8px; line-height: 1.5; }
.chip { font-size: 12px; padding: 1px 9px; line-height: 1.6; }
h2 .chip { margin-left: 6px; }
.badge.passed, .chip.ok { color: var(--good); background: var(--good-tint); }
.badge.failed, .chip.invalid { color: var(--bad); background: var(--bad-tint); }
.badge.aborted, .badge.invalid, .chip.degraded { color: var(--warn); background: var(--warn-tint); }

section { border-top: 1px solid var(--line); padding: 34px 0 40px; }
h2 { font-size: 20px; line-height: 1.3; font-weight: 640; letter-spacing: -.012em; }
h3 { font-size: 15px; font-weight: 640; margin: 28px 0 8px; }
.lead { color: var(--muted); max-width: 74ch; margin-top: 5px; }
.empty { color: var(--muted); background: var(--panel); border-radius: 8px; padding: 14px 18px; margin-top: 16px; }

.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(165px, 1fr)); gap: 18px 28px; margin-top: 22px; }
.top .facts, #environment .facts { grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); }
.facts dt, .numbers dt { color: var(--muted); font-size: 13px; }
.facts dd { overflow-wrap: anywhere; }
.numbers { display: grid; grid-template-columns: repeat(6, 1fr); gap: 24px 0; margin-top: 24px; }
.numbers div { padding: 2px 18px; border-left: 1px solid var(--line); }
.numbers div:first-child { padding-left: 0; border-left: 0; }
.numbers dd { font-size: 27px; line-height: 1.35; font-weight: 620; letter-spacing: -.02em; white-space: nowrap; }
.numbers dd.hint { font-size: 12.5px; font-weight: 400; letter-spacing: 0; color: var(--muted); white-space: normal; }
.reasons { list-style: none; margin-top: 18px; display: grid; gap: 8px; }
.reasons li { padding: 10px 16px; border-left: 3px solid var(--warn); background: var(--warn-tint); border-radius: 0 6px 6px 0; max-width: 92ch; overflow-wrap: anywhere; }
.reasons.invalid li { border-color: var(--bad); background: var(--bad-tint); }

.scroll { overflow-x: auto; margin-top: 20px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
caption { text-align: left; color: var(--muted); font-size: 13px; padding-bottom: 8px; }
th, td { text-align: left; font-weight: 400; padding: 8px 18px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-size: 13px; padding-top: 0; }
tbody tr:last-child > * { border-bottom: 0; }
.number { text-align: right; }
.wide { width: 60%; white-space: normal; }
.wide { min-width: 14ch; }
.wide code { overflow-wrap: anywhere; } .wide code.measure { overflow-wrap: normal; }
section > ul, section > ol { margin: 14px 0 0 1.4em; } section > ul li, section > ol li { margin-top: 4px; }
.sample { display: block; min-width: 34ch; overflow-wrap: anywhere; color: var(--muted); }
.tagged { color: var(--muted); padding-left: 1.4em; }
#metrics th, #metrics td { padding-top: 5px; padding-bottom: 5px; }

.chart { position: relative; margin-top: 20px; }
.plot { min-height: 300px; }
html:not(.drawn) .plot, html:not(.drawn) .scales { display: none; }
.scales { display: inline-flex; position: absolute; right: 0; bottom: calc(100% + 6px); z-index: 2; border: 1px solid var(--line); border-radius: 7px; overflow: hidden; background: var(--page); }
.scales button { font: 500 12.5px/1 var(--sans); color: var(--muted); background: none; border: 0; padding: 7px 12px; cursor: pointer; }
.scales button[aria-pressed="true"] { color: var(--ink); background: var(--panel); }
.uplot { font-family: var(--sans); }
.uplot .u-legend { text-align: left; margin: 0; padding: 6px 0 0 62px; font-size: 12.5px; color: var(--muted); display: block; width: auto; }
.uplot .u-legend tbody { display: flex; flex-wrap: wrap; gap: 0 20px; }
.uplot .u-legend tr { margin: 0; display: block; }
.uplot .u-legend th, .uplot .u-legend td { border: 0; padding: 3px 0; font-weight: 400; }
.uplot .u-legend .u-label { color: var(--ink); }
.uplot .u-legend th::after { content: ""; }
.uplot .u-legend .u-value { color: var(--muted); padding-left: 6px; min-width: 4.6em; }
.uplot .u-legend tr:first-child .u-marker { display: none; }
.uplot .u-legend .u-marker { width: 14px; height: 3px; border-radius: 2px; margin-right: 7px; border: 0 !important; }
.uplot .u-select { background: var(--shade); }
.u-hz .u-cursor-x, .u-vt .u-cursor-y { border-right-color: var(--grey); }
.u-hz .u-cursor-y, .u-vt .u-cursor-x { border-bottom-color: var(--grey); }

.picture { display: block; width: 100%; min-width: 560px; margin-top: 18px; font: 12px var(--sans); }
.picture text { fill: var(--ink); } .picture text.tick { fill: var(--muted); text-anchor: middle; } .picture text.start { text-anchor: start; } .picture text.end { text-anchor: end; fill: var(--muted); }
.picture .grid { stroke: var(--line); } .picture .zero { stroke: var(--grey); stroke-width: 1.5; }
.picture .margin { fill: var(--shade); }
.picture .interval { stroke: var(--blue); stroke-width: 3; stroke-linecap: round; } .picture .estimate { fill: var(--blue); }
.picture .worse .interval, .picture line.worse { stroke: var(--bad); } .picture .worse .estimate { fill: var(--bad); }
.picture .better .interval, .picture line.better { stroke: var(--good); } .picture .better .estimate { fill: var(--good); }
.picture .inconclusive .interval { stroke: var(--orange); } .picture .inconclusive .estimate { fill: var(--orange); }
.picture .trial circle { stroke: var(--bad); stroke-width: 2; fill: none; } .picture .trial.pass circle { fill: var(--good); stroke: var(--good); } .picture .trial line { stroke: var(--grey); stroke-width: 2; }
.pairs { min-width: 0; } .pairs .pair line { stroke: var(--grey); stroke-width: 1.5; } .pairs .pair line.worse { stroke: var(--bad); } .pairs .pair line.better { stroke: var(--good); }
.pairs circle { fill: var(--muted); }
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 22px; margin-top: 18px; }
.multiples figcaption { font-size: 13px; color: var(--muted); overflow-wrap: anywhere; }
.curve { fill: none; stroke-width: 2; } .curve.c0 { stroke: var(--blue); } .curve.c1 { stroke: var(--orange); stroke-dasharray: 7 4; }
.curve.c2 { stroke: var(--teal); stroke-dasharray: 2 3; } .curve.c3 { stroke: var(--violet); stroke-dasharray: 10 3 2 3; }
.key.c0 { background: var(--blue); } .key.c1 { background: var(--orange); } .key.c2 { background: var(--teal); } .key.c3 { background: var(--violet); }
.shares { display: block; border-radius: 5px; margin-top: 22px; }
.shares rect { stroke: var(--page); stroke-width: 1px; }
.keys { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 22px; margin-top: 10px; font-size: 13px; color: var(--muted); }
.keys b { color: var(--ink); font-weight: 600; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 8px; }
rect.session { fill: var(--grey); } rect.envelope { fill: var(--teal); } rect.content { fill: var(--blue); }
.key.session { background: var(--grey); } .key.envelope { background: var(--teal); } .key.content { background: var(--blue); }
rect.light { opacity: .28; }
.bars { display: block; min-width: 120px; margin-top: 3px; }
.sums { list-style: none; display: grid; gap: 5px; font-size: 14px; }
.sums b { display: inline-block; min-width: 9em; font-weight: 400; color: var(--muted); }
.sums .broken { color: var(--bad); font-weight: 600; }
pre { margin: 18px 0 0; padding: 18px 20px; background: var(--panel); border-radius: 8px; overflow-x: auto; line-height: 1.5; font-size: 13px; }
pre code { font-size: inherit; }
footer { color: var(--muted); font-size: 13px; padding-top: 22px; padding-bottom: 48px; border-top: 1px solid var(--line); }

@media (max-width: 900px) {
  .scales { position: static; margin-bottom: 10px; }
  .numbers { grid-template-columns: repeat(3, 1fr); }
  .numbers div:nth-child(3n + 1) { padding-left: 0; border-left: 0; }
}
@media (max-width: 560px) {
  main, footer { margin: 0 18px; }
  .top { padding: 28px 0 26px; }
  section { padding: 26px 0 30px; }
  h1 { font-size: 27px; }
  .badge { margin-left: 0; }
  .facts, .top .facts, #environment .facts { grid-template-columns: repeat(2, 1fr); gap: 14px 18px; }
  .numbers { grid-template-columns: repeat(2, 1fr); }
  .numbers div, .numbers div:nth-child(3n + 1) { padding: 2px 14px; border-left: 1px solid var(--line); }
  .numbers div:nth-child(2n + 1) { padding-left: 0; border-left: 0; }
  .uplot .u-legend { padding-left: 0; }
  th.wide { min-width: 20ch; }
  .sample { min-width: 56ch; }
  #phases .wide { min-width: 84px; }
  .bars { min-width: 76px; }
  .plot { min-height: 0; }
  .sums b { display: block; }
}
@media print {
  @page { margin: 14mm; }
  body { font-size: 12px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main, footer { max-width: none; margin: 0; }
  .top { padding: 0 0 20px; }
  h1 { font-size: 25px; }
  h2 { font-size: 16px; }
  .verdict { font-size: 14px; }
  .facts { grid-template-columns: repeat(5, 1fr); gap: 10px 16px; margin-top: 14px; }
  .top .facts, #environment .facts { grid-template-columns: repeat(4, 1fr); }
  .facts dt, .numbers dt, .load, .brand, .keys, .sums, caption, thead th { font-size: 10.5px; }
  .chip { font-size: 10px; padding: 0 7px; }
  .uplot .u-legend { font-size: 10.5px; }
  .uplot .u-legend tr:first-child, .uplot .u-legend .u-value { display: none; }
  section { padding: 18px 0 20px; }
  h2, h3, .lead, caption { break-after: avoid; }
  .chart, .numbers, .facts, .reasons li, tr, .shares { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  table { font-size: 11px; }
  th, td { padding: 5px 10px 5px 0; white-space: normal; }
  .number { white-space: nowrap; }
  .wide { width: auto; }
  .sample { min-width: 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 10.5px; }
  .numbers { grid-template-columns: repeat(6, 1fr); }
  .numbers div, .numbers div:nth-child(3n + 1) { padding: 0 10px; border-left: 1px solid var(--line); }
  .numbers div:first-child { padding-left: 0; border-left: 0; }
  .numbers dd { font-size: 18px; }
  .numbers dd.hint { font-size: 10.5px; }
  .skip, .scales { display: none; }
}
`;
