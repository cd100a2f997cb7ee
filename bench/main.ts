/**
 * `npm run bench`: what mailbench costs. Figures with their spread, ratios against peers from the same run.
 *
 * `npm run bench -- throughput` runs one part; `--quick` takes fewer and shorter rounds, for a first look only.
 */
import { cpus, release } from 'node:os';
import { benchHotFunctions } from './hot-functions.js';
import { benchIdleSessions } from './idle-sessions.js';
import { benchMemory } from './memory.js';
import { benchMetricsCost } from './metrics-cost.js';
import { benchPacing } from './pacing.js';
import { benchSink } from './sink.js';
import { benchSinkDelays } from './sink-delays.js';
import { benchStartUp } from './start-up.js';
import { benchThroughput } from './throughput.js';
import { benchTlsHandshakes } from './tls-handshakes.js';

const args = process.argv.slice(2);
const isQuick = args.includes('--quick');
const wanted = args.filter((arg) => !arg.startsWith('--'));

const PARTS: Readonly<Record<string, () => Promise<string>>> = {
  'start-up': benchStartUp,
  'hot-functions': benchHotFunctions,
  pacing: benchPacing,
  throughput: () =>
    benchThroughput(isQuick ? { rounds: 1, messages: 160_000 } : { rounds: 5, messages: 1_000_000 }),
  'tls-handshakes': () => benchTlsHandshakes(isQuick ? { rounds: 1, seconds: 2 } : {}),
  'metrics-cost': () => benchMetricsCost(isQuick ? { rounds: 1, messages: 100_000 } : {}),
  sink: () => benchSink(isQuick ? { rounds: 1, messages: 20_000 } : {}),
  'sink-delays': () => benchSinkDelays(isQuick ? { rounds: 1, messages: 1000 } : {}),
  memory: benchMemory,
  'idle-sessions': benchIdleSessions,
};

console.log(
  `Node ${process.version}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`,
);
for (const [name, bench] of Object.entries(PARTS)) {
  if (wanted.length === 0 || wanted.includes(name)) console.log(await bench());
}
