/** Run by embedded.test.ts: starts an embedded sink, prints its pid and port, and stays until it is killed. */
import { startEmbeddedSink } from '#src/sink/process/embedded.js';

const sink = await startEmbeddedSink();
process.stdout.write(`${JSON.stringify({ pid: sink.pid, port: sink.port })}\n`);
