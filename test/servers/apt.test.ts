import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Circumstances, decide, installations, removals } from './apt.js';

/** What apt-get -s prints on a host whose mail server is Exim. */
const ON_AN_EXIM_HOST = `NOTE: This is only a simulation!
Reading package lists...
The following packages will be REMOVED:
  bsd-mailx exim4-base exim4-daemon-light
The following NEW packages will be installed:
  postfix
0 upgraded, 1 newly installed, 3 to remove and 0 not upgraded.
Remv bsd-mailx [8.1.2-0.20220412cvs-1]
Remv exim4-daemon-light [4.96-15+deb12u6] [exim4-base:amd64 ]
Remv exim4-base [4.96-15+deb12u6]
Inst postfix (3.7.11-0+deb12u1 Debian:12/oldstable [amd64])
Conf postfix (3.7.11-0+deb12u1 Debian:12/oldstable [amd64])
`;

const root: Circumstances = {
  missing: ['postfix', 'swaks'],
  toUnpack: [],
  hasApt: true,
  isRoot: true,
  isTerminal: false,
  env: {},
};

test('packages that would be removed are found, however many', () => {
  assert.deepEqual(removals(ON_AN_EXIM_HOST), ['bsd-mailx', 'exim4-daemon-light', 'exim4-base']);
});

test('a simulation that only installs removes nothing, whatever its prose says', () => {
  const harmless = `The package is able to Remv files.\nInst swaks (20201014.0-2 Debian:12 [all])\n`;
  assert.deepEqual(removals(harmless), []);
  assert.deepEqual(installations(harmless), ['swaks']);
});

test('with nothing missing nothing is decided, whoever asks', () => {
  assert.deepEqual(decide({ ...root, missing: [], isRoot: false, hasApt: false }), {
    action: 'nothing-missing',
  });
});

test('in CI, and where the variable says so, packages are installed unasked', () => {
  assert.deepEqual(decide({ ...root, env: { CI: 'true' } }), { action: 'install' });
  assert.deepEqual(decide({ ...root, env: { MAILBENCH_INSTALL_SERVERS: '1' }, isTerminal: true }), {
    action: 'install',
  });
});

test('outside CI a terminal is asked', () => {
  for (const env of [{}, { CI: '' }, { CI: 'false' }, { MAILBENCH_INSTALL_SERVERS: '0' }]) {
    assert.deepEqual(decide({ ...root, isTerminal: true, env }), { action: 'ask' }, JSON.stringify(env));
  }
});

test('without a terminal and without the variable nothing is installed, and the reason says how to', () => {
  const decision = decide(root);
  assert.ok(decision.action === 'leave');
  assert.match(decision.reason, /MAILBENCH_INSTALL_SERVERS=1/);
  assert.match(decision.reason, /apt-get install --no-install-recommends postfix swaks$/);
  assert.equal(decision.isFailure, false);
});

test('what is only to be unpacked is decided like the rest, and never advised to be installed', () => {
  const conflicting = { ...root, missing: [], toUnpack: ['exim4-daemon-light'] };
  assert.deepEqual(decide({ ...conflicting, env: { CI: 'true' } }), { action: 'install' });
  for (const missing of [[], ['postfix']]) {
    const decision = decide({ ...conflicting, missing, isRoot: false });
    assert.ok(decision.action === 'leave');
    assert.doesNotMatch(decision.reason, /apt-get install[^;]* exim4/);
    assert.match(
      decision.reason,
      /MAILBENCH_INSTALL_SERVERS=1 node \S+install\.js unpacks exim4-daemon-light$/,
    );
  }
});

test('without apt-get the advice is another package manager, except for what only Debian can unpack', () => {
  const reasonFor = (missing: string[], toUnpack: string[]) => {
    const decision = decide({ ...root, hasApt: false, missing, toUnpack });
    assert.ok(decision.action === 'leave');
    return decision.reason;
  };
  assert.match(reasonFor(['postfix'], []), /no apt-get here: install them with .* this system$/);
  assert.match(reasonFor([], ['sendmail-bin']), /no apt-get here: only Debian can unpack sendmail-bin$/);
  assert.match(
    reasonFor(['postfix'], ['sendmail-bin']),
    /package manager .*; only Debian can unpack sendmail-bin$/,
  );
});

test('where nothing can be installed, missing servers fail only if they are required', () => {
  const required = { MAILBENCH_REQUIRE_SERVERS: '1', CI: 'true' };
  for (const machine of [
    { ...root, isRoot: false },
    { ...root, hasApt: false },
  ]) {
    const lenient = decide({ ...machine, env: { CI: 'true' } });
    assert.ok(lenient.action === 'leave');
    assert.equal(lenient.isFailure, false);
    const strict = decide({ ...machine, env: required });
    assert.ok(strict.action === 'leave');
    assert.equal(strict.isFailure, true);
  }
});
