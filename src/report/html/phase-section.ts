/**
 * Phase section: where the time goes, as one bar of shares and a table with a bar a phase.
 *
 * Drawn here and not by page/, so that it prints and needs no script.
 */
import type { Result } from '../../result/result.js';
import { count, roughPercent, spacedDuration } from '../format.js';
import { type Phase, phasesOf } from '../phases.js';
import { type Markup, markup } from './markup.js';
import { section } from './section.js';
import { table } from './table.js';

const TITLE = 'Where the time goes';

export function phaseSection(result: Result): Markup {
  const phases = phasesOf(result);
  if (phases.length === 0) return section({ id: 'phases', title: TITLE, lead: 'No phase was measured.' });
  const widestMs = Math.max(...phases.map((phase) => Math.max(phase.meanMs, phase.p95Ms ?? 0)));
  return section({
    id: 'phases',
    title: TITLE,
    lead: 'Each phase runs from our last byte to the server’s reply. Phases never overlap, so their shares of the time add up. Session phases happen once a session, the others once a message.',
    body: [
      shares(phases),
      table({
        caption: 'Solid bar: mean; light bar: 95th percentile',
        isCaptionShown: true,
        columns: [
          { heading: 'Phase' },
          { heading: 'Mean and p(95)', isWide: true },
          { heading: 'mean', isNumber: true },
          { heading: 'p(95)', isNumber: true },
          { heading: 'n', isNumber: true },
          { heading: 'share', isNumber: true },
        ],
        rows: phases.map((phase) => [
          markup`<span class="key ${phase.group}"></span>${phase.label}`,
          bars(phase, widestMs),
          spacedDuration(phase.meanMs),
          spacedDuration(phase.p95Ms),
          count(phase.n),
          roughPercent(phase.share),
        ]),
      }),
    ],
  });
}

function shares(phases: readonly Phase[]): Markup {
  let left = 0;
  const parts = phases.map((phase) => {
    const from = left;
    left += phase.share * 100;
    return markup`<rect class="${phase.group}" x="${fixed(from)}%" width="${fixed(phase.share * 100)}%" height="100%"><title>${phase.label}: ${roughPercent(phase.share)}</title></rect>`;
  });
  const groups = (['session', 'envelope', 'content'] as const).map((group) => {
    const share = phases
      .filter((phase) => phase.group === group)
      .reduce((sum, phase) => sum + phase.share, 0);
    return { group, share };
  });
  const label = groups.map(({ group, share }) => `${group} ${roughPercent(share)}`).join(', ');
  const keys = groups.map(
    ({ group, share }) =>
      markup`<li><span class="key ${group}"></span>${group} <b>${roughPercent(share)}</b></li>`,
  );
  return markup`<svg class="shares" role="img" aria-label="Share of the time: ${label}" width="100%" height="22">${parts}</svg>
<ul class="keys">${keys}</ul>`;
}

function bars({ group, meanMs, p95Ms }: Phase, widestMs: number): Markup {
  const width = (ms: number) => fixed(widestMs === 0 ? 0 : (100 * ms) / widestMs);
  return markup`<svg class="bars" aria-hidden="true" width="100%" height="16">${
    p95Ms !== null && markup`<rect class="light ${group}" y="3" width="${width(p95Ms)}%" height="10"></rect>`
  }<rect class="${group}" y="3" width="${width(meanMs)}%" height="10"></rect></svg>`;
}

function fixed(value: number): string {
  return value.toFixed(2);
}
