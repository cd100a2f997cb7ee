/**
 * Whether a delay is what it says: the sink holds final replies back by a distribution and writes down what it really gave;
 * a bare client times the same replies. Their difference is the round trip and whatever either got wrong.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timeFinalReplies } from './delayed-client.js';
import { startSink } from './start-sink.js';
import { median, type Row, renderTable } from './table.js';

const RATE_PER_SEC = 200;
const BEHAVIOURS = `behaviours:
  - name: slow
    when: { verb: CONTENT }
    delay: { lognormal: { median: 20ms, sigma: 0.5 } }
`;
const QUANTILES = [0.5, 0.9, 0.95, 0.99];

export interface DelayOptions {
  readonly rounds?: number;
  /** Per round, at 200 a second. */
  readonly messages?: number;
}

interface Pair {
  readonly givenMs: number;
  readonly measuredMs: number;
}

export async function benchSinkDelays({ rounds = 5, messages = 4000 }: DelayOptions = {}): Promise<string> {
  const offsets: number[] = [];
  const errors = new Map<number, number[]>(QUANTILES.map((quantile) => [quantile, []]));
  for (let round = 0; round < rounds; round++) {
    const pairs = await measure(messages);
    offsets.push(median(pairs.map(({ givenMs, measuredMs }) => measuredMs - givenMs)));
    for (const [quantile, samples] of errors) {
      const given = at(
        pairs.map(({ givenMs }) => givenMs),
        quantile,
      );
      const measured = at(
        pairs.map(({ measuredMs }) => measuredMs),
        quantile,
      );
      samples.push(Math.abs(measured - given) / Math.max(0.01 * given, 0.5));
    }
  }
  const rows: Row[] = [
    {
      name: 'client minus given, median of all messages',
      unit: 'ms',
      samples: offsets,
      target: { text: '< 0.3', isMet: (value) => value < 0.3 },
    },
    ...[...errors].map(
      ([quantile, samples]): Row => ({
        name: `p(${quantile * 100}): difference / max(1 %, 0.5 ms)`,
        unit: '×',
        samples,
        target: { text: '≤ 1', isMet: (value) => value <= 1 },
      }),
    ),
  ];
  return renderTable(
    `Delays given and measured (lognormal, median 20 ms; ${messages} messages a round)`,
    rows,
  );
}

async function measure(messages: number): Promise<readonly Pair[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mailbench-bench-'));
  const behaviours = join(folder, 'slow.yaml');
  const receipts = join(folder, 'receipts.ndjson');
  writeFileSync(behaviours, BEHAVIOURS);
  const sink = await startSink(['--behaviours', behaviours, '--receipts', receipts]);
  try {
    const measured = await timeFinalReplies(sink.port, { messages, perSec: RATE_PER_SEC });
    return givenIn(receipts).map(([number, givenMs]) => ({ givenMs, measuredMs: measured.get(number) ?? 0 }));
  } finally {
    await sink.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the sink wrote down, ms by message number. */
function givenIn(receipts: string): [number: number, givenMs: number][] {
  return linesOf(receipts).flatMap(({ number, held }) =>
    held === undefined ? [] : [[number, held.CONTENT / 1000]],
  );
}

// biome-ignore lint/suspicious/noExplicitAny: lines of our own files, of which two keys each are read.
function linesOf(path: string): any[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function at(values: readonly number[], quantile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] ?? Number.NaN;
}
