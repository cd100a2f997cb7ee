/** Local ports that really run out: in a network namespace that has only four of them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { causeOf } from '#src/smtp/system-error.js';
import { requireProgram } from '../servers/require-program.js';

const CHILD = fileURLToPath(new URL('./exhausted-child.js', import.meta.url));
const SET_UP = 'ip link set lo up && echo 40000 40003 > /proc/sys/net/ipv4/ip_local_port_range';

test('ports that ran out are faults of the generator, and say from or to where', {
  timeout: 30_000,
}, async (t) => {
  const unshare = requireProgram(t, 'unshare');
  if (unshare === undefined || requireProgram(t, 'ip') === undefined) return;
  const script = `${SET_UP} && exec "$0" "$1"`;
  const { stdout } = await promisify(execFile)(unshare, ['-n', 'sh', '-c', script, process.execPath, CHILD]);
  const [bound, free] = JSON.parse(stdout);
  assert.deepEqual([bound.connected, bound.code], [4, 'EADDRINUSE']);
  assert.match(bound.message, /^no free local port from 127\.0\.0\.2: add client\.sourceAddresses/);
  // The four are held still, whatever address they were taken from.
  assert.deepEqual([free.connected, free.code], [0, 'EADDRNOTAVAIL']);
  assert.match(free.message, /^no free local port to 127\.0\.0\.1:2525: add client\.sourceAddresses/);
  for (const { code } of [bound, free])
    assert.equal(causeOf(Object.assign(new Error(), { code })), 'generator');
});
