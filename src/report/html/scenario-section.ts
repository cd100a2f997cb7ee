/** Scenario section: the named scenarios of a run beside each other; nothing where there is one. */
import type { Result } from '../../result/result.js';
import { SCENARIOS_TITLE, scenarioColumns, scenarioRows } from '../scenario-rows.js';
import { type Markup, markup } from './markup.js';
import { section } from './section.js';
import { table } from './table.js';

export function scenarioSection(result: Result): Markup {
  const rows = scenarioRows(result);
  if (rows.length === 0) return markup``;
  const columns = scenarioColumns(rows);
  return section({
    id: 'scenarios',
    title: SCENARIOS_TITLE,
    lead: 'Steady state of each, response times from when a message was due.',
    body: [
      table({
        caption: 'Messages, failures and response times of each scenario',
        columns: columns.map(({ heading }, i) => ({ heading, isNumber: i > 0 })),
        rows: rows.map((row) => columns.map(({ cell }) => cell(row))),
      }),
    ],
  });
}
