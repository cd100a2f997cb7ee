/**
 * `npm run fuzz`: a million streams, in batches that each have a seed of their own. `npm run fuzz -- RUNS SEED` for another
 * number, or to see a failure again. Ends with 1 at the first failure, and says how to keep it.
 */
import { fuzzStreams } from './streams.js';

const BATCH = 10_000;
const [runs = 1_000_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const startedAtMs = Date.now();
let messages = 0;

console.log(`${runs} streams from seed ${seed}`);
for (let done = 0; done < runs; ) {
  const count = Math.min(BATCH, runs - done);
  const failure = fuzzStreams({
    seed: (seed + done / BATCH) | 0,
    runs: count,
    see: (ended) => {
      messages += ended.length;
    },
  });
  if (failure !== null) {
    console.error(failure);
    process.exit(1);
  }
  done += count;
  const seconds = (Date.now() - startedAtMs) / 1000;
  console.log(`${done} streams, ${messages} messages, ${Math.round(done / seconds)} streams/s`);
}
