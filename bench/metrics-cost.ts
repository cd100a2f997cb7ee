/**
 * What measuring costs: messages per second of the wire client alone against the same with all metrics on.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startSmtpSink } from '#test/servers/smtp-sink.js';
import { type Row, renderTable } from './table.js';

const GENERATOR = fileURLToPath(new URL('./generator.js', import.meta.url));
const run = promisify(execFile);

export async function benchMetricsCost({ rounds = 5, messages = 300_000 } = {}): Promise<string> {
  const sink = await startSmtpSink();
  const rows: Row[] = [];
  try {
    for (const pipelining of ['off', 'coalesced']) {
      const samples: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const [all = 0, none = 0] = [
          await perSec(sink.port, 'shard', pipelining, messages),
          await perSec(sink.port, 'bare', pipelining, messages),
        ];
        samples.push(all / none);
      }
      rows.push({
        name: `all metrics / none, ${pipelining}, messages per second`,
        unit: '×',
        samples,
        target: { text: '≥ 0.9', isMet: (ratio) => ratio >= 0.9 },
      });
    }
  } finally {
    await sink.stop();
  }
  return renderTable('What measuring costs', rows);
}

async function perSec(port: number, mode: string, pipelining: string, messages: number): Promise<number> {
  const { stdout } = await run(process.execPath, [
    ...[GENERATOR, mode, String(port), pipelining, String(messages)],
  ]);
  return Number(stdout);
}
