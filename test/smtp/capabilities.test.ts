import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_CAPABILITIES, parseCapabilities } from '#src/smtp/capabilities.js';

const UNLIMITED = { mailMax: Infinity, rcptMax: Infinity, rcptDomainMax: Infinity };

test('keywords are found in any case, with or without parameters', () => {
  const text = 'mx.example.test\nPipelining\nSIZE 10240000\nstarttls\nAUTH plain LOGIN\n8bitmime';
  assert.deepEqual(parseCapabilities(text), {
    ...NO_CAPABILITIES,
    pipelining: true,
    startTls: true,
    size: true,
    eightBitMime: true,
    auth: ['PLAIN', 'LOGIN'],
  });
  assert.equal(parseCapabilities('mx\nSIZE').size, true);
});

test('every keyword sets what it is about, and nothing else', () => {
  const flags = {
    PIPELINING: 'pipelining',
    STARTTLS: 'startTls',
    SIZE: 'size',
    '8BITMIME': 'eightBitMime',
    SMTPUTF8: 'smtpUtf8',
    DSN: 'dsn',
    CHUNKING: 'chunking',
    BINARYMIME: 'binaryMime',
    REQUIRETLS: 'requireTls',
    'DELIVERBY 240': 'deliverBy',
    'MT-PRIORITY MIXER': 'mtPriority',
    PRDR: 'prdr',
  };
  for (const [line, flag] of Object.entries(flags))
    assert.deepEqual(parseCapabilities(`mx\n${line}`), { ...NO_CAPABILITIES, [flag]: true });
});

test('nothing is offered by who said nothing', () => {
  const flags = Object.entries(NO_CAPABILITIES).filter(([, value]) => typeof value === 'boolean');
  assert.equal(flags.length, 12);
  for (const [name, value] of flags) assert.equal(value, false, name);
  const { auth, xclient, xforward, limits } = NO_CAPABILITIES;
  assert.deepEqual(
    { auth, xclient, xforward, limits },
    { auth: [], xclient: [], xforward: [], limits: UNLIMITED },
  );
});

test('the first line is a greeting and offers nothing', () => {
  assert.deepEqual(parseCapabilities('PIPELINING STARTTLS'), NO_CAPABILITIES);
  assert.deepEqual(parseCapabilities('STARTTLS\nHELP'), NO_CAPABILITIES);
});

test('a keyword is a whole word at the start of its line', () => {
  assert.deepEqual(
    parseCapabilities('mx\nXPIPELINING\nPIPELININGS\nHELP STARTTLS\nSIZES 5\nXAUTH PLAIN'),
    NO_CAPABILITIES,
  );
});

test('AUTH in two lines and in the old form adds up', () => {
  assert.deepEqual(parseCapabilities('mx\nAUTH PLAIN\nAUTH=LOGIN CRAM-MD5').auth, [
    'PLAIN',
    'LOGIN',
    'CRAM-MD5',
  ]);
});

test('an empty AUTH offers no mechanism', () => {
  assert.deepEqual(parseCapabilities('mx\nAUTH\nAUTH \nAUTH=').auth.filter(Boolean), []);
});

test('XCLIENT and XFORWARD say which attributes they take', () => {
  const { xclient, xforward } = parseCapabilities('mx\nXCLIENT NAME addr PROTO\nXFORWARD NAME SOURCE');
  assert.deepEqual(xclient, ['NAME', 'ADDR', 'PROTO']);
  assert.deepEqual(xforward, ['NAME', 'SOURCE']);
});

test('LIMITS are read as RFC 9422 writes them', () => {
  assert.deepEqual(parseCapabilities('mx\nLIMITS MAILMAX=20 RCPTMAX=100 RCPTDOMAINMAX=1').limits, {
    mailMax: 20,
    rcptMax: 100,
    rcptDomainMax: 1,
  });
  assert.deepEqual(parseCapabilities('mx\nLIMITS rcptmax=5 NEWMAX=3').limits, { ...UNLIMITED, rcptMax: 5 });
});

test('a limit that is no number above 0 of at most six digits is none', () => {
  for (const value of ['0', '-1', '1e3', '1000000', '5x', ''])
    assert.deepEqual(parseCapabilities(`mx\nLIMITS MAILMAX=${value}`).limits, UNLIMITED, value);
});

test('the same words are read once, and a server that says others each time is not remembered for ever', () => {
  const first = parseCapabilities('mx\nSIZE 1');
  assert.equal(parseCapabilities('mx\nSIZE 1'), first);
  assert.notEqual(parseCapabilities('mx\nSIZE 2'), first);
  for (let i = 0; i < 20; i++) assert.equal(parseCapabilities(`mx${i}\nDSN`).dsn, true);
  assert.notEqual(parseCapabilities('mx\nSIZE 1'), first);
  assert.deepEqual(parseCapabilities('mx\nSIZE 1'), first);
});

test('space around a keyword does no harm', () => {
  assert.equal(parseCapabilities('mx\n  PIPELINING  \n').pipelining, true);
});
