/** A sink in a process of its own, to be killed: writes receipts to the path it is given and sends its port. */
import { createSink } from '#src/sink/sink-server.js';

const [path = '', keepDir] = process.argv.slice(2);
const sink = createSink({
  host: '127.0.0.1',
  port: 0,
  protocol: 'smtp',
  receipts: { path, keepDir: keepDir ?? null },
});
const { port } = await sink.listen();
process.send?.(port);
process.on('disconnect', () => process.exit());
