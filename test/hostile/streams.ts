/** Fuzzed streams with fast-check: how they are drawn, and how a failure is told. */
import fc from 'fast-check';
import type { Done } from '#test/smtp/recording-owner.js';
import { HEADER_BYTES, playStream } from './fuzz-stream.js';

const MAX_BYTES = HEADER_BYTES + 240;

export interface FuzzOptions {
  readonly seed: number;
  readonly runs: number;
  readonly see?: (done: readonly Done[]) => void;
}

/** Null when all hold; else what to do about the smallest stream that does not. */
export function fuzzStreams({ seed, runs, see = () => {} }: FuzzOptions): string | null {
  const streams = fc.uint8Array({ minLength: HEADER_BYTES, maxLength: MAX_BYTES, size: 'max' });
  const property = fc.property(streams, (bytes) => see(playStream(bytes)));
  const result = fc.check(property, { seed, numRuns: runs });
  if (!result.failed) return null;
  const [bytes] = result.counterexample as [Uint8Array];
  const why =
    result.errorInstance instanceof Error ? result.errorInstance.stack : String(result.errorInstance);
  return [
    `seed ${seed}: run ${result.numRuns} of ${runs} fails, made smaller ${result.numShrinks} times:`,
    why,
    'Keep it: add to SEEDS in test/hostile/seeds.ts, with what it shows as its title,',
    `  { title: '…', stream: '${Buffer.from(bytes).toString('base64')}' },`,
  ].join('\n');
}
