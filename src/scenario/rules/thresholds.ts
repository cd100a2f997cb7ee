/**
 * Rules about thresholds: k6's grammar on metrics that exist, with aggregations and tags that they have.
 */
import { metricInfo } from '../../metrics/catalogue.js';
import { parseMetricExpression, parseThreshold } from '../../metrics/threshold.js';
import { suggestion } from '../../yaml/did-you-mean.js';
import type { KeyPath } from '../../yaml/key-path.js';
import type { Partly } from '../check-words.js';
import type { ScenarioWords, ThresholdWords } from '../schema/schema.js';
import type { PartlyWords, Report } from './rule.js';

const GRAMMAR = 'Write aggregation, operator, number: `p(95)<250`, `rate<0.01`, `count>100`.';

type Entry = Partly<ScenarioWords['thresholds'][string]> | undefined;

export function thresholdProblems(words: PartlyWords, report: Report): void {
  for (const [expression, entry] of Object.entries(words.thresholds ?? {})) {
    const path = ['thresholds', expression];
    if (checkMetric(expression, path, report)) checkConditions(expression, entry, { path, report });
  }
}

function checkMetric(expression: string, path: KeyPath, report: Report): boolean {
  const metric = parseMetricExpression(expression);
  if ('problem' in metric) {
    report(path, 'SCENARIO_THRESHOLD', metric.problem, 'Write e.g. `smtp_message_duration: ["p(99)<250"]`.');
    return false;
  }
  const known = metricInfo(metric.name)?.tags ?? [];
  for (const tag of Object.keys(metric.tags).filter((tag) => !known.includes(tag))) {
    const hint = known.length === 0 ? 'It has no tags.' : suggestion(tag, known);
    report(path, 'SCENARIO_THRESHOLD', `asks for the tag ${tag}, which ${metric.name} does not have`, hint);
  }
  return true;
}

function checkConditions(expression: string, entry: Entry, at: { path: KeyPath; report: Report }): void {
  const isList = Array.isArray(entry);
  const conditions = (isList ? entry : [entry]) as readonly (Partly<ThresholdWords> | undefined)[];
  for (const [index, condition] of conditions.entries()) {
    const source = typeof condition === 'string' ? condition : condition?.threshold;
    const parsed = source === undefined ? null : parseThreshold(expression, source);
    if (parsed === null || !('problem' in parsed)) continue;
    const key = typeof condition === 'string' ? [] : ['threshold'];
    at.report(
      [...at.path, ...(isList ? [index] : []), ...key],
      'SCENARIO_THRESHOLD',
      parsed.problem,
      GRAMMAR,
    );
  }
}
