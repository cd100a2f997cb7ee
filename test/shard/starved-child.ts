/**
 * A generator of its own process: one shard against the port in argv, `RATE SECONDS`. Prints its health, as a run
 * would judge it, as JSON.
 */
import { assessHealth } from '#src/metrics/health.js';
import { constantArrivalRate } from '#test/load/rig.js';
import { runShards, scenarioOf, totalOf } from './shard-rig.js';

const [port = 0, rate = 0, seconds = 0] = process.argv.slice(2).map(Number);
const spec = constantArrivalRate({ rate, durationMs: seconds * 1000, preAllocatedVUs: 20, maxVUs: 200 });
const client = { messagesPerSession: { min: 1e6, max: 1e6 } };
const { snapshots } = await runShards(scenarioOf({ a: spec }, { port, client }));
const { health, counts, arrivals, lateness, live, faults } = totalOf(snapshots);
const latenessMs = {
  p50: lateness.percentile(50) / 1000,
  p99: lateness.percentile(99) / 1000,
  max: lateness.max / 1000,
};
const judged = assessHealth({
  arrivals,
  sources: health,
  loadModel: 'open',
  latenessMs,
  medianMessageMs: live.percentile(50) / 1000,
  faults,
});
const shares = health.get('shard-0');
process.stdout.write(`${JSON.stringify({ ...judged, ...shares, latenessMs, counts })}\n`);
