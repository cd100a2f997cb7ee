/** Twenty thousand generated server streams, other ones every day, and those that once broke something. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playStream } from './fuzz-stream.js';
import { SEEDS } from './seeds.js';
import { fuzzStreams } from './streams.js';

const RUNS = Number(process.env.MAILBENCH_FUZZ_RUNS ?? 20_000);
const SEED = Number(process.env.MAILBENCH_FUZZ_SEED ?? Date.now() % 2 ** 31);
/** What these streams reach is asserted, so they are always the same. */
const COVERAGE = { seed: 20_251_122, runs: 4_000 };

test('whatever a server does, every message ends in one outcome and nothing is left behind', () => {
  const failure = fuzzStreams({ seed: SEED, runs: RUNS });
  assert.equal(failure, null, failure ?? '');
});

for (const { title, stream } of SEEDS) {
  test(`a stream kept: ${title}`, () => {
    playStream(Buffer.from(stream, 'base64'));
  });
}

test('the streams get everywhere', () => {
  const seen = new Set<string>();
  const failure = fuzzStreams({
    ...COVERAGE,
    see: (done) => {
      for (const { outcome, phase, isInDoubt } of done)
        seen.add(`${outcome} ${phase}${isInDoubt ? ' in doubt' : ''}`);
    },
  });
  assert.equal(failure, null, failure ?? '');
  const phases = ['MAIL', 'RCPT', 'DATA', 'CONTENT'];
  const wanted = ['rejected', 'failed', 'interrupted'].flatMap((outcome) =>
    phases.map((phase) => `${outcome} ${phase}`),
  );
  const others = [
    'accepted CONTENT',
    'failed CONTENT in doubt',
    'interrupted CONTENT in doubt',
    'rejected AUTH',
    'failed connect',
    'failed tls',
    'rejected GREETING',
    'rejected EHLO',
  ];
  const missing = [...wanted, ...others].filter((kind) => !seen.has(kind));
  assert.deepEqual(missing, []);
});
