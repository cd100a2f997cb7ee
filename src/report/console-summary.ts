/**
 * Console summary: a result as the last thing a run prints.
 *
 * k6's order (generator, thresholds, results), then what k6 has not: outcomes with a sample reply, where the time goes,
 * and the sums that must come out. Fits any width from 40 columns; a table loses columns before a number is cut, what a
 * threshold was judged by goes on in the next line, and foreign text is cut before it wraps. Pure: returns the text, ending in a line end; colour only where asked.
 */
import pc from 'picocolors';
import type { DeliveryDetails } from '../result/delivery-details.js';
import type { Result, ThresholdResult } from '../result/result.js';
import { renderDelivery } from './console-delivery.js';
import { renderTrends } from './console-trends.js';
import { visible } from './escape.js';
import { count, duration, moment, percent, roughPercent, span } from './format.js';
import { identitiesOf, identityTerms } from './identities.js';
import { type MetricRow, metricRows } from './metric-rows.js';
import { phasesOf } from './phases.js';
import { SCENARIOS_TITLE, scenarioColumns, scenarioRows } from './scenario-rows.js';
import { LIMITS_LEAD, LIMITS_TITLE, limitSentence, serverLimitsOf } from './server-limits.js';
import { bar, clip, columns, flow, left, right, wrap } from './terminal.js';
import { verdictOf } from './verdict.js';
import { steadyStateNote } from './warmup.js';
import { healthFacts, numbersOf, outcomeTitle, targetOf, thresholdNote, thresholdValue } from './wording.js';

export interface SummaryOptions {
  readonly color: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly width: number;
  /** full: every tagged metric too. Default compact. */
  readonly mode?: 'compact' | 'full';
  readonly paths: { readonly report: string };
  readonly exitCode: number;
  /** Of delivery, where the run directory has them. */
  readonly details?: DeliveryDetails | null;
}

type Colors = ReturnType<typeof pc.createColors>;

interface Sheet {
  readonly result: Result;
  readonly colors: Colors;
  readonly width: number;
  readonly isFull: boolean;
}

const INDENT = '    ';
/** Of a metric's line: dots, colon, gaps and what stands behind its value. */
const ROOM_FOR_DETAILS = 28;
const NARROWEST = 40;
const WIDEST = 132;

export function renderSummary(result: Result, options: SummaryOptions): string {
  const sheet: Sheet = {
    result,
    colors: pc.createColors(options.color),
    width: Math.min(WIDEST, Math.max(NARROWEST, options.width)),
    isFull: options.mode === 'full',
  };
  const sections = [
    title(sheet),
    generator(sheet),
    serverLimits(sheet),
    thresholds(sheet),
    renderDelivery(result, options.details ?? null, { colors: sheet.colors, width: sheet.width }),
    scenarios(sheet),
    totals(sheet),
    outcomes(sheet),
    phases(sheet),
    sums(sheet),
    footer(sheet, options),
  ];
  const lines = sections.filter((section) => section.length > 0).flatMap((section) => ['', ...section]);
  return `${lines.join('\n')}\n`;
}

function title({ result, colors, width }: Sheet): string[] {
  const verdict = verdictOf(result);
  const paint =
    verdict.kind === 'passed' ? colors.green : verdict.kind === 'failed' ? colors.red : colors.yellow;
  const word = verdict.kind.toUpperCase();
  const sentence = wrap(visible(verdict.sentence), width - 4 - word.length);
  const facts = [
    `run ${visible(result.run.id)}`,
    moment(result.run.startedAt),
    span(result.run.durationMs),
    `seed ${result.run.seed}`,
  ];
  return [
    `  ${colors.bold(clip(`${visible(result.run.name)} → ${visible(targetOf(result))}`, width - 2))}`,
    ...sentence.map(
      (line, i) => `  ${i === 0 ? paint(colors.bold(word)) : ' '.repeat(word.length)}  ${line}`,
    ),
    ...flow(facts, width - 2, ' · ').map((line) => `  ${colors.dim(line)}`),
  ];
}

function generator(sheet: Sheet): string[] {
  const { result, colors, width } = sheet;
  const { verdict, reasons } = result.health;
  const paint = verdict === 'ok' ? colors.green : verdict === 'degraded' ? colors.yellow : colors.red;
  const facts = healthFacts(result.health).map(([label, value]) => `${label} ${visible(value)}`);
  return [
    `${heading(sheet, 'GENERATOR').join('')}  ${paint(verdict.toUpperCase())}`,
    ...flow(facts, width - INDENT.length, '   ').map((line) => INDENT + line),
    ...reasons.flatMap((reason) =>
      wrap(visible(reason), width - INDENT.length - 2).map(
        (line, i) => `${INDENT}${i === 0 ? paint('!') : ' '} ${line}`,
      ),
    ),
  ];
}

