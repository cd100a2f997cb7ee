import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createCorpus } from '#src/message/corpus/corpus.js';
import { CorpusIndex } from '#src/message/corpus/corpus-index.js';
import { parseStamp } from '#src/message/stamp.js';
import type { CorpusMessages } from '#src/scenario/scenario.js';
import { temporaryDir } from '../../tmp.js';
import { dotStuff, hashDraw, unstuff, wireOf } from '../wire.js';

const RUN = 'run-1';

async function folder(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await temporaryDir(t);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), content, 'latin1');
  }
  return dir;
}

function entry(path: string, keys: Partial<CorpusMessages> = {}): CorpusMessages {
  const how = { format: 'auto', order: 'sequence', messageId: 'unique', allowLongLines: false } as const;
  return { kind: 'corpus', weight: 1, path, digest: null, expect: null, ...how, ...keys };
}

/** Of messages 0 … count − 1, without their stamps. */
function sent(corpus: CorpusMessages, count: number): string[] {
  const supply = createCorpus(corpus, { run: RUN, encode: dotStuff });
  return Array.from({ length: count }, (_, number) => {
    const prepared = supply.forNumber(number, hashDraw);
    const message = unstuff(wireOf(prepared.content(number, false)));
    assert.equal(message.length, prepared.sizeBytes);
    assert.equal(parseStamp(message)?.number, number);
    const text = message.toString('latin1');
    return text.slice(text.indexOf('\r\n') + 2);
  });
}

function subjectsOf(messages: readonly string[]): string[] {
  return messages.map((message) => /^Subject: (.*)\r$/m.exec(message)?.[1] ?? '');
}

test('a folder of .eml files is sent byte for byte but for Message-ID and line ends, in the order of names', async (t) => {
  const dir = await folder(t, {
    'b.eml': 'Subject: b\r\nMessage-ID: <old@x.test>\r\nX: \xe9\r\n\r\n.dot\r\n\r\n',
    'a.eml': 'Subject: a\nmessage-id:\n <old@x.test>\nTo: x\n\n\ttext  \n',
    'sub/c.EML': 'Subject: c\n\nno id, no end',
    '.hidden.eml': 'Subject: hidden\n\n',
    'notes.txt': 'nothing',
  });
  assert.deepEqual(sent(entry(dir), 4), [
    'Subject: a\r\nmessage-id: <0000000000.run-1@mailbench.example>\r\nTo: x\r\n\r\n\ttext  \r\n',
    'Subject: b\r\nMessage-ID: <0000000001.run-1@mailbench.example>\r\nX: \xe9\r\n\r\n.dot\r\n\r\n',
    'Message-ID: <0000000002.run-1@mailbench.example>\r\nSubject: c\r\n\r\nno id, no end\r\n',
    'Subject: a\r\nmessage-id: <0000000003.run-1@mailbench.example>\r\nTo: x\r\n\r\n\ttext  \r\n',
  ]);
  const kept = sent(entry(dir, { messageId: 'keep' }), 3);
  assert.match(kept[0] ?? '', /^Subject: a\r\nmessage-id:\r\n <old@x.test>\r\n/);
  assert.match(kept[2] ?? '', /^Subject: c\r\n\r\n/);
});

test('an mbox and a Maildir are known by what they look like', async (t) => {
  const from = 'From a@b.test Mon Nov 16 09:00:00 2026';
  const dir = await folder(t, {
    box: `${from}\nSubject: 1\n\n>From x\n\n${from}\nSubject: 2\n\ny\n\n`,
    'md/cur/2.host:2,S': 'Subject: second\n\n',
    'md/new/1.host': 'Subject: first\n\n',
    'md/tmp/3.host': 'Subject: unfinished\n\n',
    'one.eml': 'Subject: alone\n\n',
  });
  const [first] = sent(entry(join(dir, 'box')), 1);
  assert.match(first ?? '', /\r\n\r\nFrom x\r\n$/);
  assert.deepEqual(subjectsOf(sent(entry(join(dir, 'box')), 3)), ['1', '2', '1']);
  assert.deepEqual(subjectsOf(sent(entry(join(dir, 'md')), 2)), ['first', 'second']);
  assert.deepEqual(subjectsOf(sent(entry(join(dir, 'one.eml')), 2)), ['alone', 'alone']);
  assert.deepEqual(
    ['box', 'md', 'one.eml'].map((name) => CorpusIndex.of(entry(join(dir, name))).facts.format),
    ['mbox', 'maildir', 'eml'],
  );
});

test('a Maildir whose messages were read meanwhile is the same corpus', async (t) => {
  const mail = { '1.a': 'Subject: 1\n\n', '2.b': 'Subject: 2\n\n' };
  const unread = await folder(t, { 'cur/.x': '', 'new/1.a': mail['1.a'], 'new/2.b': mail['2.b'] });
  const read = await folder(t, { 'cur/1.a:2,RS': mail['1.a'], 'new/2.b': mail['2.b'] });
  assert.equal(CorpusIndex.of(entry(unread)).facts.digest, CorpusIndex.of(entry(read)).facts.digest);
});

