/**
 * HTML report: a result as one file that needs no network and, but for its charts, no script.
 *
 * A content security policy allows exactly the script and the style sheet inside the file, by digest, and no request of
 * any kind; so even a reply that slipped through the escaping could neither run nor call home. Pure.
 */
import { createHash } from 'node:crypto';
import type { DeliveryDetails } from '../result/delivery-details.js';
import type { Result } from '../result/result.js';
import { scriptJson } from './escape.js';
import {
  generatorOverTime,
  latencyByPercentile,
  latencyOverTime,
  rateOverTime,
} from './html/chart-sections.js';
import { deliverySection } from './html/delivery-section.js';
import { allMetrics, environment, outcomes, scenario } from './html/detail-sections.js';
import { markup, trusted } from './html/markup.js';
import { phaseSection } from './html/phase-section.js';
import { scenarioSection } from './html/scenario-section.js';
import { STYLE } from './html/style.js';
import { header, health, keyNumbers, serverLimits, thresholds } from './html/summary-sections.js';
import type { PageAssets } from './page-assets.js';
import { pageData } from './page-data.js';
import { verdictOf } from './verdict.js';

const SECTIONS = [
  health,
  serverLimits,
  thresholds,
  keyNumbers,
  scenarioSection,
  deliverySection,
  rateOverTime,
  latencyOverTime,
  latencyByPercentile,
  phaseSection,
  outcomes,
  generatorOverTime,
  allMetrics,
  scenario,
  environment,
] as const;

/** `details`: of delivery, where the run directory has them. */
export function renderHtml(
  result: Result,
  assets: PageAssets,
  details: DeliveryDetails | null = null,
): string {
  const style = inlined(`${assets.style}\n${STYLE}`);
  const script = inlined(assets.script);
  const policy = [
    "default-src 'none'",
    `script-src '${digest(script)}'`,
    `style-src '${digest(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="mailbench ${result.run.mailbench}">
<title>${result.run.name}: ${verdictOf(result).kind} – mailbench</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#numbers">Skip to the key numbers</a>
<main>
${header(result)}
<noscript><p class="empty">The charts need JavaScript; every number in the tables is here without it.</p></noscript>
${SECTIONS.map((render) => render(result, details))}
</main>
<footer>mailbench ${result.run.mailbench} · <code>${result.run.id}</code></footer>
<script type="application/json" id="data">${trusted(scriptJson(pageData(result)))}</script>
<script>${trusted(script)}</script>
</body>
</html>
`.markup;
}

/** Source that cannot end the element it stands in. */
function inlined(source: string): string {
  return source.replace(/<(?=\/(script|style)|!--)/gi, '\\x3c');
}

function digest(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`;
}
