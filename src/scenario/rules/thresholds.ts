/**
 * Rules about thresholds: k6's grammar on metrics that exist, with aggregations and tags that they have.
 */
import { metricInfo } from '../../metrics/catalogue.js';
import { parseMetricExpression, parseThreshold } from '../../metrics/threshold.js';
import { suggestion } from '../../yaml/did-you-mean.js';
import type { KeyPath } from '../../yaml/key-path.js';
import { toMs } from '../../yaml/quantity-words.js';
import type { Partly } from '../check-words.js';
import type { ScenarioWords, ThresholdWords } from '../schema/schema.js';
import type { PartlyWords, Report } from './rule.js';

const GRAMMAR = 'Write aggregation, operator, number: `p(95)<250`, `rate<0.01`, `count>100`.';

const MAX_WINDOW_MS = 300_000;

interface At {
  readonly path: KeyPath;
  readonly report: Report;
}

type Entry = Partly<ScenarioWords['thresholds'][string]> | undefined;

export function thresholdProblems(words: PartlyWords, report: Report): void {
  const tags = tagsOf(words);
  for (const [expression, entry] of Object.entries(words.thresholds ?? {})) {
    const path = ['thresholds', expression];
    if (checkMetric(expression, tags, { path, report })) checkConditions(expression, entry, { path, report });
  }
}

/** The values of every tag that samples may carry beside those of their metric. */
function tagsOf({ tags = {}, scenarios = {} }: PartlyWords): ReadonlyMap<string, readonly string[]> {
  const known = new Map<string, string[]>([['scenario', Object.keys(scenarios)]]);
  const specs = Object.values(scenarios).map((spec) => spec?.tags ?? {});
  for (const [tag, value] of [tags, ...specs].flatMap((map) => Object.entries(map)))
    if (tag !== 'scenario' && value !== undefined) known.set(tag, [...(known.get(tag) ?? []), value]);
  return known;
}

/** Delivery is not known by executor, and neither is what a gauge shows. */
function carriesTags(name: string): boolean {
  return (
    metricInfo(name)?.type !== 'gauge' && !/^(?:delivery_|smtp_delivery_|samples_|smtp_idle_)/.test(name)
  );
}

function checkMetric(
  expression: string,
  tags: ReadonlyMap<string, readonly string[]>,
  { path, report }: At,
): boolean {
  const metric = parseMetricExpression(expression);
  if ('problem' in metric) {
    report(path, 'SCENARIO_THRESHOLD', metric.problem, 'Write e.g. `smtp_message_duration: ["p(99)<250"]`.');
    return false;
  }
  const known = metricInfo(metric.name)?.tags ?? [];
  const given = carriesTags(metric.name) ? tags : new Map<string, readonly string[]>();
  for (const [tag, value] of Object.entries(metric.tags)) {
    if (known.includes(tag)) continue;
    const values = given.get(tag);
    const all = [...known, ...given.keys()];
    if (values === undefined) {
      const hint = all.length === 0 ? 'It has no tags.' : suggestion(tag, all);
      report(path, 'SCENARIO_THRESHOLD', `asks for the tag ${tag}, which ${metric.name} does not have`, hint);
    } else if (!values.includes(value)) {
      report(
        path,
        'SCENARIO_THRESHOLD',
        `asks for ${tag}:${value}, which nothing has`,
        suggestion(value, values),
      );
    }
  }
  return true;
}

function checkConditions(expression: string, entry: Entry, at: At): void {
  const isList = Array.isArray(entry);
  const conditions = (isList ? entry : [entry]) as readonly (Partly<ThresholdWords> | undefined)[];
  for (const [index, condition] of conditions.entries()) {
    const place = [...at.path, ...(isList ? [index] : [])];
    if (typeof condition === 'object') checkWindow(expression, condition.window, { ...at, path: place });
    const source = typeof condition === 'string' ? condition : condition?.threshold;
    const parsed = source === undefined ? null : parseThreshold(expression, source);
    if (parsed === null || !('problem' in parsed)) continue;
    const key = typeof condition === 'string' ? [] : ['threshold'];
    at.report([...place, ...key], 'SCENARIO_THRESHOLD', parsed.problem, GRAMMAR);
  }
}

function checkWindow(expression: string, word: string | number | undefined, at: At): void {
  const windowMs = word === undefined ? 0 : toMs(word);
  if (windowMs === 0) return;
  const complain = (problem: string, hint: string) =>
    at.report([...at.path, 'window'], 'SCENARIO_THRESHOLD', problem, hint);
  if (windowMs % 1000 !== 0 || windowMs > MAX_WINDOW_MS)
    complain('must be whole seconds, at most 5m', 'Write e.g. `window: 10s`.');
  const metric = parseMetricExpression(expression);
  if ('problem' in metric) return;
  if (/^(?:delivery_|smtp_delivery_)/.test(metric.name))
    complain(
      `is not for ${metric.name}: copies are looked for when they come, and may be looked for again`,
      'Leave the window out.',
    );
  else if (metricInfo(metric.name)?.type === 'gauge')
    complain(
      `is not for ${metric.name}, which is a gauge`,
      'Leave the window out: its `min` and `max` are those of every second.',
    );
}
