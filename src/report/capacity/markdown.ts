/** Markdown: a capacity as a summary. Every foreign text goes through escape.ts. Pure. */
import type { Capacity } from '../../result/capacity.js';
import { markdown, markdownCode } from '../escape.js';
import { markdownTable } from '../markdown-table.js';
import { planFor } from './plan.js';
import {
  capacityHeadline,
  capacityRemarks,
  MEASURED_HEADINGS,
  measuredTexts,
  planSteps,
  rateText,
  shareText,
} from './wording.js';

export function renderCapacityMarkdown(capacity: Capacity): string {
  const { name, profile, concurrency, rules } = capacity;
  const sections = [
    `# ${markdown(`${name}: capacity`)}`,
    `**${markdown(capacityHeadline(capacity))}**`,
    capacityRemarks(capacity)
      .map((remark) => `- ${markdown(remark)}`)
      .join('\n'),
    capacity.by === 'vus' ? '' : `What had to hold: ${rules.map(markdownCode).join(', ')}`,
    profile.length === 0
      ? ''
      : `## Profile\n\n${markdownTable(
          ['Share', 'Rate', ...MEASURED_HEADINGS, 'Verdict'],
          profile.map((one) => [
            shareText(one.share),
            rateText(one.ratePerSec),
            ...measuredTexts(one),
            markdown([one.verdict, one.reasons[0] ?? ''].filter((part) => part !== '').join(': ')),
          ]),
        )}`,
    concurrency === null
      ? ''
      : markdownTable(
          ['VUs', ...MEASURED_HEADINGS],
          concurrency.levels.map((level) => [String(level.vus), ...measuredTexts(level)]),
        ),
    planSection(capacity),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function planSection({ demand, sustainedMessagesPerSec }: Capacity): string {
  if (demand === null || sustainedMessagesPerSec === null) return '';
  const steps = planSteps(planFor(demand, sustainedMessagesPerSec), sustainedMessagesPerSec);
  return `## Plan\n\n${steps.map((step) => `1. ${markdown(step)}`).join('\n')}`;
}
