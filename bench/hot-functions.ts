/**
 * The functions that run several times per message, one by one: so that a slow one is seen before it is felt.
 */
import { createMessageSource } from '#src/message/source.js';
import { Recorder } from '#src/metrics/recorder.js';
import { createDraw } from '#src/shard/random.js';
import { dotStuff } from '#src/smtp/dot-stuffing.js';
import { ReplyParser } from '#src/smtp/reply-parser.js';
import { type Row, renderTable } from './table.js';

const CALLS = 200_000;
const SAMPLES = 7;

export async function benchHotFunctions(): Promise<string> {
  const rows: Row[] = [measure('reply parser, a pipelined group of four replies', parseGroup())];
  const recorder = new Recorder();
  const trend = recorder.trend('smtp_message_duration', { outcome: 'accepted' });
  rows.push(measure('trend.record', (i) => trend.record(i % 5_000)));
  const draw = createDraw(7, 1);
  rows.push(measure('draw', (i) => draw(i, 1)));
  rows.push(measure('message: next and write head', await composeMessage()));
  return renderTable(`Hot functions, ns per call (${CALLS.toLocaleString('en-US')} calls a sample)`, rows);
}

function parseGroup(): () => void {
  const group = Buffer.from(
    '250 2.0.0 Ok: queued as 4Xy\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data\r\n',
  );
  const parser = new ReplyParser({ onReply: () => {}, onMalformed: () => {} });
  return () => parser.push(group, group.length);
}

async function composeMessage(): Promise<(i: number) => void> {
  const source = await createMessageSource({
    messages: [{ kind: 'size', weight: 1, sizeBytes: 1024, dkim: [], expect: null }],
    envelope: {
      senders: null,
      from: 'bounce-{{seq}}@sender.example.test',
      to: [
        {
          weight: 1,
          address: 'user{{n}}@{{domain}}',
          domains: [{ domain: 'a.example.test', weight: 1 }],
          users: 1000,
          perMessage: { min: 1, max: 1 },
          list: null,
          choose: 'uniform',
          exponent: 1,
          expect: null,
        },
      ],
    },
    run: '20260101-000000-aaaa',
    draw: createDraw(7, 0),
    signedAtMs: 0,
    envid: null,
    encode: dotStuff,
  });
  const target = Buffer.alloc(65_536);
  return (i) => source.next(i, false).content.writeHead(target, 0, 1_700_000_000_000_000 + i);
}

function measure(name: string, call: (i: number) => void): Row {
  const samples: number[] = [];
  for (let sample = -1; sample < SAMPLES; sample++) {
    const before = performance.now();
    for (let i = 0; i < CALLS; i++) call(i);
    const ns = ((performance.now() - before) * 1e6) / CALLS;
    // The first one warms up.
    if (sample >= 0) samples.push(ns);
  }
  return { name, unit: 'ns', samples };
}
