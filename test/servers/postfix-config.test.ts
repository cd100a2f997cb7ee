import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mainCf, masterCf } from './postfix-config.js';

const DISTRIBUTED = `# service type  private unpriv  chroot  wakeup  maxproc command + args
smtp      inet  n       -       y       -       -       smtpd
#submission inet n       -       y       -       -       smtpd
#  -o syslog_name=postfix/submission
pickup    unix  n       -       y       60      1       pickup
smtp      unix  -       -       y       -       -       smtp
relay     unix  -       -       y       -       -       smtp
        -o syslog_name=postfix/$service_name

maildrop  unix  -       n       n       -       -       pipe
  flags=DRXhu user=vmail argv=/usr/bin/maildrop -d \${recipient}
postlog   unix-dgram n  -       n       -       1       postlogd
`;

test('of the distributed services smtpd gets our port, nothing is chrooted and pipes are left out', () => {
  assert.deepEqual(masterCf(DISTRIBUTED, { port: 2500 }).trimEnd().split('\n'), [
    '127.0.0.1:2500 inet n       - n -       - smtpd',
    'pickup unix n       - n 60      1 pickup',
    'smtp unix -       - n -       - smtp',
    'relay unix -       - n -       - smtp',
    '        -o syslog_name=postfix/$service_name',
    'postlog unix-dgram n  - n -       1 postlogd',
  ]);
});

test('mail is discarded, or relayed to a loopback port', () => {
  const discarding = mainCf({ dir: '/x', port: 1 });
  assert.match(discarding, /^default_transport = discard:$/m);
  assert.match(discarding, /^relay_transport = discard:$/m);
  const relaying = mainCf({ dir: '/x', port: 1, relayPort: 2600 });
  assert.match(relaying, /^relayhost = \[127\.0\.0\.1\]:2600$/m);
  assert.doesNotMatch(relaying, /discard/);
});

test('every path lies in the directory of the instance', () => {
  const paths = mainCf({ dir: '/x/y', port: 1 }).match(/\/\S+/g) ?? [];
  const elsewhere = paths.filter((path) => !path.startsWith('/x/y') && path !== '/8');
  assert.deepEqual(elsewhere, []);
  assert.notEqual(paths.length, 0);
});

test('lines of the caller win', () => {
  const text = mainCf({ dir: '/x', port: 1, extra: { in_flow_delay: '1s', message_size_limit: '1000' } });
  assert.match(text, /^in_flow_delay = 1s$/m);
  assert.doesNotMatch(text, /^in_flow_delay = 0$/m);
  assert.match(text, /^message_size_limit = 1000$/m);
});
