/** Console: a capacity as the last thing that is printed. Fits any width from 40 columns. Pure; colour only where asked. */
import pc from 'picocolors';
import type { Capacity } from '../../result/capacity.js';
import { visible } from '../escape.js';
import { clip, columns, left, right, wrap } from '../terminal.js';
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

export interface CapacityTextOptions {
  readonly color: boolean;
  readonly width: number;
  /** Every trial, and not only those that decided. */
  readonly isFull: boolean;
  readonly exitCode: number;
  /** Where the page is. */
  readonly report: string;
}

export function renderCapacity(capacity: Capacity, options: CapacityTextOptions): string {
  const colors = pc.createColors(options.color);
  const width = Math.min(132, Math.max(40, options.width));
  const paragraph = (text: string) => wrap(visible(text), width - 2).map((line) => `  ${line}`);
  const lines = [
    '',
    `  ${colors.bold(clip(visible(capacity.name), width - 2))}`,
    ...paragraph(capacityHeadline(capacity)).map((line) => colors.bold(line)),
    ...capacityRemarks(capacity).flatMap((remark) =>
      wrap(visible(remark), width - 6).map((line, i) => `    ${i === 0 ? colors.yellow('!') : ' '} ${line}`),
    ),
    ...trialTable(capacity, { width, isFull: options.isFull }),
    ...levelTable(capacity, width),
    ...planText(capacity, width),
    '',
    ...paragraph(`report: ${options.report}   exit ${options.exitCode}`),
  ];
  return `${lines.join('\n')}\n`;
}

function trialTable(
  { trials, profile }: Capacity,
  { width, isFull }: { readonly width: number; readonly isFull: boolean },
): readonly string[] {
  const shown = isFull ? trials : trials.filter(({ purpose }) => purpose === 'confirm');
  const rows = shown.map((trial) => [
    trial.purpose,
    rateText(trial.ratePerSec),
    ...measuredTexts(trial),
    trial.verdict,
    trial.reasons[0] ?? '',
  ]);
  const shares = profile.map((trial) => [
    shareText(trial.share),
    rateText(trial.ratePerSec),
    ...measuredTexts(trial),
    trial.verdict,
    trial.reasons[0] ?? '',
  ]);
  const headings = ['', 'rate', ...MEASURED_HEADINGS, '', ''];
  return [
    ...grid(isFull ? 'TRIALS' : 'TRIALS THAT CONFIRM', headings, rows, width),
    ...grid('PROFILE', headings, shares, width),
  ];
}

function levelTable({ concurrency }: Capacity, width: number): readonly string[] {
  if (concurrency === null) return [];
  const rows = concurrency.levels.map((level) => [String(level.vus), ...measuredTexts(level)]);
  return grid('BY CONCURRENCY', ['VUs', ...MEASURED_HEADINGS], rows, width);
}

function planText({ demand, sustainedMessagesPerSec }: Capacity, width: number): readonly string[] {
  if (demand === null || sustainedMessagesPerSec === null) return [];
  const steps = planSteps(planFor(demand, sustainedMessagesPerSec), sustainedMessagesPerSec);
  return ['', '  █ PLAN', ...steps.flatMap((step) => wrap(step, width - 4).map((line) => `    ${line}`))];
}

function grid(
  title: string,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly string[] {
  if (rows.length === 0) return [];
  const all = [headings, ...rows].map((row) => row.map(visible));
  const sizes = headings.map((_, at) => Math.max(...all.map((row) => columns(row[at] ?? ''))));
  // What has no heading is text, and stands left.
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (headings[at] === '' ? left : right)(cell, sizes[at] ?? 0))
      .join('  ')
      .trimEnd();
  return ['', `  █ ${title}`, ...all.map((row) => `    ${clip(line(row), width - 4)}`)];
}
