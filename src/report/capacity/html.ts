/** HTML: a capacity as one page without a script. Pure. */
import type { Capacity, CapacityTrial, Measured } from '../../result/capacity.js';
import { count, moment, perSecond, plain } from '../format.js';
import { facts } from '../html/facts.js';
import { type Insert, type Markup, markup } from '../html/markup.js';
import { page } from '../html/page.js';
import { section } from '../html/section.js';
import { table } from '../html/table.js';
import { scalingPlot, trialPlot } from './pictures.js';
import { type Plan, planFor, USUAL, VOLUMES } from './plan.js';
import {
  capacityHeadline,
  capacityRemarks,
  MEASURED_HEADINGS,
  measuredTexts,
  planSteps,
  RULE_NAMES,
  rateText,
  ruleText,
  shareText,
} from './wording.js';

export function renderCapacityHtml(capacity: Capacity): string {
  return page({
    title: `${capacity.name}: capacity`,
    version: capacity.mailbench,
    skipTo: ['answer', 'Skip to the answer'],
    footer: capacity.at,
    main: [
      header(capacity),
      rules(capacity),
      profile(capacity),
      scaling(capacity),
      plan(capacity),
      trials(capacity),
    ],
    assets: null,
  });
}

function header(capacity: Capacity): Markup {
  const { name, target, at, host, bracketPerSec, precision, seed, by } = capacity;
  const [low, high] = bracketPerSec;
  const remarks = capacityRemarks(capacity);
  return markup`<header class="top" id="answer">
<p class="brand"><b>mailbench</b> capacity</p>
<h1>${name}</h1>
<p class="verdict">${capacityHeadline(capacity)}</p>
${facts([
  ['Target', markup`<code>${target}</code>`],
  ...(by === 'rate'
    ? ([
        ['Bracket', `${rateText(low)} … ${rateText(high)}`],
        ['Precision', shareText(precision)],
      ] as const)
    : []),
  ['Seed', String(seed)],
  ['Made', markup`<time datetime="${at}">${moment(at)}</time>`],
  ['Host', host],
])}
${remarks.length > 0 && markup`<ul class="reasons">${remarks.map((remark) => markup`<li>${remark}</li>`)}</ul>`}
</header>`;
}

function rules({ rules: thresholds, by }: Capacity): Markup {
  if (by === 'vus') return markup``;
  return section({
    id: 'rules',
    title: 'What had to hold',
    lead: 'Of every trial, after its warm-up.',
    body: markup`<ul>${thresholds.map((rule) => markup`<li><code>${rule}</code></li>`)}${RULE_NAMES.map((rule) => markup`<li>${ruleText(rule)}</li>`)}</ul>`,
  });
}

const measuredColumns = MEASURED_HEADINGS.map((heading) => ({ heading, isNumber: true }));

function chip(verdict: CapacityTrial['verdict']): Markup {
  const name = { pass: 'ok', fail: 'invalid', void: 'degraded' }[verdict];
  return markup`<span class="chip ${name}">${verdict}</span>`;
}

function verdictCell({ verdict, reasons }: Pick<CapacityTrial, 'verdict' | 'reasons'>): Markup {
  return markup`${chip(verdict)} ${reasons.length > 0 && markup`<small>${reasons.join('; ')}</small>`}`;
}

function profile({ profile: shares }: Capacity): Markup {
  if (shares.length === 0) return markup``;
  return section({
    id: 'profile',
    title: 'Around the answer',
    lead: 'What clients would see with a fifth less, with exactly that, and with a fifth more.',
    body: table({
      caption: 'At 80, 100 and 120 per cent of what is sustained',
      columns: [
        { heading: 'Share' },
        { heading: 'Rate', isNumber: true },
        ...measuredColumns,
        { heading: 'Verdict', isWide: true },
      ],
      rows: shares.map((one) => [
        shareText(one.share),
        rateText(one.ratePerSec),
        ...measuredTexts(one),
        verdictCell(one),
      ]),
    }),
  });
}

