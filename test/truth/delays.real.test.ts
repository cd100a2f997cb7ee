/**
 * A sink that holds replies back writes down what each message's delay really was, and the client tells the same: for each
 * message its time from MAIL to the final reply, less what the sink gave, and for all of them the percentiles.
 *
 * Seed 7, 10 s at 400 messages a second after 2 s of warm-up, held for a lognormal time around 20 ms. A median of the difference under
 * 0.3 ms, and percentiles within max(1 %, 0.5 ms) up to p99, need a generator and a sink that get their CPU: they go before what else
 * the machine does, where they may, and a round whose health is not `ok` is void and repeated, at a lower rate from the third on.
 * Noise only adds, so one sound round has to agree; three sound ones that do not, or none that does in five rounds, fail the
 * test. What every round asserts holds on any machine: nothing is missing, no service time is shorter than what was given, and in
 * each quarter of the delays, from the short ones to the long, the least disturbed is told within 0.5 ms.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isAcknowledgement, parseReceiptLine } from '#src/delivery/receipt.js';
import { assertAddsUp, type LoadRun, loadRun, readMessages, scenarioFile } from '../e2e/load-run.js';
import { percentile } from './percentile.js';

/** Messages a second in each round. */
const RATES = [400, 400, 200, 200, 100];
const SECONDS = 12;
const WARMUP_SECONDS = 2;
/** Says so and goes on where it may not. */
const UNDER = ['nice', '-n', '-10'];
/** So many sound rounds that all miss are no noise. */
const ENOUGH_ROUNDS = 3;
const BEHAVIOURS = `behaviours:
  - name: slow
    when: { verb: CONTENT }
    delay: { lognormal: { median: 20ms, sigma: 0.5 } }
`;
const QUANTILES = [
  ['med', 0.5],
  ['p(90)', 0.9],
  ['p(95)', 0.95],
  ['p(99)', 0.99],
] as const;

interface Pair {
  readonly givenMs: number;
  /** From MAIL to the final reply. */
  readonly toldMs: number;
  /** From when it was begun to the same reply: the service time. */
  readonly serviceMs: number;
}

interface Row {
  readonly text: string;
  readonly isMet: boolean;
}

test('the client tells the delays that the sink gave, message by message and in every percentile', async (t) => {
  const misses: string[] = [];
  const voids: string[] = [];
  let soundRounds = 0;
  for (const [round, rate] of RATES.entries()) {
    const run = await runRound(t, rate);
    const pairs = pairsOf(run, rate);
    assertUnbiased(pairs);
    const rows = compare(run, pairs);
    for (const { text } of rows) t.diagnostic(text);
    const { verdict, reasons } = run.result.health;
    const missed = rows.filter(({ isMet }) => !isMet);
    if (verdict !== 'ok') {
      voids.push(`round ${round} is void: ${reasons.join(' ')}`);
      continue;
    }
    if (missed.length === 0) return;
    misses.push(...missed.map(({ text }) => `round ${round}: ${text}`));
    if (++soundRounds === ENOUGH_ROUNDS) break;
  }
  assert.fail(['not proven', ...misses, ...voids].join('\n'));
});

async function runRound(t: TestContext, rate: number): Promise<LoadRun> {
  const file = await scenarioFile(t, {
    seed: 7,
    // MAIL, RCPT and the content go out together: one round trip.
    client: { chunking: true },
    messages: [{ size: '1KiB' }],
    target: { url: 'embedded' },
    delivery: {
      expect: 'sink',
      sink: { behaviours: 'slow.yaml' },
      wait: '10s',
    },
    scenarios: {
      steady: {
        executor: 'constant-arrival-rate',
        rate,
        duration: `${SECONDS}s`,
        warmup: `${WARMUP_SECONDS}s`,
        preAllocatedVUs: 300,
      },
    },
  });
  await writeFile(join(dirname(file), 'slow.yaml'), BEHAVIOURS);
  return loadRun(t, [file, '--log-messages', 'all'], { under: UNDER });
}

/** Each message once at the client and once at the sink; those of the warm-up left out. */
function pairsOf(run: LoadRun, rate: number): readonly Pair[] {
  assertAddsUp(run.result);
  assert.deepEqual([run.result.counts.accepted, run.result.counts.dropped], [rate * SECONDS, 0]);
  const given = givenBy(join(run.dir, 'receipts.ndjson'));
  assert.equal(given.size, rate * (SECONDS - WARMUP_SECONDS));
  const lines = readMessages(run.dir);
  assert.equal(lines.length, rate * SECONDS);
  return lines
    .filter(({ number }) => given.has(number))
    .map(({ number, startedAtUs, mailAtUs, endedAtUs }) => ({
      givenMs: given.get(number)! / 1_000,
      toldMs: (endedAtUs! - mailAtUs!) / 1_000,
      serviceMs: (endedAtUs! - startedAtUs) / 1_000,
    }));
}

/** What the sink wrote down, µs by message number. */
function givenBy(path: string): ReadonlyMap<number, number> {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1).map(parseReceiptLine);
  return new Map(
    lines.flatMap((line) =>
      line === null || isAcknowledgement(line) || line.warmup
        ? []
        : [[line.number!, line.held!.CONTENT!] as const],
    ),
  );
}

function assertUnbiased(pairs: readonly Pair[]): void {
  const sorted = [...pairs].sort((a, b) => a.givenMs - b.givenMs);
  // MAIL is stamped when its write returns, and the sink may have read it before. A service time begins before the write.
  const leastMs = Math.min(...pairs.map(({ givenMs, serviceMs }) => serviceMs - givenMs));
  assert.ok(leastMs > -0.005, `a service time is ${leastMs} ms beyond what was given`);
  for (const quarter of [0, 1, 2, 3]) {
    const from = (quarter * sorted.length) / 4;
    const leastMs = Math.min(...beyondOf(sorted.slice(from, from + sorted.length / 4)));
    assert.ok(leastMs < 0.5, `quarter ${quarter}: ${leastMs} ms beyond what was given`);
  }
}

function compare({ result }: LoadRun, pairs: readonly Pair[]): readonly Row[] {
  const medianMs = percentile(beyondOf(pairs), 0.5);
  const given = pairs.map(({ givenMs }) => givenMs);
  const { values } = result.metrics.smtp_transaction_duration!;
  const quantiles = QUANTILES.map(([name, share]) => {
    const [told, expected] = [values[name]!, percentile(given, share)];
    return {
      text: `${name}: client ${told} ms, sink ${expected} ms`,
      isMet: Math.abs(told - expected) <= Math.max(expected / 100, 0.5),
    };
  });
  return [
    { text: `client less sink: median ${medianMs.toFixed(3)} ms`, isMet: medianMs < 0.3 },
    ...quantiles,
  ];
}

function beyondOf(pairs: readonly Pair[]): readonly number[] {
  return pairs.map(({ givenMs, toldMs }) => toldMs - givenMs);
}
