/** One search in real time, shortened: trials of a second, and of four that confirm. `npm run proof` has whole ones. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Capacity, readCapacity } from '#src/result/capacity.js';
import { runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';
import { trueCapacity, writeLossSystem } from './loss-system.js';

const TRIES = 3;

test('the capacity of a server that loses calls as Erlang says is found', async (t) => {
  let capacity = await search(t);
  // Beside other work the generator may be the bottleneck, and then it says so: that is no answer.
  for (let tried = 1; capacity.generatorLimited && tried < TRIES; tried++) capacity = await search(t);
  const truth = trueCapacity(capacity);
  const [low, high] = capacity.bracketPerSec;
  t.diagnostic(`${low} … ${high}/s, in truth ${truth.toFixed(1)}/s, after ${capacity.trials.length} trials`);
  assert.equal(capacity.bindingRule, 'sent');
  // Trials of four seconds lose about five calls, which is ± 5 % of the rate, and the bracket may still be wide.
  assert.ok(low !== null && low > 0.6 * truth && low < 1.12 * truth);
  assert.ok(high !== null && high > 0.9 * truth && high < 1.6 * truth);
});

async function search(t: TestContext): Promise<Capacity> {
  const folder = await temporaryDir(t);
  const out = join(folder, 'out');
  const args = [
    '--trial',
    '1s',
    '--precision',
    '15%',
    '--max-time',
    '50s',
    '--workers',
    '1',
    '--idle-within',
    '0s',
  ];
  const ended = await runCli(['capacity', writeLossSystem(folder), ...args, '--out', out], {
    timeoutMs: 180_000,
  });
  // 99: no rate could be confirmed in that time; 120: see above.
  assert.ok([0, 99, 120].includes(ended.code ?? -1), `${ended.stdout}${ended.stderr}`);
  return readCapacity(join(out, readdirSync(out).find((name) => /^\d{8}-/.test(name)) ?? ''));
}
