/** What real servers do is in dovecot.real.test.ts. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createImapReader } from '#src/delivery/imap-reader.js';
import { type ScriptedImap, startScriptedImap } from './scripted-imap.js';
import { listener, numbers, RUN, stamped } from './stored-mail.js';

test('a mailbox is read, and a look at all of it is whole', async (t) => {
  const { imap, heard, reader } = await opened(t);
  imap.inbox.push(stamped({ number: 1 }), stamped({ number: 2 }));
  assert.equal(await reader.read(), true);
  assert.deepEqual([numbers(heard), heard.skips], [[1, 2], []]);
});

test('a folder that is gone is told once and keeps a look from being whole until it is there again', async (t) => {
  const { imap, heard, reader } = await opened(t);
  imap.script = (command) =>
    command.startsWith('STATUS')
      ? ['NO [NONEXISTENT] no such thing']
      : command.startsWith('LIST')
        ? ['OK']
        : null;
  assert.deepEqual([await reader.read(), await reader.read()], [false, false]);
  assert.deepEqual(heard.skips, ['the folder "INBOX" of "me" is gone']);
  imap.script = () => null;
  imap.inbox.push(stamped({ number: 1 }));
  assert.equal(await reader.read(), true);
  assert.deepEqual(numbers(heard), [1]);
});

test('a server that says OK and nothing else has not shown what is in a folder', async (t) => {
  const { imap, heard, reader } = await opened(t);
  imap.script = (command) => (command.startsWith('STATUS') ? ['* OK \0\x1b[31m', 'OK'] : null);
  assert.equal(await reader.read(), false);
  assert.match(
    heard.skips.join(),
    /cannot be read at the moment: the server does not say what is in "INBOX"/,
  );
});

test('messages that are expunged before they are read are counted as not looked at', async (t) => {
  const { imap, heard, reader } = await opened(t);
  imap.inbox.push(stamped({ number: 1 }), null, stamped({ number: 3 }));
  imap.script = (command) => (command.startsWith('UID SEARCH') ? ['* SEARCH 1 2 3', 'OK'] : null);
  assert.deepEqual([await reader.read(), await reader.read()], [false, false]);
  assert.deepEqual(numbers(heard), [1, 3]);
  assert.deepEqual(heard.skips, ['1 message of "INBOX" of "me" could not be read: gone since listed']);
});

async function opened(t: TestContext) {
  const imap: ScriptedImap = await startScriptedImap(t);
  const reader = createImapReader(
    {
      ...{ host: '127.0.0.1', port: imap.port, tls: 'none', verify: true },
      accounts: [{ user: 'me', pass: 'hunter2', address: 'me@a.example.test' }],
      folders: { inbox: ['INBOX'], junk: [], other: [] },
    },
    { run: RUN, sample: 1, seed: 1 },
  );
  t.after(() => reader.close());
  const heard = listener();
  await reader.open(heard);
  return { imap, heard, reader };
}