function serverLimits(sheet: Sheet): string[] {
  const { result, colors, width } = sheet;
  const limits = serverLimitsOf(result);
  if (limits.length === 0) return [];
  const lines = limits.flatMap((limit) =>
    wrap(visible(limitSentence(limit)), width - INDENT.length - 2).map(
      (line, i) => `${INDENT}${i === 0 ? colors.yellow('!') : ' '} ${line}`,
    ),
  );
  const lead = wrap(LIMITS_LEAD, width - INDENT.length).map((line) => INDENT + line);
  return [...heading(sheet, LIMITS_TITLE.toUpperCase()), ...lead, ...lines];
}

function thresholds(sheet: Sheet): string[] {
  const { result } = sheet;
  if (result.thresholds.length === 0) return heading(sheet, 'THRESHOLDS', 'none set');
  const widest = Math.max(...result.thresholds.map((row) => columns(visible(row.threshold))));
  const lines = result.thresholds.flatMap((row, i) => {
    const isNewMetric = row.metric !== result.thresholds[i - 1]?.metric;
    return [...(isNewMetric ? metricLines(row.metric, sheet) : []), ...thresholdLines(row, widest, sheet)];
  });
  return [...heading(sheet, 'THRESHOLDS'), ...lines];
}

/** Tags that do not fit beside the name go below, broken between them. */
function metricLines(metric: string, { width }: Sheet): string[] {
  const shown = visible(metric);
  const room = width - INDENT.length;
  const tagsAt = columns(shown) <= room ? -1 : shown.indexOf('{');
  if (tagsAt < 0) return [INDENT + clip(shown, room)];
  const tags = flow(shown.slice(tagsAt).split(/(?<=,)/), room - 2, '');
  return [INDENT + clip(shown.slice(0, tagsAt), room), ...tags.map((line) => `${INDENT}  ${line}`)];
}

function thresholdLines(row: ThresholdResult, widest: number, { result, colors, width }: Sheet): string[] {
  const note = thresholdNote(row, result);
  const text = left(visible(row.threshold), Math.min(widest, 32));
  const pieces = [text, visible(thresholdValue(row, result)), ...(note === '' ? [] : [`(${note})`])];
  const room = width - INDENT.length - 2;
  const [first = '', ...rest] = flow(pieces, room, '  ');
  const hanging = rest.flatMap((line) => wrap(line, room - 2)).map((line) => `  ${line}`);
  const sign = row.ok ? colors.green('✓') : colors.red('✗');
  return [first, ...hanging].map((line, i) => {
    const shown = line.trimEnd();
    return `${INDENT}${i === 0 ? sign : ' '} ${row.ok ? shown : colors.red(shown)}`;
  });
}

/** Where there is little room the last columns are left out; names are cut. */
function scenarios(sheet: Sheet): string[] {
  const rows = scenarioRows(sheet.result);
  if (rows.length === 0) return [];
  const cells = scenarioColumns(rows).map(({ heading, cell }) => [heading, ...rows.map(cell)].map(visible));
  const widths = cells.map((column) => Math.max(...column.map(columns)));
  const room = sheet.width - INDENT.length;
  const nameWidth = Math.min(widths[0] ?? 0, Math.max(8, room - 40));
  let shown = 1;
  for (let used = nameWidth; shown < cells.length; shown++) {
    used += 2 + (widths[shown] ?? 0);
    if (used > room) break;
  }
  const lines = [SCENARIOS_TITLE, ...rows].map((_, line) => {
    const name = left(clip(cells[0]?.[line] ?? '', nameWidth), nameWidth);
    const rest = cells.slice(1, shown).map((column, i) => right(column[line] ?? '', widths[i + 1] ?? 0));
    const text = [name, ...rest].join('  ');
    return INDENT + (line === 0 ? sheet.colors.dim(text) : text);
  });
  return [...heading(sheet, SCENARIOS_TITLE.toUpperCase()), ...lines];
}

function totals(sheet: Sheet): string[] {
  const { result, colors, width, isFull } = sheet;
  const note = steadyStateNote(result);
  const isListed = (row: MetricRow) => isFull || row.tags === '';
  const trends = metricRows(result, 'trend').filter(isListed);
  const numbers = [
    ...metricRows(result, 'rate'),
    ...metricRows(result, 'counter'),
    ...metricRows(result, 'gauge'),
  ];
  const table = renderTrends(trends, { colors, width: width - INDENT.length });
  return [
    ...heading(sheet, 'TOTAL RESULTS', note),
    ...table.map((line) => INDENT + line),
    ...(table.length > 0 ? [''] : []),
    ...leaders(numbers.filter(isListed), sheet),
    ...(trends.length + numbers.length === 0 ? [`${INDENT}${colors.dim('nothing was measured')}`] : []),
  ];
}

