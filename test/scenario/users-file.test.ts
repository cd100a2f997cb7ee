import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthMethod, Credentials } from '#src/scenario/scenario.js';
import { load, problem } from './load.js';

function text(method: AuthMethod): string {
  return `target: { url: "smtps://localhost", auth: { method: ${method}, users: u.csv } }`;
}

function users(csv: string | Buffer, method: AuthMethod = 'plain'): readonly Credentials[] | undefined {
  return load(text(method), { files: { 'u.csv': csv } }).scenario.target.auth?.users;
}

function fault(csv: string | Buffer, method: AuthMethod = 'plain'): string {
  const { code, path, message } = problem(text(method), { files: { 'u.csv': csv } });
  assert.deepEqual([code, path], ['SCENARIO_USERS_FILE', 'target.auth.users']);
  return message;
}

const alice = { user: 'alice', pass: 'a1', authzid: '' };
const bob = { user: 'bob', pass: 'b2', authzid: '' };

test('each line is a user, in the order of the file', () => {
  assert.deepEqual(users('user,pass\nalice,a1\nbob,b2\nalice,a1\n'), [alice, bob, alice]);
});

test('columns stand in any order, and authzid may be left out or empty', () => {
  assert.deepEqual(users('pass,authzid,user\na1,,alice\nb2,root,bob'), [alice, { ...bob, authzid: 'root' }]);
});

test('CRLF, a byte order mark, empty lines and a missing last line end make no difference', () => {
  assert.deepEqual(users('\uFEFFuser,pass\r\n\r\nalice,a1\r\n\n\nbob,b2\r'), [alice, bob]);
});

test('a quoted field holds commas, and quotes that stand twice', () => {
  assert.deepEqual(users('"user","pass"\n"alice","a,""1"""\r\nbob,"b2"\n'), [
    { ...alice, pass: 'a,"1"' },
    bob,
  ]);
});

test('tokens and authzids have columns of their own names', () => {
  assert.deepEqual(users('user,token\nalice,t0', 'xoauth2'), [{ ...alice, pass: 't0' }]);
  assert.deepEqual(users('authzid\nalice\nbob', 'external'), [
    { user: '', pass: '', authzid: 'alice' },
    { user: '', pass: '', authzid: 'bob' },
  ]);
});

test('a fault names its line', () => {
  assert.match(fault('user,pass\nalice,a1\n\nbob\n'), /^line 4 has 1 fields, not 2$/);
  assert.match(fault('user,pass\nalice,a1,x\n'), /^line 2 has 3 fields/);
  assert.match(fault('user,pass\nalice,\n'), /^line 2 has no user or no pass$/);
  assert.match(fault('user,pass\n"al\nice",a1\nbob,b2\n'), /^line 2 has a quote/);
  assert.match(fault('user,pass\n"alice",a1\n"bob,b2\n'), /^line 3 has a quote/);
  assert.match(fault('user,pass\nal"ice,a1\n'), /^line 2 has a quote/);
  assert.match(fault('user,pass\n"al"ice,a1\n'), /^line 2 has a quote/);
  assert.match(fault('user,pass\nal\0ice,a1\n'), /^line 2 holds a control/);
  assert.match(fault('user,pass\nal\x01ice,a1\n'), /^line 2 holds a control/);
});

test('a header that does not fit the method is told, and no field is quoted', () => {
  assert.match(fault('alice,hunter22\n'), /^line 1 is no header line/);
  assert.doesNotMatch(
    JSON.stringify(problem(text('plain'), { files: { 'u.csv': 'alice,hunter22\n' } })),
    /hunter22/,
  );
  assert.match(fault('user,token\nalice,a1\n'), /^line 1 is no header line/);
  assert.match(fault('user,pass,authzid\na,b,c\n', 'cram-md5'), /^line 1 is no header line/);
  assert.match(fault('user\nalice\n'), /^line 1 has no column pass/);
  assert.match(fault('user,pass,user\na,b,c\n'), /^line 1 names the column user twice/);
  assert.match(fault(''), /^line 1 is missing/);
  assert.match(fault('user,pass\n'), /^line 1 is followed by no user/);
});

test('a file that is not there, no file or no text is told apart', () => {
  assert.match(problem(text('plain')).message, /u\.csv \(ENOENT\)/);
  assert.match(
    problem('target: { url: "smtps://localhost", auth: { users: "." } }').message,
    /no regular file/,
  );
  assert.match(fault(Buffer.from('user,pass\nal\xffice,x', 'latin1')), /is not UTF-8/);
});

test('a field of a megabyte does not break the reader, quoted or not', () => {
  const long = 'x'.repeat(1_000_000);
  assert.equal(users(`user,pass\n"${long}",a1`)?.[0]?.user, long);
  assert.match(fault(`user,pass\n"${long},a1`), /^line 2 has a quote/);
});

test('passwords of users are secrets, and stand nowhere in the display', () => {
  const { secrets, display } = load(text('plain'), {
    files: { 'u.csv': 'user,pass\nalice,hunter22\nbob,p w\n' },
  });
  assert.deepEqual(secrets, ['hunter22', 'p w', 'p%20w']);
  assert.doesNotMatch(JSON.stringify(display), /hunter22/);
  assert.equal((display.target as { auth: { users: string } }).auth.users, 'u.csv');
});
