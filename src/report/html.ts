/** HTML report: a result as one page. Pure. */
import type { DeliveryDetails } from '../result/delivery-details.js';
import type { Result } from '../result/result.js';
import {
  generatorOverTime,
  latencyByPercentile,
  latencyOverTime,
  rateOverTime,
} from './html/chart-sections.js';
import { deliverySection } from './html/delivery-section.js';
import { allMetrics, environment, outcomes, scenario } from './html/detail-sections.js';
import { markup } from './html/markup.js';
import { page } from './html/page.js';
import { phaseSection } from './html/phase-section.js';
import { scenarioSection } from './html/scenario-section.js';
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
  return page({
    title: `${result.run.name}: ${verdictOf(result).kind}`,
    version: result.run.mailbench,
    skipTo: ['numbers', 'Skip to the key numbers'],
    footer: result.run.id,
    main: [
      header(result),
      markup`<noscript><p class="empty">The charts need JavaScript; every number in the tables is here without it.</p></noscript>`,
      SECTIONS.map((render) => render(result, details)),
    ],
    assets: { ...assets, data: pageData(result) },
  });
}