/** Where there is little room, names go without the `smtp_` they share; a detail that has none is left out. */
function leaders(rows: readonly MetricRow[], { colors, width }: Sheet): string[] {
  const numbers = rows.map((row) => numbersOf(row.name, row.metric));
  const valueWidth = Math.max(0, ...numbers.map(([value]) => value.length));
  const room = width - INDENT.length;
  const full = rows.map((row) => labelOf(row, true));
  const hasPrefix = Math.max(0, ...full.map(columns)) + valueWidth + ROOM_FOR_DETAILS <= room;
  const labels = hasPrefix ? full : rows.map((row) => labelOf(row, false));
  const widest = Math.min(Math.max(0, ...labels.map(columns)) + 2, room - valueWidth - 2);
  return rows.map((_, i) => {
    const label = left(clip(labels[i] ?? '', widest - 1), widest, '.');
    const name = label.replace(/\.+$/, '');
    const [value, detail] = numbers[i] ?? ['', ''];
    const whole = `${left(value, valueWidth)}  ${detail}`;
    const shown = columns(whole) <= room - widest - 2 ? whole : value;
    return `${INDENT}${name}${colors.dim(`${label.slice(name.length)}:`)} ${shown}`;
  });
}

function labelOf({ key, tags, isBelowBare }: MetricRow, hasPrefix: boolean): string {
  return visible(isBelowBare ? `  {${tags}}` : hasPrefix ? key : key.replace(/^smtp_/, ''));
}

function outcomes(sheet: Sheet): string[] {
  const { result, colors, width } = sheet;
  const rows = result.outcomes;
  if (rows.length === 0) return [];
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  const widest = Math.max(...rows.map((row) => count(row.count).length));
  const hang = ' '.repeat(INDENT.length + widest + 10);
  const lines = rows.flatMap((row) => {
    const share = right(percent(row.count / total), 7);
    const pieces = [visible(outcomeTitle(row)), ...(row.expected ? [] : ['unexpected'])];
    const titles = flow(pieces, width - hang.length, '  ');
    const lead = `${INDENT}${right(count(row.count), widest)} ${colors.dim(share)}  `;
    const sample = visible(row.sample);
    return [
      ...titles.map((line, i) => (i === 0 ? lead : hang) + (row.expected ? line : colors.red(line))),
      ...(sample === '' ? [] : [hang + colors.dim(clip(sample, width - hang.length))]),
    ];
  });
  return [...heading(sheet, 'OUTCOMES', 'most frequent first, with a sample reply'), ...lines];
}

function phases(sheet: Sheet): string[] {
  const { result, colors, width } = sheet;
  const rows = phasesOf(result);
  if (rows.length === 0) return [];
  const label = Math.min(
    16,
    width - INDENT.length - 25,
    Math.max(...rows.map((row) => columns(visible(row.label)))),
  );
  const widest = Math.max(...rows.map((row) => row.share));
  const room = Math.min(48, width - INDENT.length - label - 25);
  const lines = rows.map((row) => {
    const name = left(clip(visible(row.label), label), label);
    const numbers = `${right(duration(row.meanMs), 7)} ${right(duration(row.p95Ms), 7)} ${right(roughPercent(row.share), 6)}`;
    return `${INDENT}${name} ${numbers}  ${room < 4 ? '' : colors.cyan(bar(row.share / widest, room))}`.trimEnd();
  });
  const head = `${INDENT}${' '.repeat(label)} ${right('mean', 7)} ${right('p(95)', 7)} ${right('share', 6)}`;
  return [...heading(sheet, 'WHERE THE TIME GOES'), colors.dim(head), ...lines];
}

function sums(sheet: Sheet): string[] {
  const { result, colors, width } = sheet;
  const lines = identitiesOf(result).flatMap((identity) =>
    flow(identityTerms(identity, count), width - INDENT.length - 17, ' ').map((line, i) => {
      const label = i === 0 ? identity.subject : '';
      return `${INDENT}${colors.dim(left(label, 15))}  ${identity.holds ? line : colors.red(line)}`;
    }),
  );
  const { inDoubt } = result.counts;
  const doubt = clip(`${left('in doubt', 15)}  ${count(inDoubt)} without a reply`, width - INDENT.length);
  return [...heading(sheet, 'SUMS', 'whole run'), ...lines, ...(inDoubt > 0 ? [INDENT + doubt] : [])];
}

/** The path is never cut: it is there to be copied. */
function footer({ colors, width }: Sheet, { paths, exitCode }: SummaryOptions): string[] {
  const report = `report: ${visible(paths.report)}`;
  const exit = `exit ${exitCode}`;
  const painted = exitCode === 0 ? exit : colors.red(exit);
  const isRoomy = columns(report) + exit.length + 5 <= width;
  return isRoomy ? [`  ${report}   ${painted}`] : [`  ${report}`, `  ${painted}`];
}

/** A note that does not fit beside it goes below. */
function heading({ colors, width }: Sheet, text: string, note = ''): string[] {
  const title = `  ${colors.bold(`█ ${text}`)}`;
  if (note === '') return [title];
  const isRoomy = columns(text) + columns(note) + 6 <= width;
  if (isRoomy) return [`${title}  ${colors.dim(note)}`];
  return [title, ...wrap(note, width - INDENT.length).map((line) => INDENT + colors.dim(line))];
}
