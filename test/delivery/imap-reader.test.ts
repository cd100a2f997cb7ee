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

test('nothing in a mailbox is changed: it is opened to be read, and only read', async (t) => {
  const { imap, reader } = await opened(t);
  const said: string[] = [];
  imap.script = (command) => {
    said.push(command);
    return null;
  };
  imap.inbox.push(stamped({ number: 1 }));
  await reader.read();
  imap.inbox.push(stamped({ number: 2 }));
  await reader.read();
  await reader.close();
  const fetches = said.filter((command) => /FETCH/.test(command));
  assert.ok(fetches.length > 0 && said.some((command) => command.startsWith('EXAMINE')));
  for (const command of fetches)
    assert.doesNotMatch(command, /BODY\[/, 'without PEEK it marks the message as seen');
  assert.deepEqual(
    said.filter((command) => /^(?:UID )?(?:SELECT|STORE|EXPUNGE|MOVE|COPY|CLOSE|APPEND)/i.test(command)),
    [],
  );
});

test('after a change of UIDVALIDITY everything is looked at again, and only what is new is told', async (t) => {
  const { imap, heard, reader } = await opened(t);
  imap.inbox.push(stamped({ number: 1 }), stamped({ number: 2 }));
  assert.equal(await reader.read(), true);
  imap.inbox.splice(0, 2, stamped({ number: 2 }), stamped({ number: 3 }), stamped({ number: 1 }));
  const there = () => imap.inbox.length;
  imap.script = (command) => {
    if (command.startsWith('STATUS')) return [`* STATUS INBOX (UIDNEXT ${there() + 1} UIDVALIDITY 2)`, 'OK'];
    return command.startsWith('EXAMINE') ? [`* ${there()} EXISTS`, '* OK [UIDVALIDITY 2] x', 'OK'] : null;
  };
  // The connection is what a rebuilt mailbox costs first.
  imap.cut();
  await reader.read();
  await reader.read();
  assert.deepEqual(numbers(heard), [1, 2, 3]);
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
