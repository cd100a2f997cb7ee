/**
 * Metric tags: what tells the samples of one executor from those of the others.
 *
 * As in k6, `scenario` with its name, the tags of the run and the executor's own over them; but only those that somebody asks
 * for: every tag doubles what a shard holds and sends. `scenario` is asked for wherever there are several.
 */
import { metricInfo } from '../metrics/catalogue.js';
import type { Tags } from '../metrics/key.js';
import { parseMetricExpression } from '../metrics/threshold.js';
import type { Scenario } from '../scenario/scenario.js';

/** For each executor, in their order. */
export function metricTagsOf({
  scenarios,
  tags,
  thresholds,
}: Pick<Scenario, 'scenarios' | 'tags' | 'thresholds'>): readonly Tags[] {
  const asked = new Set(Object.keys(thresholds).flatMap(askedBy));
  if (Object.keys(scenarios).length > 1) asked.add('scenario');
  return Object.entries(scenarios).map(([name, spec]) => {
    const all: Tags = { ...tags, ...spec.tags, scenario: name };
    return Object.fromEntries(Object.entries(all).filter(([tag]) => asked.has(tag)));
  });
}

/** Tags of an expression that its metric does not have by itself. */
function askedBy(expression: string): readonly string[] {
  const metric = parseMetricExpression(expression);
  if ('problem' in metric) return [];
  const own = metricInfo(metric.name)?.tags ?? [];
  return Object.keys(metric.tags).filter((tag) => !own.includes(tag));
}