test('shuffled, each round sends every message once, in an order of its own that the draws alone decide', async (t) => {
  const names = Array.from({ length: 25 }, (_, i) => `m${String(i).padStart(2, '0')}`);
  const dir = await folder(
    t,
    Object.fromEntries(names.map((name) => [`${name}.eml`, `Subject: ${name}\n\n`])),
  );
  const shuffled = entry(dir, { order: 'shuffle' });
  const order = subjectsOf(sent(shuffled, 50));
  assert.deepEqual(order.slice(0, 25).toSorted(), names);
  assert.deepEqual(order.slice(25).toSorted(), names);
  assert.notDeepEqual(order.slice(0, 25), names);
  assert.notDeepEqual(order.slice(0, 25), order.slice(25));
  const supply = createCorpus(shuffled, { run: RUN, encode: dotStuff });
  const backwards = Array.from({ length: 50 }, (_, i) => supply.forNumber(49 - i, hashDraw)).map(
    (prepared, i) => unstuff(wireOf(prepared.content(49 - i, false))).toString('latin1'),
  );
  assert.deepEqual(subjectsOf(backwards).toReversed(), order);
});

test('what a message needs of the server is known: 8BITMIME for 8-bit bodies, SMTPUTF8 for such headers', async (t) => {
  const dir = await folder(t, {
    'a.eml': 'A: 1\n\nx\n',
    'b.eml': 'A: 1\n\n\xc3\xa9\n',
    'c.eml': 'A: \xc3\xa9\n\nx\n',
  });
  const supply = createCorpus(entry(dir), { run: RUN, encode: dotStuff });
  const needs = [0, 1, 2]
    .map((n) => supply.forNumber(n, hashDraw))
    .map((one) => [one.is8bit, one.hasUtf8Headers]);
  assert.deepEqual(needs, [
    [false, false],
    [true, false],
    [true, true],
  ]);
});

test('what cannot be sent is refused with its place, before anything is', async (t) => {
  const dir = await folder(t, {
    'a.eml': 'A: 1\n\nx\n',
    'long.eml': `A: 1\n\n${'x'.repeat(1_200)}\n`,
    'nul.eml': 'A: 1\n\n\0\n',
  });
  const refused = {
    code: 'MESSAGE_CORPUS_UNSENDABLE',
    message: /2 of 3 .*long\.eml" has a line.*nul\.eml" holds a NUL/,
  };
  assert.throws(() => CorpusIndex.of(entry(dir)), refused);
  rmSync(join(dir, 'nul.eml'));
  assert.equal(CorpusIndex.of(entry(dir, { allowLongLines: true })).facts.messages, 2);
});

test('a corpus that is not there, is empty or of another format says so', async (t) => {
  const dir = await folder(t, {
    'notes.txt': 'x',
    'new/1': 'A: 1\n\n',
    'cur/.keep': '',
    'e/x.eml': 'A: 1\n\n',
  });
  for (const [keys, message] of [
    [{ path: join(dir, 'none') }, /ENOENT/],
    [{ path: dir, format: 'eml' as const }, null],
    [{ path: join(dir, 'new'), format: 'eml' as const }, /holds no .eml file/],
    [{ path: join(dir, 'e'), format: 'maildir' as const }, /no folders cur and new/],
    [{ path: join(dir, 'e'), format: 'mbox' as const }, /is a folder/],
    [{ path: join(dir, 'notes.txt'), format: 'mbox' as const }, /holds no message/],
    [{ path: join(dir, 'notes.txt'), format: 'maildir' as const }, /is a file/],
    [{ path: '/dev/null' }, /neither a file nor a folder/],
  ] as const) {
    const open = () => CorpusIndex.of(entry(keys.path, keys));
    if (message === null) open();
    else assert.throws(open, { code: 'MESSAGE_CORPUS_UNREADABLE', message });
  }
});

test('a file that changes, goes, or was another one when the run was planned is never sent as if nothing were', async (t) => {
  const dir = await folder(t, { 'a.eml': 'Subject: a\n\nx\n', 'b.eml': 'Subject: b\n\nx\n' });
  const { digest } = CorpusIndex.of(entry(dir)).facts;
  const supply = createCorpus(entry(dir, { digest }), { run: RUN, encode: dotStuff });
  appendFileSync(join(dir, 'a.eml'), 'more\n');
  assert.throws(() => supply.forNumber(0, hashDraw), { code: 'MESSAGE_CORPUS_CHANGED' });
  rmSync(join(dir, 'b.eml'));
  assert.throws(() => supply.forNumber(1, hashDraw), { code: 'MESSAGE_CORPUS_UNREADABLE' });
  assert.throws(() => createCorpus(entry(dir, { digest }), { run: RUN, encode: dotStuff }), {
    code: 'MESSAGE_CORPUS_CHANGED',
  });
});

test('signatures over the Message-ID are counted', async (t) => {
  const dir = await folder(t, {
    'a.eml': 'DKIM-Signature: v=1; h=From:Message-ID; b=x\nA: 1\n\n',
    'b.eml': 'A: 1\n\n',
  });
  assert.equal(CorpusIndex.of(entry(dir)).facts.signed, 1);
});
