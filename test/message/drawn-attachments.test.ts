import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSupply } from '#src/message/create-supply.js';
import { bodyDigest, parseStamp } from '#src/message/stamp.js';
import { createDraw } from '#src/shard/random.js';
import { leavesOf, mimeTree } from './mime-tree.js';
import { attachment, bodyOf, dotStuff, template, unstuff, wireOf } from './wire.js';

const OPTIONS = { run: 'run-1', from: 'a@a.example.test', encode: dotStuff, signedAtMs: 0 };
const file = (filename: string, probability: number) =>
  attachment({ filename, probability, contentBase64: Buffer.alloc(500, filename).toString('base64') });

test('each attachment comes as often as its probability says, apart from the others: 10,000 draws with a seed', async () => {
  const attachments = [file('a.bin', 0.2), file('always.bin', 1), file('b.bin', 0.5)];
  const supply = await createSupply(template({ text: '{{seq}}', attachments }), OPTIONS);
  const draw = createDraw(11, 1);
  const seen = new Map<string, number>();
  for (let number = 0; number < 10_000; number++) {
    const prepared = supply.forNumber(number, draw);
    const names = namesIn(unstuff(wireOf(prepared.content(number, false))));
    seen.set(names, (seen.get(names) ?? 0) + 1);
  }
  const wanted = {
    'always.bin': 0.4,
    'a.bin always.bin': 0.1,
    'always.bin b.bin': 0.4,
    'a.bin always.bin b.bin': 0.1,
  };
  assert.deepEqual([...seen.keys()].sort(), Object.keys(wanted).sort());
  // Four standard deviations of the largest share.
  for (const [names, share] of Object.entries(wanted))
    assert.ok(Math.abs((seen.get(names) ?? 0) / 10_000 - share) < 0.02, `${names}: ${seen.get(names)}`);
});

test('every combination is as large as it says, and intact', async () => {
  const attachments = [file('a.bin', 0.5), file('b.bin', 0.5), file('c.bin', 0.5)];
  const supply = await createSupply(template({ text: 'See {{seq}}', attachments }), OPTIONS);
  const draw = createDraw(2, 1);
  for (let number = 0; number < 100; number++) {
    const prepared = supply.forNumber(number, draw);
    const message = unstuff(wireOf(prepared.content(number, false)));
    assert.equal(message.length, prepared.sizeBytes);
    assert.equal(parseStamp(message)?.bodyDigest, bodyDigest(bodyOf(message)));
    for (const { content, headers } of leavesOf(mimeTree(message)).slice(1))
      assert.equal(content.toString(), Buffer.alloc(500, nameIn(headers)).toString());
  }
});

test('combinations that would take too much memory are refused', async () => {
  const { contentBase64: _, ...rest } = file('a.bin', 0.5) as { contentBase64: string } & ReturnType<
    typeof file
  >;
  const attachments = Array.from({ length: 6 }, () => ({ ...rest, sizeBytes: 2 ** 21 }));
  await assert.rejects(createSupply(template({ text: 'x', attachments }), OPTIONS), {
    code: 'MESSAGE_VARIANTS_TOO_LARGE',
  });
});

function namesIn(message: Buffer): string {
  return leavesOf(mimeTree(message))
    .slice(1)
    .map(({ headers }) => nameIn(headers))
    .join(' ');
}

function nameIn(headers: Readonly<Record<string, string>>): string {
  return /filename=([\w.]+)/.exec(headers['content-disposition'] ?? '')?.[1] ?? '';
}