function scaling({ concurrency }: Capacity): Markup {
  if (concurrency === null) return markup``;
  const { levels, scaling: fit } = concurrency;
  return section({
    id: 'scaling',
    title: 'Throughput over concurrency',
    lead:
      fit === null
        ? 'Fewer than six levels: no curve is laid through them.'
        : 'Dots: what was measured. Line: the Universal Scalability Law through them, no further than twice the highest level.',
    body: [
      scalingPlot(levels, fit),
      fit !== null &&
        table({
          caption: 'The curve and its 95 % intervals',
          columns: [
            { heading: 'Coefficient', isWide: true },
            { heading: 'Value', isNumber: true },
            { heading: '95 %', isNumber: true },
          ],
          rows: [
            ['γ: one VU alone, messages a second', plain(fit.gamma), intervalOf(fit.gamma95)],
            ['σ: share that waits for others (contention)', plain(fit.sigma), intervalOf(fit.sigma95)],
            ['κ: cost of agreeing with others (coherency)', plain(fit.kappa), intervalOf(fit.kappa95)],
            [
              'VUs at the peak',
              fit.peak === null ? 'beyond what was measured' : plain(fit.peak.concurrency),
              intervalOf(fit.peak95),
            ],
          ],
        }),
      table({
        caption: 'Every level',
        columns: [{ heading: 'VUs' }, ...measuredColumns, { heading: 'Run' }],
        rows: levels.map((level) => [
          String(level.vus),
          ...measuredTexts(level),
          markup`<code>${level.run}</code>`,
        ]),
      }),
    ],
  });
}

function intervalOf(interval: { readonly low: number; readonly high: number } | null): string {
  return interval === null ? '' : `${plain(interval.low)} … ${plain(interval.high)}`;
}

function plan({ sustainedMessagesPerSec: one, demand }: Capacity): Markup {
  if (one === null) return markup``;
  const factors = demand ?? USUAL;
  const volumes = [...new Set([...(demand === null ? [] : [demand.messagesPerDay]), ...VOLUMES])];
  const plans = volumes
    .sort((a, b) => a - b)
    .map((messagesPerDay) => planFor({ ...factors, messagesPerDay }, one));
  const shown = plans.find(
    ({ messagesPerDay }) => messagesPerDay === (demand?.messagesPerDay ?? VOLUMES[2]),
  ) as Plan;
  return section({
    id: 'plan',
    title: 'How many servers?',
    lead:
      demand === null
        ? 'An example: give your own numbers with --messages-per-day, --peak-factor and --headroom. A server that fails leaves its share to the others: plan one more than you need.'
        : 'A server that fails leaves its share to the others: plan one more than you need.',
    body: [
      markup`<ol>${planSteps(shown, one).map((step) => markup`<li>${step}</li>`)}</ol>`,
      table({
        caption: `Servers by messages a day, with peak factor ${plain(factors.peakFactor)} and ${shareText(factors.headroom)} headroom`,
        isCaptionShown: true,
        columns: [
          { heading: 'Messages a day' },
          { heading: 'Average', isNumber: true },
          { heading: 'Peak', isNumber: true },
          { heading: 'Servers', isNumber: true },
        ],
        rows: plans.map((row) => [
          count(row.messagesPerDay),
          perSecond(row.averagePerSec),
          perSecond(row.peakPerSec),
          count(row.servers),
        ]),
      }),
    ],
  });
}

function trials({ trials: all }: Capacity): Markup {
  if (all.length === 0) return markup``;
  const row = (trial: CapacityTrial & Measured): Insert[] => [
    trial.purpose,
    rateText(trial.ratePerSec),
    `${trial.seconds} s`,
    ...measuredTexts(trial),
    verdictCell(trial),
    markup`<code>${trial.run}</code>`,
  ];
  return section({
    id: 'trials',
    title: 'Trials',
    lead: 'In their order. Filled: it passed. Hollow: it failed. Crossed: the generator was the bottleneck, and it does not count.',
    body: [
      trialPlot(all),
      table({
        caption: 'Every trial',
        columns: [
          { heading: 'Why' },
          { heading: 'Rate', isNumber: true },
          { heading: 'Length', isNumber: true },
          ...measuredColumns,
          { heading: 'Verdict', isWide: true },
          { heading: 'Run' },
        ],
        rows: all.map(row),
      }),
    ],
  });
}
